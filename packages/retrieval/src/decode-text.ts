import { decodeUtf8 } from "lib0/string"
import type { SourceFile } from "./extract-text.ts"
import { RetrievalError } from "./retrieval-error.ts"

/** What of every engine decodes character sets; the language itself has none. */
type Decoder = new (
  charset: string,
  options: { readonly fatal: boolean },
) => { readonly encoding: string; decode(bytes: Uint8Array): string }

/** Windows-1252 from 0x80 to 0x9F; five of them are the control characters themselves. */
const WINDOWS_1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ"

/** Bytes at the beginning of a page that may name its character set. */
const DECLARATION_BYTES = 1_024

/**
 * The text of bytes that say, or show, how they are written: a byte order mark, UTF-8, UTF-16 by where its zeros are, else the character set that the
 * file or its giver names. What is none of these is not guessed: wrong letters would look like what somebody wrote.
 *
 * Line ends become line feeds; other control characters become U+FFFD.
 * @throws RetrievalError `unreadable` when it cannot be told or does not hold, naming the character set; `unsupported` for what is no text.
 */
export function decodeText({ bytes, mime = "" }: SourceFile, kind: "html" | "markdown" | "text"): string {
  return tidy(decode(bytes, mime, kind))
}

function decode(bytes: Uint8Array, mime: string, kind: string): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return decodeAs("utf-8", bytes.subarray(3))
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeAs("utf-16le", bytes.subarray(2))
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decodeAs("utf-16be", bytes.subarray(2))
  if (bytes.includes(0)) return decodeAs(utf16Of(bytes), bytes)
  const declared = charsetOf(mime) ?? (kind === "html" ? declaredIn(bytes) : undefined)
  // Seven-bit sets are valid UTF-8 and say something else; all others are not, but for their ASCII.
  if (declared !== undefined && /^(?:iso-2022|hz-)/.test(declared)) return decodeAs(declared, bytes)
  const utf8 = validUtf8(bytes)
  if (utf8 !== undefined) return utf8
  if (declared !== undefined && !/^utf-?(?:8|16)/.test(declared)) return decodeAs(declared, bytes)
  throw new RetrievalError("unreadable", "the text is not UTF-8 and does not say what else it is; save it as UTF-8")
}

function validUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes)
  } catch {
    return undefined
  }
}

function decodeAs(charset: string, bytes: Uint8Array): string {
  const { TextDecoder } = globalThis as unknown as { readonly TextDecoder?: Decoder }
  try {
    if (TextDecoder === undefined) throw new RangeError(`${charset} is not known here`)
    const decoder = new TextDecoder(charset, { fatal: true })
    const text = decoder.decode(bytes)
    // Some versions of Node read this one as Latin-1, which has control characters where it has a euro sign, quotation marks and dashes.
    return decoder.encoding === "windows-1252"
      ? text.replace(/[\u0080-\u009F]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80]!)
      : text
  } catch (cause) {
    throw new RetrievalError(
      "unreadable",
      `the text says that it is written in ${charset.slice(0, 40)} and cannot be read as that; save it as UTF-8`,
      { cause },
    )
  }
}

/** UTF-16 of text in which some letters are ASCII has its zeros in every second place only. */
function utf16Of(bytes: Uint8Array): string {
  const zeros = [0, 0]
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0) zeros[at % 2]!++
  const [even, odd] = zeros as [number, number]
  const some = bytes.length / 8
  if (bytes.length % 2 === 0 && odd > some && even === 0) return "utf-16le"
  if (bytes.length % 2 === 0 && even > some && odd === 0) return "utf-16be"
  throw new RetrievalError("unsupported", "the file is no text; save what it says as PDF, HTML or plain text and add that")
}

function declaredIn(bytes: Uint8Array): string | undefined {
  let head = ""
  for (const byte of bytes.subarray(0, DECLARATION_BYTES)) head += String.fromCharCode(byte)
  return (
    charsetOf(/<meta\s[^>]{0,200}charset[^>]{0,100}/i.exec(head)?.[0] ?? "") ??
    /^\s*<\?xml\s[^>]{0,100}encoding=["']([\w:.-]+)/i.exec(head)?.[1]?.toLowerCase()
  )
}

function charsetOf(text: string): string | undefined {
  return /charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(text)?.[1]?.toLowerCase()
}

// oxlint-disable-next-line no-control-regex -- reason: control characters are what this is about
const CONTROLS = /[\u0000-\u0008\u000B\u000E-\u001F\u007F]/g

function tidy(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\f", "\n").replace(CONTROLS, "\uFFFD")
}
