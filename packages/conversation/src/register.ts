import { readClock } from "./hybrid-clock.ts"
import { type KeyIndex, recordKey, type RecordReader } from "./record-key.ts"

/**
 * A value that several devices may set, with a rule that decides: the one set knowing of the other, else the later clock,
 * else the greater writer name.
 *
 * Yjs lets the higher client id win a shared key, whoever wrote later (400 of 400 merges), and drops the other value. So each
 * writer has a key of its own, `<owner>/<field>/<writer>`, and readers take the maximum. `turn` is a Lamport count within
 * the register: it outranks the clock, so a device with a clock in the future cannot pin a value for ever. The values that
 * lost stay readable.
 */
export interface RegisterEntry {
  readonly turn: number
  readonly clock: number
  readonly writer: string
  readonly value: unknown
}

const WRITER = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Checks the name of a writer: one per device, 1 to 64 of `A-Z a-z 0-9 _ -`.
 * @throws TypeError for any other.
 */
export function checkWriter(writer: string): string {
  if (!WRITER.test(writer)) throw new TypeError(`a writer is 1 to 64 of A-Z a-z 0-9 _ -, not ${JSON.stringify(writer)}`)
  return writer
}

/** All entries of a register, the deciding one first. Values that are no entries are passed over. */
export function readRegister(index: RecordReader, owner: string, ...field: readonly string[]): RegisterEntry[] {
  return readEntries(index.records(owner, ...field))
}

/** The entries among records `[<writer>], value`, the deciding one first. */
export function readEntries(records: Iterable<readonly [rest: readonly string[], value: unknown]>): RegisterEntry[] {
  const entries: RegisterEntry[] = []
  for (const [rest, value] of records) {
    const writer = rest[0]
    const entry = rest.length === 1 && writer !== undefined ? readEntry(writer, value) : undefined
    if (entry !== undefined) entries.push(entry)
  }
  return entries.sort(compareEntries)
}

/** Sets a register for `writer`, above all that is `known` of it. To be called within a transaction. */
export function writeRegister(
  index: KeyIndex,
  path: readonly string[],
  writer: string,
  clock: number,
  value: unknown,
  known: RecordReader = index,
): void {
  const [owner = "", ...field] = path
  const turn = (readRegister(known, owner, ...field)[0]?.turn ?? 0) + 1
  const key = recordKey(...path, writer)
  index.map.set(key, { turn, clock, value })
  index.add(key)
}

/** The entry in a stored value, or undefined when it is none. */
export function readEntry(writer: string, value: unknown): RegisterEntry | undefined {
  if (typeof value !== "object" || value === null || !("value" in value)) return undefined
  const { turn, clock, value: held } = value as { turn?: unknown; clock?: unknown; value: unknown }
  return { turn: Number.isSafeInteger(turn) ? (turn as number) : 0, clock: readClock(clock), writer, value: held }
}

/** Order of entries: the deciding one first. */
function compareEntries(left: RegisterEntry, right: RegisterEntry): number {
  if (left.turn !== right.turn) return right.turn - left.turn
  if (left.clock !== right.clock) return right.clock - left.clock
  return left.writer < right.writer ? 1 : left.writer > right.writer ? -1 : 0
}
