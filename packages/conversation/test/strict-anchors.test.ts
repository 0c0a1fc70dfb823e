import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  anchorText,
  anchorWords,
  MAX_CANDIDATES,
  resolveInWords,
  resolveStrict,
  type StrictPlace,
  suggestPlace,
  type TextAnchor,
  utf16Offsets,
} from "@polylogue/conversation"
import { reload, seededRandom, sync } from "./devices.ts"

const STORY = "Mary had a little lamb, its fleece was white as snow. And everywhere that Mary went, the lamb was sure to go."

function textOf(words = STORY): Y.Text {
  const text = new Y.Doc().getText("t")
  text.insert(0, words)
  return text
}

function anchored(text: Y.Text, quote: string, after = 0): TextAnchor {
  const from = text.toJSON().indexOf(quote, after)
  return anchorText(text, { from, to: from + quote.length })
}

function said(text: Y.Text | string, place: StrictPlace): string {
  const words = typeof text === "string" ? text : text.toJSON()
  if (place.state === "orphan") return "orphan"
  if (place.state === "ambiguous") return `ambiguous: ${place.candidates.map(({ from, to }) => words.slice(from, to)).join("|")}`
  return `${place.state}: ${words.slice(place.from, place.to)}`
}

test("[CV110] a quote follows its words; what is written at its edges does not belong to it, and what is written within makes it an orphan", () => {
  const text = textOf()
  const anchor = anchored(text, "little lamb")
  text.insert(0, "Once upon a time, ")
  text.insert(text.toJSON().indexOf("little"), "very ")
  text.insert(text.toJSON().indexOf("lamb,") + 4, "s")
  expect(said(text, resolveStrict(text, anchor))).toBe("exact: little lamb")
  text.insert(text.toJSON().indexOf("lambs"), "white ")
  expect(said(text, resolveStrict(text, anchor))).toBe("orphan")
  expect(suggestPlace(text, anchor)).toEqual({ from: 34, to: 51 })
})

test("[CV118] whatever two devices write at the same moment, a quote selects the words it quotes or none, the same on both", () => {
  const seen = { exact: 0, moved: 0, ambiguous: 0, orphan: 0 }
  for (let seed = 0; seed < 150; seed++) {
    const random = seededRandom(seed)
    const docs = [new Y.Doc(), new Y.Doc()] as const
    // Yjs orders what two write at one place by their ids: a seed is a seed only with these.
    for (const [at, ydoc] of docs.entries()) ydoc.clientID = seed % 2 === 0 ? at + 1 : 2 - at
    docs[0].getText("t").insert(0, `${STORY} ${STORY.toLowerCase()}`)
    sync(...docs)
    const anchors = Array.from({ length: 12 }, () => {
      const from = Math.floor(random() * 190)
      return anchorText(docs[0].getText("t"), { from, to: from + 1 + Math.floor(random() * 25) })
    })
    for (let step = 0; step < 8; step++) {
      const text = docs[random() < 0.5 ? 0 : 1].getText("t")
      const words = text.toJSON()
      const from = Math.floor(random() * words.length)
      const length = Math.min(words.length - from, Math.floor(random() * (random() < 0.3 ? 150 : 40)))
      if (random() < 0.5) text.delete(from, length)
      const place = Math.floor(random() * text.length)
      // New words, or others of the text once more.
      if (random() < 0.7) text.insert(place, random() < 0.3 ? "x😀" : words.slice(from, from + length))
      if (random() < 0.2) sync(...docs)
    }
    sync(...docs)
    const [text, other] = [docs[0].getText("t"), docs[1].getText("t")]
    for (const anchor of anchors) {
      const place = resolveStrict(text, anchor)
      seen[place.state]++
      expect(resolveStrict(other, anchor)).toEqual(place)
      const places = place.state === "orphan" ? [] : place.state === "ambiguous" ? place.candidates : [place]
      for (const { from, to } of places) expect(text.toJSON().slice(from, to)).toBe(anchor.quote.exact)
    }
  }
  for (const state of Object.values(seen)) expect(state).toBeGreaterThan(5)
})

test("[CV111] of equal words the ones meant are told by what stands around them, else nothing is selected", () => {
  const text = textOf()
  const second = anchored(text, "lamb", 40)
  expect(second.unique).toBe("context")
  expect(said(reload(text.doc ?? new Y.Doc()).getText("t"), resolveStrict(text, second))).toBe("exact: lamb")
  // The other lamb is no substitute.
  text.delete(text.toJSON().lastIndexOf("lamb"), 4)
  expect(said(text, resolveStrict(text, second))).toBe("orphan")
  // Typed again where it stood.
  text.insert(text.toJSON().indexOf(" was sure"), "lamb")
  expect(said(text, resolveStrict(text, second))).toBe("exact: lamb")
  // Carried elsewhere, with what stands on both sides of it.
  const moved = textOf("So. And everywhere that Mary went, the lamb was sure to go. Mary had a little lamb.")
  expect(said(moved, resolveStrict(moved, second))).toBe("moved: lamb")
  moved.insert(0, "And everywhere that Mary went, the lamb was sure to go. ")
  expect(said(moved, resolveStrict(moved, second))).toBe("ambiguous: lamb|lamb")
  const many = "And everywhere that Mary went, the lamb was sure to go. ".repeat(MAX_CANDIDATES + 4)
  const place = resolveInWords(many, second)
  expect(place.state === "ambiguous" ? place.candidates.length : 0).toBe(MAX_CANDIDATES)
})

test("[CV111] a passage that stands twice is never found at the other's place, though that is where it stood", () => {
  const passage = "These terms are governed by the law of the place in which the seller has its seat. "
  const text = textOf(passage.repeat(4))
  const anchor = anchored(text, "the law of the place", passage.length)
  expect(anchor.unique).toBe("no")
  text.delete(passage.length, passage.length)
  expect(resolveStrict(text, anchor).state).toBe("ambiguous")
  // In words that nobody edits it stands where it stood.
  expect(said(passage.repeat(4), resolveInWords(passage.repeat(4), anchorWords(passage.repeat(4), anchor.position)))).toBe(
    "exact: the law of the place",
  )
})

test("[CV111] words without what stood around them are taken for those meant only if they are many and stand once", () => {
  const quote = (exact: string, from = -1): TextAnchor => ({
    start: "",
    end: "",
    quote: { exact, prefix: "", suffix: "" },
    position: { from, to: from + exact.length },
  })
  expect(said(STORY, resolveInWords(STORY, quote("lamb", 18)))).toBe("exact: lamb")
  expect(said(STORY, resolveInWords(STORY, quote("snow")))).toBe("orphan")
  expect(said(STORY, resolveInWords(STORY, quote("everywhere that Mary went, the lamb")))).toBe(
    "moved: everywhere that Mary went, the lamb",
  )
  expect(said(STORY + STORY, resolveInWords(STORY + STORY, quote("everywhere that Mary went, the lamb"))).split(":")[0]).toBe("ambiguous")
  expect(said(STORY, resolveInWords(STORY, quote("")))).toBe("orphan")
  // An end of the text is something that stood there, but a text that ends with these words is not that text.
  const whole = anchorWords("yes", { from: 0, to: 3 })
  expect(said("yes", resolveInWords("yes", whole))).toBe("exact: yes")
  expect(said("Oh, yes", resolveInWords("Oh, yes", whole))).toBe("orphan")
})

test("[CV110] what others undo leads to the same place on every device", () => {
  const a = textOf()
  const b = reload(a.doc ?? new Y.Doc())
  const anchor = anchored(a, "fleece")
  const undo = new Y.UndoManager(a)
  a.delete(28, 6)
  expect(said(a, resolveStrict(a, anchor))).toBe("orphan")
  undo.undo()
  Y.applyUpdate(b, Y.encodeStateAsUpdate(a.doc ?? new Y.Doc()))
  expect(resolveStrict(b.getText("t"), anchor)).toEqual(resolveStrict(a, anchor))
  expect(said(a, resolveStrict(a, anchor))).toBe("exact: fleece")
  // Where only the device of the undo could tell which of two it is, it does not.
  const twice = textOf(`${STORY}\n`.repeat(4))
  const again = anchored(twice, "fleece", STORY.length)
  const undoing = new Y.UndoManager(twice)
  twice.delete(again.position.from, 6)
  undoing.undo()
  expect(resolveStrict(reload(twice.doc ?? new Y.Doc()).getText("t"), again)).toEqual(resolveStrict(twice, again))
})

test("[CV110] an anchor of another copy of the text is found by its words; accents and emoji are never cut", () => {
  const other = textOf(`Preface. ${STORY}`)
  expect(said(other, resolveStrict(other, anchored(textOf(), "white as snow")))).toBe("moved: white as snow")
  const text = textOf("שלום עולם, naïve cafe 👍 and so on, and so on, and so on")
  const cafe = anchored(text, "cafe")
  const hebrew = anchored(text, "עולם")
  text.insert(text.toJSON().indexOf("cafe") + 4, "\u0301")
  expect(said(text, resolveStrict(text, cafe))).toBe("orphan")
  expect(said(text, resolveStrict(text, hebrew))).toBe("exact: עולם")
  const thumb = anchored(text, "👍")
  text.insert(text.toJSON().indexOf("👍") + 2, "🏽")
  expect(said(text, resolveStrict(text, thumb))).toBe("orphan")
  text.delete(text.toJSON().indexOf("cafe") + 4, 1)
  expect(said(text, resolveStrict(text, cafe))).toBe("exact: cafe")
})

test("[CV112] of changed words the one place that is clearly like them is suggested, and none where several are, or nothing is", () => {
  const suggested = (words: string, anchor: TextAnchor): string => {
    const place = suggestPlace(words, anchor)
    return place === undefined ? "-" : words.slice(place.from, place.to)
  }
  const anchor = anchored(textOf(), "its fleece was white as snow")
  const changed = STORY.replace("its fleece was white", "it's fleece were white")
  expect(said(changed, resolveInWords(changed, anchor))).toBe("orphan")
  expect(suggested(changed, anchor)).toBe("it's fleece were white as snow")
  expect(suggested(`${changed} ${changed}`, anchor)).toBe("-")
  expect(suggested("Nothing of it is left here, and nothing like it.", anchor)).toBe("-")
  expect(suggested(STORY.replaceAll("lamb", "calf"), anchored(textOf(), "lamb"))).toBe("-")
  // Another that is like it, with other words around it, is no runner-up to speak of.
  expect(suggested(`${changed} "Its fleas wore white at noon", he said.`, anchor)).toBe("it's fleece were white as snow")
})

test("[CV112] of a long passage the place is suggested from where it seems to begin to where it seems to end", () => {
  const passage = Array.from({ length: 60 }, (_, at) => `Point ${at} of ${at * 37} is settled by clause ${at * 11}.`).join(" ")
  const text = textOf(`Before it.\n${passage}\nAfter it.`)
  const anchor = anchored(text, passage)
  const changed = text
    .toJSON()
    .replace("Point 3 of", "Item 3 of")
    .replace("clause 330", "paragraph 330")
    .replace("settled by clause 649.", "settled by clauses 649.")
  const place = suggestPlace(changed, anchor)
  expect(changed.slice(place?.from, place?.to)).toBe(changed.slice(11, -10))
  const gone = changed.slice(0, 2000)
  expect(suggestPlace(gone, anchor)).toBeUndefined()
})

test("[CV112, I5] a text made to be slow is looked through in bounded time", () => {
  const anchor = anchorWords(`${"a".repeat(1000)}b`, { from: 0, to: 1001 })
  expect(suggestPlace("a".repeat(1_000_000), anchor)).toBeUndefined()
  expect(resolveInWords("a".repeat(1_000_000), anchor)).toEqual({ state: "orphan" })
  expect(resolveInWords("a".repeat(1_000_000), anchorWords("aaa", { from: 0, to: 1 })).state).toBe("orphan")
})

test("[CV117] offsets that count code points or bytes are turned into UTF-16 units; those within a character or past the end are none", () => {
  const words = "a😀é中\n"
  expect(utf16Offsets(words, "utf-16", [0, 1, 2, 3, 6, 7, -1, 0.5])).toEqual([0, 1, undefined, 3, 6, undefined, undefined, undefined])
  expect(utf16Offsets(words, "code-points", [5, 0, 2, 1, 6])).toEqual([6, 0, 3, 1, undefined])
  expect(utf16Offsets(words, "utf-8", [0, 1, 5, 7, 10, 11, 3, 12])).toEqual([0, 1, 3, 4, 5, 6, undefined, undefined])
  expect(utf16Offsets("", "utf-8", [0, 1])).toEqual([0, undefined])
})
