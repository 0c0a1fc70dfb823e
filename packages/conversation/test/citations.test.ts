import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  addCitation,
  addCitations,
  anchorText,
  applyImport,
  type Citation,
  CitationIndex,
  citationsOf,
  type ConversationError,
  ConversationView,
  MAX_CITATION_ORIGIN_LENGTH,
  MAX_CITATIONS,
  MAX_CITED_FIELD_LENGTH,
  MAX_QUOTE_LENGTH,
  parseImport,
  partText,
  reattachCitation,
  removeCitation,
  resolveCitation,
} from "@polylogue/conversation"
import { countUpdates, device, reload, seededBytes, seededRandom, sync } from "./devices.ts"

const ANSWER = "The sky is blue because of Rayleigh scattering."
const SOURCE = "In 1871 Lord Rayleigh showed that air scatters blue light more than red light."

const random = seededRandom(7)

function optionsOf(name: string) {
  return {
    writer: name,
    author: { id: `user-${name}`, kind: "person", name },
    now: () => 1_700_000_000_000,
    randomBytes: seededBytes(random),
  }
}

function withCode(code: string): ConversationError {
  return expect.objectContaining({ code }) as ConversationError
}

function sourceText(words = SOURCE): Y.Text {
  const text = new Y.Doc().getText("t")
  text.insert(0, words)
  return text
}

/** A conversation with a streamed answer that rests on a source. */
function answered(name: string) {
  const { ydoc, conversation } = device(name)
  const question = conversation.send({ text: "Why is the sky blue?", parentId: null })
  const reply = conversation.startReply({ parentId: question, author: { id: "model:sky", kind: "model" } })
  reply.append(ANSWER)
  reply.done({})
  const source = sourceText()
  const [partId = ""] = conversation.getMessage(reply.messageId)?.parts.map(({ pid }) => pid) ?? []
  return { ydoc, conversation, messageId: reply.messageId, partId, source }
}

function wordsAt(text: Y.Text | string | undefined, place: ReturnType<typeof resolveCitation>["answer"]): string {
  if (place === null || place.state === "orphan" || place.state === "ambiguous") return place?.state ?? "-"
  return `${place.state}: ${(text instanceof Y.Text ? text.toJSON() : (text ?? "")).slice(place.from, place.to)}`
}

test("[CV113] a citation has both ends: words of the answer, and words of the source that they rest on", () => {
  const { ydoc, messageId, partId, source } = answered("a")
  const range = { from: 8, to: 32 }
  const id = addCitation(ydoc, optionsOf("a"), {
    messageId,
    partId,
    answer: { from: 27, to: 46 },
    source: { sourceId: "s1", chunkId: "c.1", hash: "h", page: 3, range, text: source },
  })
  const [citation] = citationsOf(reload(ydoc), messageId)
  expect(citation).toMatchObject({
    id,
    messageId,
    partId,
    answer: { quote: { exact: "Rayleigh scattering" } },
    source: { kind: "source", sourceId: "s1", chunkId: "c.1", hash: "h", page: 3, anchor: { quote: { exact: SOURCE.slice(8, 32) } } },
    by: { id: "user-a" },
  })
  const answer = partText(ydoc, messageId, partId)
  source.insert(0, "Optics. ")
  const places = resolveCitation(citation as Citation, answer, source)
  expect(wordsAt(answer, places.answer)).toBe("exact: Rayleigh scattering")
  expect(wordsAt(source, places.source)).toBe(`exact: ${SOURCE.slice(8, 32)}`)
  expect(resolveCitation(citation as Citation)).toEqual({ answer: null, source: null })
})

test("[CV113] a whole part can rest on a whole source, on a passage of which only the words are known, or on a page elsewhere", () => {
  const { ydoc, messageId, partId, source } = answered("a")
  const cite = (from: Parameters<typeof addCitation>[2]["source"], quote?: string): Citation | undefined => {
    const id = addCitation(ydoc, optionsOf(`w${citationsOf(ydoc, messageId).length}`), {
      messageId,
      partId,
      answer: null,
      source: from,
      ...(quote === undefined ? {} : { quote }),
    })
    return citationsOf(ydoc, messageId).find((citation) => citation.id === id)
  }
  expect(cite({ sourceId: "s1" })).toMatchObject({ answer: null, source: { sourceId: "s1", anchor: null } })
  const quoted = cite({ sourceId: "s1", range: { from: 8, to: 21 } }, SOURCE.slice(8, 21))
  expect(wordsAt(source, resolveCitation(quoted as Citation, undefined, source).source)).toBe(`exact: ${SOURCE.slice(8, 21)}`)
  // What is said to stand there does not: a few words without anything around them are nobody's.
  source.insert(0, "! ")
  expect(wordsAt(source, resolveCitation(quoted as Citation, undefined, source).source)).toBe("orphan")
  const long = cite({ sourceId: "s1" }, SOURCE.slice(22, 77))
  expect(wordsAt(source, resolveCitation(long as Citation, undefined, source).source)).toBe(`moved: ${SOURCE.slice(22, 77)}`)
  expect(cite({ url: "https://example.com/a", title: "A page" }, "some words")).toMatchObject({
    source: { kind: "url", url: "https://example.com/a", title: "A page", anchor: { quote: { exact: "some words" } } },
  })
  expect(citationsOf(ydoc, messageId)).toHaveLength(4)
})

test("[CV114] devices cite, remove and attach anew at the same time, and all have the same; nothing of it changes what was cited", () => {
  const a = answered("a")
  const { messageId, partId, source } = a
  const b = reload(a.ydoc)
  const first = addCitation(a.ydoc, optionsOf("a"), { messageId, partId, answer: { from: 0, to: 7 }, source: { sourceId: "s1" } })
  sync(a.ydoc, b)
  const second = addCitation(b, optionsOf("b"), { messageId, partId, answer: { from: 8, to: 15 }, source: { sourceId: "s2" } })
  removeCitation(b, optionsOf("b"), { messageId, id: first })
  const third = addCitation(a.ydoc, optionsOf("a"), { messageId, partId, answer: null, source: { url: "https://example.com" } })
  reattachCitation(a.ydoc, optionsOf("a"), { messageId, partId, id: first }, "answer", { from: 0, to: 15 })
  sync(a.ydoc, b)
  expect(citationsOf(a.ydoc, messageId)).toEqual(citationsOf(b, messageId))
  expect(citationsOf(a.ydoc, messageId).map(({ id }) => id)).toEqual(expect.arrayContaining([second, third]))
  expect(citationsOf(a.ydoc, messageId)).toHaveLength(2)
  reattachCitation(b, optionsOf("b"), { messageId, partId, id: second }, "answer", { from: 0, to: 3 })
  reattachCitation(b, optionsOf("b"), { messageId, partId, id: second }, "source", { from: 3, to: 7 }, source)
  sync(a.ydoc, b)
  expect(citationsOf(a.ydoc, messageId).find(({ id }) => id === second)).toMatchObject({
    answer: { quote: { exact: "The" } },
    source: { sourceId: "s2", anchor: { quote: { exact: "1871" } } },
  })
})

test("[CV115] imported messages, which are plain values, are cited like living ones", () => {
  const [item] = parseImport([
    {
      name: "a.jsonl",
      content: JSON.stringify({
        messages: [
          { role: "user", content: "Why?" },
          { role: "assistant", content: ANSWER },
        ],
      }),
    },
  ])
  if (item === undefined || item.kind === "report") throw new TypeError("nothing imported")
  const ydoc = new Y.Doc()
  applyImport(item, { conversationDocs: [ydoc] })
  const view = new ConversationView(ydoc)
  const message = view
    .getLine()
    .map(({ id }) => view.getMessage(id))
    .at(-1)
  const messageId = message?.id ?? ""
  const partId = message?.parts[0]?.pid ?? ""
  expect(partText(ydoc, messageId, partId)).toBe(ANSWER)
  addCitation(ydoc, optionsOf("a"), { messageId, partId, answer: { from: 4, to: 15 }, source: { sourceId: "s1" } })
  const [citation] = citationsOf(ydoc, messageId)
  expect(wordsAt(ANSWER, resolveCitation(citation as Citation, partText(ydoc, messageId, partId)).answer)).toBe("exact: sky is blue")
  expect(partText(ydoc, "nowhere", partId)).toBeUndefined()
  expect(partText(ydoc, messageId, "nowhere")).toBeUndefined()
})

test("[CV115] many citations are one update; the same one taken in again is left alone, also once it was removed", () => {
  const { ydoc, messageId, partId } = answered("a")
  const given = ["x", "y"].map((id) => ({ id, messageId, partId, answer: null, source: { sourceId: id } }))
  expect(countUpdates(ydoc, () => addCitations(ydoc, optionsOf("a"), given))).toBe(1)
  removeCitation(ydoc, optionsOf("a"), { messageId, id: "x" })
  expect(countUpdates(ydoc, () => addCitations(ydoc, optionsOf("b"), given))).toBe(0)
  expect(citationsOf(ydoc, messageId).map(({ id }) => id)).toEqual(["y"])
})

test("[CV114] a list is the same object until a citation of its message changes, and only its listeners are called", () => {
  const { ydoc, conversation, messageId, partId } = answered("a")
  const other = conversation.send({ text: "And red?", parentId: messageId })
  const index = new CitationIndex(ydoc)
  let calls = 0
  const stop = index.subscribe(messageId, () => calls++)
  const before = index.getCitations(messageId)
  addCitation(ydoc, optionsOf("a"), { messageId: other, partId: "0", answer: null, source: { sourceId: "s" } })
  expect(index.getCitations(messageId)).toBe(before)
  expect(calls).toBe(0)
  addCitation(ydoc, optionsOf("b"), { messageId, partId, answer: null, source: { sourceId: "s" } })
  expect(calls).toBe(1)
  expect(index.getCitations(messageId)).toEqual(citationsOf(ydoc, messageId))
  stop()
  index.destroy()
})

test("[CV116] what cannot be cited is refused with a code at its limit, and nothing is written", () => {
  const { ydoc, messageId, partId, source } = answered("a")
  const options = optionsOf("a")
  const known = { messageId, partId, answer: null, source: { sourceId: "s" } }
  const long = "x".repeat(MAX_CITED_FIELD_LENGTH)
  const raw = "x".repeat(MAX_CITATION_ORIGIN_LENGTH)
  const words = "x".repeat(MAX_QUOTE_LENGTH)
  addCitations(ydoc, options, [
    { ...known, source: { url: long, title: long }, quote: words, origin: { format: "f", raw } },
    ...Array.from({ length: MAX_CITATIONS - 1 }, (_, at) => ({ ...known, id: `c${at}` })),
  ])
  const refused: readonly (readonly [unknown, () => unknown])[] = [
    [withCode("too-large"), () => addCitation(ydoc, options, known)],
    [withCode("too-large"), () => addCitation(ydoc, options, { ...known, source: { url: `${long}x` } })],
    [withCode("too-large"), () => addCitation(ydoc, options, { ...known, source: { url: "", title: `${long}x` } })],
    [withCode("too-large"), () => addCitation(ydoc, options, { ...known, quote: `${words}x` })],
    [withCode("too-large"), () => addCitation(ydoc, options, { ...known, origin: { format: "f", raw: `${raw}x` } })],
    [withCode("unknown-message"), () => addCitation(ydoc, options, { ...known, messageId: "nowhere", answer: { from: 0, to: 1 } })],
    [withCode("unknown-citation"), () => removeCitation(ydoc, options, { messageId, id: "nowhere" })],
    [
      withCode("unknown-citation"),
      () => reattachCitation(ydoc, options, { messageId, partId, id: "nope" }, "source", { from: 0, to: 2 }, source),
    ],
    [expect.any(RangeError), () => addCitation(ydoc, options, { ...known, answer: { from: 0, to: ANSWER.length + 1 } })],
    [expect.any(TypeError), () => reattachCitation(ydoc, options, { messageId, partId, id: "c1" }, "source", { from: 0, to: 1 })],
  ]
  for (const [error, run] of refused) expect(countUpdates(ydoc, () => expect(run).toThrow(error as Error))).toBe(0)
})

test("[CV116] whatever stands in the map of citations is read without harm", () => {
  const { ydoc, messageId, partId } = answered("a")
  const map = ydoc.getMap<unknown>("citations")
  const anchor = anchorText(sourceText(), { from: 0, to: 2 })
  const source = { kind: "source", sourceId: "s", anchor }
  const wrong: readonly unknown[] = [
    null,
    1,
    "x",
    [],
    {},
    { messageId, partId },
    { messageId, partId, source: {} },
    { messageId: "else", partId, source },
  ]
  for (const [at, value] of wrong.entries()) map.set(`${messageId}/w${at}/made`, value)
  for (const key of ["", "/", messageId, `${messageId}/a`, `${messageId}/a/b`, `${messageId}/a/made/x`, `${messageId}/ok/removed`])
    map.set(key, { value: true })
  map.set(`${messageId}/ok/made`, {
    messageId,
    partId,
    source,
    answer: { quote: 1 },
    by: 7,
    clock: "x",
    origin: { format: 1 },
    createdAt: null,
  })
  map.set(`${messageId}/ok/source/w`, { turn: 1, clock: 1, value: "no anchor" })
  expect(citationsOf(ydoc, messageId)).toEqual([
    {
      id: "ok",
      messageId,
      partId,
      answer: null,
      source: { kind: "source", sourceId: "s", anchor },
      by: { id: "unknown", kind: "unknown" },
      clock: 0,
      createdAt: 0,
    },
  ])
})
