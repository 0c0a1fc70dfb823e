import type { KeyboardEvent } from "react"
import type { CardListRow, CardRow, ListedCard } from "./card-rows.ts"

/** What a key means in a list of cards. */
export type CardListCommand<Card extends ListedCard> =
  | { readonly kind: "go"; readonly to: number; readonly extend: boolean }
  | { readonly kind: "rename" | "remove" | "toggle"; readonly row: CardRow<Card> }
  | { readonly kind: "select-all" | "end-selection" }

/** What a key pressed with the focus on the row at `at` (-1: in no row) means; `undefined` when nothing, as while somebody writes. */
export function cardListCommand<Card extends ListedCard>(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "altKey" | "metaKey" | "ctrlKey">,
  rows: readonly CardListRow<Card>[],
  at: number,
  writing: boolean,
): CardListCommand<Card> | undefined {
  const { key, shiftKey } = event
  const row = rows[at]
  const go = (to: number, extend = false): CardListCommand<Card> | undefined =>
    rows.length === 0 ? undefined : { kind: "go", to: Math.min(Math.max(to, 0), rows.length - 1), extend }
  // Out of the filter the arrow leads into the rows; all other keys there are text.
  if (writing) return key === "ArrowDown" && row === undefined ? go(0) : undefined
  if (event.altKey) return undefined
  if (event.metaKey || event.ctrlKey) return key.toLowerCase() === "a" && row !== undefined ? { kind: "select-all" } : undefined
  if (key === "ArrowDown" || key === "j") return go(at + 1, shiftKey && key === "ArrowDown")
  if (key === "ArrowUp" || key === "k") return go(at - 1, shiftKey && key === "ArrowUp")
  if (key === "Escape") return { kind: "end-selection" }
  if (row === undefined) return undefined
  if (key === "Home") return go(0, shiftKey)
  if (key === "End") return go(rows.length - 1, shiftKey)
  if (row.kind !== "card") return undefined
  if (key === "F2") return { kind: "rename", row }
  if (key === "Delete") return { kind: "remove", row }
  return key === " " ? { kind: "toggle", row } : undefined
}
