import { deflateSync } from "fflate"
import { encodeUtf8 } from "../content-hash.ts"
import { crc32 } from "../reading/crc32.ts"

/** From which numbers on an archive says them in its wide fields: those that do not fit the narrow ones. */
export interface ZipWidth {
  readonly offset: number
  readonly count: number
}

const NARROW: ZipWidth = Object.freeze({ offset: 0xffffffff, count: 0xffff })
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
const WIDE_END_BYTES = 56
const WIDE_LOCATOR_BYTES = 20
const WIDE_EXTRA_BYTES = 12
const VERSION = 20
const WIDE_VERSION = 45
/** Names are UTF-8. */
const FLAGS = 0x0800
/** 1980-01-01, the first day that the format knows: the same files give the same archive. */
const DATE = 0x21
const WIDE = 0xffffffff
const WIDE_COUNT = 0xffff

interface Entry {
  readonly name: Uint8Array
  readonly method: number
  readonly crc: number
  readonly packedSize: number
  readonly size: number
  readonly offset: number
}

/** Writes a zip archive member by member (PKWARE APPNOTE 6.3); past 4 GB or 65 535 members as zip64. Holds no member once it was given out. */
export class ZipWriter {
  readonly #width: ZipWidth
  readonly #entries: Entry[] = []
  #offset = 0

  constructor(width: ZipWidth = NARROW) {
    this.#width = width
  }

  /** The bytes of one member; packed with deflate when that makes it smaller. */
  member(name: string, bytes: Uint8Array, pack: boolean): Uint8Array[] {
    const packed = pack ? deflateSync(bytes) : bytes
    const deflated = packed.length < bytes.length
    const content = deflated ? packed : bytes
    const entry: Entry = {
      name: encodeUtf8(name),
      method: deflated ? 8 : 0,
      crc: crc32(0, bytes),
      packedSize: content.length,
      size: bytes.length,
      offset: this.#offset,
    }
    const header = new Uint8Array(LOCAL_BYTES)
    const view = new DataView(header.buffer)
    view.setUint32(0, 0x04034b50, true)
    view.setUint16(4, VERSION, true)
    writeFacts(view, 6, entry)
    this.#entries.push(entry)
    return this.#given([header, entry.name, content])
  }

  /** The table of contents, with which the archive ends. */
  end(): Uint8Array[] {
    const start = this.#offset
    const directory = this.#given(this.#entries.flatMap((entry) => this.#directoryEntry(entry)))
    const size = this.#offset - start
    const count = this.#entries.length
    const wide = count >= this.#width.count || start >= this.#width.offset || size >= this.#width.offset
    const end = new Uint8Array(END_BYTES)
    const view = new DataView(end.buffer)
    view.setUint32(0, 0x06054b50, true)
    for (const at of [8, 10]) view.setUint16(at, wide ? WIDE_COUNT : count, true)
    view.setUint32(12, wide ? WIDE : size, true)
    view.setUint32(16, wide ? WIDE : start, true)
    return [...directory, ...(wide ? [wideEnd(count, size, start)] : []), end]
  }

  #directoryEntry(entry: Entry): Uint8Array[] {
    const wide = entry.offset >= this.#width.offset
    const header = new Uint8Array(CENTRAL_BYTES)
    const view = new DataView(header.buffer)
    view.setUint32(0, 0x02014b50, true)
    view.setUint16(4, wide ? WIDE_VERSION : VERSION, true)
    view.setUint16(6, wide ? WIDE_VERSION : VERSION, true)
    writeFacts(view, 8, entry)
    view.setUint16(30, wide ? WIDE_EXTRA_BYTES : 0, true)
    view.setUint32(42, wide ? WIDE : entry.offset, true)
    if (!wide) return [header, entry.name]
    const extra = new Uint8Array(WIDE_EXTRA_BYTES)
    const field = new DataView(extra.buffer)
    field.setUint16(0, 1, true)
    field.setUint16(2, 8, true)
    field.setBigUint64(4, BigInt(entry.offset), true)
    return [header, entry.name, extra]
  }

  #given(pieces: Uint8Array[]): Uint8Array[] {
    for (const { length } of pieces) this.#offset += length
    return pieces
  }
}

/** The fields that both headers of a member have, one after the other. */
function writeFacts(view: DataView, at: number, entry: Entry): void {
  view.setUint16(at, FLAGS, true)
  view.setUint16(at + 2, entry.method, true)
  view.setUint16(at + 6, DATE, true)
  view.setUint32(at + 8, entry.crc, true)
  view.setUint32(at + 12, entry.packedSize, true)
  view.setUint32(at + 16, entry.size, true)
  view.setUint16(at + 20, entry.name.length, true)
}

/** The wide end of the table of contents, and where it stands. */
function wideEnd(count: number, size: number, start: number): Uint8Array {
  const bytes = new Uint8Array(WIDE_END_BYTES + WIDE_LOCATOR_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x06064b50, true)
  view.setBigUint64(4, BigInt(WIDE_END_BYTES - 12), true)
  view.setUint16(12, WIDE_VERSION, true)
  view.setUint16(14, WIDE_VERSION, true)
  for (const at of [24, 32]) view.setBigUint64(at, BigInt(count), true)
  view.setBigUint64(40, BigInt(size), true)
  view.setBigUint64(48, BigInt(start), true)
  view.setUint32(WIDE_END_BYTES, 0x07064b50, true)
  view.setBigUint64(WIDE_END_BYTES + 8, BigInt(start + size), true)
  view.setUint32(WIDE_END_BYTES + 16, 1, true)
  return bytes
}
