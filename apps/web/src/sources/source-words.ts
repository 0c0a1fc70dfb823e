import type { SourceCard } from "@polylogue/conversation"
import type { OpenWorkspace } from "@polylogue/react"
import { quoted } from "../conversation-list/card-text.ts"
import { counted } from "../frame/relative-time.ts"
import type { ToastMessage } from "../frame/toast.tsx"

/** What a source is called where nobody and no file gave it a title. */
const UNTITLED = "New source"

/** Show letters in another order than they have: a title that strangers gave could read as another one. */
const DIRECTION_OVERRIDES = /[\u202d\u202e]/gu

/** The title of a source to show. */
export function sourceTitle(title: string | undefined): string {
  const shown = title?.replaceAll(DIRECTION_OVERRIDES, "").trim()
  return shown === undefined || shown === "" ? UNTITLED : shown
}

/** How sources are called in a sentence. */
export function namedSources(cards: readonly Pick<SourceCard, "name">[]): string {
  return cards.length === 1 ? quoted(sourceTitle(cards[0]?.name)) : counted(cards.length, "source")
}

/** Whether the sources of a workspace may be changed here; says why when not: "You may read these sources, not …". */
export function mayChangeSources(workspace: OpenWorkspace | undefined, what: string, toast: (message: ToastMessage) => void): boolean {
  // Until a relay has said, everything may be done: it waits on this device.
  if (workspace?.open.document.status.mayWrite !== false) return true
  toast({ text: `You may read these sources, not ${what}.` })
  return false
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^application\/pdf/u, "PDF"],
  [/html/u, "HTML"],
  [/markdown/u, "Markdown"],
  [/json/u, "JSON"],
  [/csv/u, "CSV"],
]

/** What kind of file a source is: "PDF"; "Text" for one that was written here or is nothing special. */
export function kindWord(mime: string, name: string): string {
  if (/\.(?:md|markdown)$/iu.test(name)) return "Markdown"
  return KINDS.find(([kind]) => kind.test(mime))?.[1] ?? "Text"
}
