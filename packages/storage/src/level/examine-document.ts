import { continuesVector, coversStamp, equalVectors, type VersionVector } from "@polylogue/protocol"
import { decodeHead, decodeItem, decodeSnapshot } from "../at-rest.ts"
import type { LogItem, StoredSnapshot } from "../entry-log.ts"
import { EMPTY_HEAD, itemBytes, learn, type RestingHead } from "../head.ts"
import { describeKey, numberOf } from "./key.ts"

/** Takes in the updates of one document, in an order in which a reader would. */
export interface UpdateChecker {
  /** @throws when no reader could take `update` in; nothing else is asked then of what follows it. */
  take(update: Uint8Array): void
  /** Whether something that was taken in waits for what is not there. */
  readonly waits: boolean
}

/** What rests of one document, undecoded; keys ascend. */
export interface RawDocument {
  readonly head: readonly [Uint8Array, Uint8Array] | undefined
  readonly snapshot: readonly [Uint8Array, Uint8Array] | undefined
  readonly items: readonly [Uint8Array, Uint8Array][]
}

/** What can be kept of a document, when something is wrong with it. */
export interface Kept {
  readonly head: RestingHead
  /** As it will rest; `undefined` when there is none, or none that can be read. */
  readonly snapshot: StoredSnapshot | undefined
  /** With their new positions. */
  readonly items: readonly LogItem[]
  /** Whether something that was known is not known any more. */
  readonly loses: boolean
}

/** What an examination found. */
export interface DocumentExamination {
  readonly bytes: number
  /** One sentence each; empty when all is well. */
  readonly problems: readonly string[]
  /** How it can go on; only when there are problems. */
  readonly kept: Kept | undefined
}

/**
 * Examines one document: what does not decode, is missing, stands twice, leaves a gap, or cannot be taken in by a reader.
 *
 * Kept is the snapshot and every item behind it up to the first that is damaged: in a log each entry builds on those before it. Items that the
 * snapshot stands for are needed for returning replicas alone. What is kept gets positions behind all that were ever given out, as after a reset.
 */
export function examineDocument(raw: RawDocument, newChecker: () => UpdateChecker): DocumentExamination {
  const problems: string[] = []
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      problems.push(messageOf(error))
      return undefined
    }
  }
  const resting = raw.head && attempt(() => decodeHead(() => describeKey(raw.head![0]), raw.head![1]))
  if (raw.head === undefined) problems.push("its head is missing")
  let checker = newChecker()
  const snapshot = raw.snapshot && attempt(() => soundSnapshot(raw.snapshot!, checker))
  if (snapshot === undefined) checker = newChecker()
  const start = startOf(resting, snapshot, raw, problems)
  const tail = start === undefined ? [] : soundTail(raw, start, checker, problems)
  if (resting !== undefined && problems.length === 0) problems.push(...contradictions(resting, snapshot, raw, tail, checker))
  const bytes = [raw.snapshot, ...raw.items].reduce((sum, pair) => sum + (pair?.[1].length ?? 0), 0)
  return { bytes, problems, kept: problems.length === 0 ? undefined : keep(raw, resting, snapshot, tail) }
}

function soundSnapshot([key, value]: readonly [Uint8Array, Uint8Array], checker: UpdateChecker): StoredSnapshot {
  const snapshot = decodeSnapshot(() => describeKey(key), value)
  try {
    checker.take(snapshot.update)
  } catch (error) {
    throw new Error(`the snapshot through ${snapshot.through} cannot be applied: ${messageOf(error)}`, { cause: error })
  }
  if (checker.waits) throw new Error(`the snapshot through ${snapshot.through} builds on something that is not there`)
  return snapshot
}

/** Where the items begin that the snapshot does not stand for, and what is known there. */
interface Start {
  readonly position: number
  readonly vector: VersionVector
}

/** `undefined` when items were deleted that no snapshot stands for any more. */
function startOf(
  resting: RestingHead | undefined,
  snapshot: StoredSnapshot | undefined,
  raw: RawDocument,
  problems: string[],
): Start | undefined {
  if (snapshot !== undefined) return { position: snapshot.through, vector: snapshot.vector }
  const head = resting?.head
  if (raw.snapshot === undefined && head !== undefined && head.through > 0) problems.push("its snapshot is missing")
  // All items are there: nobody needs the snapshot.
  if (head?.base === 0) return { position: 0, vector: EMPTY_HEAD.vector }
  if (raw.snapshot !== undefined || (head !== undefined && head.through > 0)) return undefined
  const first = raw.items[0]
  return { position: head?.base ?? (first === undefined ? 0 : numberOf(first[0]) - 1), vector: EMPTY_HEAD.vector }
}

/** The items behind `start` up to the first that is damaged. */
function soundTail(raw: RawDocument, start: Start, checker: UpdateChecker, problems: string[]): LogItem[] {
  const tail: LogItem[] = []
  const known = new Map(start.vector)
  /** How many items stand before the first that waits. */
  let closed = 0
  for (const [key, value] of raw.items) {
    if (numberOf(key) <= start.position) continue
    try {
      tail.push(soundItem(key, value, { position: start.position + tail.length + 1, known, checker }))
      if (!checker.waits) closed = tail.length
    } catch (error) {
      problems.push(messageOf(error))
      return tail.slice(0, closed)
    }
  }
  const waiting = tail[closed]
  if (waiting !== undefined) problems.push(`the update at position ${waiting.position} builds on something that is not there`)
  return tail.slice(0, closed)
}

function soundItem(
  key: Uint8Array,
  value: Uint8Array,
  { position, known, checker }: { readonly position: number; readonly known: Map<string, number>; readonly checker: UpdateChecker },
): LogItem {
  const found = numberOf(key)
  if (found !== position) throw new Error(`position ${position} is missing, the next is ${found}`)
  const item = decodeItem(() => describeKey(key), value, found)
  if (item.kind === "entry") {
    const { log, seq } = item.entry.stamp
    if (coversStamp(known, item.entry.stamp)) throw new Error(`the entry at position ${position} stands twice`)
    if (!continuesVector(known, item.entry.stamp)) throw new Error(`the entry at position ${position} leaves a gap before ${log}:${seq}`)
  }
  try {
    checker.take(item.kind === "entry" ? item.entry.update : item.snapshot.update)
  } catch (error) {
    throw new Error(`the update at position ${position} cannot be applied: ${messageOf(error)}`, { cause: error })
  }
  learn(known, item)
  return item
}

/** What is wrong with a document whose parts are sound: its head says something else, or an item is damaged that the snapshot stands for. */
function contradictions(
  { head }: RestingHead,
  snapshot: StoredSnapshot | undefined,
  raw: RawDocument,
  tail: readonly LogItem[],
  checker: UpdateChecker,
): string[] {
  const through = snapshot?.through ?? 0
  if (head.through !== through) return [`its head names a snapshot through ${head.through}, it is through ${through}`]
  const last = tail.at(-1)?.position ?? Math.max(through, head.base)
  if (last !== head.head) return [`the log ends at ${last}, its head says ${head.head}`]
  const known = new Map(snapshot?.vector)
  for (const item of tail) learn(known, item)
  if (!equalVectors(known, head.vector)) return ["the version vector of the head is not that of the log"]
  const window = raw.items.filter(([key]) => numberOf(key) <= through)
  const inWindow = new Map(head.baseVector)
  let position = head.base
  try {
    for (const [key, value] of window) soundItem(key, value, { position: ++position, known: inWindow, checker })
  } catch (error) {
    return [messageOf(error)]
  }
  return snapshot === undefined || position === through ? [] : [`position ${position + 1} is missing`]
}

function keep(raw: RawDocument, resting: RestingHead | undefined, snapshot: StoredSnapshot | undefined, tail: readonly LogItem[]): Kept {
  const lastItem = raw.items.at(-1)
  const end = Math.max(resting?.head.head ?? 0, snapshot?.through ?? 0, lastItem === undefined ? 0 : numberOf(lastItem[0]))
  const vector = new Map(snapshot?.vector)
  const baseVector = new Map(vector)
  const items = tail.map((item, index) => ({ ...item, position: end + index + 1 }))
  for (const item of items) learn(vector, item)
  const known = resting?.head.vector
  // Without a head nobody knows what was known; what rests is all there.
  const rests = snapshot === undefined ? raw.items.length : raw.items.filter(([key]) => numberOf(key) > snapshot.through).length
  const loses =
    known === undefined ? rests > tail.length || (raw.snapshot !== undefined && snapshot === undefined) : !equalVectors(known, vector)
  const head = {
    head: end + items.length,
    base: end,
    vector,
    baseVector,
    through: snapshot === undefined ? 0 : end,
    snapshotBytes: snapshot?.update.length ?? 0,
    itemBytes: items.reduce((sum, item) => sum + itemBytes(item), 0),
    resets: (resting?.head.resets ?? 0) + 1,
  }
  return { head: { head, change: resting?.change ?? 0 }, snapshot: snapshot && { ...snapshot, through: end }, items, loses }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
