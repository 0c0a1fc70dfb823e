/**
 * Puts `elements`, and nothing else, into `column` in this order. What has the focus is never taken out of the page, everything else is moved around it: moved
 * itself, it would lose the focus and break off what is being composed. And what one looks at stays where it is on the screen.
 */
export function arrange(column: HTMLElement, elements: readonly HTMLElement[]): void {
  const held = elements.find((element) => element.contains(document.activeElement) && element.parentElement === column)
  const steady = held ?? elements.find((element) => element.isConnected && isInView(element))
  const before = steady?.getBoundingClientRect().top
  for (const child of Array.from(column.children)) if (!elements.includes(child as HTMLElement)) child.remove()
  let next: Element | null = null
  for (const element of elements.toReversed()) {
    if (element !== held && (element.parentElement !== column || element.nextElementSibling !== next)) column.insertBefore(element, next)
    else if (element === held) settleBehind(column, held, next)
    next = element
  }
  const moved = before === undefined ? 0 : (steady?.getBoundingClientRect().top ?? before) - before
  if (Math.abs(moved) >= 1) scroller(column)?.scrollBy({ top: moved, behavior: "instant" })
}

/** Moves what stands between the focused element and the one that follows it out of the way, to the front. */
function settleBehind(column: HTMLElement, held: HTMLElement, next: Element | null): void {
  while (held.nextElementSibling !== next && held.nextElementSibling !== null)
    column.insertBefore(held.nextElementSibling, column.firstChild)
}

function isInView(element: HTMLElement): boolean {
  const { top, bottom } = element.getBoundingClientRect()
  return bottom > 0 && top < window.innerHeight
}

/** What scrolls `element`, if anything does. */
function scroller(element: HTMLElement): HTMLElement | undefined {
  for (let parent = element.parentElement; parent !== null; parent = parent.parentElement) {
    if (parent.scrollHeight > parent.clientHeight && /auto|scroll/.test(getComputedStyle(parent).overflowY)) return parent
  }
  return undefined
}
