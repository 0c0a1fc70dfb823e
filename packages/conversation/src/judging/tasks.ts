import type { DocumentId } from "../document-id.ts"
import type { AuthorityRegister, RegisterClient } from "../publishing/register-client.ts"
import { taskKey } from "./judging-ids.ts"

/*
 * Who has which item. An item of a round has as many places as it is to get annotators; each place is a register of the authority with a lease, so that what somebody
 * left goes to others by itself. The lease is about who is offered what, not about who may judge: two who judge one item, offline or after a lease ended, both count.
 */

/** A place of an item that somebody has. */
export interface TaskHolder {
  readonly annotator: string
  readonly place: number
  /** They have judged it: the place stays theirs. */
  readonly finished: boolean
  /** When the lease ends at the earliest, in the relay's ms since 1970; null when finished. */
  readonly until: number | null
}

/** Who asks for items, and where. */
export interface TaskDesk {
  readonly registers: RegisterClient
  readonly roundDocument: DocumentId
  readonly annotator: string
  /** Places of each item, 1 to 100. */
  readonly places: number
}

/**
 * What came of asking for an item. `taken`: others have all its places. After `unavailable` one may judge it all the same; that one has it is not said then.
 */
export type TaskOutcome =
  | { readonly state: "claimed"; readonly holder: TaskHolder }
  | { readonly state: "taken" | "unavailable" }
  | { readonly state: "refused"; readonly code: string }

/** How long an item is kept for somebody from the last time they asked for it, in ms. */
export const TASK_LEASE_MS = 15 * 60_000

/** Who has an item, as it was last heard, also offline. */
export function taskHolders({ registers, roundDocument, places }: Omit<TaskDesk, "annotator">, itemId: string): readonly TaskHolder[] {
  const holders: TaskHolder[] = []
  for (let place = 0; place < places; place++) {
    const holder = readHolder(registers.cached(taskKey(roundDocument, itemId, place)), place)
    if (holder !== undefined) holders.push(holder)
  }
  return holders
}

/**
 * Takes a place of an item, or keeps the one that one has for another {@link TASK_LEASE_MS}. Asked by two for the last place at once, one gets it.
 * @param finished - one has judged it: the place is kept for good.
 */
export async function claimTask(
  desk: TaskDesk,
  itemId: string,
  { finished = false }: { readonly finished?: boolean } = {},
): Promise<TaskOutcome> {
  const { registers, roundDocument, annotator, places } = desk
  const own = taskHolders(desk, itemId).find((holder) => holder.annotator === annotator)?.place
  const order = [
    ...(own === undefined ? [] : [own]),
    ...Array.from({ length: places }, (_, place) => place).filter((place) => place !== own),
  ]
  const value = JSON.stringify(finished ? { annotator, finished } : { annotator })
  const free: { readonly place: number; readonly revision: string | null }[] = []
  for (const place of order) {
    const answer = await registers.get(taskKey(roundDocument, itemId, place))
    if (answer.outcome === "unavailable") return { state: "unavailable" }
    if (answer.outcome === "refused") return { state: "refused", code: answer.code }
    const holder = readHolder(answer.register, place)
    if (holder?.annotator === annotator) {
      if (holder.finished) return { state: "claimed", holder }
      free.unshift({ place, revision: answer.register.revision })
      break
    }
    if (holder === undefined) free.push({ place, revision: answer.register.revision })
  }
  for (const { place, revision } of free) {
    const change = { expected: revision, value, ...(finished ? {} : { ttlMs: TASK_LEASE_MS }) }
    const answer = await registers.cas(taskKey(roundDocument, itemId, place), change)
    if (answer.outcome === "unavailable") return { state: "unavailable" }
    if (answer.outcome === "refused") return { state: "refused", code: answer.code }
    const holder = readHolder(answer.register, place)
    if (holder?.annotator === annotator) return { state: "claimed", holder }
  }
  return { state: "taken" }
}

/** Gives an item back that one will not judge. What cannot be said now ends by itself. */
export async function releaseTask(desk: TaskDesk, itemId: string): Promise<void> {
  const { registers, roundDocument, annotator } = desk
  for (const { place, finished } of taskHolders(desk, itemId).filter((holder) => holder.annotator === annotator)) {
    const key = taskKey(roundDocument, itemId, place)
    const revision = registers.cached(key)?.revision
    if (!finished && revision !== undefined && revision !== null) await registers.cas(key, { expected: revision, value: null })
  }
}

/** The first of some items that one has, or of which a place is free, as it was last heard. */
export function nextTask(desk: TaskDesk, itemIds: Iterable<string>): string | undefined {
  let free: string | undefined
  for (const itemId of itemIds) {
    const holders = taskHolders(desk, itemId)
    if (holders.some(({ annotator, finished }) => annotator === desk.annotator && !finished)) return itemId
    if (free === undefined && holders.length < desk.places) free = itemId
  }
  return free
}

function readHolder(register: AuthorityRegister | undefined, place: number): TaskHolder | undefined {
  try {
    const value: unknown = JSON.parse(register?.value ?? "null")
    const { annotator, finished } = (typeof value === "object" && value !== null ? value : {}) as {
      annotator?: unknown
      finished?: unknown
    }
    if (typeof annotator !== "string" || annotator === "") return undefined
    return { annotator, place, finished: finished === true, until: finished === true ? null : (register?.expiresAt ?? null) }
  } catch {
    return undefined
  }
}
