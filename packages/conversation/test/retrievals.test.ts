import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  addCitation,
  applyImport,
  citationsOf,
  Conversation,
  type ConversationError,
  eraseConversation,
  eraseMessage,
  exportNative,
  importRetrieval,
  MAX_QUERY_LENGTH,
  MAX_RESULTS,
  type NewRetrieval,
  parseImport,
  reattachCitation,
  recordRetrieval,
  removeCitation,
  type RetrievedPassage,
  retrievalsOf,
  subscribeRetrievals,
  writeNativeFile,
} from "@polylogue/conversation"
import { countUpdates, device, reload, seededBytes, seededRandom, sync } from "./devices.ts"
import { erase } from "./erasure.ts"

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
  map.set("long/r", { results: Array.from({ length: MAX_RESULTS + 1 }, (_, index) => found(index + 1)) })
  expect(retrievalsOf(ydoc, "long")[0]?.results.length).toBe(MAX_RESULTS)
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

test("[CV140] erasing a message erases what was found for it, its question and the names of passages; no import brings that back", () => {
  const a = device("a")
  const kept = a.conversation.send({ text: "Who counts?", parentId: null })
  const gone = a.conversation.send({ text: "Who dances?", parentId: kept })
  recordRetrieval(a.ydoc, options("a"), retrieval(kept, "topmost question"))
  recordRetrieval(a.ydoc, options("a"), {
    ...retrieval(gone, "topsecret question"),
    results: [{ ...found(1), externalId: "topsecret-doc" }],
  })
  importRetrieval(a.ydoc, retrieval(gone, "topsecret import"))
  const bundle = exportNative("c", a.conversation)
  erase(a.ydoc, eraseMessage(a.ydoc, gone))
  expect([retrievalsOf(a.ydoc, gone), retrievalsOf(a.ydoc, kept).length]).toEqual([[], 1])
  const bytes = (): string => Buffer.from(Y.encodeStateAsUpdate(reload(a.ydoc))).toString("latin1")
  expect(bytes()).not.toContain("topsecret")
  expect(bytes()).toContain("topmost question")
  importRetrieval(a.ydoc, retrieval(gone, "topsecret import"))
  for (const item of parseImport([{ name: "c.json", content: [...writeNativeFile([bundle])].join("") }]))
    applyImport(item, { conversationDocs: [a.ydoc] })
  expect(retrievalsOf(a.ydoc, gone)).toEqual([])
  expect(bytes()).not.toContain("topsecret")
  erase(a.ydoc, eraseConversation(a.ydoc))
  expect(bytes()).not.toContain("topmost")
  expect(retrievalsOf(a.ydoc, kept)).toEqual([])
})

test("[CV140] a retrieval goes with its conversation into an export and back, unknown fields included, into the segment of its message", () => {
  const first = new Y.Doc()
  const second = new Y.Doc()
  const conversation = new Conversation(
    new Map([
      [0, first],
      [1, second],
    ]),
    options("a"),
  )
  const { messages, line } = longLine(600)
  const given = JSON.stringify({ format: "polylogue", version: 1, conversations: [{ id: "c", messages, records: {} }] })
  for (const item of parseImport([{ name: "long.json", content: given }])) applyImport(item, { conversationDocs: [first, second] })
  const last = line.at(-1) ?? ""
  expect(conversation.segmentsOf(last)).toEqual([1])
  recordRetrieval(second, options("a"), retrieval(last))
  const [record] = retrievalsOf(second, last)
  const map = second.getMap<object>("retrievals")
  for (const [key, value] of map.entries()) map.set(key, { ...value, later: { deep: true } })
  const bundle = exportNative("c", conversation)
  const content = [...writeNativeFile([bundle])].join("")
  const copies = [new Y.Doc(), new Y.Doc()]
  for (const again of parseImport([{ name: "c.json", content }])) applyImport(again, { conversationDocs: copies })
  expect(copies.map((ydoc) => retrievalsOf(ydoc, last))).toEqual([[], [record]])
  const copied = new Conversation(new Map(copies.entries()), options("b"))
  expect(exportNative("c", copied).records["retrievals"]).toEqual(bundle.records["retrievals"])
  expect(JSON.stringify(bundle.records["retrievals"])).toContain('"later":{"deep":true}')
})

test("[CV140] what was cited in a message goes with it: into an export and back, removed where it was removed last, and away when it is erased", () => {
  const a = device("a")
  const messageId = a.conversation.send({ text: "Bees dance.", parentId: null })
  const by = options("a")
  const cite = (title: string): string =>
    addCitation(a.ydoc, by, {
      messageId,
      partId: "0",
      answer: { from: 0, to: 4 },
      source: { url: "https://example.org", title },
      quote: "topsecret words",
    })
  const [kept, gone] = [cite("kept"), cite("topsecret title")]
  removeCitation(a.ydoc, options("a"), { messageId, id: gone })
  const attach = (from: number): void => reattachCitation(a.ydoc, by, { messageId, id: kept, partId: "0" }, "answer", { from, to: 11 })
  attach(5)
  let bundle = exportNative("c", a.conversation)
  const take = (ydoc: Y.Doc): void => {
    const content = [...writeNativeFile([bundle])].join("")
    for (const item of parseImport([{ name: "c.json", content }])) applyImport(item, { conversationDocs: [ydoc] })
  }
  const copy = new Y.Doc()
  take(copy)
  expect(citationsOf(copy, messageId)).toEqual(citationsOf(a.ydoc, messageId))
  expect(citationsOf(copy, messageId).map(({ id }) => id)).toEqual([kept])
  expect(countUpdates(copy, () => take(copy))).toBe(0)
  // A later export brings where it was attached since.
  attach(9)
  bundle = exportNative("c", a.conversation)
  take(copy)
  expect(citationsOf(copy, messageId)).toEqual(citationsOf(a.ydoc, messageId))
  expect(exportNative("c", new Conversation(copy, by)).records["citations"]).toEqual(bundle.records["citations"])
  erase(a.ydoc, eraseMessage(a.ydoc, messageId))
  take(a.ydoc)
  expect(citationsOf(a.ydoc, messageId)).toEqual([])
  expect(Buffer.from(Y.encodeStateAsUpdate(reload(a.ydoc))).toString("latin1")).not.toContain("topsecret")
})

/** A conversation of `count` messages in one line, as a native file has them. */
function longLine(count: number): { readonly messages: readonly object[]; readonly line: readonly string[] } {
  const line = Array.from({ length: count }, (_, index) => `message-${index}`)
  const messages = line.map((id, index) => ({
    core: {
      id,
      parentId: line[index - 1] ?? null,
      role: "user",
      authorId: "ana",
      authorKind: "person",
      clock: index + 1,
      createdAt: index + 1,
    },
    parts: [{ pid: "0", type: "text", text: `words ${index}` }],
  }))
  return { messages, line }
}
