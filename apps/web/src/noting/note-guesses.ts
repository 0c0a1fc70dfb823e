import {
  anchorIn,
  MAX_QUOTE_LENGTH,
  type PlacedNote,
  resolveInWords,
  resolveStrict,
  suggestPlace,
  type TextAnchor,
  type TextRange,
} from "@polylogue/conversation"
import type * as Y from "yjs"

/** Where the words of a lost note may be, and in which words of its text that was looked for. */
interface Guess {
  readonly sought: string
  readonly words: string
  readonly found: TextAnchor | undefined
}

/** Where the words of lost notes may be now. A place is looked for once in a text; while that is being written, what was found is followed. */
export class NoteGuesses {
  readonly #suggest: typeof suggestPlace
  #guesses: ReadonlyMap<string, Guess> = new Map()

  /** @param suggest - looks for the place; takes some milliseconds. */
  constructor(suggest: typeof suggestPlace = suggestPlace) {
    this.#suggest = suggest
  }

  /**
   * The places that are suggested for `lost`, by the id of the note; all others are forgotten.
   * @param resting - whether nobody is writing in the texts: only then is looked again for what was not found before.
   */
  look(
    lost: readonly PlacedNote[],
    textOf: (note: PlacedNote["note"]) => Y.Text | string | undefined,
    resting: boolean,
  ): ReadonlyMap<string, TextRange> {
    const read = new Map<Y.Text | string, string>()
    const guesses = new Map<string, Guess>()
    const ranges = new Map<string, TextRange>()
    for (const { note } of lost) {
      const text = textOf(note)
      if (text === undefined || note.anchor === null) continue
      const words = read.get(text) ?? (typeof text === "string" ? text : text.toJSON())
      read.set(text, words)
      const known = this.#guesses.get(note.id)
      const range = rangeOf(known, text, words)
      const sought = JSON.stringify(note.anchor)
      const holds = known?.sought === sought && (range !== undefined || !resting || known.words === words)
      const guess = holds ? known : { sought, words, found: this.#find(text, note.anchor) }
      guesses.set(note.id, guess)
      const suggested = holds ? range : guess.found?.position
      if (suggested !== undefined) ranges.set(note.id, suggested)
    }
    this.#guesses = guesses
    return ranges
  }

  #find(text: Y.Text | string, anchor: TextAnchor): TextAnchor | undefined {
    const range = this.#suggest(text, anchor)
    // What is too long for a note is no place for one.
    return range === undefined || range.to - range.from > MAX_QUOTE_LENGTH ? undefined : anchorIn(text, range)
  }
}

/** Where what was found stands now. */
function rangeOf(guess: Guess | undefined, text: Y.Text | string, words: string): TextRange | undefined {
  if (guess?.found === undefined) return undefined
  const place = typeof text === "string" ? resolveInWords(words, guess.found) : resolveStrict(text, guess.found, words)
  return "from" in place ? place : undefined
}
