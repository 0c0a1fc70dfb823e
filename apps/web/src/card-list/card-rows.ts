import { type ConversationCard, foldTag } from "@polylogue/conversation"
import { fold } from "../conversation-list/card-text.ts"
import type { ListView } from "../conversation-list/list-rows.ts"

/** What a list reads of a card, whatever it is the card of. */
export type ListedCard = Pick<ConversationCard, "id" | "tags" | "snippet" | "pinned" | "archived" | "deletedAt" | "erased" | "lastActivity">

/** One card of the list. */
export interface CardRow<Card extends ListedCard> {
  readonly kind: "card"
  /** Names the row among all of the list: the card's id. */
  readonly key: string
  readonly card: Card
  /** Said where the list does not show it: that it is archived. */
  readonly hint: string
}

/** A way to another view. */
export interface ViewRow {
  readonly kind: "view"
  readonly key: string
  readonly view: ListView
  readonly count: number
}

export type CardListRow<Card extends ListedCard> = CardRow<Card> | ViewRow

/** What the rows are made of. */
export interface CardListContents<Card extends ListedCard> {
  /** All cards that are not deleted, in their order. */
  readonly cards: readonly Card[]
  readonly deleted: readonly Card[]
  readonly view: ListView
  readonly query: string
  /** Only cards with this tag; "" for all. */
  readonly tag: string
  /** What a card is called. */
  readonly nameOf: (card: Card) => string
}

/** The rows of the list, from the first to the last. What was archived is found as well, after what was not. */
export function cardRows<Card extends ListedCard>(contents: CardListContents<Card>): readonly CardListRow<Card>[] {
  const { cards, deleted, view, query, tag } = contents
  const archived = cards.filter((card) => card.archived)
  const present = cards.filter((card) => !card.archived)
  if (view === "deleted") return rowsOf(contents, deleted)
  if (view === "archive") return rowsOf(contents, archived)
  if (query.trim() !== "" || tag !== "") return [...rowsOf(contents, present), ...rowsOf(contents, archived, "Archive")]
  return [...rowsOf(contents, present), ...viewRow("archive", archived.length), ...viewRow("deleted", deleted.length)]
}

/** The tags of cards with how many have each, sorted; each in the spelling that comes first. */
export function tagsOf(cards: readonly Pick<ListedCard, "tags">[]): readonly { readonly name: string; readonly count: number }[] {
  const byFold = new Map<string, { readonly name: string; readonly count: number }>()
  for (const name of cards.flatMap(({ tags }) => tags)) {
    const key = foldTag(name)
    const known = byFold.get(key)
    byFold.set(key, known === undefined ? { name, count: 1 } : { name: name < known.name ? name : known.name, count: known.count + 1 })
  }
  return [...byFold.entries()].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, tag]) => tag)
}

function rowsOf<Card extends ListedCard>(
  { query, tag, nameOf }: CardListContents<Card>,
  cards: readonly Card[],
  hint = "",
): readonly CardRow<Card>[] {
  const words = fold(query).split(/\s+/u).filter(Boolean)
  const wanted = tag === "" ? undefined : foldTag(tag)
  return cards
    .filter((card) => wanted === undefined || card.tags.some((own) => foldTag(own) === wanted))
    .filter((card) => {
      if (words.length === 0) return true
      const text = fold([nameOf(card), card.snippet, ...card.tags].join("\n"))
      return words.every((word) => text.includes(word))
    })
    .map((card) => ({ kind: "card", key: card.id, card, hint }))
}

function viewRow(view: ListView, count: number): readonly ViewRow[] {
  return count === 0 ? [] : [{ kind: "view", key: `*${view}`, view, count }]
}
