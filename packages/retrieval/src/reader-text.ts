/**
 * Text as a browser would lay it out, in lines: blanks are one space, none at either end of a line, and as many line ends stand between two words as
 * the most that something between them asked for.
 */
export class ReaderText {
  readonly #parts: string[] = []
  /** Line ends before what comes next. */
  #breaks = 0
  /** Line ends that stand in a text whose blanks are kept, before what comes next. */
  #kept = 0
  /** A blank before what comes next: of cells a tab. */
  #blank = ""
  /** A mark that waits for the words beside it. */
  #sign = ""
  #keep = 0

  /** The text so far. */
  text(): string {
    return this.#parts.join("")
  }

  /** Words, with blanks as they are in the source. */
  say(words: string): void {
    if (this.#keep > 0) {
      for (const [index, line] of words.split("\n").entries()) {
        if (index > 0) this.#kept++
        this.#put(line)
      }
      return
    }
    let from = 0
    for (const { index, 0: blank } of words.matchAll(/[ \t\n\r\f]+/g)) {
      this.#put(words.slice(from, index))
      if (this.#blank === "") this.#blank = " "
      from = index + blank.length
    }
    this.#put(words.slice(from))
  }

  /** What follows is in another line; with 2, after a blank one. */
  breakBy(lines: 1 | 2): void {
    this.#breaks = Math.max(this.#breaks, lines)
  }

  /** What follows is in the next line; two of them leave a blank one. */
  newLine(): void {
    this.#breaks = Math.min(2, this.#breaks + 1)
  }

  /** What follows is in the next cell of the row. */
  cell(): void {
    if (this.#breaks === 0) this.#blank = "\t"
  }

  /** What follows has this mark before it; an empty one takes back what waits. */
  mark(sign: string): void {
    this.#sign = sign
  }

  /** Between +1 and -1, blanks stand as they are. */
  keepBlanks(change: 1 | -1): void {
    this.#keep += change
    this.#blank = ""
  }

  #put(words: string): void {
    if (words === "") return
    const lines = Math.max(this.#breaks, this.#kept)
    if (this.#parts.length > 0) this.#parts.push(lines > 0 ? "\n".repeat(lines) : this.#blank)
    this.#parts.push(this.#sign, words.replaceAll("\u00A0", " "))
    this.#breaks = 0
    this.#kept = 0
    this.#blank = ""
    this.#sign = ""
  }
}
