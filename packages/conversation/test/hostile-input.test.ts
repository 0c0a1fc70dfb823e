import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { applyImport, type Conversation, ConversationView, exportMarkdown, exportNative, parseImport } from "@polylogue/conversation"
import { MAX_DEPTH } from "../src/formats/json-value.ts"
import { device, reload } from "./devices.ts"
import { Shelf, statuses } from "./imports.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth)

describe("files that are wrong", () => {
  test("[CV10] each wrong file gives one report that says what and where, and the others are imported", () => {
    const good = JSON.stringify({ messages: [{ role: "user", content: "good" }] })
    const files: readonly (readonly [string | Uint8Array, string])[] = [
      ["", "skipped: empty"],
      [" \n\t ", "skipped: empty"],
      ["hello", "failed: not-json"],
      [good.slice(0, -3), "failed: not-json"],
      [`[\n  ${good},\n  ${good.slice(0, 20)}`, "failed: not-json"],
      ["null", "skipped: not-conversations"],
      ["12", "skipped: not-conversations"],
      ['"text"', "skipped: not-conversations"],
      ["[]", "skipped: empty"],
      ["{}", "skipped: not-conversations"],
      ["[[]]", "skipped: not-conversations"],
      ['{"messages":7}', "failed: unknown-format"],
      ['{"mapping":[]}', "failed: unknown-format"],
      ['{"mapping":{}}', "skipped: empty"],
      [bytes("PK\u0003\u0004…"), "failed: bad-encoding"],
      [Uint8Array.of(0x1f, 0x8b, 8, 0), "failed: bad-encoding"],
      [Uint8Array.of(0x7b, 0xff, 0x7d), "failed: bad-encoding"],
      [Uint8Array.of(0xff, 0xfe, 0x7b, 0), "failed: bad-encoding"],
      [new Uint8Array(), "skipped: empty"],
    ]
    const shelf = new Shelf()
    const reports = shelf.import(...files.map(([content]) => content), bytes(`\ufeff${good}`))
    expect(statuses(reports)).toEqual([...files.map(([, status]) => status), "imported"])
    expect(reports.map(({ where }) => where.file)).toEqual(reports.map((_report, position) => `file-${position}.json`))
    for (const report of reports.slice(0, -1)) expect(report.reason?.message).toMatch(/\S/)
    expect(shelf.docs.size).toBe(1)
  })

  test("[CV10] what is no JSON is reported in words for people, not in those of the engine", () => {
    const reports = new Shelf().import("", "[]", "hello", '{"messages":[{"role":"us', "[1, 2", "{'a': 1}")
    expect(reports.map(({ reason }) => reason?.message)).toEqual([
      "the file is empty",
      "the file is empty",
      "this is no JSON",
      "this breaks off before its end: export it again",
      "this breaks off before its end: export it again",
      "this is no JSON",
    ])
  })

  test("[CV10] nesting is refused one level past the limit, taken at it, and a million levels cost no stack", () => {
    const record = (depth: number): string => `{"messages":[{"role":"user","content":"x"}],"deep":${nested(depth, "[", "]")}}`
    const shelf = new Shelf()
    expect(statuses(shelf.import(record(MAX_DEPTH), record(MAX_DEPTH + 1)))).toEqual(["imported", "failed: too-deep"])
    const hostile = [nested(1_000_000, "[", "]"), nested(300_000, '{"messages":', "}").replace(":}", ":0}"), record(1_000_000)]
    for (const content of hostile) {
      const [report] = new Shelf().import(content)
      expect(["failed", "skipped"]).toContain(report?.status)
    }
  })

  test("[CV10] a conversation has at most so many messages", () => {
    const messages = Array.from({ length: 21 }, () => ({ role: "user", content: "" }))
    const mapping = Object.fromEntries(messages.map((message, position) => [`n${position}`, { message }]))
    const sources = [{ messages: messages.slice(1) }, { messages }, { mapping }]
    const kinds = [...parseImport([{ name: "many", content: JSON.stringify(sources) }], { maxMessages: 20 })].map((item) =>
      item.kind === "report" ? item.report.reason?.code : item.kind,
    )
    expect(kinds).toEqual(["conversation", "too-large", "too-large"])
  })

  test("[CV10] a message past the limit fails its conversation with nothing written; a large conversation is written in pieces", () => {
    const content = JSON.stringify({
      messages: Array.from({ length: 40 }, (_, step) => ({ role: "user", content: `${step}`.repeat(500) })),
    })
    const [item] = parseImport([{ name: "large", content }])
    if (item?.kind !== "conversation") throw new Error("no conversation")
    const doc = new Y.Doc()
    const sizes: number[] = []
    doc.on("update", (update: Uint8Array) => sizes.push(update.length))
    expect(applyImport(item, { conversationDocs: [doc], maxMessageLength: 500 })).toMatchObject({
      status: "failed",
      reason: { code: "too-large" },
    })
    expect(sizes).toEqual([])
    expect(applyImport(item, { conversationDocs: [doc], maxTransactionLength: 5000 })).toMatchObject({
      status: "imported",
      messages: { imported: 40 },
    })
    expect(sizes.length).toBeGreaterThan(8)
    expect(Math.max(...sizes)).toBeLessThan(6000)
    const whole = new Y.Doc()
    let updates = 0
    whole.on("update", () => updates++)
    applyImport(item, { conversationDocs: [whole] })
    expect(updates).toBe(1)
    expect(exportNative("c", new ConversationView(whole))).toEqual(exportNative("c", new ConversationView(doc)))
  })

  test("[CV10] reserved keys and half characters in an export are shown harmless and come back exact", () => {
    const text = 'a\\ud800b \\"quoted\\" __proto__'
    const source =
      `{"title":"half \\udc00","conversation_id":"__proto__","__proto__":{"polluted":1},"mapping":{` +
      `"__proto__":{"parent":"constructor","message":{"author":{"role":"user"},"__proto__":{"x":1},"content":{"content_type":"text","parts":["${text}"]}}},` +
      `"constructor":{"parent":null,"children":["__proto__"],"message":{"author":{"role":"toString"},"content":{"content_type":"hasOwnProperty","parts":["root"]}}}}}`
    const shelf = new Shelf()
    const [report] = shelf.import(source)
    expect(report).toMatchObject({ status: "imported", messages: { imported: 2 }, notices: [{ code: "escaped-text" }] })
    const id = report?.conversationId ?? ""
    const conversation = shelf.conversation(id)
    expect(conversation.getLine().map((entry) => conversation.getMessage(entry.id)?.parts[0]?.text)).toEqual([
      "root",
      'a\ufffdb "quoted" __proto__',
    ])
    expect(conversation.getTitle()).toBe("half \ufffd")
    const file = shelf.nativeFile()
    expect(file).toContain(String.raw`a\ud800b`)
    expect(file).toContain(String.raw`half \udc00`)
    expect(file.match(/__proto__/g)?.length).toBeGreaterThanOrEqual(3)
    const again = new Shelf()
    again.import(file)
    expect(again.nativeFile()).toBe(file)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    // What another device loads is what this one shows.
    expect(exportNative(id, new ConversationView(reload(shelf.doc(id))))).toEqual(exportNative(id, new ConversationView(shelf.doc(id))))
  })
})

const json = fc.jsonValue({ maxDepth: 4 })
const anyText = fc.string({ unit: "binary", maxLength: 8 })
const chatGptLike = fc.record(
  {
    title: fc.oneof(anyText, json),
    conversation_id: fc.oneof(fc.constant("c"), anyText),
    create_time: fc.oneof(fc.double(), json),
    current_node: fc.oneof(fc.constantFrom("a", "b", "c"), json),
    mapping: fc.dictionary(
      fc.constantFrom("a", "b", "c", "d", "e", "__proto__"),
      fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record(
            {
              parent: fc.oneof(fc.constantFrom("a", "b", "c", "d", "missing", null), json),
              children: fc.oneof(fc.array(fc.constantFrom("a", "b", "c", "d", "e")), json),
              message: fc.oneof(
                fc.constant(null),
                fc.record(
                  {
                    author: fc.oneof(fc.record({ role: fc.constantFrom("user", "assistant", "system") }), json),
                    create_time: fc.oneof(fc.double(), json),
                    content: fc.oneof(fc.record({ content_type: anyText, parts: fc.array(fc.oneof(anyText, json)) }), json),
                    metadata: json,
                  },
                  { requiredKeys: [] },
                ),
              ),
            },
            { requiredKeys: [] },
          ),
        },
        json,
      ),
    ),
  },
  { requiredKeys: ["mapping"] },
)
const openAiLike = fc.record({
  messages: fc.array(fc.oneof(fc.record({ role: fc.constantFrom("user", "assistant", "tool"), content: fc.oneof(anyText, json) }), json)),
  id: json,
})
const nativeLike = fc
  .record({
    id: fc.constantFrom("c", "d"),
    messages: fc.array(
      fc.record({
        core: fc.record(
          {
            id: fc.constantFrom("m1", "m2", "m3"),
            parentId: fc.oneof(fc.constantFrom("m1", "m2", null), json),
            role: anyText,
            clock: json,
          },
          { requiredKeys: ["id"] },
        ),
        parts: fc.oneof(fc.array(fc.record({ pid: fc.constantFrom("0", "1"), type: fc.constant("text"), text: anyText })), json),
        note: json,
      }),
    ),
    records: fc.dictionary(
      fc.constantFrom("flags", "state", "meta", "future", "reactions"),
      fc.dictionary(fc.constantFrom("m1/deleted/a", "title:user/b", "m2/0/done", "x"), json),
    ),
  })
  .map((conversation) => ({ format: "polylogue", version: 1, conversations: [conversation] }))

// Any of the other formats' fields with any values, right types and wrong ones: links to each other, to nothing, to themselves.
// Small values: there are many places for them in one record.
const small = fc.jsonValue({ maxDepth: 1, stringUnit: "grapheme" })
const key = fc.constantFrom("a", "b", "c", "00000000-0000-4000-8000-000000000000")
const part = fc.record(
  {
    type: fc.oneof(
      fc.constantFrom(
        "text",
        "thinking",
        "think",
        "tool_use",
        "tool_result",
        "tool_call",
        "file",
        "image_url",
        "tool-call",
        "tool-x",
        "data-y",
        "source",
      ),
      small,
    ),
    text: fc.oneof(anyText, small),
    think: small,
    id: key,
    tool_use_id: key,
    toolCallId: key,
    name: anyText,
    input: small,
    output: small,
    content: small,
    tool_call: small,
    data: small,
    url: fc.oneof(fc.constantFrom("data:,x", "data:image/png;base64,AAAA", "https://x.example"), small),
    state: fc.oneof(fc.constantFrom("streaming", "done", "output-available"), small),
    providerMetadata: fc.oneof(fc.record({ polylogue: fc.dictionary(anyText, small) }), small),
  },
  { requiredKeys: ["type"] },
)
const foreignMessage: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  message: fc.record(
    {
      uuid: key,
      id: key,
      messageId: key,
      message_id: key,
      parent_message_uuid: key,
      parentMessageId: key,
      parentId: fc.oneof(key, fc.constant(null), small),
      parent_id: key,
      sender: anyText,
      from: fc.constantFrom("human", "gpt", "function_call", "observation"),
      value: fc.oneof(anyText, small),
      role: fc.oneof(fc.constantFrom("user", "assistant", "tool"), small),
      text: fc.oneof(anyText, small),
      content: fc.oneof(anyText, fc.array(part), small),
      parts: fc.oneof(fc.array(part), small),
      output: fc.oneof(fc.array(part), small),
      files: fc.oneof(fc.array(part), small),
      sources: small,
      feedback: small,
      timestamp: fc.oneof(fc.double(), small),
      metadata: fc.oneof(fc.record({ polylogue: small, custom: fc.record({ polylogue: small }) }), small),
      children: fc.oneof({ depthSize: "small" }, fc.array(tie("message"), { maxLength: 2 }), small),
      message: fc.oneof({ depthSize: "small" }, tie("message"), small),
    },
    { requiredKeys: [] },
  ),
})).message
const messageList = fc.array(fc.oneof({ weight: 5, arbitrary: foreignMessage }, small), { maxLength: 4 })
const foreignLike = fc.oneof(
  fc.record({ uuid: fc.constant("c"), chat_messages: messageList, current_leaf_message_uuid: key }),
  fc.record({ conversationId: fc.constant("c"), messagesTree: messageList }),
  fc.record({
    id: fc.constant("c"),
    chat: fc.record({ history: fc.record({ messages: fc.dictionary(key, foreignMessage), currentId: key }) }),
    meta: small,
    folder: small,
  }),
  fc.record({ headId: key, messages: messageList }),
  fc.record({ conversations: messageList, system: small }),
  fc.record({ message_tree_id: anyText, prompt: foreignMessage }),
  messageList,
)

describe("any input whatever", () => {
  test("[CV10] whatever looks like an export is imported or reported, survives the round trip, and a second import writes nothing", () => {
    let imported = 0
    fc.assert(
      fc.property(fc.oneof(chatGptLike, openAiLike, nativeLike, { weight: 4, arbitrary: foreignLike }), (value) => {
        const source = JSON.stringify(value)
        const shelf = new Shelf()
        const reports = shelf.import(source)
        expect(reports.length).toBeGreaterThan(0)
        for (const report of reports) expect(report.reason === null).toBe(report.status === "imported" || report.status === "unchanged")
        for (const [id, doc] of shelf.docs) {
          imported++
          checkReadable(id, shelf.conversation(id))
          expect(exportNative(id, new ConversationView(reload(doc)))).toEqual(exportNative(id, new ConversationView(doc)))
        }
        expect(shelf.countUpdates(() => shelf.import(source))).toBe(0)
        const file = shelf.nativeFile()
        const again = new Shelf()
        again.import(file)
        if (shelf.docs.size > 0) expect(again.nativeFile()).toBe(file)
      }),
      { seed: 10, numRuns: 250 },
    )
    expect(imported).toBeGreaterThan(150)
  })

  test("[CV10] any bytes and any text give reports and never throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.string({ unit: "binary" }), fc.json()), (content) => {
        for (const item of parseImport([{ name: "x", content }])) expect(["report", "conversation"]).toContain(item.kind)
      }),
      { seed: 11, numRuns: 1000 },
    )
  })

  test("[CV10] a mutated export never throws and never writes half of a conversation", () => {
    const source = JSON.stringify([
      {
        conversation_id: "c",
        title: "t",
        mapping: {
          a: { parent: null, children: ["b"], message: { author: { role: "user" }, content: { parts: ["x"] } } },
          b: { parent: "a" },
        },
      },
    ])
    for (let position = 0; position < source.length; position++) {
      for (const replacement of ["", "}", '"', "9", ","]) {
        const content = source.slice(0, position) + replacement + source.slice(position + 1)
        const shelf = new Shelf()
        for (const report of shelf.import(content)) {
          if (report.status === "imported") continue
          expect(report.reason?.code).toMatch(/\S/)
          expect(shelf.docs.size).toBe(0)
        }
      }
    }
  })
})

test("[CV10] a document with foreign values in every place is read without throwing, and no message is hidden", () => {
  const { ydoc, conversation } = device("a")
  const values: unknown[] = [null, 7, "text", [], {}, { core: 7, parts: 7 }, { core: { parentId: 7 }, parts: [null, 7, {}] }, true]
  for (const [position, value] of values.entries()) {
    ydoc.getMap("messages").set(`m${position}`, value)
    ydoc.getMap("imported").set(`i${position}/x`, value)
    for (const name of ["flags", "reactions", "feedback", "state"]) {
      for (const rest of ["", "/deleted", "/deleted/w", "/a/b/c", "/a/b/c/d", "/0/done"])
        ydoc.getMap(name).set(`m${position}${rest}`, value)
    }
    for (const key of ["title:user", "title:user/w", "title:auto/w", "head", "origin", "extra", "schema", "exact/x"])
      ydoc.getMap("meta").set(key, value)
  }
  ydoc.getMap("messages").set("empty", new Y.Map())
  ydoc.getMap("messages").set("array", new Y.Array())
  const parts = new Y.Array<unknown>()
  parts.push([new Y.Map([["text", new Y.Array()]]), new Y.Text("bare"), 7])
  ydoc.getMap("messages").set(
    "odd",
    new Y.Map<unknown>([
      ["core", 1],
      ["parts", parts],
    ]),
  )
  expect(conversation.getTree().nodes.size).toBe(2 * values.length + 3)
  checkReadable("c", conversation)
})

function checkReadable(id: string, conversation: Conversation): void {
  const tree = conversation.getTree()
  for (const key of tree.nodes.keys()) expect(conversation.getMessage(key)?.id).toBe(key)
  const shown = new Set(conversation.getLine().flatMap((entry) => entry.alternatives))
  expect(tree.nodes.size === 0).toBe(shown.size === 0)
  expect(typeof conversation.getTitle()).toBe("string")
  expect(exportMarkdown(id, conversation)).toContain("# ")
  exportNative(id, conversation)
}
