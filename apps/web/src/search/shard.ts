import { isStringTable, lowerBound, prefixEnd, type StringTable, stringAt, tableSize } from "./string-table.ts"

/*
 * A shard of the index: the messages of some documents, and for each term in which of them it stands. It is one record of the database, read as it
 * rests: nothing is decoded but what a query asks for.
 *
 *   documents   the documents whose messages are here
 *   messages    columns, one row a message: its document, id, author, role, time, length, flags
 *   terms       sorted; of term i the postings stand from postingStarts[i] to postingStarts[i + 1]
 *   postings    per message, ascending: the distance to the one before it, shifted by one bit that says whether a count above 1 follows
 */

/** A shard as it rests in the database. */
export interface ShardRecord {
  readonly id: number
  /** The commit that wrote it. */
  readonly generation: number
  readonly documents: readonly string[]
  readonly documentOf: Uint16Array
  readonly ids: StringTable
  /** Author ids and names, and roles, each once; a name that is not known is empty. */
  readonly people: StringTable
  readonly authorOf: Uint32Array
  readonly roles: readonly string[]
  readonly roleOf: Uint8Array
  /** In ms since 1970. */
  readonly times: Float64Array
  /** In tokens, at most 65,535. */
  readonly lengths: Uint16Array
  readonly flags: Uint8Array
  readonly terms: StringTable
  readonly postingStarts: Uint32Array
  readonly postings: Uint8Array
}

/** Bits of `flags`. */
export const HAS_ATTACHMENT = 1

/** Between id and name in `people`; neither holds it. */
export const PERSON_SEPARATOR = "\u0000"

/** How many messages are in the shard. */
export function messageCount(shard: ShardRecord): number {
  return shard.times.length
}

/** About how many bytes it holds in memory. */
export function shardBytes(shard: ShardRecord): number {
  const { ids, people, terms } = shard
  let bytes = shard.postings.byteLength + shard.postingStarts.byteLength + messageCount(shard) * BYTES_PER_ROW
  for (const table of [ids, people, terms]) bytes += table.bytes.byteLength + table.starts.byteLength
  for (const documentId of shard.documents) bytes += documentId.length * 2
  return bytes
}

const BYTES_PER_ROW = 18

/** Calls `visit` with each message in which `term` stands, or with `prefix` a term that begins so, and how often. */
export function visitPostings(
  shard: ShardRecord,
  term: string,
  prefix: boolean,
  visit: (message: number, count: number, whole: boolean) => void,
): void {
  const from = lowerBound(shard.terms, term)
  const exact = from < tableSize(shard.terms) && stringAt(shard.terms, from) === term
  const to = prefix ? prefixEnd(shard.terms, term, from) : from + (exact ? 1 : 0)
  for (let index = from; index < to; index++) {
    const whole = exact && index === from
    visitTerm(shard, index, (message, count) => visit(message, count, whole))
  }
}

/** Calls `visit` with each message in which term `index` stands, and how often. */
export function visitTerm({ postings, postingStarts }: ShardRecord, index: number, visit: (message: number, count: number) => void): void {
  const end = postingStarts[index + 1]!
  let message = -1
  for (let at = postingStarts[index]!; at < end;) {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = postings[at++]!
      value |= (byte & 0x7f) << shift
      // Damaged bytes end somewhere too.
      if (!(byte >= 0x80)) break
    }
    message += (value >>> 1) + 1
    let count = 1
    if ((value & 1) === 1) count = postings[at++]!
    visit(message, count)
  }
}

/** Whether `value` is a shard that can be read: what was damaged, or written by somebody else, is not. */
export function isShardRecord(value: unknown): value is ShardRecord {
  if (typeof value !== "object" || value === null) return false
  const shard = value as Partial<ShardRecord>
  const { times, terms, postingStarts, postings, ids, documents, roles } = shard
  if (!(times instanceof Float64Array && postingStarts instanceof Uint32Array && postings instanceof Uint8Array)) return false
  if (!isStringTable(ids) || !isStringTable(terms) || !isStringTable(shard.people)) return false
  if (!Array.isArray(documents) || !Array.isArray(roles)) return false
  if (!(shard.documentOf instanceof Uint16Array && shard.authorOf instanceof Uint32Array && shard.roleOf instanceof Uint8Array))
    return false
  if (!(shard.lengths instanceof Uint16Array && shard.flags instanceof Uint8Array)) return false
  const rows = [shard.documentOf, shard.authorOf, shard.roleOf, shard.lengths, shard.flags]
  return (
    tableSize(ids) === times.length &&
    rows.every((column) => column.length === times.length) &&
    postingStarts.length === tableSize(terms) + 1 &&
    postingStarts.at(-1) === postings.length
  )
}
