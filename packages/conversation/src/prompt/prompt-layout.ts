import * as Y from "yjs"
import { KeyIndex } from "../record-key.ts"

/**
 * The top-level types of a prompt's document. All are made by name, so devices that make the same one both have the same; nothing is nested.
 *
 * | type | key | value |
 * |---|---|---|
 * | map `meta` | `schema`; `name/<writer>`, `description/<writer>`, `kind/<writer>` | 1; registers |
 * | map `drafts` | `<draft>/name/<writer>`, `<draft>/closed/<writer>` | registers |
 * | | `<draft>/base/<writer>` | list of version ids; readers take what no other of them stands on |
 * | | `<draft>/made` | `{ createdAt, authorId }` |
 * | map `slots` | `<draft>/<slot>/<role, name, order or removed>/<writer>` | registers |
 * | map `variables` | `<draft>/<name>/<writer>` | register of what the variable is, or null |
 * | map `config` | `<draft>/<key>/<writer>` | register of any JSON, null for not set |
 * | map `versions` | version id | canonical JSON text |
 * | map `contents` | hash of a version's content | canonical JSON text |
 * | map `origins` | version id | JSON text, where an imported version came from: see `prompt-formats/prompt-origins.ts` |
 * | map `threads` | `<draft>/<thread>/...` | see `prompt-threads.ts` |
 * | text `slot:<draft>/<slot>` | | what the slot says |
 */
export const PROMPT_MAPS = ["meta", "drafts", "slots", "variables", "config", "versions", "contents", "threads"] as const

export type PromptMapName = (typeof PROMPT_MAPS)[number]

/** The maps that hold records of drafts, first segment of the key being the draft. */
export const DRAFT_MAPS = ["drafts", "slots", "variables", "config", "threads"] as const

export type DraftMapName = (typeof DRAFT_MAPS)[number]

/** The draft that every prompt has. */
export const MAIN_DRAFT = "main"

const SLOT_TEXT = "slot:"

/** Name of the top-level text of a slot. Ids of drafts and slots hold no slash. */
export function slotTextName(draftId: string, slotId: string): string {
  return `${SLOT_TEXT}${draftId}/${slotId}`
}

/** The draft and the slot of a top-level type, or undefined when it is no slot's text. */
export function parseSlotTextName(name: string): { readonly draftId: string; readonly slotId: string } | undefined {
  const cut = name.indexOf("/")
  if (!name.startsWith(SLOT_TEXT) || cut === -1) return undefined
  return { draftId: name.slice(SLOT_TEXT.length, cut), slotId: name.slice(cut + 1) }
}

export type PromptIndexes = Readonly<Record<"meta" | DraftMapName, KeyIndex>>

/** The records of a prompt by their owners; asking for them writes nothing. */
export function promptIndexes(ydoc: Y.Doc): PromptIndexes {
  const index = (name: PromptMapName): KeyIndex => new KeyIndex(ydoc.getMap<unknown>(name))
  return {
    meta: index("meta"),
    drafts: index("drafts"),
    slots: index("slots"),
    variables: index("variables"),
    config: index("config"),
    threads: index("threads"),
  }
}

/** What a top-level text says; nobody has to have written in it, and asking makes no type. */
export function readRootText(ydoc: Y.Doc, name: string): string {
  if (!ydoc.share.has(name)) return ""
  // A stranger's map under this name stays a map for this Y.Doc; it has no words in order.
  const type = ydoc.share.get(name)
  return type instanceof Y.Text || type?.constructor === Y.AbstractType ? ydoc.getText(name).toJSON() : ""
}
