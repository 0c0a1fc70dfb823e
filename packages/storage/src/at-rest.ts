import {
  type BlobHash,
  decodeEntries,
  decodeVersionVector,
  encodeBytes,
  encodeEntries,
  encodeVersionVector,
  type Erased,
  type VersionVector,
} from "@polylogue/protocol"
import { fromHexString, toHexString } from "lib0/buffer"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { decodeUtf8 } from "lib0/string"
import type { LogItem, OutboxRow, ReceivedSnapshot, StoredSnapshot } from "./entry-log.ts"
import { StorageError } from "./errors.ts"
import type { RestingHead } from "./head.ts"

/*
 * The bytes of what rests in IndexedDB and LevelDB, in lib0 encoding (varUint, varUint8Array, varString); `•` joins.
 *
 *   head      head • base • through • snapshotBytes • itemBytes • resets • vector • baseVector • change
 *   item      0 • entries (one, as in PROTOCOL.md)   or   1 • vector • update   or   2 • vector • update • erased
 *             or   3 • vector • update • owners • erased?
 *   snapshot  through • vector • update • stateVector • owners • erased?
 *   row       flags (1 hand-over, 2 erasure) • row id • update • blobs?
 *   purged    items • rows
 *   erased    ranges • blobs
 *   owners    n • n * (client • principal)
 *   blobs     n • n * 32 bytes
 *
 * What format 1 wrote is a part of it: no `change` behind a head (read as 0), no item that begins with 2, no flag 2, nothing erased. What format 2
 * wrote too: no item that begins with 3.
 * Positions and orders stand in the keys. A reader trusts no announced length and accepts no byte more than it needs.
 */

/** How far a document is purged: no old version is left of items up to `items`, nor of rows that were gone, up to the order `rows`. */
export interface Purged {
  readonly items: number
  readonly rows: number
}

/** Flags of a row. */
const HAND_OVER = 1
const ERASURE = 2
const HASH_BYTES = 32
/** What an item begins with. */
const ITEM = { entry: 0, snapshot: 1, erasedSnapshot: 2, ownedSnapshot: 3 } as const

/** Names the place of a value for a person; called only when the value does not decode. */
export type Where = () => string

/** The bytes of a head with its place in the feed. */
export function encodeHead({ head, change }: RestingHead): Uint8Array {
  return encodeBytes((encoder) => {
    for (const value of [head.head, head.base, head.through, head.snapshotBytes, head.itemBytes, head.resets]) {
      encoding.writeVarUint(encoder, value)
    }
    writeVector(encoder, head.vector)
    writeVector(encoder, head.baseVector)
    encoding.writeVarUint(encoder, change)
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeHead(where: Where, bytes: Uint8Array): RestingHead {
  return decode(where, bytes, (reader) => {
    const head = {
      head: reader.uint(),
      base: reader.uint(),
      through: reader.uint(),
      snapshotBytes: reader.uint(),
      itemBytes: reader.uint(),
      resets: reader.uint(),
      vector: reader.vector(),
      baseVector: reader.vector(),
    }
    return { head, change: reader.left > 0 ? reader.uint() : 0 }
  })
}

/** The bytes of an item without its position. */
export function encodeItem(item: LogItem): Uint8Array {
  return encodeBytes((encoder) => {
    if (item.kind === "entry") {
      encoding.writeVarUint(encoder, ITEM.entry)
      encoding.writeUint8Array(encoder, encodeEntries([item.entry]))
    } else {
      const { vector, update, erased, owners } = item.snapshot
      // What says nothing of owners is written as ever: that is what devices have.
      const withoutOwners = erased === undefined ? ITEM.snapshot : ITEM.erasedSnapshot
      encoding.writeVarUint(encoder, owners === undefined ? withoutOwners : ITEM.ownedSnapshot)
      writeVector(encoder, vector)
      encoding.writeVarUint8Array(encoder, update)
      if (owners !== undefined) writeOwners(encoder, owners)
      if (erased !== undefined) writeErased(encoder, erased)
    }
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeItem(where: Where, bytes: Uint8Array, position: number): LogItem {
  return decode(where, bytes, (reader) => {
    const kind = reader.upTo(ITEM.ownedSnapshot)
    if (kind !== ITEM.entry) return { kind: "snapshot", position, snapshot: readSnapshot(reader, kind) }
    const [entry, ...more] = decodeEntries(reader.rest())
    if (entry === undefined || more.length > 0) throw new RangeError("an item holds one entry")
    return { kind: "entry", position, entry }
  })
}

/** The bytes of a snapshot. */
export function encodeSnapshot({ through, vector, update, stateVector, owners, erased }: StoredSnapshot): Uint8Array {
  return encodeBytes((encoder) => {
    encoding.writeVarUint(encoder, through)
    writeVector(encoder, vector)
    encoding.writeVarUint8Array(encoder, update)
    encoding.writeVarUint8Array(encoder, stateVector)
    writeOwners(encoder, owners)
    if (erased !== undefined) writeErased(encoder, erased)
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeSnapshot(where: Where, bytes: Uint8Array): StoredSnapshot {
  return decode(where, bytes, (reader) => {
    const through = reader.uint()
    const vector = reader.vector()
    const update = reader.bytes()
    const stateVector = reader.bytes()
    const snapshot = { through, vector, update, stateVector, owners: reader.owners() }
    return reader.left > 0 ? { ...snapshot, erased: reader.erased() } : snapshot
  })
}

/** The bytes of an outbox row without its order. */
export function encodeRow({ row, update, handOver, erases }: OutboxRow): Uint8Array {
  return encodeBytes((encoder) => {
    encoding.writeVarUint(encoder, (handOver ? HAND_OVER : 0) | (erases === undefined ? 0 : ERASURE))
    encoding.writeVarString(encoder, row)
    encoding.writeVarUint8Array(encoder, update)
    if (erases !== undefined) writeBlobs(encoder, erases)
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeRow(where: Where, bytes: Uint8Array, order: number): OutboxRow {
  return decode(where, bytes, (reader) => {
    const flags = reader.upTo(HAND_OVER | ERASURE)
    const stored = { row: reader.text(), order, update: reader.bytes(), handOver: (flags & HAND_OVER) !== 0 }
    return (flags & ERASURE) === 0 ? stored : { ...stored, erases: reader.blobs() }
  })
}

/** The bytes of a whole number. */
export function encodeUint(value: number): Uint8Array {
  return encodeBytes((encoder) => {
    encoding.writeVarUint(encoder, value)
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodeUint(where: Where, bytes: Uint8Array): number {
  return decode(where, bytes, (reader) => reader.uint())
}

/** The bytes of a note on how far a document is purged. */
export function encodePurged({ items, rows }: Purged): Uint8Array {
  return encodeBytes((encoder) => {
    encoding.writeVarUint(encoder, items)
    encoding.writeVarUint(encoder, rows)
  })
}

/** @throws StorageError `corrupt`, naming `where`. */
export function decodePurged(where: Where, bytes: Uint8Array): Purged {
  return decode(where, bytes, (reader) => ({ items: reader.uint(), rows: reader.uint() }))
}

function writeVector(encoder: encoding.Encoder, vector: VersionVector): void {
  encoding.writeVarUint8Array(encoder, encodeVersionVector(vector))
}

/** A snapshot in the log, behind the number that says what it has. */
function readSnapshot(reader: Reader, kind: number): ReceivedSnapshot {
  const snapshot = { vector: reader.vector(), update: reader.bytes() }
  const owned = kind === ITEM.ownedSnapshot ? { ...snapshot, owners: reader.owners() } : snapshot
  const isErased = kind === ITEM.erasedSnapshot || (kind === ITEM.ownedSnapshot && reader.left > 0)
  return isErased ? { ...owned, erased: reader.erased() } : owned
}

function writeOwners(encoder: encoding.Encoder, owners: ReadonlyMap<number, string>): void {
  encoding.writeVarUint(encoder, owners.size)
  for (const [client, principal] of owners) {
    encoding.writeVarUint(encoder, client)
    encoding.writeVarString(encoder, principal)
  }
}

function writeErased(encoder: encoding.Encoder, { ranges, blobs }: Erased): void {
  encoding.writeVarUint8Array(encoder, ranges)
  writeBlobs(encoder, blobs)
}

function writeBlobs(encoder: encoding.Encoder, blobs: readonly BlobHash[]): void {
  encoding.writeVarUint(encoder, blobs.length)
  for (const blob of blobs) encoding.writeUint8Array(encoder, fromHexString(blob))
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

  upTo(greatest: number): number {
    const value = this.uint()
    if (value > greatest) throw new RangeError(`0 to ${greatest} expected, not ${value}`)
    return value
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

  erased(): Erased {
    return { ranges: this.bytes(), blobs: this.blobs() }
  }

  blobs(): BlobHash[] {
    const blobs: BlobHash[] = []
    for (let left = this.uint(); left > 0; left--) blobs.push(toHexString(this.#take(HASH_BYTES)))
    return blobs
  }

  owners(): Map<number, string> {
    const owners = new Map<number, string>()
    for (let left = this.uint(); left > 0; left--) owners.set(this.uint(), this.text())
    return owners
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
