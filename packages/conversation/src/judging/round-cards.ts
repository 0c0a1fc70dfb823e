import { CardShelf, type ShelfCard, shelfOf } from "../card-shelf.ts"
import type { WorkspaceIndex } from "../workspace-index.ts"

/** What the list shows of a judging round; what kind it is, `roundKindOf` tells from its id. */
export type RoundCard = ShelfCard

const ROUNDS = { map: "rounds", noun: "round" }

/** The cards of a workspace's judging rounds, the map `rounds` of its index: one object for each index. */
export function roundCards(index: WorkspaceIndex): CardShelf {
  return shelfOf(index, ROUNDS.map, () => new CardShelf(index, ROUNDS))
}
