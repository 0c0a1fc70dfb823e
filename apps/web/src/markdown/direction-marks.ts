interface Node {
  type: string
  tagName?: string
  value?: string
  properties?: Record<string, unknown>
  children?: Node[]
}

/** Names of the characters that turn the direction of the text after them, by code point. */
const NAMES: Readonly<Record<string, string>> = {
  "\u202a": "LRE",
  "\u202b": "RLE",
  "\u202c": "PDF",
  "\u202d": "LRO",
  "\u202e": "RLO",
  "\u2066": "LRI",
  "\u2067": "RLI",
  "\u2068": "FSI",
  "\u2069": "PDI",
}
const OVERRIDES = /[\u202d\u202e]/
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/

/** A text cut at the characters that make it read differently from how it is stored, and these by name. */
export interface DirectionPiece {
  readonly text: string
  /** Name of the character, when the piece is one. */
  readonly mark?: string
}

/**
 * Cuts `text` at what disguises it. In prose that is an override, which shows letters in another order than they have; Arabic and Hebrew need the
 * other characters. In code it is each of them: what is compiled would be another text than what is read.
 */
export function directionPieces(text: string, code: boolean): readonly DirectionPiece[] {
  const pattern = code ? CONTROLS : OVERRIDES
  if (!pattern.test(text)) return [{ text }]
  const pieces: DirectionPiece[] = []
  let start = 0
  for (const { 0: found, index } of text.matchAll(new RegExp(pattern, "g"))) {
    if (index > start) pieces.push({ text: text.slice(start, index) })
    pieces.push({ text: found, mark: NAMES[found] ?? "" })
    start = index + 1
  }
  if (start < text.length) pieces.push({ text: text.slice(start) })
  return pieces
}

/** A rehype plugin that shows overrides by name and takes their effect away. */
export function rehypeDirectionMarks(): (tree: Node) => void {
  return (tree) => {
    const open: { readonly node: Node; readonly code: boolean }[] = [{ node: tree, code: false }]
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { node, code } = top
      // Code blocks show theirs themselves: their text is also copied.
      if (node.children === undefined || node.tagName === "pre") continue
      node.children = node.children.flatMap((child) => (child.type === "text" ? marked(child, code || node.tagName === "code") : [child]))
      for (const child of node.children) open.push({ node: child, code: code || node.tagName === "code" })
    }
  }
}

const BLOCKS = new Set(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "td", "th", "section"])

/**
 * A rehype plugin that lets each block stand in the direction of its own text. What stands within a block, such as the items of a list, follows
 * it: their marks and the line beside a quote would else stand on the other side.
 */
export function rehypeDirections(): (tree: Node) => void {
  return (tree) => {
    const open = [tree]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (BLOCKS.has(node.tagName ?? "")) node.properties = { ...node.properties, dir: "auto" }
      else open.push(...(node.children ?? []))
    }
  }
}

function marked(node: Node, code: boolean): Node[] {
  const pieces = directionPieces(node.value ?? "", code)
  if (pieces.length === 1 && pieces[0]?.mark === undefined) return [node]
  return pieces.map(({ text, mark }) =>
    mark === undefined
      ? { type: "text", value: text }
      : {
          type: "element",
          tagName: "bdi",
          properties: { className: ["direction-mark"], title: DIRECTION_WORDS },
          children: [{ type: "text", value: mark }],
        },
  )
}

/** What a mark says when one points at it. */
export const DIRECTION_WORDS = "A character that turns the direction of the text after it. It has no effect here."
