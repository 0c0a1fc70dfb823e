import type { LineEntry } from "@polylogue/conversation"
import type { KeyboardEvent } from "react"
import type { VirtualizerHandle } from "virtua"

/** Frames for which is looked for what comes onto the page by the next rendering. */
const MAX_FRAMES = 30

/** Focuses what `find` gives as soon as it is on the page, unless the focus has gone from `from` to something else meanwhile. */
export function focusWhenThere(find: () => HTMLElement | null, from: Element | null): void {
  let frames = 0
  const attempt = (): void => {
    const { activeElement } = document
    // A row that left the page leaves the focus to the body.
    const free = activeElement === document.body || activeElement === from || (from !== null && from.contains(activeElement))
    if (!free) return
    const element = find()
    if (element !== null) element.focus({ preventScroll: true })
    else if (frames++ < MAX_FRAMES) requestAnimationFrame(attempt)
  }
  requestAnimationFrame(attempt)
}

/**
 * The keys within the messages. Arrows up and down go from message to message, through one that is taller than the screen line by line; Home and
 * End to the first and the last; left and right to the versions beside one; Enter to what one can do with it, Escape back.
 */
export function onMessageKey(
  event: KeyboardEvent,
  line: readonly LineEntry[],
  plane: HTMLElement | null,
  virtualizer: VirtualizerHandle | null,
): void {
  if (plane === null || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return
  const target = event.target as HTMLElement
  const row = target.closest<HTMLElement>("[data-message-id]")
  if (row !== null && target !== row) {
    leaveControl(event, target, row)
    return
  }
  const at = line.findIndex(({ id }) => id === row?.dataset["messageId"])
  const to = targetIndex(event.key, plane, row, at, line.length)
  if (to !== undefined) {
    const entry = line[to]
    if (entry === undefined) return
    event.preventDefault()
    focusMessage(plane, virtualizer, entry.id, to)
  } else if (row !== null) withinMessage(event, row)
}

/** Escape in a control of a message goes back to the message; not where it means something, as in a field or a dialog. */
function leaveControl(event: KeyboardEvent, target: HTMLElement, row: HTMLElement): void {
  if (event.key !== "Escape" || target.closest("textarea, input, select, [role=menu], [popover], dialog") !== null) return
  event.preventDefault()
  row.focus()
}

function targetIndex(key: string, plane: HTMLElement, row: HTMLElement | null, at: number, count: number): number | undefined {
  if (key === "Home") return 0
  if (key === "End") return count - 1
  if (key !== "ArrowDown" && key !== "ArrowUp") return undefined
  const view = plane.getBoundingClientRect()
  if (row === null) return visibleIndex(plane, view, key === "ArrowDown")
  const { top, bottom } = row.getBoundingClientRect()
  // There is more of this message to read in that direction: the browser scrolls.
  if (key === "ArrowDown" ? bottom > view.bottom + 1 : top < view.top - 1) return undefined
  return at + (key === "ArrowDown" ? 1 : -1)
}

/** The first message on screen from the top, or from the bottom. */
function visibleIndex(plane: HTMLElement, view: DOMRect, fromTop: boolean): number | undefined {
  const rows = [...plane.querySelectorAll<HTMLElement>("[data-message-id]")]
  const seen = rows.filter((row) => {
    const { top, bottom } = row.getBoundingClientRect()
    return bottom > view.top && top < view.bottom
  })
  const place = (fromTop ? seen[0] : seen.at(-1))?.getAttribute("aria-posinset")
  return place == null ? undefined : Number(place) - 1
}

function focusMessage(plane: HTMLElement, virtualizer: VirtualizerHandle | null, id: string, index: number): void {
  const find = (): HTMLElement | null => plane.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(id)}"]`)
  const row = find()
  if (row !== null) {
    row.focus({ preventScroll: true })
    row.scrollIntoView({ block: "nearest" })
    return
  }
  virtualizer?.scrollToIndex(index, { align: "nearest" })
  focusWhenThere(find, document.activeElement)
}

function withinMessage(event: KeyboardEvent, row: HTMLElement): void {
  if (event.key === "Enter") {
    const action = row.querySelector<HTMLElement>(".message-actions button")
    if (action === null) return
    event.preventDefault()
    action.focus()
    return
  }
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return
  const rightToLeft = getComputedStyle(row).direction === "rtl"
  const by = (event.key === "ArrowRight") === rightToLeft ? -1 : 1
  const step = row.querySelector<HTMLButtonElement>(`[data-step="${by}"]`)
  if (step === null || step.disabled) return
  event.preventDefault()
  const [place, id] = [row.getAttribute("aria-posinset"), row.dataset["messageId"] ?? ""]
  step.click()
  // Its other version stands in its place, in a row of its own.
  const other = `[data-message-id][aria-posinset="${place}"]:not([data-message-id="${CSS.escape(id)}"])`
  focusWhenThere(() => document.querySelector<HTMLElement>(other), row)
}
