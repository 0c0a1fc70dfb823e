import { getDocumentProxy, resolvePDFJSImport } from "unpdf"
import type { ExtractedText, ExtractNotice, ExtractOptions } from "./extract-text.ts"
import { MAX_TEXT_CHARACTERS } from "./extract-text.ts"
import { tidyTitle } from "./markdown-title.ts"
import { joinLines, type PageLine, pageLines, type PageItem } from "./page-lines.ts"
import { RetrievalError } from "./retrieval-error.ts"

/** Pages of a file that are read; a file may claim any number. */
export const MAX_PAGES = 5_000

/** What is needed of the library's document. */
interface Pdf {
  readonly numPages: number
  getPage(number: number): Promise<{ getTextContent(): Promise<{ readonly items: readonly object[] }>; cleanup(): void }>
  getMetadata(): Promise<{ readonly info: object }>
  readonly loadingTask: { destroy(): Promise<void> }
}

/**
 * The text of a PDF, page by page, a blank line between pages. Lines of a paragraph are joined, and so are words that a line end divided.
 *
 * Scripts and forms in it are not run, and nothing is fetched: what stands in a font that names its characters by a table outside of the file (CJK fonts of
 * the nineties) cannot be read.
 * @throws RetrievalError `unreadable` for bytes that are no PDF, `locked` for one that opens with a password only, `too-large` for more than {@link MAX_PAGES} pages.
 */
export async function pdfText(bytes: Uint8Array, options: ExtractOptions): Promise<ExtractedText> {
  const tables = new Set<string>()
  const pdf = await openPdf(bytes, tables)
  try {
    if (pdf.numPages > MAX_PAGES) throw tooLarge(`the file has ${pdf.numPages} pages; ${MAX_PAGES} are read`)
    return { ...join(await readPages(pdf, options), tables), ...(await titleOf(pdf)) }
  } catch (error) {
    throw error instanceof RetrievalError || options.signal?.aborted === true ? error : unreadable(error)
  } finally {
    await pdf.loadingTask.destroy()
  }
}

/** @param tables - gets the names of tables of characters that the file needs and does not hold. */
async function openPdf(bytes: Uint8Array, tables: Set<string>): Promise<Pdf> {
  await loadLibrary()
  try {
    // The library takes the bytes it is given away from whoever holds them, and takes no Buffer.
    return await getDocumentProxy(new Uint8Array(bytes), {
      verbosity: 0,
      stopAtErrors: false,
      useWorkerFetch: false,
      useWasm: false,
      BinaryDataFactory: noData(tables),
      useSystemFonts: false,
      disableFontFace: true,
      enableXfa: false,
    })
  } catch (error) {
    if ((error as { readonly name?: unknown } | null)?.name === "PasswordException")
      throw new RetrievalError("locked", "the PDF opens with a password only; save a copy without one and add that", { cause: error })
    throw unreadable(error)
  }
}

let loading: Promise<void> | undefined

/**
 * Loads pdf.js. It takes every worker for its own that it finds itself in, posts to the page and answers what the page posts, unless there is a window while it is loaded.
 */
function loadLibrary(): Promise<void> {
  loading ??= (async () => {
    const scope = globalThis as { window?: unknown }
    const isWorker = !("window" in scope) && "onmessage" in scope
    if (isWorker) scope.window = scope
    try {
      await resolvePDFJSImport(() => import("unpdf/pdfjs"))
    } finally {
      if (isWorker) delete scope.window
    }
  })()
  return loading.catch((error: unknown) => {
    loading = undefined
    throw error
  })
}

/** Where the library asks for what it does not bring: it gets nothing, from nowhere. */
function noData(tables: Set<string>): new () => object {
  return class {
    fetch({ kind, filename }: { readonly kind: string; readonly filename: string }): Promise<never> {
      if (kind === "cMapUrl") tables.add(filename.replace(/\.bcmap$/, ""))
      return Promise.reject(new Error(`${filename} is not here`))
    }
  }
}

async function readPages(pdf: Pdf, { signal, onProgress }: ExtractOptions): Promise<readonly (readonly PageLine[])[]> {
  const pages: (readonly PageLine[])[] = []
  let characters = 0
  for (let number = 1; number <= pdf.numPages; number++) {
    if (signal?.aborted === true) throw signal.reason
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    const lines = pageLines(items.filter((item): item is PageItem => "str" in item))
    page.cleanup()
    for (const { text } of lines) characters += text.length
    if (characters > MAX_TEXT_CHARACTERS)
      throw tooLarge(`the text has more than ${MAX_TEXT_CHARACTERS} characters by page ${number} of ${pdf.numPages}`)
    pages.push(lines)
    onProgress?.(number, pdf.numPages)
  }
  return pages
}

function join(pages: readonly (readonly PageLine[])[], tables: ReadonlySet<string>): ExtractedText {
  const starts: { readonly page: number; readonly start: number }[] = []
  const silent: number[] = []
  let text = ""
  for (const [index, pageText] of joinLines(pages).entries()) {
    if (pageText === "") silent.push(index + 1)
    else if (text !== "") text += "\n\n"
    starts.push({ page: index + 1, start: text.length })
    text += pageText
  }
  const notices: ExtractNotice[] = []
  if (tables.size > 0) {
    const message = `letters are named by tables that the file does not hold (${[...tables].join(", ").slice(0, 100)}); print it to a PDF anew, with its fonts`
    if (text === "") throw new RetrievalError("unreadable", `its ${message}`)
    notices.push({ code: "unknown-letters", message: `some ${message}` })
  }
  if (text === "")
    throw new RetrievalError("empty", `it has no text on any of its ${pages.length} pages: they are pictures, as of a scan; ${RECOGNISE}`)
  if (silent.length > 0) {
    const message = `no text on ${silent.length} of ${pages.length} pages (${silent.slice(0, 10).join(", ")}${silent.length > 10 ? ", …" : ""}); if they are pictures of text, ${RECOGNISE}`
    notices.push({ code: "silent-pages", message })
  }
  return { text, pages: starts, ...(notices.length === 0 ? {} : { notices }) }
}

const RECOGNISE = "let a program for text recognition (OCR) add the text, and add that file"

async function titleOf(pdf: Pdf): Promise<{ readonly title?: string }> {
  const { info } = await pdf.getMetadata()
  const given: unknown = (info as { readonly Title?: unknown }).Title
  const title = typeof given === "string" ? tidyTitle(given) : undefined
  return title === undefined || NO_TITLES.test(title) ? {} : { title }
}

/** What programs write where nobody gave a title. */
const NO_TITLES = /^(?:untitled|microsoft (?:word|powerpoint) - .*|.*\.(?:docx?|indd|tex|dvi|pdf|pptx?|xlsx?|rtf|qxd))$/i

function unreadable(cause: unknown): RetrievalError {
  return new RetrievalError("unreadable", "the file cannot be read as a PDF; it may be damaged: open it elsewhere and save it anew", {
    cause,
  })
}

function tooLarge(what: string): RetrievalError {
  return new RetrievalError("too-large", `${what}; divide it into several files`)
}
