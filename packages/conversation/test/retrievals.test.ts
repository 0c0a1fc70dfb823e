import { expect, test } from "vitest"
import {
  type ConversationError,
  importRetrieval,
  MAX_QUERY_LENGTH,
  MAX_RESULTS,
  type NewRetrieval,
  recordRetrieval,
  type RetrievedPassage,
  retrievalsOf,
  subscribeRetrievals,
} from "@polylogue/conversation"
import { countUpdates, device, reload, seededBytes, seededRandom, sync } from "./devices.ts"

const code = (name: string): ConversationError => expect.objectContaining({ code: name }) as ConversationError
const found = (rank: number): RetrievedPassage => ({
  sourceId: "s",
  chunkId: `${"h".repeat(16)}.${rank}`,
  rank,
  score: 10 / rank,
  hash: "h".repeat(16),
})

function options(name: string, now = 1_700_000_000_000) {
  return {
    writer: name,
    author: { id: `user-${name}`, kind: "person" },
    now: () => now,
    randomBytes: seededBytes(seededRandom(name.charCodeAt(0))),
  }
}

function retrieval(messageId: string, query = "Who dances?", count = 2): NewRetrieval {
  const results = Array.from({ length: count }, (_, index) => found(index + 1))
  return { messageId, query, config: { ranker: "bm25", k1: 1.2, b: 0.75, odd: { kept: [1] } }, results }
}

test("[CV139] a retrieval is recorded in one update for ever, with question, configuration and ranked passages; those of all devices are kept, in the order in which they were made", () => {
  const a = device("a")
  const b = device("b")
  const messageId = a.conversation.send({ text: "Who dances?", parentId: null })
  sync(a.ydoc, b.ydoc)
  let id = ""
  expect(countUpdates(a.ydoc, () => (id = recordRetrieval(a.ydoc, options("a"), retrieval(messageId))))).toBe(1)
  recordRetrieval(b.ydoc, options("b", 1_700_000_001_000), retrieval(messageId, "Who counts?", 1))
  sync(a.ydoc, b.ydoc)
  const records = retrievalsOf(a.ydoc, messageId)
  expect(records).toMatchObject([
    {
      id,
      messageId,
      query: "Who dances?",
      config: { ranker: "bm25", k1: 1.2, b: 0.75, odd: { kept: [1] } },
      results: [found(1), found(2)],
      authorId: "user-a",
      clock: 1_700_000_000_000,
    },
    { query: "Who counts?", results: [found(1)], authorId: "user-b" },
  ])
  expect(retrievalsOf(reload(b.ydoc), messageId)).toEqual(records)
  expect(retrievalsOf(a.ydoc, "other")).toEqual([])
})

test("[CV139] what was found for a message is the same array until something is found for that message, and only then its listeners are called", () => {
  const { ydoc } = device("a")
  const calls: string[] = []
  const stop = subscribeRetrievals(ydoc, "m", () => calls.push("m"))
  subscribeRetrievals(ydoc, "n", () => calls.push("n"))
  const before = retrievalsOf(ydoc, "m")
  recordRetrieval(ydoc, options("a"), retrieval("n"))
  expect([retrievalsOf(ydoc, "m") === before, calls]).toEqual([true, ["n"]])
  recordRetrieval(ydoc, options("a"), retrieval("m"))
  expect([retrievalsOf(ydoc, "m").length, calls]).toEqual([1, ["n", "m"]])
  stop()
  recordRetrieval(ydoc, options("a"), retrieval("m"))
  expect(calls).toEqual(["n", "m"])
})

test("[CV139] an imported retrieval has an id made of its content: importing it again, or on two devices, notes it once", () => {
  const a = device("a")
  const b = device("b")
  const id = importRetrieval(a.ydoc, retrieval("m"))
  expect(importRetrieval(b.ydoc, retrieval("m"))).toBe(id)
  expect(importRetrieval(b.ydoc, retrieval("m", "another"))).not.toBe(id)
  sync(a.ydoc, b.ydoc)
  expect(retrievalsOf(a.ydoc, "m").length).toBe(2)
  expect(retrievalsOf(a.ydoc, "m").find((record) => record.id === id)).toMatchObject({ clock: 0, authorId: null })
  expect(countUpdates(a.ydoc, () => importRetrieval(a.ydoc, retrieval("m")))).toBe(0)
})

test("[CV139] each limit of a retrieval holds at the limit and refuses one past it; ranks are 1, 2, 3 …, scores are numbers", () => {
  const { ydoc } = device("a")
  const refuse = (wrong: NewRetrieval, wanted: unknown): void =>
    expect(countUpdates(ydoc, () => expect(() => recordRetrieval(ydoc, options("a"), wrong)).toThrow(wanted as Error))).toBe(0)
  recordRetrieval(ydoc, options("a"), retrieval("m", "q".repeat(MAX_QUERY_LENGTH), MAX_RESULTS))
  expect(retrievalsOf(ydoc, "m")[0]?.results.length).toBe(MAX_RESULTS)
  refuse(retrieval("m", "q".repeat(MAX_QUERY_LENGTH + 1)), code("too-large"))
  refuse(retrieval("m", "q", MAX_RESULTS + 1), code("too-large"))
  const of = (...results: RetrievedPassage[]): NewRetrieval => ({ ...retrieval("m"), results })
  refuse({ ...retrieval("m"), config: { ranker: "x", long: "x".repeat(20_000) } }, code("too-large"))
  refuse(of({ ...found(1), sourceId: "a/b" }), code("bad-id"))
  refuse(of(found(2)), RangeError)
  refuse(of(found(1), found(1)), RangeError)
  refuse(of({ ...found(1), score: Number.NaN }), RangeError)
})

test("[CV139] whatever stands in the map of retrievals, reading it throws nothing and takes what is one", () => {
  const { ydoc } = device("a")
  const map = ydoc.getMap<unknown>("retrievals")
  const values = [
    null,
    7,
    "x",
    [],
    {},
    { results: 3 },
    { results: [null, 4, { sourceId: 1 }, { sourceId: "s", chunkId: "c", rank: -1, score: "?" }], config: 4, clock: "now", later: 1 },
  ]
  values.forEach((value, index) => map.set(`m/r${index}`, value))
  map.set("m", 1)
  map.set("m/r/too/long", { results: [] })
  expect(retrievalsOf(ydoc, "m")).toEqual([
    {
      id: "r6",
      messageId: "m",
      query: "",
      config: { ranker: "unknown" },
      results: [{ sourceId: "s", chunkId: "c", rank: 4, score: 0, hash: "" }],
      clock: 0,
      authorId: null,
    },
  ])
})
