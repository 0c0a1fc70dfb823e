import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  AnswerOpinions,
  applyPlannedRound,
  eraseMessageNotes,
  eraseRoundItems,
  indexDocumentId,
  type IdRange,
  idRangesOf,
  type NewRoundItem,
  notesDocumentId,
  Round,
  roundCards,
  roundDocumentId,
  roundIdsIn,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { reload, seededBytes, seededRandom } from "./devices.ts"
import { erase } from "./erasure.ts"

const OPTIONS = {
  writer: "a",
  author: { id: "ana", kind: "person" },
  annotator: "ana",
  now: () => 1_700_000_000_000,
  randomBytes: seededBytes(seededRandom(5)),
}

const item = (query: string, messageId: string, answerId: string, conversationId = "c1"): NewRoundItem => ({
  conversationId,
  messageId,
  retrievalId: "",
  query,
  chunks: [{ sourceId: "s1", chunkId: "p1", rank: 1, score: 1 }],
  answer: { messageId: answerId },
})

const ITEMS = [
  item("topsecret question", "m1", "m2"),
  item("topsecret question~ in other words", "m1~0f", "m4"),
  item("harmless question", "m3", "m4"),
  item("question elsewhere", "m1", "m2", "c2"),
]

function bytesOf(ydoc: Y.Doc): string {
  return Buffer.from(Y.encodeStateAsUpdate(reload(ydoc))).toString("latin1")
}

const queries = (round: Round): string[] => round.getItems().map(({ query }) => query)

/** A round in which every item was judged. */
function judged() {
  const ydoc = new Y.Doc()
  const round = new Round(ydoc, { ...OPTIONS, roundId: "r1" })
  round.begin({ name: "Round" })
  const ids = round.addItems(ITEMS)
  for (const itemId of ids) round.judge({ itemId, chunkId: "p1" }, { grade: 2, note: `my words on ${itemId}` })
  return { ydoc, round, ids }
}

const named = (held: readonly IdRange[], ranges: readonly IdRange[]): boolean =>
  held.every(({ client, clock, length }) =>
    ranges.some((range) => range.client === client && range.clock <= clock && clock + length <= range.clock + range.length),
  )

test("[CV146] items of a round that name an erased message lose the question in it; others stay, and so does what people judged", () => {
  const { ydoc, round, ids } = judged()
  // Taken out of the round by somebody it still stands in the document.
  round.removeItem(ids[0] ?? "")
  const records = [0, 1].flatMap((at) => idRangesOf(ydoc.getMap("items"), `${ids[at]}/record`))
  const erasing = eraseRoundItems(ydoc, { conversationId: "c1", messageId: "m1~77" })
  expect(records.length).toBeGreaterThan(0)
  expect(named(records, erasing.ranges)).toBe(true)
  erase(ydoc, erasing)
  expect(bytesOf(ydoc)).not.toContain("topsecret")
  expect(queries(round)).toEqual(["harmless question", "question elsewhere"])
  expect(ids.map((id) => round.isErased(id))).toEqual([true, true, false, false])
  expect(round.getJudgements().map(({ itemId }) => itemId)).toEqual(ids.toSorted((one, other) => (one < other ? -1 : 1)))
  expect(round.judgementsOf(ids[0] ?? "")[0]).toMatchObject({ grade: 2, note: `my words on ${ids[0]}` })
  // The same for whoever hears of it later.
  expect(queries(new Round(reload(ydoc), { ...OPTIONS, roundId: "r1" }))).toEqual(queries(round))
  // An answer takes the items that judge it; again, and for a message that none names, there is nothing to do.
  erase(ydoc, eraseRoundItems(ydoc, { conversationId: "c1", messageId: "m4" }))
  expect(queries(round)).toEqual(["question elsewhere"])
  for (const messageId of ["m1", "m4", "m9"]) expect(eraseRoundItems(ydoc, { conversationId: "c1", messageId }).ranges).toEqual([])
})

test("[CV146] with a conversation go all items of it, and none of another", () => {
  const { ydoc, round } = judged()
  erase(ydoc, eraseRoundItems(ydoc, { conversationId: "c1" }))
  expect(queries(round)).toEqual(["question elsewhere"])
  for (const word of ["topsecret", "harmless"]) expect(bytesOf(ydoc)).not.toContain(word)
  // Whatever stands in the map does no harm.
  for (const [key, value] of Object.entries({ "": 1, x: null, "y/record": "{}", "z/record": { conversationId: "c1" } }))
    ydoc.getMap("items").set(key, value)
  expect(eraseRoundItems(ydoc, { conversationId: "c1" }).ranges).toEqual([])
})

test("[CV147] an erased item is not added again, by hand or by an import, and everything else still is", () => {
  const { ydoc, round, ids } = judged()
  erase(ydoc, eraseRoundItems(ydoc, { conversationId: "c1", messageId: "m1" }))
  const fresh = item("a new question", "m5", "m6")
  const again = round.addItems([...ITEMS, fresh])
  expect(again.slice(0, 4)).toEqual(ids)
  expect(queries(round)).toEqual(["harmless question", "question elsewhere", "a new question"])
  const planned = { id: "r1", name: "Round", items: [...ITEMS, fresh], judgements: [] }
  const index = new WorkspaceIndex(new Y.Doc(), OPTIONS)
  roundCards(index).create({ id: "r1", name: "Round" })
  expect(applyPlannedRound(planned, ydoc, OPTIONS, index)).toMatchObject({ status: "unchanged" })
  expect(bytesOf(ydoc)).not.toContain("topsecret")
})

test("[CV148] the rounds of a workspace are known from its index, deleted ones too, and only names of documents count", () => {
  const index = new WorkspaceIndex(new Y.Doc(), OPTIONS)
  const cards = roundCards(index)
  const ids = [cards.create({ name: "open" }), cards.create({ id: "blind.1", name: "blind" }), cards.create({ id: "r9", name: "gone" })]
  cards.delete("r9")
  for (const key of ["a b/made", "conv.c1/made", "source.s1/made", "../made", "/made"]) index.ydoc.getMap("rounds").set(key, true)
  const found = roundIdsIn(index.ydoc)
  expect(found).toEqual(ids.toSorted((one, other) => (one < other ? -1 : 1)))
  const documents = found.map((id) => roundDocumentId("home", id))
  expect(documents).not.toContain(notesDocumentId("home", { conversationId: "c1" }))
  expect(documents).not.toContain(indexDocumentId("home"))
  expect(roundIdsIn(new Y.Doc())).toEqual([])
})

test("[CV149] with a message goes what people thought of it as an answer: grades, labels, notes, suggested words; what is said about others stays", () => {
  const ydoc = new Y.Doc()
  const ana = new AnswerOpinions(ydoc, OPTIONS)
  const ben = new AnswerOpinions(ydoc, { ...OPTIONS, writer: "b", annotator: "ben" })
  for (const opinions of [ana, ben]) {
    opinions.rate("m2", { grade: 1, labels: ["topsecret label"], note: "it says topsecret" })
    opinions.rate("m4", { grade: 3, note: "well said" })
  }
  ana.rate("m2", { note: "it says topsecret twice" })
  const id = ana.suggest("m2", "topsecret, in better words")
  ben.rewrite(id, "topsecret, in the best words")
  ben.suggest("m4", "harmless words")
  const opinions = ydoc.getMap<unknown>("opinions")
  const held = [...opinions.keys()].filter((key) => key.startsWith("m2/")).flatMap((key) => idRangesOf(opinions, key))
  const erasing = eraseMessageNotes(ydoc, "m2")
  expect(held.length).toBeGreaterThan(0)
  // What is only overwritten stays in every log that has it.
  expect(named(held, erasing.ranges)).toBe(true)
  erase(ydoc, erasing)
  expect(bytesOf(ydoc)).not.toContain("topsecret")
  expect(ana.opinionsOf("m2")).toEqual([])
  expect(ana.correctionsOf("m2")).toMatchObject([{ id, annotator: "ana", text: "" }])
  expect(ana.opinionsOf("m4").map(({ note }) => note)).toEqual(["well said", "well said"])
  expect(ana.correctionsOf("m4")).toMatchObject([{ text: "harmless words" }])
  // Again nothing that stands is touched, and one may rate what is left.
  const before = Y.encodeStateVector(ydoc)
  erase(ydoc, eraseMessageNotes(ydoc, "m2"))
  expect(Y.encodeStateVector(ydoc)).toEqual(before)
  ben.rate("m2", { grade: 0 })
  expect(ana.opinionsOf("m2")).toMatchObject([{ annotator: "ben", grade: 0 }])
})
