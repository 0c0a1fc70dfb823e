/**
 * Formulas in Markdown, between the delimiters that models write: `\(…\)` and `$…$` in a line, `\[…\]` and `$$…$$` set apart.
 *
 * A formula ends: an opening without its closing is text, and so is one that runs over a blank line, so no sign swallows what follows. A single
 * `$` is a price or a variable until the text between two of them looks like nothing but a formula (see `looksLikeMaths`). The signs are read by
 * the tokenizer of the Markdown parser, so those in code, escapes and links are none.
 *
 * The shape of a tokenizer (states that take one character code each) is micromark's.
 */
type Code = number | null
type State = (code: Code) => State | undefined
interface Effects {
  enter(type: string): unknown
  exit(type: string): unknown
  consume(code: Code): void
  check(construct: Construct, ok: State, nok: State): State
}
interface Tokenizing {
  readonly previous: Code
  readonly interrupt?: boolean | undefined
  readonly parser: { readonly lazy: Readonly<Record<number, boolean>> }
  now(): { readonly line: number }
}
interface Construct {
  readonly name?: string
  readonly concrete?: boolean
  readonly partial?: boolean
  tokenize(this: Tokenizing, effects: Effects, ok: State, nok: State): State
}

interface Node {
  type: string
  value?: string
  data?: unknown
}
interface Compiling {
  readonly stack: Node[]
  enter(node: Node, token: unknown): void
  exit(token: unknown): void
  sliceSerialize(token: unknown): string
}
interface Processing {
  data(): { micromarkExtensions?: unknown[]; fromMarkdownExtensions?: unknown[] }
}

/** Class of the `code` element of a formula in a line of text, and of one set apart. */
export const INLINE_MATHS = "language-maths-inline"
export const DISPLAY_MATHS = "language-maths-display"

/** Longest formula, in UTF-16 units; anything longer is text. */
export const MAX_MATHS_LENGTH = 4_000

/** The remark plugin that reads formulas: they become `code` elements of the classes above. */
export function remarkMaths(this: Processing): void {
  const data = this.data()
  ;(data.micromarkExtensions ??= []).push(SYNTAX)
  ;(data.fromMarkdownExtensions ??= []).push(TREE)
}

/** Whether the text between two single dollar signs is a formula: one letter, or something with an operator that prose and prices do not have. */
export function looksLikeMaths(text: string): boolean {
  if (text === "" || text.length > 300 || /^\s|\s$/.test(text)) return false
  if (/^[A-Za-z]'?$/.test(text) || /^\\[A-Za-z]+$/.test(text)) return true
  if (/^[\d.,]+$/.test(text)) return false
  // Words between the signs are prose; a formula has letters one by one, or commands, which begin with a backslash.
  const words = text.replace(/\\[A-Za-z]+|\{[^{}]*\}/g, "").match(/[A-Za-z]{3,}/g) ?? []
  if (words.some((word) => !FUNCTIONS.has(word))) return false
  if (/^\d[\d.,]*\s/.test(text) && !/[\\^_=<>+]/.test(text)) return false
  return /[\\^_=<>+*/|()]|[A-Za-z0-9]\s*-\s*[A-Za-z0-9]/.test(text)
}

const FUNCTIONS = new Set(["sin", "cos", "tan", "log", "exp", "lim", "max", "min", "mod", "det", "gcd", "arg", "deg", "dim", "inf", "sup"])

const [BACKSLASH, DOLLAR, ROUND, SQUARE] = [92, 36, 40, 91] as const
const CLOSING: Readonly<Record<string, number>> = { "\\(": 41, "\\[": 93 }
const isLineEnding = (code: Code): boolean => code !== null && code < -2
const isSpace = (code: Code): boolean => code === -2 || code === -1 || code === 32
/** Next to a letter, a digit or another sign a single dollar sign is no delimiter. */
const isWord = (code: Code): boolean => code !== null && code > 0 && /[\p{L}\p{N}$\\]/u.test(String.fromCodePoint(code))

const inText: Construct = {
  name: "mathsText",
  tokenize(effects, ok, nok) {
    const afterWord = isWord(this.previous)
    return readMaths(effects, nok, {
      token: "mathsText",
      mayOpen: (opening) => opening !== "$" || !afterWord,
      atLineEnding: (code, next) => {
        consumeLineEnding(effects, code)
        return next
      },
      closed: (code, opening, value) => {
        if (opening === "$" && (isWord(code) || !looksLikeMaths(value))) return nok(code)
        if (opening === "$$" && code === DOLLAR) return nok(code)
        effects.exit("mathsText")
        return ok(code)
      },
    })
  },
}

const inFlow: Construct = {
  name: "mathsFlow",
  // While it is read, its lines are not looked at for lists and quotes.
  concrete: true,
  tokenize(effects, ok, nok) {
    const interrupts = this.interrupt === true
    const after: State = (code) => {
      if (!isSpace(code)) return code === null || isLineEnding(code) ? ok(code) : nok(code)
      effects.enter("whitespace")
      effects.consume(code)
      effects.exit("whitespace")
      return after
    }
    return readMaths(effects, nok, {
      token: "mathsFlow",
      mayOpen: (opening) => opening === "$$" || opening === "\\[",
      atLineEnding: (code, next) => {
        // Whether the formula ends is not asked of a line that may go on a paragraph.
        if (interrupts) return ok(code)
        const goOn: State = (line) => {
          consumeLineEnding(effects, line)
          return next
        }
        return effects.check(nonLazyLine, goOn, nok)(code)
      },
      closed: (code) => {
        effects.exit("mathsFlow")
        return after(code)
      },
    })
  },
}

/** The next line belongs to the same quote or list item. */
const nonLazyLine: Construct = {
  partial: true,
  tokenize(effects, ok, nok) {
    return (first) => {
      consumeLineEnding(effects, first)
      return (code) => (this.parser.lazy[this.now().line] === true ? nok(code) : ok(code))
    }
  },
}

function consumeLineEnding(effects: Effects, code: Code): void {
  effects.enter("lineEnding")
  effects.consume(code)
  effects.exit("lineEnding")
}

interface Reading {
  readonly token: "mathsText" | "mathsFlow"
  readonly mayOpen: (opening: string) => boolean
  readonly atLineEnding: (code: Code, next: State) => State | undefined
  /** Called with the code after the closing, which is not taken yet. */
  readonly closed: (code: Code, opening: string, value: string) => State | undefined
}

/** The states from the opening of a formula to its closing. Each of its lines becomes a token `mathsLine`, delimiters included. */
function readMaths(effects: Effects, nok: State, { token, mayOpen, atLineEnding, closed }: Reading): State {
  let opening = ""
  let raw = ""
  let line = ""
  const take = (code: Code): void => {
    if (line === "") effects.enter("mathsLine")
    effects.consume(code)
    const taken = code === null || code < 0 ? " " : String.fromCodePoint(code)
    line += taken
    raw += taken
  }
  const start: State = (code) => {
    effects.enter(token)
    take(code)
    return second
  }
  const second: State = (code) => {
    const pair = `${raw}${code === null || code < 0 ? "" : String.fromCodePoint(code)}`
    opening = pair === "\\(" || pair === "\\[" || pair === "$$" ? pair : raw
    if (opening === "\\" || !mayOpen(opening)) return nok(code)
    if (opening === "$") return inside(code)
    take(code)
    return inside
  }
  const inside: State = (code) => {
    if (code === null || raw.length > MAX_MATHS_LENGTH) return nok(code)
    if (isLineEnding(code)) {
      // A blank line ends a paragraph, and no formula goes over it.
      if (opening === "$" || line.trim() === "") return nok(code)
      effects.exit("mathsLine")
      line = ""
      raw += "\n"
      return atLineEnding(code, inside)
    }
    take(code)
    if (code === BACKSLASH) return escaped
    if (code !== DOLLAR || opening.startsWith("\\")) return inside
    return opening === "$" ? finish : secondDollar
  }
  const escaped: State = (code) => {
    if (code === null || isLineEnding(code)) return inside(code)
    const closing = CLOSING[opening]
    // An opening within one says that the first was not closed.
    if (closing !== undefined && (code === ROUND || code === SQUARE)) return nok(code)
    take(code)
    return code === closing ? finish : inside
  }
  const secondDollar: State = (code) => {
    if (code !== DOLLAR) return inside(code)
    take(code)
    return finish
  }
  const finish: State = (code) => {
    const value = raw.slice(opening.length, -opening.length)
    if (value.trim() === "") return nok(code)
    effects.exit("mathsLine")
    return closed(code, opening, value)
  }
  return start
}

const SYNTAX = {
  text: { [BACKSLASH]: inText, [DOLLAR]: inText },
  flow: { [BACKSLASH]: inFlow, [DOLLAR]: inFlow },
}

const linesOf = new WeakMap<Node, string[]>()

function enterMaths(this: Compiling, token: unknown): void {
  const node: Node = { type: "maths" }
  linesOf.set(node, [])
  this.enter(node, token)
}

function exitLine(this: Compiling, token: unknown): void {
  const node = this.stack.at(-1)
  if (node !== undefined) linesOf.get(node)?.push(this.sliceSerialize(token))
}

function exitMaths(this: Compiling, token: unknown): void {
  const node = this.stack.at(-1)
  this.exit(token)
  if (node === undefined) return
  const raw = (linesOf.get(node) ?? []).join("\n")
  const size = raw.startsWith("$") && !raw.startsWith("$$") ? 1 : 2
  const display = raw.startsWith("$$") || raw.startsWith("\\[")
  node.value = raw.slice(size, -size).trim()
  node.data = {
    hName: "code",
    hProperties: { className: [display ? DISPLAY_MATHS : INLINE_MATHS] },
    hChildren: [{ type: "text", value: node.value }],
  }
}

const TREE = {
  enter: { mathsText: enterMaths, mathsFlow: enterMaths },
  exit: { mathsText: exitMaths, mathsFlow: exitMaths, mathsLine: exitLine },
}
