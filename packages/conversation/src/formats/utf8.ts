import { ConversationError } from "../conversation-error.ts"

const CHUNK_UNITS = 8192
// Smallest code point for each length of sequence; a shorter form is an overlong one.
const SMALLEST = [0, 0, 0x80, 0x800, 0x10000]

/**
 * Decodes UTF-8 strictly and drops a byte order mark: a file with a wrong byte is refused, never mended, for U+FFFD in its
 * place would lose what stood there without a word.
 * @throws ConversationError `bad-encoding`, naming the offset of the first wrong byte.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const chunks: string[] = []
  let units: number[] = []
  let offset = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  while (offset < bytes.length) {
    const lead = bytes[offset] ?? 0
    const length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0
    const code = length === 1 ? lead : readSequence(bytes, offset, length)
    if (code === undefined) throw new ConversationError("bad-encoding", `not UTF-8 text: wrong byte at offset ${offset}`)
    if (code < 0x10000) units.push(code)
    else units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff))
    offset += length
    if (units.length >= CHUNK_UNITS) {
      chunks.push(String.fromCharCode(...units))
      units = []
    }
  }
  chunks.push(String.fromCharCode(...units))
  return chunks.join("")
}

function readSequence(bytes: Uint8Array, offset: number, length: number): number | undefined {
  if (length === 0) return undefined
  let code = (bytes[offset] ?? 0) & (0xff >> (length + 1))
  for (let index = 1; index < length; index++) {
    const byte = bytes[offset + index]
    if (byte === undefined || byte >> 6 !== 2) return undefined
    code = (code << 6) | (byte & 63)
  }
  const surrogate = code >= 0xd800 && code <= 0xdfff
  return code < (SMALLEST[length] ?? 0) || code > 0x10ffff || surrogate ? undefined : code
}
