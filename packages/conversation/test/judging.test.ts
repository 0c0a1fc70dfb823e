import * as Y from "yjs"
import { expect, test } from "vitest"
import {
  type ConversationError,
  DEFAULT_SCALE,
  disagreements,
  type Judgement,
  krippendorffAlpha,
  MAX_ITEM_CHUNKS,
  MAX_JUDGEMENT_NOTE_LENGTH,
  mintRoundId,
  roundCards,
  roundDocumentId,
  roundKindOf,
  tableOfJudgements,
  targetOfUnit,
} from "@polylogue/conversation"
import { countUpdates, indexDevice, reload, seededBytes, seededRandom, sync } from "./devices.ts"
import { item, opinionsDevice, roundDevice, saidIn, START } from "./judging-devices.ts"

const code = (code: string): ConversationError => expect.objectContaining({ code }) as ConversationError

test("[CV150] a round is begun, changed and joined; what changes nothing writes nothing", () => {
  const { ydoc, round } = roundDevice("ana")
  expect(round.isBegun()).toBe(false)
  expect(round.getSettings()).toMatchObject({
    name: "",
    kind: "open",
    scale: DEFAULT_SCALE,
    labels: [],
    annotators: [],
    perItem: 0,
    owner: "",
  })
  round.begin({ name: " Week\n48 ", guideline: "Be strict.", annotators: [{ id: "ben", name: "Ben" }] })
  const before = round.getSettings()
  expect(before).toMatchObject({ name: "Week 48", owner: "ana", createdAt: START, annotators: [{ id: "ben", name: "Ben" }] })
  round.change({
    guideline: "Be kind.",
    labels: ["slow", "off topic", "slow"],
    perItem: 2,
    scale: [
      { grade: 1, name: "yes" },
      { grade: 0, name: "no" },
    ],
  })
  round.setAnnotator("ana", "Ana")
  round.setAnnotator("ben", null)
  const after = round.getSettings()
  expect(after).toMatchObject({
    labels: ["off topic", "slow"],
    perItem: 2,
    scale: [{ grade: 0 }, { grade: 1 }],
    annotators: [{ id: "ana", name: "Ana" }],
  })
  expect(after.guidelineVersion).not.toBe(before.guidelineVersion)
  const nothing = (): void => {
    round.change({ guideline: "Be kind.", perItem: 2 })
    round.setAnnotator("ana", "Ana")
    round.setAnnotator("ben", null)
    round.removeItem("none")
    round.addItems([])
  }
  expect(countUpdates(ydoc, nothing)).toBe(0)
  expect(round.getSettings()).toBe(after)
})

test("[CV150] what kind of round it is stands in its id, and its cards stand apart", () => {
  const randomBytes = seededBytes(seededRandom(1))
  const [open, blind] = [mintRoundId("open", START, randomBytes), mintRoundId("blind", START, randomBytes)]
  expect([roundKindOf(open), roundKindOf(blind)]).toEqual(["open", "blind"])
  expect(roundDocumentId("home", blind)).toBe(`home/anno/${blind}`)
  for (const id of ["conv.1", "source.1", "a/b", ""]) expect(() => roundDocumentId("home", id)).toThrow(code("bad-id"))
  const { index } = indexDevice("a")
  roundCards(index).create({ id: blind, name: "Blind" })
  expect([
    roundCards(index)
      .getCards()
      .map(({ name }) => name),
    index.getCards(),
  ]).toEqual([["Blind"], []])
})

test("[CV151] an item is named by what it says: added twice, by two devices, it is one; a record under another id is none", () => {
  const [a, b] = [roundDevice("ana"), roundDevice("ben")]
  const ids = a.round.addItems([item("x"), item("y", 0, true)])
  b.clock.now += 5
  expect(b.round.addItems([item("z"), item("x")])[1]).toBe(ids[0])
  sync(a.ydoc, b.ydoc)
  expect(a.round.getItems().map(({ query }) => query)).toEqual(["What is x?", "What is y?", "What is z?"])
  expect(b.round.getItems()).toEqual(a.round.getItems())
  a.round.removeItem(ids[0] ?? "")
  expect([a.round.getItems().length, a.round.getItem(ids[0] ?? "")?.query]).toEqual([2, "What is x?"])
  a.round.addItems([item("x")])
  expect(a.round.getItems()[0]?.query).toBe("What is x?")
  const record = a.ydoc.getMap<unknown>("items").get(`${ids[0]}/record`) as string
  a.ydoc.getMap<unknown>("items").set("forged/record", record.replace("What", "That"))
  a.ydoc.getMap<unknown>("items").set(`${ids[0]}/record`, record.replace("What", "That"))
  expect(a.round.getItems().map(({ query }) => query)).toEqual(["What is y?", "What is z?"])
})

test("[CV152] a judgement is its annotator's: fields are set by themselves, a grade notes the guideline, null takes it back", () => {
  const { ydoc, round, clock } = roundDevice("ana")
  round.begin({ guideline: "one" })
  const [id = ""] = round.addItems([item("x", 2, true)])
  const target = { itemId: id, chunkId: "x-0" }
  round.judge(target, { grade: 2, note: "it names it" })
  const first = round.getSettings().guidelineVersion
  clock.now += 5
  round.judge(target, { labels: ["b", "a"], confidence: 0.5 })
  round.judge({ itemId: id, chunkId: null }, { grade: 3 })
  expect(round.judgementsOf(id)).toMatchObject([
    { chunkId: null, annotator: "ana", grade: 3, labels: [], confidence: null, note: "" },
    { chunkId: "x-0", grade: 2, labels: ["a", "b"], confidence: 0.5, note: "it names it", guideline: first, at: START + 5 },
  ])
  expect(round.getProgress()).toEqual({ judged: 2, total: 3, itemsDone: 0, items: 1 })
  expect(countUpdates(ydoc, () => round.judge(target, { grade: 2, labels: ["a", "b"], note: "it names it" }))).toBe(0)
  round.change({ guideline: "two" })
  expect(countUpdates(ydoc, () => round.judge(target, { grade: 2 }))).toBe(1)
  expect(round.judgementsOf(id)[1]?.guideline).toBe(round.getSettings().guidelineVersion)
  round.judge(target, { grade: null, labels: [], confidence: null, note: "" })
  expect(round.judgementsOf(id)).toMatchObject([{ chunkId: null }])
})

test("[CV153] a value in another's name is no judgement, and whatever stands in the document is read without harm", () => {
  const { ydoc, round } = roundDevice("ana")
  const [id = ""] = round.addItems([item("x", 1)])
  const map = ydoc.getMap<unknown>("judgements")
  map.set(`${id}/chunk/x-0/ben/grade/eve`, { turn: 9, clock: 1, value: { by: "eve", value: 3 } })
  const strange: readonly (readonly [string, unknown])[] = [
    [`${id}/chunk/x-0/ben/grade/w`, { turn: 1, clock: 1, value: { by: "ben", value: "3" } }],
    [`${id}/chunk/x-0/cid/grade/w`, { turn: 1, clock: 1, value: { by: "cid", value: 1000 } }],
    [`${id}/chunk`, 1],
    [`${id}/answer/what/ben/grade/w`, { turn: 1, clock: 1, value: { by: "ben", value: 1 } }],
    ["", null],
    [`${id}/chunk/x-0/dan/labels/w`, { turn: 1, clock: Number.NaN, value: { by: "dan", value: ["b", 7, "", "b"] } }],
    [`${id}/chunk/x-0/eve/confidence/w`, { value: { by: "eve", value: 7 } }],
  ]
  for (const [key, value] of strange) map.set(key, value)
  for (const name of ["meta", "items", "reveals"]) {
    for (const [at, value] of [1, null, "x", [], { value: { by: 1 } }, new Y.Map()].entries())
      ydoc.getMap<unknown>(name).set(`annotator/${at}/record/added`, value)
    ydoc.getMap<unknown>(name).set("scale/w", { value: [{ grade: 1 }, { grade: 1 }, 3] })
    ydoc.getMap<unknown>(name).set("made", 3)
  }
  expect(round.getJudgements()).toMatchObject([{ annotator: "dan", labels: ["b"], grade: null, at: 0 }])
  expect(round.getSettings().scale).toEqual(DEFAULT_SCALE)
  expect(round.getItems().length).toBe(1)
})

test("[CV154] each limit of judging holds at the limit and refuses one past it, with a code and nothing written", () => {
  const { ydoc, round } = roundDevice("ana")
  const [id = ""] = round.addItems([item("x", MAX_ITEM_CHUNKS)])
  const target = { itemId: id, chunkId: "x-0" }
  round.judge(target, { grade: 100, note: "n".repeat(MAX_JUDGEMENT_NOTE_LENGTH), labels: Array.from({ length: 50 }, (_, at) => `l${at}`) })
  round.begin({ name: "n".repeat(100), guideline: "g".repeat(20_000), perItem: 100 })
  const scale = (length: number): { grade: number; name: string }[] => Array.from({ length }, (_, grade) => ({ grade, name: "g" }))
  round.change({ scale: scale(10) })
  const refused: readonly (readonly [string | undefined, () => void])[] = [
    ["too-large", () => round.judge(target, { note: "n".repeat(MAX_JUDGEMENT_NOTE_LENGTH + 1) })],
    ["too-large", () => round.judge(target, { labels: Array.from({ length: 51 }, (_, at) => `l${at}`) })],
    ["too-large", () => round.judge(target, { labels: ["l".repeat(61)] })],
    [undefined, () => round.judge(target, { grade: 101 })],
    [undefined, () => round.judge(target, { grade: 1.5 })],
    [undefined, () => round.judge(target, { confidence: 1.01 })],
    ["bad-id", () => round.judge({ itemId: "", chunkId: "x" }, { grade: 1 })],
    ["bad-id", () => round.judge({ itemId: "x", chunkId: "y".repeat(201) }, { grade: 1 })],
    ["too-large", () => round.addItems([item("y", MAX_ITEM_CHUNKS + 1)])],
    ["too-large", () => round.addItems([{ ...item("y"), query: "q".repeat(20_001) }])],
    ["bad-id", () => round.addItems([{ ...item("y"), messageId: "m".repeat(201) }])],
    [undefined, () => round.addItems([item("y", 0)])],
    ["too-large", () => round.change({ name: "n".repeat(101) })],
    ["too-large", () => round.change({ guideline: "g".repeat(20_001) })],
    [undefined, () => round.change({ scale: scale(11) })],
    [undefined, () => round.change({ scale: scale(1) })],
    [undefined, () => round.change({ perItem: 101 })],
    ["bad-id", () => round.setAnnotator("a b", "")],
  ]
  for (const [expected, run] of refused) {
    const thrown = expected === undefined ? RangeError : code(expected)
    expect(countUpdates(ydoc, () => expect(run).toThrow(thrown as ConversationError))).toBe(0)
  }
  for (let at = 0; at < 100; at++) round.setAnnotator(`a${at}`, "")
  expect(() => round.setAnnotator("one-more", "")).toThrow(code("too-large"))
})

test("[CV155] annotators who judge the same items offline overwrite nothing, in whatever order it is merged, and agree as computed by hand", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const devices = ["ana", "ana", "ben", "cid"].map((annotator, at) => roundDevice(annotator, "r1", `${annotator}-${at}`))
    const items = [item("x", 4), item("y", 3, true)]
    for (const { round } of devices) round.addItems(items)
    const expected = new Map<string, number | null>()
    for (let step = 0; step < 60; step++) {
      const at = Math.floor(random() * devices.length)
      const device = devices[at]
      if (device === undefined) continue
      const held = device.round.getItems()[Math.floor(random() * 2)]
      const chunkId = held?.chunks[Math.floor(random() * (held.chunks.length + 1))]?.chunkId ?? null
      const grade = random() < 0.1 ? null : Math.floor(random() * 4)
      device.clock.now += Math.floor(random() * 3)
      device.round.judge({ itemId: held?.id ?? "", chunkId }, { grade })
      // Ana has two devices, of which the later word counts; the others' words are theirs alone.
      if (device.round.annotator !== "ana") expected.set(JSON.stringify([held?.id, chunkId, device.round.annotator]), grade)
      if (random() < 0.1) Y.applyUpdate(devices[(at + 1) % 4]?.ydoc ?? device.ydoc, Y.encodeStateAsUpdate(device.ydoc))
    }
    sync(...devices.map(({ ydoc }) => ydoc).toSorted(() => random() - 0.5))
    const [first, ...others] = devices.map(({ round }) => round.getJudgements())
    for (const other of others) expect(other).toEqual(first)
    const found = new Map((first ?? []).map((said: Judgement) => [JSON.stringify([said.itemId, said.chunkId, said.annotator]), said.grade]))
    for (const [key, grade] of expected) expect(found.get(key) ?? null).toBe(grade)
    const fresh = roundDevice("dan")
    Y.applyUpdate(fresh.ydoc, Y.encodeStateAsUpdate(reload(devices[0]?.ydoc ?? fresh.ydoc)))
    expect(fresh.round.getJudgements()).toEqual(first)
  }
})

test("[CV155] the agreement of two annotators who judged offline is the one computed by hand", () => {
  const [a, b] = [roundDevice("ana"), roundDevice("ben")]
  const grades = { ana: "001123334", ben: "101122334" }
  for (const { round } of [a, b]) {
    const [id = ""] = round.addItems([item("x", 9)])
    for (const [at, grade] of Array.from(grades[round.annotator as "ana" | "ben"]).entries())
      round.judge({ itemId: id, chunkId: `x-${at}` }, { grade: Number(grade) })
  }
  sync(a.ydoc, b.ydoc)
  const table = tableOfJudgements(a.round.getJudgements(), ["ana", "ben"])
  expect(table.units.map(targetOfUnit).map(({ chunkId }) => chunkId)).toEqual(Array.from({ length: 9 }, (_, at) => `x-${at}`))
  // By hand: 7 of 9 units agree; 18 grades, of which 3 are 0, 5 are 1, 3 are 2, 5 are 3, 2 are 4: expected 252/306 nominal, observed 4/18.
  expect(krippendorffAlpha(table.rows, "nominal")).toBeCloseTo(1 - 4 / 18 / (252 / 306), 10)
  expect(disagreements(a.round.getJudgements())).toMatchObject([
    {
      chunkId: "x-0",
      spread: 1,
      grades: [
        { annotator: "ben", grade: 1 },
        { annotator: "ana", grade: 0 },
      ],
    },
    { chunkId: "x-5", spread: 1 },
  ])
})

test("[CV156] what was read is the same object until it changes, and listeners of an item are called for it alone", () => {
  const { round } = roundDevice("ana")
  const [x = "", y = ""] = round.addItems([item("x"), item("y")])
  const calls = { all: 0, x: 0, y: 0 }
  round.subscribe(() => calls.all++)
  round.subscribeItem(x, () => calls.x++)
  round.subscribeItem(y, () => calls.y++)
  const [items, ofY, settings] = [round.getItems(), round.judgementsOf(y), round.getSettings()]
  round.judge({ itemId: x, chunkId: "x-0" }, { grade: 1, note: "n" })
  expect(calls).toEqual({ all: 1, x: 1, y: 0 })
  expect([round.getItems() === items, round.judgementsOf(y) === ofY, round.getSettings() === settings]).toEqual([true, true, true])
  expect(saidIn(round)).toEqual(["0/x-0 ana 1"])
  const mine = round.getJudgements("ana")
  expect([round.getJudgements("ana") === mine, round.getJudgements() === round.getJudgements(), mine.length]).toEqual([true, true, 1])
  round.judge({ itemId: y, chunkId: "y-0" }, { grade: 0 })
  expect([round.getJudgements("ana").length, round.getJudgements("ben")]).toEqual([2, []])
  round.destroy()
  round.destroy()
})

test("[CV157] people rate and correct answers: each their own, corrections are written by many hands and keep their words", () => {
  const [a, b] = [opinionsDevice("ana"), opinionsDevice("ben")]
  a.opinions.rate("m", { grade: 2, labels: ["unsupported"] })
  b.opinions.rate("m", { grade: 3 })
  const mine = a.opinions.suggest("m", "It is blue.")
  b.clock.now += 5
  const theirs = b.opinions.suggest("m", "It is green.")
  sync(a.ydoc, b.ydoc)
  expect(a.opinions.opinionsOf("m")).toMatchObject([
    { annotator: "ana", grade: 2 },
    { annotator: "ben", grade: 3 },
  ])
  b.opinions.rewrite(mine, "It is dark blue.")
  a.opinions.correctionText(mine).insert(0, "Yes. ")
  sync(a.ydoc, b.ydoc)
  expect(a.opinions.correctionsOf("m")).toMatchObject([
    { id: mine, annotator: "ana", text: "Yes. It is dark blue.", withdrawn: false },
    { id: theirs, annotator: "ben", text: "It is green." },
  ])
  expect(b.opinions.correctionsOf("m")).toEqual(a.opinions.correctionsOf("m"))
  const kept = a.opinions.correctionsOf("m")
  a.opinions.rate("other", { grade: 1 })
  expect(a.opinions.correctionsOf("m")).toBe(kept)
  let calls = 0
  a.opinions.subscribeMessage("m", () => calls++)
  a.opinions.correctionText(theirs).insert(0, "No. ")
  a.opinions.setWithdrawn("m", theirs, true)
  expect([calls, a.opinions.correctionsOf("m")[1]?.text, a.opinions.correctionsOf("m")[1]?.withdrawn]).toEqual([
    2,
    "No. It is green.",
    true,
  ])
  expect(a.opinions.messageIds()).toEqual(["m", "other"])
  for (const run of [() => a.opinions.rewrite("none", ""), () => a.opinions.setWithdrawn("other", mine, true)])
    expect(run).toThrow(code("unknown-correction"))
  expect(() => a.opinions.suggest("m", "x".repeat(200_001))).toThrow(code("too-large"))
})
