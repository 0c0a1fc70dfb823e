/** What stands in a tree, as far as places are concerned. */
export interface PlacedNode {
  type: string
  tagName?: string
  value?: string
  properties?: Record<string, unknown>
  children?: PlacedNode[]
  position?: { readonly start: { readonly offset?: number }; readonly end: { readonly offset?: number } }
}

/** From where to where a node was written; undefined for one that nobody wrote. */
export function placeOf({ position }: PlacedNode): { readonly from: number; readonly to: number } | undefined {
  const [from, to] = [position?.start.offset, position?.end.offset]
  return from === undefined || to === undefined ? undefined : { from, to }
}

/** Where in `written` the first `count` units of `shown` end. What is shown of it stands in it in order, apart from escapes and entities. */
export function writtenLength(shown: string, written: string, count: number): number {
  if (shown === written) return count
  let at = 0
  for (let index = 0; index < count; index++) {
    const found = written.indexOf(shown[index] ?? "", at)
    // An entity: its letters are passed by with what follows.
    if (found !== -1) at = found + 1
  }
  return count === shown.length ? Math.max(at, writtenEnd(written, at)) : at
}

/** Behind the marks that close what was written, such as the backticks of code. */
function writtenEnd(written: string, at: number): number {
  return /^[`~\s]*$/.test(written.slice(at)) ? written.length : at
}
