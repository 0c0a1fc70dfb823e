import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  type ConversationError,
  MAX_CHUNKS,
  MAX_PAGES,
  MAX_PASSAGE_CHARACTERS,
  MAX_SOURCE_CHARACTERS,
  MAX_SOURCE_TITLE_LENGTH,
  parseDocumentId,
  passageHash,
  Source,
  sourceCards,
  sourceDocumentId,
  sourceIdOf,
  SourceView,
} from "@polylogue/conversation"
import { countUpdates, indexDevice, lineChunks, reload, sourceDevice, sync } from "./devices.ts"

const HASH = "ab".repeat(32)
const TEXT = "Ants walk in lines.\nBees dance.\nCrows count to four.\n"
const code = (name: string): ConversationError => expect.objectContaining({ code: name }) as ConversationError

function begun(name: string, text = TEXT): ReturnType<typeof sourceDevice> {
  const made = sourceDevice(name)
  made.source.begin({
    meta: { name: "animals.txt", mime: "text/plain", size: 53, sha256: HASH, blob: true },
    text,
    chunks: lineChunks(text),
    config: { by: "line" },
  })
  return made
}

const passagesOf = (source: SourceView): string[] =>
  source.getChunking()?.places.map(({ chunkId }) => source.getPassage(chunkId)?.text ?? "?") ?? []

test("[CV130] a file's source has an id made of its hash, on every device the same, and a document of its own", () => {
  const id = sourceIdOf(HASH)
  expect(id).toBe("43539457-0cf6-8be2-b651-41452cb655c5")
  expect(sourceIdOf("cd".repeat(32))).not.toBe(id)
  expect(sourceDocumentId("home", id)).toBe(`home/source/${id}`)
  expect(parseDocumentId(`home/source/${id}`)).toEqual({ kind: "source", workspace: "home", sourceId: id })
  expect(parseDocumentId("home/source/a/b")).toMatchObject({ kind: "other" })
  for (const wrong of ["", "ab", HASH.toUpperCase(), `${HASH}0`]) expect(() => sourceIdOf(wrong)).toThrow(code("bad-id"))
  expect(() => sourceDocumentId("home", "a/b")).toThrow(code("bad-id"))
})

test("[CV131] a source begins with meta and text in one update, passages behind, the chunking that names them last; beginning again writes nothing", () => {
  const ydoc = new Y.Doc()
  const states: string[] = []
  const reader = new Y.Doc()
  const view = new SourceView(reader)
  ydoc.on("update", (update: Uint8Array) => {
    Y.applyUpdate(reader, update)
    states.push(`${view.getState()} ${view.getText() === TEXT} ${view.getMeta().name} ${view.getChunking()?.places.length}`)
  })
  const { source } = sourceDevice("a", ydoc)
  expect([source.getState(), source.getMeta(), source.isStale()]).toMatchObject([
    "absent",
    { title: "", addedAt: 0, pages: 0, blob: false },
    false,
  ])
  const begin = (): boolean =>
    source.begin({
      meta: { title: "Animals", name: "animals.txt", size: 53, sha256: HASH, blob: true },
      text: TEXT,
      chunks: lineChunks(TEXT),
      config: { by: "line" },
    })
  expect(begin()).toBe(true)
  expect(states).toEqual(["here true animals.txt undefined", "here true animals.txt undefined", "here true animals.txt 3"])
  expect(source.getMeta()).toEqual({
    title: "Animals",
    name: "animals.txt",
    mime: "text/plain",
    size: 53,
    sha256: HASH,
    blob: true,
    addedAt: 1_700_000_000_000,
    addedBy: { id: "user-a", kind: "person", name: "a" },
    pages: 0,
  })
  expect(passagesOf(source)).toEqual(["Ants walk in lines.", "Bees dance.", "Crows count to four."])
  expect(source.getChunking()?.config).toEqual({ by: "line" })
  expect(countUpdates(ydoc, () => expect(begin()).toBe(false))).toBe(0)
  source.setTitle(" My\nanimals ")
  expect(source.getMeta().title).toBe("My animals")
  expect(countUpdates(ydoc, () => source.setTitle("My animals"))).toBe(0)
  source.setTitle("")
  expect(source.getMeta().title).toBe("Animals")
})

test("[CV131] a source whose writer stopped before its passages were all written gets them from whoever begins it next", () => {
  const updates: Uint8Array[] = []
  const ydoc = new Y.Doc()
  ydoc.on("update", (update: Uint8Array) => updates.push(update))
  const { source } = sourceDevice("a", ydoc)
  const text = Array.from({ length: 600 }, (_, line) => `line ${line} ${"x".repeat(1000)}`).join("\n")
  const all = { meta: { name: "long" }, text, chunks: lineChunks(text) }
  source.begin(all)
  // 600,000 characters of passages are three rows, between that of the text and that of the chunking.
  expect(updates.length).toBe(5)
  for (let count = 1; count < updates.length; count++) {
    const crashed = new Y.Doc()
    for (const update of updates.slice(0, count)) Y.applyUpdate(crashed, update)
    const next = sourceDevice("b", crashed).source
    expect([next.getState(), next.getText() === text, next.getChunking(), next.isStale()]).toEqual(["here", true, undefined, true])
    expect(next.begin(all)).toBe(false)
    expect([next.getText() === text, passagesOf(next).length, next.isStale()]).toEqual([true, 600, false])
  }
})

test("[CV133] passages are named by what they say; after an edit only what changed gets new ones, and the old ones are readable for ever", () => {
  const { source, ydoc } = begun("a", `${TEXT}Bees dance.\n`)
  const first = source.getChunking()
  const [ants, bees, , again] = first?.places.map(({ chunkId }) => chunkId) ?? []
  expect([bees, again]).toEqual([`${passageHash("Bees dance.")}.1`, `${passageHash("Bees dance.")}.2`])
  expect(source.getPassage(ants ?? "")).toEqual({
    id: ants,
    text: "Ants walk in lines.",
    hash: passageHash("Ants walk in lines."),
    start: 0,
  })
  source.text.insert(9, " slowly")
  expect(source.isStale()).toBe(true)
  source.text.delete(0, 1)
  source.text.insert(0, "B")
  expect([source.getText().length, source.isStale()]).toEqual([TEXT.length + 19, true])
  source.text.delete(0, 1)
  source.text.insert(0, "A")
  const before = ydoc.getMap("passages").size
  const id = source.writeChunking(lineChunks(source.getText()), { by: "line" })
  expect([ydoc.getMap("passages").size - before, source.isStale(), source.getChunking()?.id]).toEqual([1, false, id])
  expect(passagesOf(source)[0]).toBe("Ants walk slowly in lines.")
  expect(passagesOf(source).slice(1)).toEqual(["Bees dance.", "Crows count to four.", "Bees dance."])
  const elsewhere = new SourceView(reload(ydoc))
  expect(elsewhere.getPassage(ants ?? "")?.text).toBe("Ants walk in lines.")
  expect(countUpdates(ydoc, () => source.writeChunking(lineChunks(source.getText()), { by: "line" }))).toBe(0)
  // Nobody asks any more where the passages of the first chunking stood.
  expect([...ydoc.getMap("chunkings").values()].filter((value) => value !== null).length).toBe(1)
  source.text.delete(9, 7)
  expect(source.writeChunking(lineChunks(source.getText()), { by: "line" })).toBe(first?.id)
  expect(source.getChunking()?.places).toEqual(first?.places)
})

test("[CV134] the newest chunking counts, the same on every device; one whose passages have not all come is passed over; chunks of another text are not taken", () => {
  const a = begun("a")
  const b = sourceDevice("b", reload(a.ydoc))
  const old = a.source.getChunking()
  expect(a.source.writeChunking(lineChunks("Other words entirely.\n"))).toBeUndefined()
  expect(a.source.writeChunking([{ start: 0, end: 4, text: "Bees" }])).toBeUndefined()
  a.clock.now += 1000
  b.clock.now += 2000
  const whole = [{ start: 0, end: TEXT.length - 1, text: TEXT.slice(0, -1) }]
  a.source.writeChunking(lineChunks(TEXT), { by: "line", again: true })
  const updates: Uint8Array[] = []
  b.ydoc.on("update", (update: Uint8Array) => updates.push(update))
  const newest = b.source.writeChunking(whole, { by: "page" })
  const late = reload(a.ydoc)
  Y.applyUpdate(late, updates.at(-1) ?? new Uint8Array())
  const lateView = new SourceView(late)
  // Of two rows the second came first, as another transport may bring them.
  expect(lateView.getChunking()?.config).toEqual({ by: "line", again: true })
  for (const update of updates) Y.applyUpdate(late, update)
  expect(lateView.getChunking()?.id).toBe(newest)
  sync(a.ydoc, b.ydoc)
  expect(a.source.getChunking()).toEqual(b.source.getChunking())
  const partial = begun("d")
  for (const name of ["chunkings", "chunked"])
    for (const [key, value] of b.ydoc.getMap(name).entries()) partial.ydoc.getMap(name).set(key, value)
  expect(partial.source.getChunking()?.config).toEqual({ by: "line", again: true })
  expect([a.source.getChunking()?.id, old?.id === newest]).toEqual([newest, false])
})

test("[CV135] a passage stands where the same words stand, or nowhere", () => {
  const { source } = begun("a", `${TEXT}Bees dance.\n`)
  const [ants = "", bees = "", crows = "", again = ""] = source.getChunking()?.places.map(({ chunkId }) => chunkId) ?? []
  const said = (id: string): string | undefined => {
    const place = source.placeOf(id)
    return place && `${place.from} ${source.getText().slice(place.from, place.to)}`
  }
  expect([ants, bees, crows, again].map(said)).toEqual([
    "0 Ants walk in lines.",
    "20 Bees dance.",
    "32 Crows count to four.",
    "53 Bees dance.",
  ])
  source.text.insert(0, "New: ")
  expect([ants, bees, crows, again].map(said)).toEqual([
    "5 Ants walk in lines.",
    "25 Bees dance.",
    "37 Crows count to four.",
    "58 Bees dance.",
  ])
  source.text.insert(10, "s")
  expect(said(ants)).toBeUndefined()
  source.text.delete(source.getText().lastIndexOf("Bees"), 4)
  // One of two equal ones is gone: nobody can say which is left, and for the one that is there they say the same.
  expect([said(bees), said(again)]).toEqual(["26 Bees dance.", "26 Bees dance."])
  source.text.insert(source.text.length, "Bees dance. Bees dance.")
  expect([said(bees), said(again), source.placeOf("nothing")]).toEqual([undefined, undefined, undefined])
})

test("[CV136] pages follow the text as it is edited, and the copy of it that stays", () => {
  const pages = [
    { page: 3, start: 0 },
    { page: 4, start: 20 },
    { page: 5, start: 32 },
  ]
  const a = sourceDevice("a")
  const b = sourceDevice("b")
  for (const { source } of [b, a]) source.begin({ meta: { name: "animals.pdf" }, text: TEXT, pages })
  expect([a.source.getMeta().pages, a.source.getPages()]).toEqual([3, pages])
  expect([0, 19, 20, 31, 32, 1000].map((offset) => a.source.pageAt(offset))).toEqual([3, 3, 4, 4, 5, 5])
  a.source.text.insert(5, "often ")
  a.source.text.delete(24, 10)
  expect(a.source.getPages().map(({ start }) => start)).toEqual([0, 24, 28])
  sync(a.ydoc, b.ydoc)
  b.source.settle()
  sync(a.ydoc, b.ydoc)
  for (const { source } of [a, b])
    expect(source.getPages().map(({ page, start }) => [page, start])).toEqual([
      [3, 0],
      [4, 24],
      [5, 28],
    ])
  expect(begun("c").source.pageAt(5)).toBeUndefined()
  for (const wrong of [
    [{ page: 1, start: -1 }],
    [{ page: 1, start: TEXT.length + 1 }],
    [{ page: 0.5, start: 0 }],
    [
      { page: 1, start: 5 },
      { page: 2, start: 4 },
    ],
  ])
    expect(() => sourceDevice("d").source.begin({ meta: {}, text: TEXT, pages: wrong })).toThrow(RangeError)
})

test("[CV137] each limit of a source holds at the limit and refuses one past it, with nothing written", () => {
  const longest = "x".repeat(MAX_SOURCE_CHARACTERS)
  const at = sourceDevice("a")
  expect(at.source.begin({ meta: {}, text: longest })).toBe(true)
  expect(Y.encodeStateAsUpdate(at.ydoc).length).toBeLessThan(16 * 1024 * 1024)
  const refuse = (source: Parameters<Source["begin"]>[0], wanted: unknown): void => {
    const { source: made, ydoc } = sourceDevice("b")
    expect(countUpdates(ydoc, () => expect(() => made.begin(source)).toThrow(wanted as Error))).toBe(0)
  }
  refuse({ meta: {}, text: `${longest}x` }, code("too-large"))
  const passage = "y".repeat(MAX_PASSAGE_CHARACTERS)
  expect(sourceDevice("c").source.begin({ meta: {}, text: passage, chunks: lineChunks(passage) })).toBe(true)
  refuse({ meta: {}, text: `${passage}y`, chunks: lineChunks(`${passage}y`) }, code("too-large"))
  const lines = "z\n".repeat(MAX_CHUNKS)
  const many = sourceDevice("d").source
  many.begin({ meta: {}, text: lines, chunks: lineChunks(lines) })
  expect(many.getChunking()?.places.length).toBe(MAX_CHUNKS)
  refuse({ meta: {}, text: `${lines}z`, chunks: lineChunks(`${lines}z`) }, code("too-large"))
  const pages = Array.from({ length: MAX_PAGES }, (_, page) => ({ page, start: 0 }))
  expect(sourceDevice("e").source.begin({ meta: {}, text: "", pages })).toBe(true)
  refuse({ meta: {}, text: "", pages: [...pages, { page: 0, start: 0 }] }, code("too-large"))
  refuse({ meta: {}, text: "", config: { deep: "x".repeat(20_000) }, chunks: [] }, code("too-large"))
  refuse({ meta: { uri: "u".repeat(2049) }, text: "" }, code("too-large"))
  refuse({ meta: { size: -1 }, text: "" }, RangeError)
  refuse({ meta: {}, text: TEXT, chunks: [{ start: 0, end: 4, text: "ants" }] }, RangeError)
  at.source.setTitle("t".repeat(MAX_SOURCE_TITLE_LENGTH))
  expect(() => at.source.setTitle("t".repeat(MAX_SOURCE_TITLE_LENGTH + 1))).toThrow(code("too-large"))
})

test("[CV138] cards of sources are like those of prompts, apart from them, and say what file a source is", () => {
  const a = indexDevice("a")
  const b = indexDevice("b")
  const cards = sourceCards(a.index)
  expect(sourceCards(a.index)).toBe(cards)
  for (const { index } of [a, b]) sourceCards(index).create({ id: "s", name: "animals.txt", file: { mime: "text/plain", size: 53 } })
  sourceCards(b.index).addTag("s", "zoo")
  cards.setPinned("s", true)
  sync(a.ydoc, b.ydoc)
  expect(cards.getCards()).toMatchObject([{ id: "s", name: "animals.txt", mime: "text/plain", size: 53, tags: ["zoo"], pinned: true }])
  expect(sourceCards(b.index).getCards()).toEqual(cards.getCards())
  const other = cards.create({ name: "typed" })
  expect(cards.getCard(other)).toMatchObject({ mime: null, size: null })
  cards.delete("s")
  expect([cards.getCards().length, cards.getDeletedCards().length, a.index.getCards().length]).toEqual([1, 1, 0])
  expect(countUpdates(a.ydoc, () => cards.create({ id: "s", name: "animals.txt", file: { mime: "text/plain", size: 53 } }))).toBe(0)
})
