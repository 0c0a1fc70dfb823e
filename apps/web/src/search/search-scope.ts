import type { ConversationCard, FolderForest } from "@polylogue/conversation"
import { cardTitle, fold } from "../conversation-list/card-text.ts"
import type { Filter } from "./query.ts"

/** What the list of conversations says about a search: the worker knows neither titles nor folders nor tags. */
export interface ListScope {
  /** Only these conversations; undefined: all. */
  readonly within: readonly string[] | undefined
  /** The deleted ones. */
  readonly hidden: readonly string[]
}

/** Which conversations the filters `in:` (part of a title, or of the name of a folder around it) and `tag:` leave. */
export function listScope(
  filters: readonly Filter[],
  cards: readonly ConversationCard[],
  deleted: readonly ConversationCard[],
  forest: Pick<FolderForest, "pathTo" | "placeOf">,
): ListScope {
  const hidden = deleted.map(({ id }) => id)
  const tests = filters.filter(({ name, problem }) => problem === undefined && (name === "in" || name === "tag"))
  if (tests.length === 0) return { within: undefined, hidden }
  const passes = (card: ConversationCard): boolean =>
    tests.every(({ name, value, not }) => (name === "tag" ? hasTag(card, value) : isIn(card, value, forest)) !== not)
  return { within: cards.filter(passes).map(({ id }) => id), hidden }
}

function hasTag({ tags }: ConversationCard, value: string): boolean {
  const wanted = fold(value.replace(/^#/u, ""))
  return tags.some((tag) => fold(tag) === wanted)
}

function isIn(card: ConversationCard, value: string, forest: Pick<FolderForest, "pathTo" | "placeOf">): boolean {
  const wanted = fold(value)
  if (fold(cardTitle(card)).includes(wanted)) return true
  return forest.pathTo(forest.placeOf(card.folderId)).some(({ name }) => fold(name).includes(wanted))
}
