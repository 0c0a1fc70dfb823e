/** A file in an archive, not yet unpacked. */
export interface ZipEntry {
  readonly name: string
  readonly compressed: Blob
  /** Packed with deflate; else it stands as it is. */
  readonly deflated: boolean
}

/** The file is no archive that can be read. */
export class ZipError extends Error {
  override readonly name = "ZipError"
}

const END_SIGNATURE = 0x06054b50
const CENTRAL_SIGNATURE = 0x02014b50
const LOCAL_SIGNATURE = 0x04034b50
const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff
const MAX_ENTRIES = 65_535
const ENCRYPTED = 1
const STORED = 0
const DEFLATED = 8

/**
 * Lists the files of a zip archive by its central directory (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16) and reads nothing else of it.
 * Archives over 4 GB (zip64) and encrypted files are refused.
 *
 * @throws ZipError when the archive is damaged or of a kind that is refused.
 */
export async function readZip(file: Blob): Promise<readonly ZipEntry[]> {
  const tailStart = Math.max(0, file.size - END_BYTES - MAX_COMMENT_BYTES)
  const tail = await viewOf(file, tailStart, file.size)
  let end = tail.byteLength - END_BYTES
  while (end >= 0 && tail.getUint32(end, true) !== END_SIGNATURE) end--
  if (end < 0) throw new ZipError("the archive is cut off: its table of contents is missing")
  const count = tail.getUint16(end + 10, true)
  const size = tail.getUint32(end + 12, true)
  const start = tail.getUint32(end + 16, true)
  if (count === MAX_ENTRIES || start === 0xffffffff) throw new ZipError("archives over 4 GB cannot be read: unpack it first")
  if (start + size > file.size) throw new ZipError("the archive is damaged: its table of contents points beyond its end")
  return readDirectory(file, await viewOf(file, start, start + size), count)
}

async function readDirectory(file: Blob, view: DataView, count: number): Promise<readonly ZipEntry[]> {
  const entries: ZipEntry[] = []
  for (let at = 0, index = 0; index < count; index++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== CENTRAL_SIGNATURE) {
      throw new ZipError("the archive is damaged: its table of contents cannot be read")
    }
    const method = view.getUint16(at + 10, true)
    const compressedBytes = view.getUint32(at + 20, true)
    const nameBytes = view.getUint16(at + 28, true)
    const next = at + 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (next > view.byteLength) throw new ZipError("the archive is damaged: a name in it is cut off")
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 46, nameBytes))
    if ((view.getUint16(at + 8, true) & ENCRYPTED) !== 0) throw new ZipError(`${name} is encrypted: unpack it first`)
    if (method !== STORED && method !== DEFLATED) throw new ZipError(`${name} is packed in a way that cannot be read: unpack it first`)
    const compressed = await contentOf(file, view.getUint32(at + 42, true), compressedBytes)
    if (!name.endsWith("/")) entries.push({ name, compressed, deflated: method === DEFLATED })
    at = next
  }
  return entries
}

/** The packed bytes of an entry: they follow its own header, whose length the directory does not tell. */
async function contentOf(file: Blob, offset: number, bytes: number): Promise<Blob> {
  const header = await viewOf(file, offset, offset + 30)
  if (header.byteLength < 30 || header.getUint32(0, true) !== LOCAL_SIGNATURE)
    throw new ZipError("the archive is damaged: a file is missing")
  const start = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  if (start + bytes > file.size) throw new ZipError("the archive is cut off")
  return file.slice(start, start + bytes)
}

async function viewOf(file: Blob, start: number, end: number): Promise<DataView> {
  return new DataView(await file.slice(start, end).arrayBuffer())
}
