import { APPROVAL, type Approval, readApprovals } from "./approval.ts"
import type { RecordReader } from "./record-key.ts"
import { readRegister } from "./register.ts"
import { type MessageCore, type StoredMessage, type StoredPart } from "./stored-message.ts"
import { supersededParts, UNENDED_STATES } from "./superseded-parts.ts"

/** A part of a message as people see it. */
export interface MessagePart {
  /** Unique within its message. */
  readonly pid: string
  /** `text`, `reasoning`, `code`, ...; others are kept and may be shown by their `fields`. */
  readonly type: string
  /** Its text; null when it has none. */
  readonly text: string | null
  /** `streaming` until the writer says otherwise, then the furthest state reached: `done`, `interrupted`, `stopped`, `failed`, ... */
  readonly state: string
  /** What the writer noted with that state: usage, a reason. */
  readonly details: unknown
  /** What people answered to a tool that asks, one a person, in the order of their clocks. */
  readonly approvals: readonly Approval[]
  /** All other fields of the part. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** One emoji on a message and everybody who reacted so. Derived from one key per person, so nobody's is lost. */
export interface Reaction {
  readonly emoji: string
  /** Who reacted so, sorted. */
  readonly userIds: readonly string[]
}

/** What one person thinks of a message: at most one value a person, the one set last. */
export interface Feedback {
  readonly userId: string
  readonly value: unknown
}

/** A message at one moment: immutable, and the same object until something of this message changes. */
export interface Message extends Omit<MessageCore, "alternativeOf" | "authorName" | "model" | "hidden" | "erased"> {
  readonly alternativeOf: string | null
  readonly authorName: string | null
  readonly model: string | null
  readonly hidden: boolean
  /** Its words were erased for good, with their author; its place stays. Words that were added at the same time may stand in it. */
  readonly erased: boolean
  /** It came from an export and is a value that nobody edits. */
  readonly imported: boolean
  /** The format it came from; null when it was written here. */
  readonly source: string | null
  readonly parts: readonly MessagePart[]
  /** The texts of its `text` parts that hold something, joined by blank lines, but for those that broke off and were written anew: see `supersededParts`. */
  readonly text: string
  /** A part is still being written (or its writer went away; that is the caller's to tell). */
  readonly streaming: boolean
  /** Clock of the deletion in force; null while it is not deleted. The text stays and `restore` brings it back. */
  readonly deletedAt: number | null
  readonly pinned: boolean
  readonly reactions: readonly Reaction[]
  readonly feedback: readonly Feedback[]
}

/** The records about messages, each keyed by the message's id first. */
export interface MessageRecords {
  readonly flags: RecordReader
  readonly reactions: RecordReader
  readonly feedback: RecordReader
  readonly state: RecordReader
}

/**
 * Rank of the known states, later ones win: whoever finds a writer gone notes `interrupted`, and an end that the writer itself had noted before that goes before it. Unknown states rank below all of them and above `streaming`. */
const STATES = [
  "input-streaming",
  "input-available",
  "approval-requested",
  "approval-responded",
  "interrupted",
  "done",
  "output-available",
  "output-error",
  "output-denied",
  "stopped",
  "failed",
]

/** The clock of the deletion in force, or null. */
export function deletedAt(flags: RecordReader, id: string): number | null {
  const entry = readRegister(flags, id, "deleted")[0]
  return entry?.value === true ? entry.clock : null
}

/** Whether somebody pinned message `id`. */
export function isPinned(flags: RecordReader, id: string): boolean {
  return readRegister(flags, id, "pinned")[0]?.value === true
}

/** The snapshot of a stored message with what is recorded about it. */
export function buildMessage(stored: StoredMessage, live: boolean, records: MessageRecords): Message {
  const { core } = stored
  const states = partStates(records.state, core.id)
  const approvals = readApprovals(records.state, core.id)
  const noted = stored.parts.map((part) => buildPart(part, live, states.get(part.pid), approvals.get(part.pid) ?? NO_APPROVALS))
  const superseded = supersededParts(noted)
  // Nobody is left to say of these that their writer is gone.
  const parts = noted.map((part) => (superseded.has(part.pid) && UNENDED_STATES.has(part.state) ? interrupted(part) : part))
  return Object.freeze({
    ...core,
    alternativeOf: core.alternativeOf ?? null,
    authorName: core.authorName ?? null,
    model: typeof core.model === "string" ? core.model : null,
    hidden: core.hidden === true,
    erased: core.erased === true,
    imported: !live,
    source: typeof stored.origin?.source === "string" ? stored.origin.source : null,
    parts: Object.freeze(parts),
    text: parts
      .filter((part) => part.type === "text" && part.text !== null && part.text !== "" && !superseded.has(part.pid))
      .map((part) => part.text)
      .join("\n\n"),
    streaming: parts.some((part) => UNFINISHED.has(part.state)),
    deletedAt: deletedAt(records.flags, core.id),
    pinned: isPinned(records.flags, core.id),
    reactions: Object.freeze(readReactions(records.reactions, core.id)),
    feedback: Object.freeze(readFeedback(records.feedback, core.id)),
  })
}

function interrupted(part: MessagePart): MessagePart {
  return Object.freeze({ ...part, state: "interrupted" })
}

const NO_APPROVALS: readonly Approval[] = Object.freeze([])
const UNFINISHED: ReadonlySet<string> = new Set(["streaming", "input-streaming"])

function buildPart(
  part: StoredPart,
  live: boolean,
  states: ReadonlyMap<string, unknown> | undefined,
  approvals: readonly Approval[],
): MessagePart {
  const { pid, type, text, streams, ...fields } = part
  let state = live && streams === true ? "streaming" : "done"
  let details: unknown = null
  let best = -2
  const own = typeof fields["state"] === "string" ? [[fields["state"], null] as const] : []
  for (const [name, value] of [...own, ...(states ?? [])]) {
    const rank = STATES.indexOf(name)
    if (rank < best || (rank === best && name < state)) continue
    best = rank
    state = name
    details = value
  }
  // Whoever wrote an imported part has left it: it was cut off, and nobody waits for its end.
  if (!live && UNFINISHED.has(state)) state = "stopped"
  return Object.freeze({
    pid,
    type,
    text: typeof text === "string" ? text : null,
    state,
    details,
    approvals,
    fields: Object.freeze(fields),
  })
}

function partStates(index: RecordReader, id: string): Map<string, Map<string, unknown>> {
  const states = new Map<string, Map<string, unknown>>()
  for (const [[pid, state, ...rest], value] of index.records(id)) {
    if (pid === undefined || state === undefined || (state === APPROVAL && rest.length > 0)) continue
    const reached = states.get(pid) ?? new Map<string, unknown>()
    reached.set(state, value)
    states.set(pid, reached)
  }
  return states
}

function readReactions(index: RecordReader, id: string): Reaction[] {
  const pairs = new Map<string, readonly [user: string, emoji: string]>()
  for (const [[user, emoji]] of index.records(id)) {
    if (user !== undefined && emoji !== undefined) pairs.set(`${user}\0${emoji}`, [user, emoji])
  }
  const users = new Map<string, string[]>()
  for (const [user, emoji] of pairs.values()) {
    if (readRegister(index, id, user, emoji)[0]?.value !== true) continue
    users.set(emoji, [...(users.get(emoji) ?? []), user])
  }
  return [...users].sort(([left], [right]) => (left < right ? -1 : 1)).map(([emoji, userIds]) => ({ emoji, userIds: userIds.sort() }))
}

function readFeedback(index: RecordReader, id: string): Feedback[] {
  const users = new Set<string>()
  for (const [[user]] of index.records(id)) if (user !== undefined) users.add(user)
  const given: Feedback[] = []
  for (const userId of [...users].sort()) {
    const value = readRegister(index, id, userId)[0]?.value
    if (value !== undefined && value !== null) given.push({ userId, value })
  }
  return given
}
