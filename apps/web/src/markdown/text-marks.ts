import { type PlacedNode, placeOf, writtenLength } from "./placed-node.ts"

/** Something that stands behind a place in a text without being of it: the number of a citation. */
export interface TextMark {
  /** UTF-16 units of the text that stand before it. */
  readonly at: number
  /** Names it among the marks of the text. */
  readonly id: string
}

/** The marks of the block that begins at `from` and is `length` long, with places of the block. At its edge a mark belongs to the block before it. */
export function marksWithin(marks: readonly TextMark[], from: number, length: number): readonly TextMark[] {
  return marks.flatMap(({ at, id }) => (at > from && at <= from + length ? [{ at: at - from, id }] : []))
}

/** What is not cut: a mark that falls into one of these stands behind it. */
const WHOLE = new Set(["a", "br", "code", "hr", "img", "input", "pre", "sup"])

/** Name of the elements that stand for marks. No text of anybody makes one: HTML is text, and Markdown has none. */
const MARK_ELEMENT = "cite"

/** A rehype plugin that puts an element for each mark behind what stands before it. */
export function rehypeTextMarks(marks: readonly TextMark[]): () => (tree: PlacedNode, file: { readonly value: unknown }) => void {
  return () => (tree, file) => {
    // From the end, so that what is put in moves no place that is still to be found; of several at one place the first stays first.
    const inOrder = marks
      .map((mark, order) => ({ ...mark, order }))
      .toSorted((left, right) => right.at - left.at || right.order - left.order)
    for (const { at, id } of inOrder)
      put(tree, at, { type: "element", tagName: MARK_ELEMENT, properties: { id }, children: [] }, String(file.value))
  }
}

function put(node: PlacedNode, at: number, element: PlacedNode, text: string): void {
  const children = (node.children ??= [])
  const index = children.findLastIndex((child) => (placeOf(child)?.from ?? Infinity) < at)
  const child = children[index]
  const place = child === undefined ? undefined : placeOf(child)
  if (child === undefined || place === undefined) {
    children.unshift(element)
    return
  }
  if (child.type === "element" && !WHOLE.has(child.tagName ?? "")) return put(child, at, element, text)
  if (child.type === "text" && at < place.to) return cut(children, index, { from: place.from, at, to: place.to }, element, text)
  children.splice(index + 1, 0, element)
}

interface Cut {
  readonly from: number
  readonly at: number
  readonly to: number
}

function cut(children: PlacedNode[], index: number, { from, at, to }: Cut, element: PlacedNode, text: string): void {
  const shown = children[index]?.value ?? ""
  const written = text.slice(from, to)
  let count = Math.min(at - from, shown.length)
  while (count > 0 && writtenLength(shown, written, count) > at - from) count--
  const half = (value: string, start: number, end: number): PlacedNode => ({
    type: "text",
    value,
    position: { start: { offset: start }, end: { offset: end } },
  })
  children.splice(index, 1, half(shown.slice(0, count), from, at), element, half(shown.slice(count), at, to))
}
