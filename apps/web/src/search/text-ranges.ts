import type { Mark } from "./text-match.ts"

/** What ends a run of words: nothing is found across its edge. */
const BLOCKS = "p, li, td, th, h1, h2, h3, h4, h5, h6, pre, blockquote, summary, figcaption, div, article"
/** Words of the interface stand in these, not of a message. */
const OTHERS = "button, header, footer, .katex-mathml, [aria-hidden='true'], textarea"

/** Where in the text below `root` something stands, as `find` says of each run of words: in order. */
export function rangesIn(root: Element, find: (text: string) => readonly Mark[]): Range[] {
  const ranges: Range[] = []
  let nodes: Text[] = []
  let block: Element | null = null
  const close = (): void => {
    if (nodes.length > 0) ranges.push(...rangesOf(nodes, find(nodes.map(({ data }) => data).join(""))))
    nodes = []
  }
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const parent = node.parentElement
    if (parent === null || isInterface(parent)) continue
    const own = parent.closest(BLOCKS)
    if (own !== block) close()
    block = own
    nodes.push(node as Text)
  }
  close()
  return ranges
}

/** Whether what stands in `element` is of the interface, and not of a text. */
export function isInterface(element: Element): boolean {
  return element.closest(OTHERS) !== null
}

function rangesOf(nodes: readonly Text[], marks: readonly Mark[]): Range[] {
  return marks.map(({ start, end }) => {
    const range = document.createRange()
    let at = 0
    for (const node of nodes) {
      const next = at + node.length
      if (start >= at && start < next) range.setStart(node, start - at)
      if (end > at && end <= next) {
        range.setEnd(node, end - at)
        break
      }
      at = next
    }
    return range
  })
}

/**
 * Kinds of marks on the page: all that was found, and the one among them at which one is; what notes are about, what is highlighted, and the chosen one of these;
 * the words of a citation; words to which something has led.
 */
export type PaintName = "found" | "found-here" | "noted" | "highlighted" | "noted-here" | "cited-here" | "shown"

/** Paints `ranges`, and nothing else, as `name`, without touching the page that they are of. Browsers that cannot do so show no marks. */
export function paint(name: PaintName, ranges: readonly AbstractRange[]): void {
  if (typeof Highlight === "undefined") return
  if (ranges.length === 0) CSS.highlights.delete(name)
  else CSS.highlights.set(name, new Highlight(...ranges))
}
