import type { IndexedMessage } from "./indexed-message.ts"
import { HAS_ATTACHMENT, messageCount, PERSON_SEPARATOR, type ShardRecord, visitTerm } from "./shard.ts"
import { type StringTable, stringAt, stringTable, tableSize } from "./string-table.ts"

/** A row of a shard that is being written. */
interface Row {
  readonly documentId: string
  readonly id: string
  readonly person: string
  readonly role: string
  readonly time: number
  readonly length: number
  readonly flags: number
}

const MAX_LENGTH = 65_535
/** More occurrences than this in one message say nothing more, and one byte holds them. */
const MAX_COUNT = 255
const MAX_ROLES = 255

/** Makes a shard: from the messages of documents, and from a shard that is there without some of its documents. */
export class ShardWriter {
  readonly #rows: Row[] = []
  /** Per term: message, count, message, count …; messages ascend. */
  readonly #postings = new Map<string, number[]>()

  /** How many messages are in it. */
  get size(): number {
    return this.#rows.length
  }

  /** Takes over what `shard` holds of all documents but `without`. Nothing may have been added before. */
  take(shard: ShardRecord, without: ReadonlySet<string>): void {
    const places = new Int32Array(messageCount(shard)).fill(-1)
    for (let index = 0; index < places.length; index++) {
      const documentId = shard.documents[shard.documentOf[index]!]!
      if (without.has(documentId)) continue
      places[index] = this.#rows.length
      this.#rows.push({
        documentId,
        id: stringAt(shard.ids, index),
        person: stringAt(shard.people, shard.authorOf[index]!),
        role: shard.roles[shard.roleOf[index]!] ?? "",
        time: shard.times[index]!,
        length: shard.lengths[index]!,
        flags: shard.flags[index]!,
      })
    }
    for (let index = 0, terms = tableSize(shard.terms); index < terms; index++) {
      const list: number[] = []
      visitTerm(shard, index, (message, count) => {
        const place = places[message]!
        if (place >= 0) list.push(place, count)
      })
      if (list.length > 0) this.#postings.set(stringAt(shard.terms, index), list)
    }
  }

  /** Adds a message of `documentId`. */
  add(documentId: string, message: IndexedMessage): void {
    const place = this.#rows.length
    this.#rows.push({
      documentId,
      id: message.id,
      person: message.authorId + PERSON_SEPARATOR + message.authorName,
      role: message.role,
      time: message.time,
      length: Math.min(message.length, MAX_LENGTH),
      flags: message.hasAttachment ? HAS_ATTACHMENT : 0,
    })
    for (const [term, count] of message.terms) {
      const list = this.#postings.get(term)
      if (list === undefined) this.#postings.set(term, [place, Math.min(count, MAX_COUNT)])
      else list.push(place, Math.min(count, MAX_COUNT))
    }
  }

  /** The shard as it is to rest. */
  record(id: number, generation: number): ShardRecord {
    const rows = this.#rows
    const documents = palette(rows.map(({ documentId }) => documentId))
    const people = palette(rows.map(({ person }) => person))
    const roles = palette(rows.map(({ role }) => role))
    const { terms, postings, postingStarts } = this.#encodePostings()
    return {
      id,
      generation,
      documents: documents.values,
      documentOf: Uint16Array.from(documents.places),
      ids: stringTable(rows.map((row) => row.id)),
      people: stringTable(people.values),
      authorOf: Uint32Array.from(people.places),
      roles: roles.values.slice(0, MAX_ROLES),
      roleOf: Uint8Array.from(roles.places, (place) => Math.min(place, MAX_ROLES)),
      times: Float64Array.from(rows, ({ time }) => time),
      lengths: Uint16Array.from(rows, ({ length }) => length),
      flags: Uint8Array.from(rows, ({ flags }) => flags),
      terms,
      postingStarts,
      postings,
    }
  }

  #encodePostings(): { readonly terms: StringTable; readonly postings: Uint8Array; readonly postingStarts: Uint32Array } {
    const terms = [...this.#postings.keys()].sort()
    const postingStarts = new Uint32Array(terms.length + 1)
    const bytes = new ByteList()
    for (const [index, term] of terms.entries()) {
      const list = this.#postings.get(term) ?? []
      let before = -1
      for (let at = 0; at < list.length; at += 2) {
        const message = list[at]!
        const count = list[at + 1]!
        bytes.addNumber(((message - before - 1) << 1) | (count > 1 ? 1 : 0))
        if (count > 1) bytes.addByte(count)
        before = message
      }
      postingStarts[index + 1] = bytes.length
    }
    return { terms: stringTable(terms), postings: bytes.take(), postingStarts }
  }
}

/** Each value once, in the order of its first place, and for each place which one it is. */
function palette(values: readonly string[]): { readonly values: string[]; readonly places: number[] } {
  const known = new Map<string, number>()
  const places = values.map((value) => {
    const place = known.get(value) ?? known.size
    if (place === known.size) known.set(value, place)
    return place
  })
  return { values: [...known.keys()], places }
}

/** Bytes that grow. */
class ByteList {
  #bytes = new Uint8Array(64 * 1024)
  length = 0

  addByte(byte: number): void {
    if (this.length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[this.length++] = byte
  }

  /** Seven bits a byte, the lowest first. */
  addNumber(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.addByte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.addByte(rest)
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }
}
