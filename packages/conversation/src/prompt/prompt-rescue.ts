import type * as Y from "yjs"
import { parseSlotTextName, readRootText } from "./prompt-layout.ts"

/** What slots and versions in `kept` say and nothing in `current` does. Each once; nothing for other documents. */
export function missingPromptTexts(kept: Y.Doc, current: Y.Doc): readonly string[] {
  const here = promptTexts(current)
  return [...new Set(promptTexts(kept))].filter((text) => text.trim() !== "" && !here.some((known) => known.includes(text)))
}

/** Whether `text` stands in what a prompt says, or said in a version. */
export function isInPrompt(text: string, ydoc: Y.Doc): boolean {
  return promptTexts(ydoc).some((known) => known.includes(text))
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
