import { type PointerEvent as ReactPointerEvent, useCallback, useEffect, useMemo, useRef, useState } from "react"

/** A slot that is being dragged by its handle. */
export interface SlotDrag {
  readonly dragged: string | undefined
  readonly start: (slotId: string, event: ReactPointerEvent<HTMLElement>) => void
}

/** What marks the place of the column into which the slot would go. */
const MARK = "data-drop"

/** Lets slots be dragged by mouse, finger or pen. Escape leaves everything as it was. `place` puts one behind another, in front of all for null. */
export function useSlotDrag(place: (slotId: string, after: string | null) => void): SlotDrag {
  const [dragged, setDragged] = useState<string>()
  const end = useRef<() => void>(undefined)
  const put = useRef(place)
  useEffect(() => {
    put.current = place
  })
  useEffect(() => () => end.current?.(), [])
  const start = useCallback((slotId: string, event: ReactPointerEvent<HTMLElement>) => {
    const column = event.currentTarget.closest<HTMLElement>(".slot-column")
    if (column === null || event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    end.current?.()
    end.current = follow(column, slotId, event.currentTarget, (after) => {
      end.current = undefined
      setDragged(undefined)
      if (after !== undefined) put.current(slotId, after)
    })
    setDragged(slotId)
  }, [])
  return useMemo(() => ({ dragged, start }), [dragged, start])
}

/** Follows the pointer until it is let go; `done` hears behind which slot, undefined for nowhere. Returns what breaks it off. */
function follow(column: HTMLElement, slotId: string, handle: HTMLElement, done: (after: string | null | undefined) => void): () => void {
  let after: string | null | undefined
  const moved = ({ clientY }: PointerEvent): void => {
    after = placeAt(column, slotId, clientY)
    mark(column, after)
  }
  const stop = (result: string | null | undefined): void => {
    handle.removeEventListener("pointermove", moved)
    handle.removeEventListener("pointerup", up)
    handle.removeEventListener("pointercancel", cancel)
    window.removeEventListener("keydown", escape, true)
    mark(column, undefined)
    done(result)
  }
  const up = (): void => stop(after)
  const cancel = (): void => stop(undefined)
  const escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return
    event.stopPropagation()
    cancel()
  }
  handle.addEventListener("pointermove", moved)
  handle.addEventListener("pointerup", up)
  handle.addEventListener("pointercancel", cancel)
  window.addEventListener("keydown", escape, true)
  return cancel
}

function placesOf(column: HTMLElement): HTMLElement[] {
  return [...column.querySelectorAll<HTMLElement>(":scope > [data-slot]")]
}

/** Behind which slot the pointer stands, null before the first; undefined where the dragged one is already. */
function placeAt(column: HTMLElement, slotId: string, y: number): string | null | undefined {
  const places = placesOf(column)
  const above = places.findLast((place) => {
    const { top, height } = place.getBoundingClientRect()
    return top + height / 2 < y
  })
  const own = places.findIndex(({ dataset }) => dataset["slot"] === slotId)
  const after = above?.dataset["slot"] ?? null
  return after === slotId || after === (places[own - 1]?.dataset["slot"] ?? null) ? undefined : after
}

function mark(column: HTMLElement, after: string | null | undefined): void {
  for (const place of placesOf(column)) place.removeAttribute(MARK)
  if (after === null) placesOf(column)[0]?.setAttribute(MARK, "before")
  else if (after !== undefined) column.querySelector(`:scope > [data-slot="${CSS.escape(after)}"]`)?.setAttribute(MARK, "after")
}
