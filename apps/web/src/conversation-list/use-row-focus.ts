import { type FocusEvent, type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react"

/** What is to be known of a row to follow the focus. */
interface FocusRow {
  readonly key: string
  /** A `note` cannot have the focus, and a `view` leads elsewhere: neither takes the place of a row that goes. */
  readonly kind: string
}

/** The focus within the rows. */
export interface RowFocus {
  /** The row that has or last had the focus: Tab leads back to it. */
  readonly key: string | undefined
  readonly onFocus: (event: FocusEvent) => void
  readonly onBlur: (event: FocusEvent) => void
  /** Puts the focus on a row that is on screen; says whether it is. */
  readonly focus: (key: string | undefined) => boolean
}

/**
 * Follows the focus in a list whose rows come and go. A row that goes leaves it to the one that takes its place, a field that closes to its row, the
 * last of all to the page's first way on. (Rows that only change places keep it: React sees to that.)
 */
export function useRowFocus(scroller: RefObject<HTMLDivElement | null>, rows: readonly FocusRow[]): RowFocus {
  const [key, setKey] = useState<string>()
  const held = useRef<{ readonly key: string; readonly at: number }>(undefined)
  const focus = useCallback(
    (wanted: string | undefined) => {
      if (wanted === undefined) return false
      const row = scroller.current?.querySelector(`[data-row="${CSS.escape(wanted)}"]`)
      const target = row?.querySelector<HTMLElement>(".row-link")
      target?.focus()
      return target != null
    },
    [scroller],
  )
  const onFocus = useCallback(
    (event: FocusEvent) => {
      const row = event.target.closest("[data-row]")?.getAttribute("data-row")
      if (row == null) return
      held.current = { key: row, at: rows.findIndex((known) => known.key === row) }
      setKey(row)
    },
    [rows],
  )
  // Not called for what React takes from the page: only for somebody who goes elsewhere.
  const onBlur = useCallback(
    (event: FocusEvent) => {
      if (event.relatedTarget instanceof Node && scroller.current?.contains(event.relatedTarget) === true) return
      held.current = undefined
    },
    [scroller],
  )
  useLayoutEffect(() => {
    const last = held.current
    if (last === undefined || document.activeElement !== document.body) return
    const takes = ({ kind }: FocusRow): boolean => kind !== "note" && kind !== "view"
    const next = rows.slice(Math.max(0, last.at)).find(takes) ?? rows.findLast(takes)
    if (focus(last.key) || focus(next?.key)) return
    held.current = undefined
    document.querySelector<HTMLElement>(".list-head .icon-button-accent")?.focus()
  })
  return { key, onFocus, onBlur, focus }
}
