import { ImportProblem } from "../formats/import-item.ts"
import { decodeUtf8 } from "../formats/utf8.ts"

/** Bytes that stay where they are until they are asked for: a file, a blob. */
export interface ByteSource {
  /** For reports. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** The bytes from `start` to `end`, in chunks of any size that belong to the caller. Throws when they cannot be read. */
  read(start: number, end: number): AsyncIterable<Uint8Array>
}

/** A file in an archive, not yet unpacked. */
export interface ZipEntry {
  readonly name: string
  /** Bytes unpacked, as the archive says. */
  readonly size: number
  readonly packedSize: number
  /** Packed with deflate; else it stands as it is. */
  readonly deflated: boolean
  /** CRC-32 of what it unpacks to. */
  readonly crc: number
  /** Where its own header begins. */
  readonly offset: number
}

const END_SIGNATURE = 0x06054b50
const WIDE_LOCATOR_SIGNATURE = 0x07064b50
const WIDE_END_SIGNATURE = 0x06064b50
const CENTRAL_SIGNATURE = 0x02014b50
const LOCAL_SIGNATURE = 0x04034b50
const END_BYTES = 22
const WIDE_LOCATOR_BYTES = 20
const WIDE_END_BYTES = 56
const CENTRAL_BYTES = 46
const LOCAL_BYTES = 30
const MAX_COMMENT_BYTES = 0xffff
/** A table of contents beyond this is no export's. */
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024
const WIDE_FIELD = 1
const WIDE = 0xffffffff
const WIDE_COUNT = 0xffff
const ENCRYPTED = 1
const STORED = 0
const DEFLATED = 8

/**
 * Lists the files of a zip archive by its table of contents (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3) and reads nothing
 * else of it. Archives over 4 GB are read as well.
 * @throws ImportProblem `bad-encoding`, `too-large` when the archive is damaged, or of a kind that cannot be read.
 */
export async function readZipDirectory(source: ByteSource): Promise<readonly ZipEntry[]> {
  const { start, size, count } = await findDirectory(source)
  if (size > MAX_DIRECTORY_BYTES) throw new ImportProblem("too-large", "the archive's table of contents is too long")
  if (start + size > source.size) throw damaged("its table of contents points beyond its end")
  const view = await viewOf(source, start, start + size)
  const entries: ZipEntry[] = []
  for (let at = 0, index = 0; index < count; index++) {
    if (at + CENTRAL_BYTES > view.byteLength || view.getUint32(at, true) !== CENTRAL_SIGNATURE) {
      throw damaged("its table of contents cannot be read")
    }
    const nameBytes = view.getUint16(at + 28, true)
    const next = at + CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (next > view.byteLength) throw damaged("a name in it is cut off")
    const entry = readEntry(view, at, nameBytes)
    if (entry.offset + LOCAL_BYTES + entry.packedSize > source.size) throw damaged("a file in it is cut off")
    if (!entry.name.endsWith("/")) entries.push(entry)
    at = next
  }
  return entries
}

/**
 * The packed bytes of an entry: they follow its own header, whose length the table of contents does not tell.
 * @throws ImportProblem `bad-encoding` when it is not there.
 */
export async function* packedBytes(source: ByteSource, entry: ZipEntry): AsyncIterable<Uint8Array> {
  const header = await viewOf(source, entry.offset, entry.offset + LOCAL_BYTES)
  if (header.getUint32(0, true) !== LOCAL_SIGNATURE) throw damaged("a file is missing")
  const start = entry.offset + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true)
  if (start + entry.packedSize > source.size) throw damaged("a file in it is cut off")
  if (entry.packedSize > 0) yield* source.read(start, start + entry.packedSize)
}

interface Directory {
  readonly start: number
  readonly size: number
  readonly count: number
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const tailStart = Math.max(0, source.size - END_BYTES - MAX_COMMENT_BYTES - WIDE_LOCATOR_BYTES)
  const tail = await viewOf(source, tailStart, source.size)
  let end = tail.byteLength - END_BYTES
  while (end >= 0 && tail.getUint32(end, true) !== END_SIGNATURE) end--
  if (end < 0) throw new ImportProblem("bad-encoding", "the archive is cut off: its table of contents is missing")
  const count = tail.getUint16(end + 10, true)
  const size = tail.getUint32(end + 12, true)
  const start = tail.getUint32(end + 16, true)
  const locator = end - WIDE_LOCATOR_BYTES
  const wide = count === WIDE_COUNT || size === WIDE || start === WIDE
  if (!wide || locator < 0 || tail.getUint32(locator, true) !== WIDE_LOCATOR_SIGNATURE) return { start, size, count }
  const at = wideNumber(tail, locator + 8)
  if (at + WIDE_END_BYTES > source.size) throw damaged("its table of contents points beyond its end")
  const record = await viewOf(source, at, at + WIDE_END_BYTES)
  if (record.getUint32(0, true) !== WIDE_END_SIGNATURE) throw damaged("its table of contents cannot be read")
  return { count: wideNumber(record, 32), size: wideNumber(record, 40), start: wideNumber(record, 48) }
}

function readEntry(view: DataView, at: number, nameBytes: number): ZipEntry {
  const name = nameOf(new Uint8Array(view.buffer, view.byteOffset + at + CENTRAL_BYTES, nameBytes))
  const method = view.getUint16(at + 10, true)
  if ((view.getUint16(at + 8, true) & ENCRYPTED) !== 0) throw new ImportProblem("bad-encoding", `${name} is encrypted: unpack it first`)
  if (method !== STORED && method !== DEFLATED) {
    throw new ImportProblem("bad-encoding", `${name} is packed in a way that cannot be read: unpack it first`)
  }
  const wide = wideNumbers(view, at + CENTRAL_BYTES + nameBytes, view.getUint16(at + 30, true))
  const number = (place: number): number => {
    const narrow = view.getUint32(at + place, true)
    return narrow === WIDE ? (wide.shift() ?? narrow) : narrow
  }
  // The wide field has the numbers that do not fit, in this order.
  const size = number(24)
  const packedSize = number(20)
  const offset = number(42)
  return { name, size, packedSize, offset, deflated: method === DEFLATED, crc: view.getUint32(at + 16, true) }
}

function wideNumbers(view: DataView, start: number, bytes: number): number[] {
  const end = start + bytes
  for (let at = start; at + 4 <= end;) {
    const length = view.getUint16(at + 2, true)
    if (view.getUint16(at, true) === WIDE_FIELD && at + 4 + length <= end) {
      return Array.from({ length: Math.floor(length / 8) }, (_, index) => wideNumber(view, at + 4 + 8 * index))
    }
    at += 4 + length
  }
  return []
}

function wideNumber(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000
}

async function viewOf(source: ByteSource, start: number, end: number): Promise<DataView> {
  const bytes = new Uint8Array(end - start)
  let at = 0
  if (end > start) {
    for await (const chunk of source.read(start, end)) {
      bytes.set(chunk, at)
      at += chunk.length
    }
  }
  if (at < bytes.length) throw damaged("it ends before its size")
  return new DataView(bytes.buffer)
}

/** Names are UTF-8 in what programs write today; what is not is shown byte by byte. */
function nameOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch {
    return String.fromCharCode(...bytes)
  }
}

function damaged(what: string): ImportProblem {
  return new ImportProblem("bad-encoding", `the archive is damaged: ${what}`)
}
