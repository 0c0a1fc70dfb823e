import * as Y from "yjs"
import { wellFormed } from "../well-formed.ts"
import { diffText } from "./text-diff.ts"

/**
 * Makes a text say `wanted` by the least edits, word by word, so that what others are typing into it at the same moment stays where they type it. Writes
 * nothing when it says so already. To be called within a transaction.
 */
export function editText(text: Y.Text, wanted: string): void {
  const next = wellFormed(wanted)
  const pieces = text.toDelta() as readonly { readonly insert?: unknown }[]
  // A stranger may have put things into the text that are no characters: they take one place each, say nothing, and would shift every index.
  let at = 0
  for (const { insert } of pieces) {
    if (typeof insert === "string") at += insert.length
    else text.delete(at, 1)
  }
  at = 0
  for (const part of diffText(text.toJSON(), next)) {
    if (part.kind === "removed") text.delete(at, part.text.length)
    else {
      if (part.kind === "added") text.insert(at, part.text)
      at += part.text.length
    }
  }
}
