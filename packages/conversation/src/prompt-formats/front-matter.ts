import { parseDocument, stringify, visit } from "yaml"
import { ImportProblem } from "../formats/import-item.ts"
import { isDeeperThan, isObject, type JsonObject, MAX_DEPTH } from "../formats/json-value.ts"

/** A Markdown file taken apart. */
export interface FrontMatter {
  /** Null when the file has none. */
  readonly fields: JsonObject | null
  /** Everything after the line that ends the front matter; the whole file when there is none. */
  readonly body: string
  /** It has comments, which are not kept. */
  readonly comments: boolean
}

/** Longest front matter, in UTF-16 units. */
export const MAX_FRONT_MATTER_LENGTH = 256 * 1024
const OPENS = /^---[ \t]*\n/u
const CLOSES = /^(?:---|\.\.\.)[ \t]*(?:\n|$)/mu

/**
 * Takes the YAML at the beginning of a Markdown file off. A file that begins with a rule and not with YAML has none.
 * @throws ImportProblem `bad-record` for YAML that is not well formed, with its line.
 */
export function takeFrontMatter(text: string): FrontMatter {
  const none = { fields: null, body: text, comments: false }
  const opens = OPENS.exec(text)
  if (opens === null) return none
  const rest = text.slice(opens[0].length)
  const closes = CLOSES.exec(rest)
  if (closes === null) return none
  const source = rest.slice(0, closes.index)
  if (source.length > MAX_FRONT_MATTER_LENGTH)
    throw new ImportProblem("too-large", `front matter of ${source.length} characters, the most is ${MAX_FRONT_MATTER_LENGTH}`)
  const document = parseDocument(source, { prettyErrors: true, logLevel: "silent" })
  const [error] = document.errors
  if (error !== undefined) {
    // A rule, a sentence and another rule are no YAML, and a sentence with a colon may be taken for broken YAML: only keys make front matter.
    if (!/^[\w-]+[ \t]*:/mu.test(source)) return none
    const line = (error.linePos?.[0].line ?? 1) + 1
    throw new ImportProblem("bad-record", `the front matter is not well formed in line ${line} (${error.code.toLowerCase()})`)
  }
  const fields = asJson(document)
  if (!isObject(fields)) return none
  let comments = (document.comment ?? document.commentBefore ?? "") !== ""
  visit(document, {
    Node: (_key, { comment, commentBefore }) => {
      comments ||= (comment ?? commentBefore ?? "") !== ""
    },
  })
  return { fields, body: rest.slice(closes.index + closes[0].length), comments }
}

function asJson(document: ReturnType<typeof parseDocument>): unknown {
  let value: unknown
  try {
    // Names that repeat a value many times over would make a bomb of few bytes.
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new ImportProblem("bad-record", `the front matter repeats itself too often (${error instanceof Error ? error.name : "error"})`)
  }
  // Far below what the reader of YAML itself bears, and below what JSON's writer does.
  if (isDeeperThan(value, MAX_DEPTH)) throw new ImportProblem("too-deep", `the front matter is nested more than ${MAX_DEPTH} deep`)
  return JSON.parse(JSON.stringify(value ?? null)) as unknown
}

/** `fields` as the front matter of a Markdown file, its two lines included. Every text in it is read back as it is. */
export function writeFrontMatter(fields: JsonObject): string {
  return `---\n${stringify(fields, { lineWidth: 0 })}---\n`
}
