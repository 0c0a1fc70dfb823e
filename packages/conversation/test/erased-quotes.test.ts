import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  addCitation,
  anchorText,
  AnswerOpinions,
  citationsOf,
  eraseConversation,
  eraseMessage,
  eraseMessageNotes,
  type IdRange,
  idRangesOf,
  Notes,
  partText,
  reattachCitation,
  recordRetrieval,
  retrievalsOf,
} from "@polylogue/conversation"
import { device, reload, seededBytes, seededRandom } from "./devices.ts"
import { erase } from "./erasure.ts"

const OPTIONS = {
  writer: "a",
  author: { id: "ana", kind: "person" },
  now: () => 1_700_000_000_000,
  randomBytes: seededBytes(seededRandom(3)),
}

function bytesOf(ydoc: Y.Doc): string {
  return Buffer.from(Y.encodeStateAsUpdate(reload(ydoc))).toString("latin1")
}

/** A cited answer to a question that was looked up, and another one beside it. */
function written() {
  const { ydoc, conversation } = device("a")
  const question = conversation.send({ text: "topsecret question", parentId: null })
  const answer = conversation.send({ text: "topsecret answer, well cited", parentId: question, role: "assistant" })
  const other = conversation.send({ text: "a harmless message", parentId: answer })
  const found = [{ sourceId: "s1", chunkId: "c", rank: 1, score: 1, hash: "h" }]
  recordRetrieval(ydoc, OPTIONS, { messageId: answer, query: "topsecret question", config: { ranker: "bm25" }, results: found })
  recordRetrieval(ydoc, OPTIONS, { messageId: other, query: "harmless", config: { ranker: "bm25" }, results: found })
  const id = addCitation(ydoc, OPTIONS, {
    messageId: answer,
    partId: "0",
    answer: { from: 0, to: 9 },
    source: { sourceId: "s1" },
    quote: "topsecret source",
  })
  reattachCitation(ydoc, OPTIONS, { messageId: answer, partId: "0", id }, "answer", { from: 0, to: 16 })
  addCitation(ydoc, OPTIONS, { messageId: other, partId: "0", answer: { from: 2, to: 10 }, source: { sourceId: "s1" } })
  return { ydoc, question, answer, other }
}

test("[CV119] with a message go the citations in it and what was looked up for it or its replies; those of others stay", () => {
  const { ydoc, question, answer, other } = written()
  erase(ydoc, eraseMessage(ydoc, answer))
  expect(citationsOf(ydoc, answer)).toEqual([])
  expect(retrievalsOf(ydoc, answer)).toEqual([])
  expect(citationsOf(ydoc, other)[0]?.answer?.quote.exact).toBe("harmless")
  expect(retrievalsOf(ydoc, other)).toHaveLength(1)
  expect(bytesOf(ydoc)).toContain("topsecret question")
  expect(bytesOf(ydoc)).not.toContain("topsecret answer")
  expect(bytesOf(ydoc)).not.toContain("topsecret source")
  const second = written()
  erase(second.ydoc, eraseMessage(second.ydoc, second.question))
  expect(bytesOf(second.ydoc)).not.toContain("topsecret question")
  expect(citationsOf(second.ydoc, second.answer)).toHaveLength(1)
  erase(ydoc, eraseMessage(ydoc, question))
  expect(bytesOf(ydoc)).not.toContain("topsecret")
  // Erased again, nothing is left to name but the shells.
  const again = eraseMessage(ydoc, answer)
  expect(again.ranges.length).toBeLessThan(idRangesOf(ydoc.getMap("citations")).length + 20)
})

test("[CV119] with a conversation go all citations and retrievals", () => {
  const { ydoc } = written()
  erase(ydoc, eraseConversation(ydoc))
  for (const word of ["topsecret", "harmless"]) expect(bytesOf(ydoc)).not.toContain(word)
})

test("[CV119] notes and suggested answers in their own document lose the words of an erased message, and nothing else", () => {
  const { ydoc, answer, other } = written()
  const notesDoc = new Y.Doc()
  const notes = new Notes(notesDoc, OPTIONS)
  const opinions = new AnswerOpinions(notesDoc, { ...OPTIONS, annotator: "ana" })
  const [first, second] = [answer, other].map((messageId) => {
    const text = partText(ydoc, messageId, "0")
    if (!(text instanceof Y.Text)) throw new TypeError("a message that was written here has a living text")
    const place = { kind: "message", messageId, partId: "0" } as const
    const id = notes.add({ target: place, anchor: anchorText(text, { from: 0, to: 10 }), text: "I doubt it", kind: "note" })
    notes.reattach(id, anchorText(text, { from: 0, to: 12 }))
    return id
  })
  opinions.suggest(answer, "topsecret answer, corrected")
  opinions.suggest(other, "a better message")
  const map = notesDoc.getMap<unknown>("notes")
  const quoting = [...map.keys()].filter((key) => key.startsWith(answer) && /\/(?:about|anchor)/u.test(key))
  const held = quoting.flatMap((key) => idRangesOf(map, key))
  const erasing = eraseMessageNotes(notesDoc, answer)
  expect(held.length).toBeGreaterThan(0)
  // What is only overwritten stays in every log that has it: each id that held a quote is named.
  const isNamed = ({ client, clock, length }: IdRange): boolean =>
    erasing.ranges.some((range) => range.client === client && range.clock <= clock && clock + length <= range.clock + range.length)
  expect(held.filter((range) => !isNamed(range))).toEqual([])
  erase(notesDoc, erasing)
  expect(bytesOf(notesDoc)).not.toContain("topsecret")
  const threads = new Map(notes.getThreads().map((note) => [note.id, note]))
  expect(threads.get(first ?? "")).toMatchObject({ anchor: null, comments: [{ text: "I doubt it" }] })
  expect(threads.get(second ?? "")).toMatchObject({ anchor: { quote: { exact: "a harmless m" } } })
  expect(bytesOf(notesDoc)).toContain("a better message")
  // Again: what was erased stays as it is.
  const before = notes.getThreads()
  erase(notesDoc, eraseMessageNotes(notesDoc, answer))
  expect(notes.getThreads()).toEqual(before)
})
