import { type DefaultTreeAdapterTypes as Tree, parse } from "parse5"
import type { ExtractedText } from "./extract-text.ts"

const SILENT = new Set(["head", "script", "style", "template", "noscript", "svg"])
const BLOCKS = new Set(
  "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul".split(
    " ",
  ),
)

/** What a page says to a reader: its text, a line for each block; nothing of it runs. */
export function htmlText(html: string): ExtractedText {
  const page = parse(html)
  const lines: string[] = [""]
  const title = textOf(find(page, "title"))
  const walk = (node: Tree.Node): void => {
    if (node.nodeName === "#text") lines[lines.length - 1] += (node as Tree.TextNode).value.replaceAll(/\s+/g, " ")
    if (SILENT.has(node.nodeName) || !("childNodes" in node)) return
    const block = BLOCKS.has(node.nodeName)
    if (block) lines.push("")
    for (const child of node.childNodes) walk(child)
    if (block) lines.push("")
  }
  walk(page)
  const text = lines
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n")
  return { text, pages: [], ...(title === "" ? {} : { title }) }
}

function find(node: Tree.Node, name: string): Tree.Node | undefined {
  if (node.nodeName === name) return node
  for (const child of "childNodes" in node ? node.childNodes : []) {
    const found = find(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

function textOf(node: Tree.Node | undefined): string {
  const children = node !== undefined && "childNodes" in node ? node.childNodes : []
  return children
    .map((child) => ("value" in child ? child.value : ""))
    .join("")
    .trim()
}
