import type * as Y from "yjs"

/** Stands in a text for what is no text, which a foreign program may have put there. It is as long as Yjs counts it. */
export const NO_TEXT = "\uFFFC"

/** What a text says, each place in it where Yjs has it. */
export function textContent(text: Y.Text): string {
  return text
    .toDelta()
    .reduce((content: string, { insert }: { insert: unknown }) => content + (typeof insert === "string" ? insert : NO_TEXT), "")
}
