import { type DefaultTreeAdapterTypes as Tree, defaultTreeAdapter, html, parse } from "parse5"
import type { ExtractedText } from "./extract-text.ts"
import { tidyTitle } from "./markdown-title.ts"
import { ReaderText } from "./reader-text.ts"
import { RetrievalError } from "./retrieval-error.ts"

/** Elements open within each other; deeper pages are made to hurt. */
export const MAX_HTML_DEPTH = 10_000
/** Elements of a page. A few bytes of wrongly nested marks can ask a parser for billions. */
export const MAX_HTML_NODES = 1_000_000

/** What a reader does not see, or sees in place of something that is not there. */
const SILENT = new Set(
  "annotation annotation-xml audio canvas datalist head iframe noembed noframes noscript object rp rt script style svg template video".split(
    " ",
  ),
)
/** Elements on lines of their own, with a blank line around them. */
const APART = new Set("blockquote dl figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul".split(" "))
/** Elements on lines of their own. */
const LINES = new Set(
  "address article aside body caption center dd details dialog dir div dt fieldset figcaption footer form header hgroup html legend li main menu nav option search section summary tbody tfoot thead tr".split(
    " ",
  ),
)
const PRE = new Set(["listing", "pre", "textarea", "xmp"])

/**
 * What a page says to a reader: lines as they stand, paragraphs apart by a blank line, cells by a tab, items of lists with their mark. What is hidden or would
 * have to run first is not read; nothing runs.
 * @throws RetrievalError `too-large` for a page of more than {@link MAX_HTML_NODES} elements or nested deeper than {@link MAX_HTML_DEPTH}.
 */
export function htmlText(page: string): ExtractedText {
  const document = parse(page, { scriptingEnabled: false, treeAdapter: boundedAdapter() })
  const reader = new ReaderText()
  let title: string | undefined
  visit(document, {
    enter(node) {
      if (node.nodeName === "#text") reader.say((node as Tree.TextNode).value)
      if (!("tagName" in node)) return node.nodeName === "#document"
      if (node.tagName === "title" && node.namespaceURI === html.NS.HTML) title ??= tidyTitle(textOf(node))
      if (isSilent(node)) return node.tagName === "head"
      open(reader, node)
      return true
    },
    leave(node) {
      if ("tagName" in node) close(reader, node)
    },
  })
  return { text: reader.text(), pages: [], ...(title === undefined ? {} : { title }) }
}

function isSilent(node: Tree.Element): boolean {
  if (SILENT.has(node.tagName) || node.tagName === "title") return true
  return node.attrs.some(
    ({ name, value }) =>
      (name === "hidden" && value !== "until-found") ||
      (name === "aria-hidden" && value === "true") ||
      (name === "style" && /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(value)),
  )
}

function open(reader: ReaderText, node: Tree.Element): void {
  const { tagName } = node
  if (tagName === "br") reader.newLine()
  else if (tagName === "td" || tagName === "th") reader.cell()
  else if (APART.has(tagName)) reader.breakBy(nested(node) ? 1 : 2)
  else if (LINES.has(tagName)) reader.breakBy(1)
  if (PRE.has(tagName)) reader.keepBlanks(1)
  if (tagName === "li") reader.mark(markOf(node))
}

function close(reader: ReaderText, node: Tree.Element): void {
  const { tagName } = node
  if (tagName === "li") reader.mark("")
  if (PRE.has(tagName)) reader.keepBlanks(-1)
  if (APART.has(tagName)) reader.breakBy(nested(node) ? 1 : 2)
  else if (LINES.has(tagName)) reader.breakBy(1)
}

/** A list within an item stands with it. */
function nested({ tagName, parentNode }: Tree.Element): boolean {
  return (tagName === "ul" || tagName === "ol") && parentNode?.nodeName === "li"
}

/** Numbers of the items of lists so far. */
const numbers = new WeakMap<object, number>()

function markOf({ parentNode, attrs }: Tree.Element): string {
  if (parentNode === null || parentNode.nodeName !== "ol") return "• "
  const given = Number(attrs.find(({ name }) => name === "value")?.value ?? "")
  const first = Number(("attrs" in parentNode ? parentNode.attrs : []).find(({ name }) => name === "start")?.value ?? "1")
  const last = numbers.get(parentNode)
  const next =
    Number.isSafeInteger(given) && given !== 0 ? given : last === undefined ? (Number.isSafeInteger(first) ? first : 1) : last + 1
  numbers.set(parentNode, next)
  return `${next}. `
}

interface Visitor {
  /** Whether what is in the node is visited, and the node left. */
  enter(node: Tree.Node): boolean | undefined
  leave(node: Tree.Node): void
}

/** Goes through a tree of any depth without a call for each level. */
function visit(root: Tree.Document, visitor: Visitor): void {
  const path: { readonly node: Tree.Node; next: number }[] = []
  const enter = (node: Tree.Node): void => {
    if (visitor.enter(node) === true && "childNodes" in node) path.push({ node, next: 0 })
  }
  enter(root)
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const child = "childNodes" in top.node ? top.node.childNodes[top.next++] : undefined
    if (child !== undefined) enter(child)
    else {
      visitor.leave(top.node)
      path.pop()
    }
  }
}

function textOf(node: Tree.Element): string {
  return node.childNodes.map((child) => ("value" in child ? child.value : "")).join("")
}

function boundedAdapter(): typeof defaultTreeAdapter {
  let nodes = 0
  let depth = 0
  const count = (): void => {
    if (++nodes > MAX_HTML_NODES)
      throw new RetrievalError("too-large", `the page has more than ${MAX_HTML_NODES} elements; save its text instead`)
  }
  return {
    ...defaultTreeAdapter,
    createElement(tagName, namespaceURI, attrs) {
      count()
      return defaultTreeAdapter.createElement(tagName, namespaceURI, attrs)
    },
    onItemPush() {
      if (++depth > MAX_HTML_DEPTH)
        throw new RetrievalError("too-large", `the page nests more than ${MAX_HTML_DEPTH} elements; save its text instead`)
    },
    onItemPop() {
      depth--
    },
  }
}
