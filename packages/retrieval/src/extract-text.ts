import { decodeText } from "./decode-text.ts"
import { kindOf } from "./file-kind.ts"
import { markdownTitle } from "./markdown-title.ts"
import { RetrievalError } from "./retrieval-error.ts"

/** A file somebody gives. */
export interface SourceFile {
  /** Read only: nothing is written to them, nothing keeps them. */
  readonly bytes: Uint8Array
  readonly name: string
  /** What the giver takes it for; decides nothing that the bytes say otherwise. */
  readonly mime?: string
}

/** What a file says. Offsets are in UTF-16 units of `text`. */
export interface ExtractedText {
  /** Lines end with a line feed; holds no NUL and no half surrogate pair. */
  readonly text: string
  /** Where each page begins, for files that have pages; ascending. */
  readonly pages: readonly { readonly page: number; readonly start: number }[]
  /** What the file calls itself. */
  readonly title?: string
  /** What of the file is not in `text`, and why. Absent where there is nothing to say. */
  readonly notices?: readonly ExtractNotice[]
}

/** `silent-pages`: pages without text, as those that are pictures; `unknown-letters`: what the file does not say the letters of. */
export interface ExtractNotice {
  readonly code: "silent-pages" | "unknown-letters"
  /** For people: what, and what to do. */
  readonly message: string
}

/** How a long reading is watched and ended. */
export interface ExtractOptions {
  /** Told after each page. */
  readonly onProgress?: (done: number, pages: number) => void
  /** Ends the reading at the next page, by its reason; an `AbortSignal`. */
  readonly signal?: { readonly aborted: boolean; readonly reason?: unknown }
}

/** Largest file that is read, in bytes. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024
/**
 * Longest text of a file, in UTF-16 units: some 800 pages. The text and its passages make one entry of a log, in any script within the relay's limit for
 * a row.
 */
export const MAX_TEXT_CHARACTERS = 2_000_000

/**
 * The text of a file: PDF by its first bytes, HTML and Markdown by name or kind, anything else that is text as it is.
 *
 * Nothing in a file runs. The parsers of HTML and PDF are loaded when one comes.
 * @throws RetrievalError, see its codes; the signal's reason when it ends the reading.
 */
export async function extractText(file: SourceFile, options: ExtractOptions = {}): Promise<ExtractedText> {
  if (file.bytes.length > MAX_FILE_BYTES) throw tooLarge(`the file has ${file.bytes.length} bytes; ${MAX_FILE_BYTES} are read`)
  const extracted = await read(file, options)
  if (extracted.text.trim() === "") throw new RetrievalError("empty", "the file holds no text")
  if (extracted.text.length > MAX_TEXT_CHARACTERS)
    throw tooLarge(`the text has ${extracted.text.length} characters; ${MAX_TEXT_CHARACTERS} are kept`)
  return extracted
}

async function read(file: SourceFile, options: ExtractOptions): Promise<ExtractedText> {
  const kind = kindOf(file)
  switch (kind) {
    case "pdf":
      return (await import("./pdf-text.ts")).pdfText(file.bytes, options)
    case "html":
      return (await import("./html-text.ts")).htmlText(decodeText(file, kind))
    case "markdown": {
      const text = decodeText(file, kind)
      const title = markdownTitle(text)
      return { text, pages: [], ...(title === undefined ? {} : { title }) }
    }
    case "text":
      return { text: decodeText(file, kind), pages: [] }
  }
}

function tooLarge(what: string): RetrievalError {
  return new RetrievalError("too-large", `${what}; divide it into several files`)
}
