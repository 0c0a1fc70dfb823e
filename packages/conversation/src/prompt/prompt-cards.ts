import { CardShelf, type ShelfCard, shelfOf } from "../card-shelf.ts"
import type { WorkspaceIndex } from "../workspace-index.ts"

/** What the list shows of a prompt. */
export type PromptCard = ShelfCard

/** The cards of a workspace's prompts. */
export type PromptCards = CardShelf

const PROMPTS = { map: "prompts", noun: "prompt" }

/** The prompts' cards in `index`, one object for each index. */
export function promptCards(index: WorkspaceIndex): PromptCards {
  return shelfOf(index, PROMPTS.map, () => new CardShelf(index, PROMPTS))
}
