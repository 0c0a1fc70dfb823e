import type { KeyboardEvent } from "react"

/**
 * The arrow keys up and down move the focus among what matches `entries` below the element that handles the event, around the ends; an entry has the
 * focus also when something in `holder` around it has. Other keys are left alone.
 */
export function moveByArrows(event: KeyboardEvent<HTMLElement>, entries = "button", holder = entries): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (by === undefined) return
  event.preventDefault()
  event.stopPropagation()
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(entries)]
  const at = all.findIndex((entry) => entry.closest(holder)?.contains(document.activeElement))
  all.at((at + by) % all.length)?.focus()
}
