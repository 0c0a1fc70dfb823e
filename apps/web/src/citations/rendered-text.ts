import type { TextRange } from "@polylogue/conversation"
import { sourceRuns } from "../markdown/source-runs.ts"
import { isInterface } from "../search/text-ranges.ts"

/** Units that are compared where the two sides differ, and how far ahead they are looked for. */
const WINDOW = 6
const AHEAD = 600
/** Of the units of a range, how many must be known on both sides for the range to be. */
const KNOWN_SHARE = 0.8

/** The units of a text that are no blanks, each with where it stands. */
interface Units<Place> {
  readonly text: string
  readonly places: readonly Place[]
}

interface NodePlace {
  readonly node: Text
  readonly offset: number
}

/**
 * The words of a Markdown text as they stand on the page, and where each of them was written. It is worked out for one rendering: whoever keeps it over a change
 * of the page asks for places that are gone.
 */
export class RenderedText {
  readonly #shown: Units<NodePlace>
  /** For each unit on the page where it was written; -1 for one that nobody wrote. */
  readonly #written: Int32Array

  constructor(root: Element, text: string) {
    this.#shown = shownUnits(root)
    this.#written = alignUnits(this.#shown, writtenUnits(text))
  }

  /** The stretch of the text from which the words in `range` come; undefined where that cannot be told, or there are none. */
  written(range: Range): TextRange | undefined {
    let [from, to, known, count] = [-1, -1, 0, 0]
    for (const [index, { node, offset }] of this.#shown.places.entries()) {
      if (!range.isPointInRange(node, offset) || (node === range.endContainer && offset >= range.endOffset)) continue
      count++
      const at = this.#written[index] ?? -1
      if (at === -1) continue
      known++
      if (from === -1) from = at
      to = at + 1
    }
    return from === -1 || to <= from || known < count * KNOWN_SHARE ? undefined : { from, to }
  }

  /** Where on the page the words stand that `range` of the text holds; undefined where none of them is on it. */
  shown({ from, to }: TextRange): Range | undefined {
    let first: NodePlace | undefined
    let last: NodePlace | undefined
    for (const [index, place] of this.#shown.places.entries()) {
      const at = this.#written[index] ?? -1
      if (at < from || at >= to) continue
      first ??= place
      last = place
    }
    if (first === undefined || last === undefined) return undefined
    const range = document.createRange()
    range.setStart(first.node, first.offset)
    range.setEnd(last.node, last.offset + 1)
    return range
  }
}

function shownUnits(root: Element): Units<NodePlace> {
  const places: NodePlace[] = []
  let text = ""
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node.parentElement === null || isInterface(node.parentElement)) continue
    const { data } = node as Text
    for (let offset = 0; offset < data.length; offset++) {
      if (isBlank(data, offset)) continue
      text += data[offset]
      places.push({ node: node as Text, offset })
    }
  }
  return { text, places }
}

function writtenUnits(source: string): Units<number> {
  const places: number[] = []
  let text = ""
  for (const { shown, from, to } of sourceRuns(source)) {
    const written = source.slice(from, to)
    let at = 0
    for (let index = 0; index < shown.length; index++) {
      const found = shown === written ? index : written.indexOf(shown[index] ?? "", at)
      if (found !== -1) at = found + 1
      if (isBlank(shown, index)) continue
      text += shown[index]
      // What came of an entity stands where the entity begins.
      places.push(from + (found === -1 ? at : found))
    }
  }
  return { text, places }
}

function alignUnits(shown: Units<NodePlace>, written: Units<number>): Int32Array {
  const aligned = new Int32Array(shown.text.length).fill(-1)
  let [here, there] = [0, 0]
  while (here < shown.text.length && there < written.text.length) {
    if (shown.text[here] === written.text[there]) {
      aligned[here] = written.places[there] ?? -1
      here++
      there++
      continue
    }
    // Something stands on one side only: a formula, a label, a footnote that is numbered anew.
    const inWritten = ahead(written.text, there, shown.text.slice(here, here + WINDOW))
    const inShown = ahead(shown.text, here, written.text.slice(there, there + WINDOW))
    if (inWritten === -1 && inShown === -1) {
      here++
    } else if (inShown === -1 || (inWritten !== -1 && inWritten - there <= inShown - here)) there = inWritten
    else here = inShown
  }
  return aligned
}

function ahead(text: string, from: number, wanted: string): number {
  const found = text.slice(from, from + AHEAD).indexOf(wanted)
  return found === -1 ? -1 : from + found
}

function isBlank(text: string, index: number): boolean {
  return /\s/u.test(text[index] ?? " ")
}
