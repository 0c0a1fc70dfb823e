import type { KeyboardEvent } from "react"
import type { ListRow } from "./list-rows.ts"

/** What a key means in the list. */
export type ListCommand =
  | { readonly kind: "go"; readonly to: number; readonly extend: boolean }
  | { readonly kind: "fold" | "unfold" | "rename" | "remove" | "toggle"; readonly row: ListRow }
  | { readonly kind: "reorder"; readonly row: ListRow; readonly down: boolean }
  | { readonly kind: "select-all" | "end-selection" }

/**
 * What a key pressed with the focus on the row at `at` (-1: in no row) means; `undefined` when nothing, as while somebody writes. `towards` are the
 * arrow keys for inwards and outwards, which depend on the direction of writing.
 */
export function listCommand(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "altKey" | "metaKey" | "ctrlKey">,
  rows: readonly ListRow[],
  at: number,
  writing: boolean,
  towards: { readonly inwards: string; readonly outwards: string },
): ListCommand | undefined {
  const { key, shiftKey } = event
  const row = rows[at]
  const go = (to: number, extend = false): ListCommand | undefined => (to === -1 ? undefined : { kind: "go", to, extend })
  // Out of the filter the arrow leads into the rows; all other keys there are text.
  if (writing) return key === "ArrowDown" && row === undefined ? go(next(rows, -1, 1)) : undefined
  if (event.altKey && row?.kind === "folder" && (key === "ArrowDown" || key === "ArrowUp")) {
    return { kind: "reorder", row, down: key === "ArrowDown" }
  }
  if (event.altKey) return undefined
  if (event.metaKey || event.ctrlKey) return key.toLowerCase() === "a" && row !== undefined ? { kind: "select-all" } : undefined
  if (key === "ArrowDown" || key === "j") return go(next(rows, at, 1), shiftKey && key === "ArrowDown")
  if (key === "ArrowUp" || key === "k") return go(next(rows, at, -1), shiftKey && key === "ArrowUp")
  if (key === "Escape") return { kind: "end-selection" }
  if (row === undefined) return undefined
  if (key === "Home") return go(next(rows, -1, 1), shiftKey)
  if (key === "End") return go(next(rows, rows.length, -1), shiftKey)
  if (key === "F2" && (row.kind === "conversation" || row.kind === "folder")) return { kind: "rename", row }
  if (key === "Delete" && (row.kind === "conversation" || row.kind === "folder")) return { kind: "remove", row }
  if (key === " " && row.kind === "conversation") return { kind: "toggle", row }
  const expanded = row.kind === "folder" || row.kind === "pinned" ? row.expanded : undefined
  if (key === towards.inwards) return expanded === false ? { kind: "unfold", row } : expanded === true ? go(next(rows, at, 1)) : undefined
  if (key === towards.outwards) return expanded === true ? { kind: "fold", row } : go(parentOf(rows, at))
  return undefined
}

/** The next row from `at` that can have the focus; -1 when there is none. */
function next(rows: readonly ListRow[], at: number, step: 1 | -1): number {
  for (let to = at + step; to >= 0 && to < rows.length; to += step) if (rows[to]?.kind !== "note") return to
  return rows[at] === undefined ? -1 : at
}

function parentOf(rows: readonly ListRow[], at: number): number {
  const level = rows[at]?.level ?? 1
  return rows.slice(0, at).findLastIndex((row) => row.level < level)
}
