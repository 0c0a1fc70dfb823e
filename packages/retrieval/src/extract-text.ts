import { decodeUtf8 } from "lib0/string"
import { htmlText } from "./html-text.ts"
import { pdfText } from "./pdf-text.ts"
import { RetrievalError } from "./retrieval-error.ts"

/** A file somebody gives. */
export interface SourceFile {
  readonly bytes: Uint8Array
  readonly name: string
  /** What the giver takes it for; decides nothing that the bytes say otherwise. */
  readonly mime?: string
}

/** What a file says. Offsets are in UTF-16 units of `text`. */
export interface ExtractedText {
  readonly text: string
  /** Where each page begins, for files that have pages; ascending. */
  readonly pages: readonly { readonly page: number; readonly start: number }[]
  /** What the file calls itself. */
  readonly title?: string
}

const PDF = [0x25, 0x50, 0x44, 0x46, 0x2d]

/**
 * The text of a file: a PDF by its first bytes, HTML by name or kind, anything else as UTF-8.
 * @throws RetrievalError `unreadable` for a file that is not what it says; `empty` for one without text.
 */
export async function extractText(file: SourceFile): Promise<ExtractedText> {
  const { bytes, name, mime = "" } = file
  const extracted = PDF.every((byte, index) => bytes[index] === byte)
    ? await pdfText(bytes)
    : /\.x?html?$/i.test(name) || /^(text\/html|application\/xhtml)/.test(mime)
      ? htmlText(decodeUtf8(bytes))
      : { text: decodeUtf8(bytes), pages: [] }
  if (extracted.text.trim() === "") throw new RetrievalError("empty", "the file holds no text")
  return extracted
}
