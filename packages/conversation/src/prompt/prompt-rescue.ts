import * as Y from "yjs"
import { parseRecordKey } from "../record-key.ts"
import { readEntry } from "../register.ts"
import { parseSlotTextName, readRootText } from "./prompt-layout.ts"

/** Words of a prompt that one document has and another has not. */
export interface MissingPromptText {
  readonly kind: "slot" | "comment"
  readonly clock: number
  readonly authorId: string | null
  readonly text: string
}

/** What slots and versions in `kept` say and nothing in `current` does, and comments that are not there. Each once; nothing for other documents. */
export function missingPromptTexts(kept: Y.Doc, current: Y.Doc): readonly MissingPromptText[] {
  const missing: MissingPromptText[] = []
  const here = promptTexts(current)
  for (const text of new Set(promptTexts(kept))) {
    if (text.trim() !== "" && !here.some((known) => known.includes(text))) missing.push({ kind: "slot", clock: 0, authorId: null, text })
  }
  const comments = new Set(commentsOf(current).map(({ text }) => text))
  for (const comment of commentsOf(kept)) if (!comments.has(comment.text)) missing.push({ kind: "comment", ...comment })
  return missing
}

/** Whether `text` stands in what a prompt says, said in a version, or in what was said about it. */
export function isInPrompt(text: string, ydoc: Y.Doc): boolean {
  return [...promptTexts(ydoc), ...commentsOf(ydoc).map((comment) => comment.text)].some((known) => known.includes(text))
}

/** What slots say, removed ones included, and what versions said. */
function promptTexts(ydoc: Y.Doc): string[] {
  const texts = [...ydoc.share.keys()].filter((name) => parseSlotTextName(name) !== undefined).map((name) => readRootText(ydoc, name))
  for (const content of ydoc.getMap<unknown>("contents").values()) texts.push(...savedTexts(content))
  return texts
}

function savedTexts(content: unknown): string[] {
  try {
    const { slots } = JSON.parse(String(content)) as { slots?: unknown }
    if (!Array.isArray(slots)) return []
    return slots.map((slot: unknown) => (slot as { text?: unknown } | null)?.text).filter((text) => typeof text === "string")
  } catch {
    // No content of a version; whatever else it is, nobody wrote it as a text.
    return []
  }
}

function commentsOf(ydoc: Y.Doc): { readonly text: string; readonly clock: number; readonly authorId: string | null }[] {
  const threads = ydoc.getMap<unknown>("threads")
  const comments: { text: string; clock: number; authorId: string | null }[] = []
  for (const [key, value] of threads.entries()) {
    const [, , what, , field, writer] = parseRecordKey(key)
    if (what !== "comment" || field !== "text" || writer === undefined) continue
    const said = readEntry(writer, value)
    if (said === undefined || typeof said.value !== "string" || said.value === "") continue
    const made = threads.get(key.slice(0, key.lastIndexOf("/text/")) + "/made") as { author?: { id?: unknown } } | undefined
    const author = made?.author?.id
    comments.push({ text: said.value, clock: said.clock, authorId: typeof author === "string" ? author : null })
  }
  return comments
}
