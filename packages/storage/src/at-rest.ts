import { decodeEntries, decodeVersionVector, encodeEntries, encodeVersionVector, type VersionVector } from "@polylogue/protocol"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { decodeUtf8 } from "lib0/string"
import type { DocumentHead, LogItem, OutboxRow, StoredSnapshot } from "./entry-log.ts"
import { StorageError } from "./errors.ts"

/*
 * The bytes of what rests in IndexedDB and LevelDB, in lib0 encoding (varUint, varUint8Array, varString); `•` joins.
 *
 *   head      head • base • through • snapshotBytes • itemBytes • resets • vector • baseVector
 *   item      0 • entries (one, as in PROTOCOL.md)   or   1 • vector • update
 *   snapshot  through • vector • update • stateVector • n • n * (client • principal)
 *   row       handOver (0 or 1) • row id • update
 *
 * Positions and orders stand in the keys. A reader trusts no announced length and accepts no byte more than it needs.
 */

/** Names the place of a value for a person; called only when the value does not decode. */
export type Where = () => string

/** The bytes of a head. */
export function encodeHead(head: DocumentHead): Uint8Array {
  return encoding.encode((encoder) => {
    for (const value of [head.head, head.base, head.through, head.snapshotBytes, head.itemBytes, head.resets]) {
      encoding.writeVarUint(encoder, value)
    }
    writeVector(encoder, head.vector)
    writeVector(encoder, head.baseVector)
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeHead(where: Where, bytes: Uint8Array): DocumentHead {
  return decode(where, bytes, (reader) => ({
    head: reader.uint(),
    base: reader.uint(),
    through: reader.uint(),
    snapshotBytes: reader.uint(),
    itemBytes: reader.uint(),
    resets: reader.uint(),
    vector: reader.vector(),
    baseVector: reader.vector(),
  }))
}

/** The bytes of an item without its position. */
export function encodeItem(item: LogItem): Uint8Array {
  return encoding.encode((encoder) => {
    if (item.kind === "entry") {
      encoding.writeVarUint(encoder, 0)
      encoding.writeUint8Array(encoder, encodeEntries([item.entry]))
    } else {
      encoding.writeVarUint(encoder, 1)
      writeVector(encoder, item.snapshot.vector)
      encoding.writeVarUint8Array(encoder, item.snapshot.update)
    }
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeItem(where: Where, bytes: Uint8Array, position: number): LogItem {
  return decode(where, bytes, (reader) => {
    if (reader.flag()) return { kind: "snapshot", position, snapshot: { vector: reader.vector(), update: reader.bytes() } }
    const [entry, ...more] = decodeEntries(reader.rest())
    if (entry === undefined || more.length > 0) throw new RangeError("an item holds one entry")
    return { kind: "entry", position, entry }
  })
}

/** The bytes of a snapshot. */
export function encodeSnapshot({ through, vector, update, stateVector, owners }: StoredSnapshot): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, through)
    writeVector(encoder, vector)
    encoding.writeVarUint8Array(encoder, update)
    encoding.writeVarUint8Array(encoder, stateVector)
    encoding.writeVarUint(encoder, owners.size)
    for (const [client, principal] of owners) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarString(encoder, principal)
    }
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeSnapshot(where: Where, bytes: Uint8Array): StoredSnapshot {
  return decode(where, bytes, (reader) => {
    const through = reader.uint()
    const vector = reader.vector()
    const update = reader.bytes()
    const stateVector = reader.bytes()
    const owners = new Map<number, string>()
    for (let left = reader.uint(); left > 0; left--) owners.set(reader.uint(), reader.text())
    return { through, vector, update, stateVector, owners }
  })
}

/** The bytes of an outbox row without its order. */
export function encodeRow({ row, update, handOver }: OutboxRow): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, handOver ? 1 : 0)
    encoding.writeVarString(encoder, row)
    encoding.writeVarUint8Array(encoder, update)
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeRow(where: Where, bytes: Uint8Array, order: number): OutboxRow {
  return decode(where, bytes, (reader) => {
    const handOver = reader.flag()
    return { row: reader.text(), order, update: reader.bytes(), handOver }
  })
}

/** The bytes of a whole number. */
export function encodeUint(value: number): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, value)
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeUint(where: Where, bytes: Uint8Array): number {
  return decode(where, bytes, (reader) => reader.uint())
}

function writeVector(encoder: encoding.Encoder, vector: VersionVector): void {
  encoding.writeVarUint8Array(encoder, encodeVersionVector(vector))
}

function decode<T>(where: Where, bytes: Uint8Array, read: (reader: Reader) => T): T {
  try {
    const reader = new Reader(bytes)
    const value = read(reader)
    if (reader.left > 0) throw new RangeError(`${reader.left} bytes follow the value`)
    return value
  } catch (cause) {
    throw new StorageError("corrupt", `the value at ${where()} does not decode`, { cause })
  }
}

/** Reads within the bounds of its bytes; what it returns are views into them. */
class Reader {
  readonly #decoder: decoding.Decoder

  constructor(bytes: Uint8Array) {
    this.#decoder = decoding.createDecoder(bytes)
  }

  get left(): number {
    return this.#decoder.arr.length - this.#decoder.pos
  }

  uint(): number {
    return decoding.readVarUint(this.#decoder)
  }

  flag(): boolean {
    const value = this.uint()
    if (value > 1) throw new RangeError(`0 or 1 expected, not ${value}`)
    return value === 1
  }

  bytes(): Uint8Array {
    return this.#take(this.uint())
  }

  rest(): Uint8Array {
    return this.#take(this.left)
  }

  vector(): VersionVector {
    return decodeVersionVector(this.bytes())
  }

  text(): string {
    return decodeUtf8(this.bytes())
  }

  #take(length: number): Uint8Array {
    if (length > this.left) throw new RangeError(`${length} bytes announced, ${this.left} there`)
    const start = this.#decoder.pos
    this.#decoder.pos += length
    return this.#decoder.arr.subarray(start, this.#decoder.pos)
  }
}
