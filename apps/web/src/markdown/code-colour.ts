import { createLowlight } from "lowlight"
import { type CodeLanguage, loadGrammar } from "./code-languages.ts"

/** Longest code that is coloured, in UTF-16 units: colouring holds the page up, and a text so long is looked through, not read. */
export const MAX_COLOURED_LENGTH = 40_000
/** Longest line in code that is coloured, in UTF-16 units; grammars take more than linear time for some. */
const MAX_COLOURED_LINE = 2_000

/** Code of one kind: a keyword, a string; `kind` is undefined for what has none. */
export interface ColouredPiece {
  readonly text: string
  readonly kind: string | undefined
}

interface Tree {
  readonly type: string
  readonly value?: string
  readonly properties?: { readonly className?: unknown }
  readonly children?: readonly Tree[]
}

const lowlight = createLowlight()

/** Loads what it takes to colour `language`; resolves to false where that never came. */
export async function loadColours(language: CodeLanguage): Promise<boolean> {
  if (lowlight.registered(language)) return true
  try {
    lowlight.register(language, await loadGrammar(language))
    return true
  } catch {
    return false
  }
}

/** `code` in coloured pieces, which joined are the code; in one piece when its language was not loaded or it is too long. */
export function colouredPieces(code: string, language: CodeLanguage): readonly ColouredPiece[] {
  if (!lowlight.registered(language) || !mayColour(code)) return [{ text: code, kind: undefined }]
  const pieces: ColouredPiece[] = []
  collect(lowlight.highlight(language, code), undefined, pieces)
  return pieces
}

function mayColour(code: string): boolean {
  return code.length <= MAX_COLOURED_LENGTH && !code.split("\n").some((line) => line.length > MAX_COLOURED_LINE)
}

/** Grammars nest a few levels deep, however the code nests. */
function collect(node: Tree, kind: string | undefined, pieces: ColouredPiece[]): void {
  if (node.type === "text") pieces.push({ text: node.value ?? "", kind })
  const names = node.properties?.className
  const own = Array.isArray(names) ? kindOf(names) : undefined
  for (const child of node.children ?? []) collect(child, own ?? kind, pieces)
}

/** The kind that the classes of a grammar name, of the few that have a colour. */
function kindOf(classes: readonly unknown[]): string | undefined {
  for (const name of classes) {
    const kind = typeof name === "string" ? KINDS[name.replace(/^hljs-/, "")] : undefined
    if (kind !== undefined) return kind
  }
  return undefined
}

const KINDS: Readonly<Record<string, string>> = {
  addition: "addition",
  attr: "name",
  attribute: "name",
  built_in: "name",
  bullet: "keyword",
  char: "string",
  class_: "name",
  code: "string",
  comment: "comment",
  deletion: "deletion",
  doctag: "comment",
  emphasis: "emphasis",
  formula: "string",
  function_: "name",
  keyword: "keyword",
  link: "string",
  literal: "number",
  meta: "comment",
  name: "keyword",
  number: "number",
  operator: "plain",
  params: "plain",
  property: "name",
  punctuation: "plain",
  quote: "comment",
  regexp: "string",
  section: "keyword",
  "selector-attr": "name",
  "selector-class": "name",
  "selector-id": "name",
  "selector-pseudo": "name",
  "selector-tag": "keyword",
  string: "string",
  strong: "strong",
  subst: "plain",
  symbol: "number",
  tag: "plain",
  "template-tag": "keyword",
  "template-variable": "name",
  title: "name",
  type: "name",
  variable: "plain",
}
