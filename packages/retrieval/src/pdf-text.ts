import { extractText as readPdf, getMeta } from "unpdf"
import type { ExtractedText } from "./extract-text.ts"
import { RetrievalError } from "./retrieval-error.ts"

/**
 * The text of a PDF, page by page.
 * @throws RetrievalError `unreadable` for bytes that are no PDF, or a locked one.
 */
export async function pdfText(bytes: Uint8Array): Promise<ExtractedText> {
  try {
    // The library takes the bytes it is given away from whoever holds them.
    const { text } = await readPdf(bytes.slice(), { mergePages: false })
    const { info } = await getMeta(bytes.slice())
    const pages: { readonly page: number; readonly start: number }[] = []
    let all = ""
    for (const [index, page] of text.entries()) {
      if (all !== "") all += "\n\n"
      pages.push({ page: index + 1, start: all.length })
      all += page
    }
    const title: unknown = info["Title"]
    return { text: all, pages, ...(typeof title === "string" && title !== "" ? { title } : {}) }
  } catch (cause) {
    throw new RetrievalError("unreadable", "the file cannot be read as a PDF", { cause })
  }
}
