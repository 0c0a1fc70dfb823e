import type * as Y from "yjs"
import { readRootText } from "../prompt/prompt-layout.ts"
import { MAX_LINE_EDITS, spans } from "../text/text-diff.ts"
import { linesOf } from "../text/text-tokens.ts"
import { SOURCE_TEXT } from "./source-layout.ts"

/** What one document's source says and another's does not, in whole lines: all of it where that has none, else those that were written or changed. Nothing for other documents. */
export function missingSourceTexts(kept: Y.Doc, current: Y.Doc): readonly string[] {
  const [said, here] = [readRootText(kept, SOURCE_TEXT), readRootText(current, SOURCE_TEXT)]
  const changed = said === here ? [] : spans(linesOf(here), linesOf(said), MAX_LINE_EDITS).filter(({ kind }) => kind === "changed")
  const missing = changed.map(({ to }) => to.join("").replace(/\n$/u, "")).filter((text) => text.trim() !== "" && !here.includes(text))
  return [...new Set(missing)]
}

/** Whether `text` stands in what a source says. */
export function isInSource(text: string, ydoc: Y.Doc): boolean {
  return readRootText(ydoc, SOURCE_TEXT).includes(text)
}
