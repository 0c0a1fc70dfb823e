import { expect, test } from "vitest"
import * as Y from "yjs"
import { eraseCard, eraseSource, joinPassages, passageHash, rescueTexts, sourceCards, SourceView } from "@polylogue/conversation"
import { erase } from "./erasure.ts"
import { countUpdates, indexDevice, lineChunks, reload, seededRandom, sourceDevice, sync } from "./devices.ts"

const HASH = "ab".repeat(32)
const TEXT = "Ants hide in lines.\nBees hide too.\nCrows hide nothing.\n"

test("[CV141] a source is erased down to its shell, with the bytes of its file: no byte of its words stays, what others write merges, and it is not begun again", () => {
  const { ydoc, source } = sourceDevice("a")
  const other = sourceDevice("b")
  const given = {
    meta: { name: "hide.txt", uri: "https://example.org/hide", sha256: HASH, blob: true },
    text: TEXT,
    chunks: lineChunks(TEXT),
  }
  source.begin(given)
  source.setTitle("What they hide")
  source.text.insert(4, " who hide")
  source.writeChunking(lineChunks(source.getText()))
  sync(ydoc, other.ydoc)
  other.source.text.insert(0, "later ")
  const erasing = eraseSource(ydoc)
  expect(erasing.blobs).toEqual([HASH])
  erase(ydoc, erasing)
  sync(ydoc, other.ydoc)
  const erased = reload(ydoc)
  expect(new TextDecoder().decode(Y.encodeStateAsUpdate(erased))).not.toMatch(/hide|Ants/u)
  for (const view of [source, other.source, new SourceView(erased)]) {
    expect([view.getState(), view.getText(), view.getChunking(), view.getMeta().title]).toEqual(["erased", "later ", undefined, ""])
  }
  expect(countUpdates(ydoc, () => expect(() => source.begin(given)).toThrow("erased"))).toBe(0)
  expect(eraseSource(sourceDevice("c").ydoc)).toMatchObject({ ranges: [], blobs: [] })
})

test("[CV141] the card of an erased source has no words left, and stands among the deleted ones", () => {
  const { index, ydoc, clock } = indexDevice("a")
  const cards = sourceCards(index)
  cards.create({ id: "s", name: "hidden name", file: { mime: "text/plain", size: 9 } })
  cards.touch("s", { clock: clock.now, snippet: "hidden words" })
  cards.addTag("s", "hidden")
  erase(ydoc, eraseCard(ydoc, "s", "all", "sources"))
  expect(cards.getDeletedCards()).toMatchObject([{ id: "s", name: "", snippet: "", tags: [], erased: true }])
  expect(new TextDecoder().decode(Y.encodeStateAsUpdate(reload(ydoc)))).not.toContain("hidden")
})

test("[CV142] passages of a corpus become one text, each with the name that the corpus gives it", () => {
  const { text, chunks } = joinPassages([
    { text: "One.", externalId: "d1" },
    { text: "" },
    { text: "Two 😀.", externalId: "d2" },
    { text: "One." },
  ])
  expect(text).toBe("One.\n\nTwo 😀.\n\nOne.")
  const { source, ydoc } = sourceDevice("a")
  source.begin({ meta: { name: "corpus" }, text, chunks })
  const places = new SourceView(reload(ydoc)).getChunking()?.places ?? []
  expect(places.map(({ chunkId, start, end }) => [chunkId, text.slice(start, end), source.getPassage(chunkId)?.externalId])).toEqual([
    [`${passageHash("One.")}.1`, "One.", "d1"],
    [`${passageHash("Two 😀.")}.1`, "Two 😀.", "d2"],
    [`${passageHash("One.")}.2`, "One.", undefined],
  ])
  // Half a character has no form that all devices read alike.
  const broken = joinPassages([{ text: "half \ud83d" }])
  const other = sourceDevice("b").source
  other.begin({ meta: {}, text: "half \ud83d", chunks: broken.chunks })
  expect([other.getText(), other.placeOf(other.getChunking()?.places[0]?.chunkId ?? "")]).toEqual(["half \ufffd", { from: 0, to: 6 }])
})

test("[CV143] what a view gave is the same object until it changes; writing in the text calls the listeners of the text and no others, nothing calls those of a view that let go", () => {
  const { source, ydoc } = sourceDevice("a")
  const calls = { source: 0, text: 0 }
  source.subscribe(() => calls.source++)
  source.subscribeText(() => calls.text++)
  source.begin({ meta: { name: "a" }, text: TEXT, pages: [{ page: 1, start: 0 }], chunks: lineChunks(TEXT) })
  expect(calls).toEqual({ source: 3, text: 1 })
  const read = (): unknown[] => [source.getMeta(), source.getChunking(), source.getPassage(source.getChunking()?.places[0]?.chunkId ?? "")]
  const [before, pages] = [read(), source.getPages()]
  source.text.insert(0, "x")
  expect(calls).toEqual({ source: 3, text: 2 })
  expect(read().every((value, at) => value === before[at])).toBe(true)
  expect(source.getPages()).not.toBe(pages)
  expect(source.getPages()).toBe(source.getPages())
  source.setTitle("other")
  expect(calls).toEqual({ source: 4, text: 2 })
  expect(read().map((value, at) => value === before[at])).toEqual([false, true, true])
  source.destroy()
  source.destroy()
  ydoc.getText("text").insert(0, "y")
  expect(calls).toEqual({ source: 4, text: 2 })
  expect(countUpdates(ydoc, () => new SourceView(ydoc).isStale())).toBe(0)
  expect(() => sourceDevice("not a writer")).toThrow(TypeError)
})

test("[CV144] any value under any key of a source's document throws nothing, and what is right beside it is read", () => {
  const values: readonly (() => unknown)[] = [
    (): unknown => null,
    (): unknown => 7,
    (): unknown => "text",
    (): unknown => [],
    (): unknown => ({ turn: 9, clock: 9, value: false }),
    (): unknown => ({ clock: "x", id: "y" }),
    (): unknown => ({ clock: 9e15, id: "y" }),
    (): unknown => ({ text: "not what its id says", start: -1 }),
    (): unknown => ({ textDigest: "x", textLength: 9, ids: [1], starts: ["a"], ends: [] }),
    (): unknown => ({ seed: { client: 1, clock: 0, length: 5, digest: "x" }, pages: [1, "x", -4, 0], addedAt: 9e15, name: 7 }),
    (): unknown => new Uint8Array([1, 2, 3]),
    (): unknown => new Y.Text("nested"),
    (): unknown => new Y.Map([["value", 1]]),
  ]
  for (let seed = 0; seed < 60; seed++) {
    const random = seededRandom(seed)
    const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(random() * list.length)] as Value
    const { ydoc, source } = sourceDevice("a")
    source.begin({ meta: { title: "right" }, text: TEXT, pages: [{ page: 1, start: 0 }], chunks: lineChunks(TEXT) })
    const chunkId = source.getChunking()?.places[0]?.chunkId ?? ""
    for (let step = 0; step < 40; step++) {
      const segments = ["added", "title", "y", "z", "%", "", `${"A".repeat(16)}.1`]
      const key = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(segments)).join("/")
      ydoc.getMap(pick(["meta", "passages", "chunkings", "chunked"])).set(key, pick(values)())
    }
    ydoc.getText("text").insertEmbed(TEXT.length, { image: 1 })
    for (const view of [source, new SourceView(reload(ydoc))]) {
      JSON.stringify([
        view.getMeta(),
        view.getPages(),
        view.getState(),
        view.isStale(),
        view.pageAt(3),
        view.placeOf("y"),
        view.getPassage(`${"A".repeat(16)}.1`),
      ])
      expect(view.getText()).toBe(TEXT)
      expect(view.getPassage(chunkId)?.text).toBe("Ants hide in lines.")
      expect(view.placeOf(chunkId)).toEqual({ from: 0, to: 19 })
    }
    source.setTitle("still works")
    source.settle()
    expect(source.writeChunking(lineChunks(source.getText()), { seed })).toBeTypeOf("string")
  }
})

test("[CV144] what is not what its name is the hash of is none: no passage, no chunking; pages that go back are left out", () => {
  const { ydoc, source } = sourceDevice("a")
  source.begin({ meta: {}, text: TEXT, pages: [{ page: 1, start: 0 }], chunks: lineChunks(TEXT) })
  const [chunkId = ""] = source.getChunking()?.places.map((place) => place.chunkId) ?? []
  const [added = ""] = [...ydoc.getMap("meta").keys()].filter((key) => key.startsWith("added/"))
  const change = (map: string, key: string, fields: object): void =>
    void ydoc.getMap<object>(map).set(key, { ...ydoc.getMap<object>(map).get(key), ...fields })
  change("meta", added, { pages: [1, 0, 2, 30, 3, 20, 4, 40, "x", 50] })
  expect(source.getPages().map(({ page, start }) => [page, start])).toEqual([
    [1, 0],
    [2, 30],
    [4, 40],
    [0, 50],
  ])
  change("passages", chunkId, { text: "Ants seek in lines." })
  expect(source.getPassage(chunkId)).toBeUndefined()
  change("chunkings", source.getChunking()?.id ?? "", { starts: [1, 20, 35] })
  expect([source.getChunking(), source.isStale()]).toEqual([undefined, true])
})

test("[CV145] after a refusal, the lines of a source that the document has not are listed once, and nothing else", () => {
  const kept = sourceDevice("a")
  kept.source.begin({ meta: { name: "a" }, text: TEXT })
  const update = (): Uint8Array => Y.encodeStateAsUpdate(kept.ydoc)
  const rescued = (current: Y.Doc): unknown[] => rescueTexts(update(), current).map(({ kind, text }) => [kind, text])
  expect(rescued(new Y.Doc())).toEqual([["source", TEXT.trimEnd()]])
  const current = reload(kept.ydoc)
  expect(rescued(current)).toEqual([])
  // The same lines in another order are all there.
  current.getText("text").insert(0, "Crows hide nothing.\n")
  current.getText("text").delete(TEXT.length, 20)
  expect(rescued(current)).toEqual([])
  const updates: Uint8Array[] = []
  kept.ydoc.on("update", (bytes: Uint8Array) => updates.push(bytes))
  kept.source.text.insert(4, " never")
  expect(rescued(current)).toEqual([["source", "Ants never hide in lines."]])
  expect(rescueTexts(updates[0] ?? new Uint8Array(), new Y.Doc()).map(({ kind, text }) => [kind, text])).toEqual([["fragment", " never"]])
  expect(rescueTexts(updates[0] ?? new Uint8Array(), kept.ydoc)).toEqual([])
})
