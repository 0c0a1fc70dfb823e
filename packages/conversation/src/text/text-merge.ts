import { MAX_LINE_EDITS, MAX_WORD_EDITS, type Span, spans } from "./text-diff.ts"
import { linesOf, tokensOf } from "./text-tokens.ts"

/** Where both sides changed the same words in different ways. `from` to `to` in the merged text holds both, our text first; the others are the three texts of that place. */
export interface TextConflict {
  readonly from: number
  readonly to: number
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

export interface MergedText {
  readonly text: string
  readonly conflicts: readonly TextConflict[]
}

/**
 * Puts together what two sides made of a text, after diff3 (Khanna, Kunal, Pierce 2007): lines that one side changed are taken from it; where both changed the same
 * lines, or neighbouring ones, words are looked at in the same way. What cannot be told apart is a conflict: our lines, then theirs, on lines of their own, so
 * that no word of either is lost. The same for everybody who merges the same three texts.
 */
export function mergeTexts(base: string, ours: string, theirs: string): MergedText {
  if (ours === theirs || theirs === base) return { text: ours, conflicts: [] }
  if (ours === base) return { text: theirs, conflicts: [] }
  let text = ""
  const conflicts: TextConflict[] = []
  for (const region of regions(linesOf(base), linesOf(ours), linesOf(theirs), { maxEdits: MAX_LINE_EDITS, apart: true })) {
    const settled = settle(region) ?? mergeWords(region)
    if (settled !== undefined) {
      text += settled
      continue
    }
    const from = text.length
    text += bothTexts(region.ours, region.theirs)
    conflicts.push({ from, to: text.length, ...region })
  }
  return { text, conflicts }
}

/** The three texts of a place. */
interface Region {
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

/** What comes of a place that at most one side changed, or both alike; undefined where both did differently. */
function settle({ base, ours, theirs }: Region): string | undefined {
  if (ours === theirs || theirs === base) return ours
  return ours === base ? theirs : undefined
}

/** The same within lines; undefined when the words are in conflict too. */
function mergeWords({ base, ours, theirs }: Region): string | undefined {
  let text = ""
  for (const region of regions(tokensOf(base), tokensOf(ours), tokensOf(theirs), { maxEdits: MAX_WORD_EDITS, apart: false })) {
    const settled = settle(region)
    if (settled === undefined) return undefined
    text += settled
  }
  return text
}

/** Nothing can follow lines without an end but the end of the text, so only what stands between needs one. */
function bothTexts(ours: string, theirs: string): string {
  return ours + (ours === "" || theirs === "" || ours.endsWith("\n") ? "" : "\n") + theirs
}

/** A change of one side: the elements `from` to `to` of the base became `text`. */
interface Edit {
  readonly from: number
  readonly to: number
  readonly text: readonly string[]
}

/**
 * The three lists cut at the places where neither side changed anything, in order, so that what changed is as small as it can be. With `apart`, changes that touch
 * are one place; without, only those that overlap or would stand in no certain order.
 */
function* regions(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
  { maxEdits, apart }: { readonly maxEdits: number; readonly apart: boolean },
): Generator<Region> {
  const sides = [editsOf(spans(base, ours, maxEdits)), editsOf(spans(base, theirs, maxEdits))] as const
  const next = [0, 0] as [number, number]
  let at = 0
  while (next[0] < sides[0].length || next[1] < sides[1].length) {
    const [left, right] = [sides[0][next[0]], sides[1][next[1]]]
    const first = right === undefined || (left !== undefined && isBefore(left, right)) ? left : right
    if (first === undefined) return
    const place = { from: first.from, to: first.to }
    let last = first
    const taken: [Edit[], Edit[]] = [[], []]
    // Each change that is taken in may reach to another one of the other side.
    for (let grown = true; grown;) {
      grown = false
      for (const side of [0, 1] as const) {
        const edit = sides[side][next[side]]
        if (edit === undefined || !(edit === first || meets(place, last, edit, apart))) continue
        taken[side].push(edit)
        last = edit
        next[side]++
        place.to = Math.max(place.to, edit.to)
        grown = true
      }
    }
    const same = base.slice(at, place.from).join("")
    if (same !== "") yield { base: same, ours: same, theirs: same }
    const held = base.slice(place.from, place.to).join("")
    yield { base: held, ours: applied(base, place, taken[0]), theirs: applied(base, place, taken[1]) }
    at = place.to
  }
  const rest = base.slice(at).join("")
  if (rest !== "") yield { base: rest, ours: rest, theirs: rest }
}

function isBefore(left: Edit, right: Edit): boolean {
  return left.from < right.from || (left.from === right.from && left.to <= right.to)
}

function meets(place: { readonly from: number; readonly to: number }, last: Edit, edit: Edit, apart: boolean): boolean {
  if (apart || edit.from < place.to) return edit.from <= place.to
  if (edit.from > place.to) return false
  // Two that put something at one point have no order; and what is added beside words that the other side took away was meant to stand by them.
  return isInsertion(edit) ? isInsertion(last) || isDeletion(last) : isDeletion(edit) && isInsertion(last)
}

function isInsertion({ from, to }: Edit): boolean {
  return from === to
}

function isDeletion({ text }: Edit): boolean {
  return text.length === 0
}

function editsOf(runs: readonly Span[]): readonly Edit[] {
  const edits: Edit[] = []
  let at = 0
  for (const { kind, from, to } of runs) {
    if (kind === "changed") edits.push({ from: at, to: at + from.length, text: to })
    at += from.length
  }
  return edits
}

function applied(base: readonly string[], place: { readonly from: number; readonly to: number }, edits: readonly Edit[]): string {
  let text = ""
  let at = place.from
  for (const edit of edits) {
    text += base.slice(at, edit.from).join("") + edit.text.join("")
    at = edit.to
  }
  return text + base.slice(at, place.to).join("")
}
