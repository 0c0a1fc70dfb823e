import { readStored, useStored, writeStored } from "../device/stored-value.ts"

/** Conversations of which a device remembers who answers there; beyond, those chosen in longest ago are forgotten. */
export const MAX_REMEMBERED = 200

/** Who somebody wants to be answered by: ids of offers, or `NOBODY`. */
export interface RememberedChoices {
  /** In conversations where nothing was chosen; undefined: the default of the responders. */
  readonly usual: string | undefined
  readonly conversations: ReadonlyMap<string, string>
}

/** What a stored text says; what is none of it is as good as absent. */
export function parseChoices(text: string | null): RememberedChoices {
  let value: unknown
  try {
    value = JSON.parse(text ?? "null")
  } catch {
    value = null
  }
  const { usual, conversations } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>
  const pairs = (Array.isArray(conversations) ? (conversations as unknown[]) : []).filter(isPair)
  return { usual: typeof usual === "string" ? usual : undefined, conversations: new Map(pairs.slice(-MAX_REMEMBERED)) }
}

/** What `user` chose on this device, as it is now. */
function readChoices(user: string): RememberedChoices {
  return parseChoices(readStored(keyOf(user)))
}

/** Like {@link readChoices}, as React state. */
export function useChosen(user: string): RememberedChoices {
  return parseChoices(useStored(keyOf(user)))
}

/** Remembers `choice` as the usual one; undefined forgets it. */
export function chooseUsually(user: string, choice: string | undefined): void {
  write(user, { ...readChoices(user), usual: choice })
}

/** Remembers `choice` for a conversation; undefined forgets it. */
export function chooseIn(user: string, conversationId: string, choice: string | undefined): void {
  const { usual, conversations } = readChoices(user)
  const next = new Map(conversations)
  // Set anew, so that it is the last to be forgotten.
  next.delete(conversationId)
  if (choice !== undefined) next.set(conversationId, choice)
  write(user, { usual, conversations: next })
}

/** What was chosen before a conversation had an id goes with it. */
export function moveChoice(user: string, from: string, to: string): void {
  const choice = readChoices(user).conversations.get(from)
  if (choice === undefined) return
  chooseIn(user, to, choice)
  chooseIn(user, from, undefined)
}

function write(user: string, { usual, conversations }: RememberedChoices): void {
  const pairs = [...conversations].slice(-MAX_REMEMBERED)
  writeStored(keyOf(user), JSON.stringify({ usual, conversations: pairs }))
}

/** Several people may use one device, one after the other. */
function keyOf(user: string): string {
  return `polylogue.who-answers/${user}`
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "string")
}
