import { foldTag, type PromptCard } from "@polylogue/conversation"
import { fold } from "../conversation-list/card-text.ts"
import type { ListView } from "../conversation-list/list-rows.ts"

/** One prompt of the list. */
export interface PromptCardRow {
  readonly kind: "prompt"
  /** Names the row among all of the list: the prompt's id. */
  readonly key: string
  readonly card: PromptCard
  /** Said where the list does not show it: that it is archived. */
  readonly hint: string
}

/** A way to another view. */
export interface PromptViewRow {
  readonly kind: "view"
  readonly key: string
  readonly view: ListView
  readonly count: number
}

export type PromptRow = PromptCardRow | PromptViewRow

/** What the rows are made of. */
export interface PromptListContents {
  /** All cards that are not deleted, in their order. */
  readonly cards: readonly PromptCard[]
  readonly deleted: readonly PromptCard[]
  readonly view: ListView
  readonly query: string
  /** Only prompts with this tag; "" for all. */
  readonly tag: string
}

/** The rows of the list, from the first to the last. What was archived is found as well, after what was not. */
export function promptRows(contents: PromptListContents): readonly PromptRow[] {
  const { cards, deleted, view, query, tag } = contents
  const archived = cards.filter((card) => card.archived)
  const present = cards.filter((card) => !card.archived)
  if (view === "deleted") return rowsOf(contents, deleted)
  if (view === "archive") return rowsOf(contents, archived)
  if (query.trim() !== "" || tag !== "") return [...rowsOf(contents, present), ...rowsOf(contents, archived, "Archive")]
  return [...rowsOf(contents, present), ...viewRow("archive", archived.length), ...viewRow("deleted", deleted.length)]
}

/** The tags of prompts with how many have each, sorted; each in the spelling that comes first. */
export function promptTags(cards: readonly PromptCard[]): readonly { readonly name: string; readonly count: number }[] {
  const byFold = new Map<string, { readonly name: string; readonly count: number }>()
  for (const name of cards.flatMap(({ tags }) => tags)) {
    const key = foldTag(name)
    const known = byFold.get(key)
    byFold.set(key, known === undefined ? { name, count: 1 } : { name: name < known.name ? name : known.name, count: known.count + 1 })
  }
  return [...byFold.entries()].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, tag]) => tag)
}

function rowsOf({ query, tag }: PromptListContents, cards: readonly PromptCard[], hint = ""): readonly PromptCardRow[] {
  const words = fold(query).split(/\s+/u).filter(Boolean)
  const wanted = tag === "" ? undefined : foldTag(tag)
  return cards
    .filter((card) => wanted === undefined || card.tags.some((own) => foldTag(own) === wanted))
    .filter((card) => {
      if (words.length === 0) return true
      const text = fold([card.name, card.snippet, ...card.tags].join("\n"))
      return words.every((word) => text.includes(word))
    })
    .map((card) => ({ kind: "prompt", key: card.id, card, hint }))
}

function viewRow(view: ListView, count: number): readonly PromptViewRow[] {
  return count === 0 ? [] : [{ kind: "view", key: `*${view}`, view, count }]
}
