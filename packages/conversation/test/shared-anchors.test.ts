import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { anchorText, resolveStrict, suggestPlace, type TextAnchor, type TextRange } from "@polylogue/conversation"
import { seededRandom, sync } from "./devices.ts"
import { hasSharedData, readShared } from "./shared-data.ts"

const shared = hasSharedData ? "" : " (skipped: the shared data is not here)"

/** An answer in a paragraph, and what both devices do to it. */
interface Span {
  readonly text: string
  readonly words: string
  readonly anchor: TextAnchor
  /** Its characters were deleted. */
  gone: boolean
}

interface Paragraph {
  readonly context: string
  readonly qas: readonly { readonly answers: readonly { readonly text: string; readonly answer_start: number }[] }[]
}

function paragraphsOf(language: string): readonly Paragraph[] {
  const file = JSON.parse(new TextDecoder().decode(readShared(`rag/xquad.${language}.json.gz`))) as {
    readonly data: readonly { readonly paragraphs: readonly Paragraph[] }[]
  }
  return file.data.flatMap(({ paragraphs }) => paragraphs)
}

/** What somebody does at a place of a text: around it, within it, across its ends, with it, and elsewhere. */
type Edit = (text: Y.Text, at: TextRange, span: Span, random: () => number) => void

/** Those who write again what they deleted: what says the words after that may be what was meant. */
const REWRITES = new Set<Edit>()

function rewrite(run: Edit): Edit {
  REWRITES.add(run)
  return run
}

const EDITS: readonly Edit[] = [
  (text, { from }) => text.insert(from, "so "),
  (text, { to }) => text.insert(to, ", too"),
  (text, { from, to }, _span, random) => text.insert(from + 1 + Math.floor(random() * Math.max(1, to - from - 1)), "x"),
  (text, { from }) => text.delete(Math.max(0, from - 5), Math.min(from, 5) + 1),
  (text, { to }) => text.delete(to - 1, Math.min(5, text.length - to + 1)),
  (text, { from, to }) => text.delete(from + Math.floor((to - from) / 2), 1),
  (text, { from, to }, span) => {
    text.delete(from, to - from)
    span.gone = true
  },
  rewrite((text, { from, to }, span) => {
    text.delete(from, to - from)
    text.insert(from, span.words)
  }),
  rewrite((text, { from, to }) => {
    // A passage is cut, with what stands around the words, and put elsewhere.
    const start = Math.max(0, from - 50)
    const passage = text.toJSON().slice(start, to + 50)
    text.delete(start, passage.length)
    text.insert(start > 60 ? 0 : text.length, passage)
  }),
  (text, _at, span) => text.insert(0, `${span.words} `),
  (text, _at, span) => text.insert(text.length, ` — ${span.words}`),
  (text, _at, _span, random) => text.insert(Math.floor(random() * text.length), " 😀 "),
  rewrite((text, _at, _span, random) => {
    // Somebody pastes the whole text over itself.
    if (random() < 0.7) return
    const words = text.toJSON()
    text.delete(0, text.length)
    text.insert(0, words)
  }),
]

/** Edits about half of the spans; the texts in which something was written again are noted in `rewritten`. */
function edit(ydoc: Y.Doc, spans: readonly Span[], random: () => number, rewritten: Set<string>): void {
  for (const span of spans) {
    if (random() < 0.4) continue
    const text = ydoc.getText(span.text)
    const place = resolveStrict(text, span.anchor)
    const run = EDITS[Math.floor(random() * EDITS.length)]
    if (run === undefined || place.state === "ambiguous" || place.state === "orphan") continue
    if (REWRITES.has(run)) rewritten.add(span.text)
    ydoc.transact(() => run(text, place, span, random))
  }
}

/** Whether a place is what stands between the first and the last of the quoted characters; undefined when nothing of them does. */
function isRight(text: Y.Text, { start, end, quote }: TextAnchor, found: TextRange): boolean | undefined {
  const at = (encoded: string): number | undefined => {
    const bytes = Uint8Array.from(atob(encoded), (unit) => unit.charCodeAt(0))
    return Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(bytes), text.doc ?? new Y.Doc(), false)?.index
  }
  const [from = 0, to = 0] = [at(start), at(end)]
  if (from >= to) return undefined
  // Of words of which an end was deleted, more or less of what is left.
  return Math.abs(from - found.from) <= quote.exact.length / 2 && Math.abs(to - found.to) <= quote.exact.length / 2
}

describe.skipIf(!hasSharedData)("shared data", () => {
  const totals = { exact: 0, moved: 0, ambiguous: 0, orphan: 0, suggestedRight: 0, suggestedWrong: 0, gone: 0, wrong: 0, lookalikes: 0 }

  test.for(["en", "ar", "hi", "zh"])(
    `[CV118] answers in %s select the same words or none, whatever two devices do to them at once${shared}`,
    (language) => {
      const random = seededRandom(language.charCodeAt(0) * 977 + language.charCodeAt(1))
      const a = new Y.Doc()
      const b = new Y.Doc()
      a.clientID = 1
      b.clientID = 2
      const spans: Span[] = []
      for (const [number, { context, qas }] of paragraphsOf(language).entries()) {
        const text = a.getText(`p${number}`)
        text.insert(0, context)
        for (const { answers } of qas) {
          for (const { text: words, answer_start: from } of answers) {
            const anchor = anchorText(text, { from, to: from + words.length })
            expect(anchor.quote.exact).toBe(words)
            spans.push({ text: `p${number}`, words, anchor, gone: false })
          }
        }
      }
      expect(spans).toHaveLength(1190)
      sync(a, b)
      const rewritten = new Set<string>()
      edit(a, spans, random, rewritten)
      edit(b, spans, random, rewritten)
      // Each merges the other's into its own: in both orders.
      sync(a, b)
      const outcome = { ...totals }
      for (const { text: name, words, anchor, gone } of spans) {
        const [text, other] = [a.getText(name), b.getText(name)]
        const said = text.toJSON()
        const place = resolveStrict(text, anchor, said)
        expect(resolveStrict(other, anchor)).toEqual(place)
        outcome[place.state]++
        if (gone && !rewritten.has(name)) outcome.gone++
        if (place.state === "exact" || place.state === "moved") {
          if (said.slice(place.from, place.to) !== words) outcome.wrong++
          // Whatever says the words of a deleted place that nobody wrote again is another place.
          if (gone && !rewritten.has(name)) outcome.lookalikes++
        } else {
          const suggestion = place.state === "orphan" ? suggestPlace(text, anchor) : undefined
          if (suggestion === undefined) continue
          const right = gone && !rewritten.has(name) ? false : isRight(text, anchor, suggestion)
          if (right !== undefined) outcome[right ? "suggestedRight" : "suggestedWrong"]++
        }
      }
      expect(outcome).toMatchObject({ wrong: 0, lookalikes: 0 })
      for (const state of ["exact", "moved", "ambiguous", "orphan"] as const) expect(outcome[state]).toBeGreaterThan(0)
      // A suggestion is for a person to decide; it is right nearly always all the same.
      expect(outcome.suggestedWrong).toBeLessThan(0.05 * outcome.suggestedRight)
    },
  )
})
