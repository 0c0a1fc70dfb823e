import type { Entry, RowId } from "@polylogue/protocol"
import type { Change, EntryLog, LogItem, NewLogItem, NewOutboxRow, Snapshot } from "../entry-log.ts"

/** A store that is being checked. */
export interface EntryLogUnderTest {
  /** Open. */
  readonly log: EntryLog
  /** Closes `log` and opens what it wrote anew, through a new object where that is possible. */
  readonly reopen: () => Promise<EntryLog>
}

/** One thing that every {@link EntryLog} promises. */
export interface EntryLogRule {
  /** ST and a number, as in the README; never used for another rule. */
  readonly id: string
  /** The rule in one sentence. */
  readonly name: string
  /** Rejects, saying what is wrong, when a store breaks the rule. `fresh` gives a store that is open and empty. */
  check(fresh: () => Promise<EntryLogUnderTest>): Promise<void>
}

/** Log ids for rules to write with. */
export const A = "aaaaaaaaaaaaaaaa"
export const B = "bbbbbbbbbbbbbbbb"

/** The row id with number `number`. */
export function rowId(number: number): RowId {
  return number.toString(16).padStart(16, "0")
}

/** An entry of `log`; what is not given follows from its stamp. */
export function entryOf(log: string, seq: number, rest: Partial<Entry> = {}): Entry {
  const update = Uint8Array.of(log.charCodeAt(0), seq & 0xff, seq >> 8)
  return { stamp: { log, seq }, receivedAt: 1_000 + seq, principal: "ada", row: rowId(seq), handOver: false, update, ...rest }
}

/** Entries `from` to `to` of `log`. */
export function run(log: string, from: number, to: number): NewLogItem[] {
  const items: NewLogItem[] = []
  for (let seq = from; seq <= to; seq++) items.push({ kind: "entry", entry: entryOf(log, seq) })
  return items
}

/** `items` with the positions from `first` on. */
export function placed(items: readonly NewLogItem[], first: number): LogItem[] {
  return items.map((item, index) => ({ ...item, position: first + index }))
}

/** An append to `documentId`. */
export function append(documentId: string, items: readonly NewLogItem[], settled?: readonly RowId[]): Change {
  return { type: "append", documentId, items, ...(settled && { settled }) }
}

/** A snapshot that stands for `vector`. */
export function snapshotOf(vector: Readonly<Record<string, number>>, byte = 1): Snapshot {
  const owners = new Map([[7, "ada"]])
  return { vector: new Map(Object.entries(vector)), update: Uint8Array.of(byte, 2, 3), stateVector: Uint8Array.of(9), owners }
}

/** A compaction of `documentId`. */
export function compact(documentId: string, snapshot: Snapshot, through: number, base: number): Change {
  return { type: "compact", documentId, snapshot, through, base }
}

/** The outbox row with number `number`. */
export function rowOf(number: number): NewOutboxRow {
  return { row: rowId(number), update: Uint8Array.of(number, 5), handOver: number % 2 === 0 }
}

/** New rows for `documentId`. */
export function outbox(documentId: string, rows: readonly NewOutboxRow[], settled?: readonly RowId[]): Change {
  return { type: "outbox", documentId, rows, ...(settled && { settled }) }
}

/** A record. */
export function record(key: string, value: Uint8Array | null): Change {
  return { type: "record", key, value }
}

/** Positions and stamps of a page, or what it is instead. */
export async function read(
  log: EntryLog,
  documentId: string,
  after: number,
  limits?: { maxItems?: number; maxBytes?: number },
): Promise<string> {
  const page = await log.read(documentId, after, limits)
  if (page.kind === "compacted") return "compacted"
  return page.items
    .map((item) => `${item.position}:${item.kind === "entry" ? item.entry.stamp.log[0]! + item.entry.stamp.seq : "snapshot"}`)
    .join(" ")
}
