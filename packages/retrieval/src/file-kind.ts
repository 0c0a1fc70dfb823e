import type { SourceFile } from "./extract-text.ts"
import { RetrievalError } from "./retrieval-error.ts"

/** What is read. */
export type FileKind = "pdf" | "html" | "markdown" | "text"

/** First bytes of files that are not read, and what they are. */
const OTHERS: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], "an Office document, an e-book or an archive (ZIP)"],
  [[0x50, 0x4b, 0x05, 0x06], "an archive (ZIP)"],
  [[0xd0, 0xcf, 0x11, 0xe0], "an Office document of the old kind"],
  [[0x7b, 0x5c, 0x72, 0x74, 0x66], "a document in Rich Text Format"],
  [[0x25, 0x21, 0x50, 0x53], "a PostScript file"],
  [[0x89, 0x50, 0x4e, 0x47], "a picture"],
  [[0xff, 0xd8, 0xff], "a picture"],
  [[0x47, 0x49, 0x46, 0x38], "a picture"],
  [[0x52, 0x49, 0x46, 0x46], "a picture, a sound or a film"],
  [[0x1f, 0x8b], "a compressed file"],
  [[0x37, 0x7a, 0xbc, 0xaf], "an archive"],
  [[0x28, 0xb5, 0x2f, 0xfd], "a compressed file"],
]

const PDF = [0x25, 0x50, 0x44, 0x46, 0x2d]
/** A PDF may begin after so many bytes of something else; readers look so far. */
const PDF_SEARCH_BYTES = 1_024

/**
 * What a file is, by its first bytes, then its name and kind.
 * @throws RetrievalError `unsupported` for what is known and not read.
 */
export function kindOf({ bytes, name, mime = "" }: SourceFile): FileKind {
  if (beginsWith(bytes, PDF, 0)) return "pdf"
  const other = OTHERS.find(([first]) => beginsWith(bytes, first, 0))
  if (other !== undefined)
    throw new RetrievalError("unsupported", `the file is ${other[1]}; save it as PDF, HTML or plain text and add that`)
  if (saysPdf(name, mime)) {
    for (let at = 1; at < Math.min(bytes.length, PDF_SEARCH_BYTES); at++) if (beginsWith(bytes, PDF, at)) return "pdf"
    throw new RetrievalError("unreadable", "the file is called a PDF and is none")
  }
  if (/\.x?html?$/i.test(name) || /^(?:text\/html|application\/xhtml)/i.test(mime)) return "html"
  if (/\.(?:md|markdown|mdx?)$/i.test(name) || /^text\/(?:x-)?markdown/i.test(mime)) return "markdown"
  return "text"
}

const MEDIA_TYPES = { pdf: "application/pdf", html: "text/html", markdown: "text/markdown", text: "text/plain" } as const satisfies Record<
  FileKind,
  string
>

/** As what a file is read. @throws RetrievalError as `extractText` does for files of other kinds. */
export function mediaTypeOf(file: SourceFile): string {
  return MEDIA_TYPES[kindOf(file)]
}

function saysPdf(name: string, mime: string): boolean {
  return /\.pdf$/i.test(name) || /^application\/pdf/i.test(mime)
}

function beginsWith(bytes: Uint8Array, first: readonly number[], at: number): boolean {
  return first.every((byte, index) => bytes[at + index] === byte)
}
