import type { TextRange } from "@polylogue/conversation"
import { blockAt, type TextBlock } from "./text-blocks.ts"

/** Leads from places in a text to places on the page that shows it in blocks, and back. */
export class TextPlaces {
  readonly #root: HTMLElement
  #blocks: readonly TextBlock[] = []
  #elements = new Map<number, HTMLElement>()

  /** @param root - has, for each block, an element `[data-block=key]` with the block's text as its only child. */
  constructor(root: HTMLElement) {
    this.#root = root
  }

  /** The page shows `blocks` now. */
  show(blocks: readonly TextBlock[]): void {
    this.#blocks = blocks
    this.#elements = new Map()
    for (const element of this.#root.querySelectorAll<HTMLElement>("[data-block]")) {
      this.#elements.set(Number(element.dataset["block"]), element)
    }
  }

  /** Where characters stand on the page; undefined for those that are not there. */
  rangeOf({ from, to }: TextRange): StaticRange | undefined {
    const [start, end] = [this.#pointAt(from), this.#pointAt(to, true)]
    if (start === undefined || end === undefined) return undefined
    return new StaticRange({ startContainer: start.node, startOffset: start.at, endContainer: end.node, endOffset: end.at })
  }

  /** Which character of the text stands at a place of the page; undefined for a place outside of it. */
  offsetOf(node: Node, at: number): number | undefined {
    const element = (node instanceof Element ? node : node.parentElement)?.closest<HTMLElement>("[data-block]")
    if (element == null || !this.#root.contains(element)) {
      // The end of a selection by line or by page stands before the block that follows.
      const next = node instanceof Element && this.#root.contains(node) ? node.children[at] : undefined
      return next === undefined ? undefined : this.#startOf(next)
    }
    const start = this.#startOf(element)
    if (start === undefined) return undefined
    if (node instanceof Text) return start + at
    return at === 0 ? start : start + element.textContent.length
  }

  /** What is chosen within the text, without blanks at its ends. */
  chosen(selection: Selection | null): TextRange | undefined {
    if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return undefined
    const range = selection.getRangeAt(0)
    const from = this.offsetOf(range.startContainer, range.startOffset)
    const to = this.offsetOf(range.endContainer, range.endOffset)
    if (from === undefined || to === undefined || from >= to) return undefined
    const words = this.words({ from, to })
    const [start, end] = [from + words.length - words.trimStart().length, to - (words.length - words.trimEnd().length)]
    return start < end ? { from: start, to: end } : undefined
  }

  /** What stands there. */
  words({ from, to }: TextRange): string {
    let words = ""
    for (const { start, text } of this.#blocks) {
      if (start >= to) break
      if (start + text.length > from) words += text.slice(Math.max(0, from - start), to - start)
    }
    return words
  }

  /** Which character stands at a point of the window. */
  offsetAtPoint(x: number, y: number): number | undefined {
    const caret = caretAt(x, y)
    return caret === undefined ? undefined : this.offsetOf(caret.node, caret.at)
  }

  /** Scrolls the words into the middle of the window; whoever asks for less motion gets none. */
  scrollTo(range: TextRange): void {
    const block = blockAt(this.#blocks, range.from)
    const element = block === undefined ? undefined : this.#elements.get(block.key)
    if (element === undefined) return
    element.scrollIntoView({ block: "nearest" })
    const place = this.rangeOf(range)
    if (place === undefined) return
    // What is not laid out yet has no height to scroll by: measuring the words lays their block out.
    const live = document.createRange()
    live.setStart(place.startContainer, place.startOffset)
    live.setEnd(place.endContainer, place.endOffset)
    const scroller = this.#root.closest<HTMLElement>(".source-scroller")
    if (scroller === null) return
    for (let turn = 0; turn < SCROLL_TURNS; turn++) {
      const [words, view] = [live.getBoundingClientRect(), scroller.getBoundingClientRect()]
      const middle = words.top - view.top - Math.max(0, view.height - Math.min(words.height, view.height)) / 3
      if (Math.abs(middle) < 1) return
      scroller.scrollTop += middle
    }
  }

  #pointAt(offset: number, isEnd = false): { readonly node: Node; readonly at: number } | undefined {
    // The end of a range belongs to the block of the character before it.
    const block = blockAt(this.#blocks, isEnd ? Math.max(0, offset - 1) : offset)
    const node = block === undefined ? undefined : this.#elements.get(block.key)?.firstChild
    if (block === undefined || node == null) return undefined
    const at = offset - block.start
    return at < 0 || at > (node as Text).length ? undefined : { node, at }
  }

  #startOf(element: Element): number | undefined {
    const inside = element.matches("[data-block]") ? element : element.querySelector("[data-block]")
    const key = Number(inside?.getAttribute("data-block") ?? Number.NaN)
    return this.#blocks.find((block) => block.key === key)?.start
  }
}

/** Blocks between here and there get their height only as they come near; each turn leads nearer. */
const SCROLL_TURNS = 3

interface CaretPosition {
  readonly offsetNode: Node
  readonly offset: number
}

/** Browsers have the one or the other. */
function caretAt(x: number, y: number): { readonly node: Node; readonly at: number } | undefined {
  const page = document as Document & { caretPositionFromPoint?: (x: number, y: number) => CaretPosition | null }
  if (page.caretPositionFromPoint !== undefined) {
    const found = page.caretPositionFromPoint(x, y)
    return found === null ? undefined : { node: found.offsetNode, at: found.offset }
  }
  const range = document.caretRangeFromPoint(x, y)
  return range === null ? undefined : { node: range.startContainer, at: range.startOffset }
}
