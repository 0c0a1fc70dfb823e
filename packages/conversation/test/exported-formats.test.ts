import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  blobsOf,
  type AnsweringConversation,
  Conversation,
  exportConversation,
  exportFrame,
  FORMATS,
  type ImportItem,
  type LeftCode,
  readImport,
  type TextFormat,
  writeBundle,
} from "@polylogue/conversation"
import { encodeUtf8, sha256Hex } from "../src/content-hash.ts"
import { ZipWriter } from "../src/formats/zip-writer.ts"
import { readZipDirectory } from "../src/reading/zip-directory.ts"
import { bytesOf, sourceOf } from "./archives.ts"
import { Shelf, statuses } from "./imports.ts"
import { hasSharedData, readShared } from "./shared-data.ts"

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8")
const FOREIGN = [
  "chatgpt-single.json",
  "claude.json",
  "librechat.json",
  "librechat-flat.json",
  "open-webui.json",
  "assistant-ui.json",
  "assistant-ui-rows.json",
  "ui-messages.json",
  "sharegpt.jsonl",
  "chatbot-ui.json",
  "openassistant.jsonl",
  "openai-tools.jsonl",
]
const TREES: readonly TextFormat[] = ["assistant-ui", "chatgpt"]

function idsOf(shelf: Shelf): string[] {
  return [...shelf.docs.keys()]
}

/** Exports one conversation and imports it on a device with nothing on it. */
function through(
  format: TextFormat,
  id: string,
  conversation: Conversation,
  blobs?: ReadonlyMap<string, Uint8Array>,
): { readonly again: Conversation; readonly left: readonly LeftCode[] } {
  const { open, close } = exportFrame(format)
  const { content, left } = exportConversation(format, id, conversation, blobs === undefined ? {} : { blobs })
  const shelf = new Shelf()
  expect(statuses(shelf.import(open + content + close))).toEqual(["imported"])
  return { again: shelf.conversation(idsOf(shelf)[0] ?? ""), left: left.map(({ code }) => code) }
}

interface Shape {
  readonly says: unknown
  readonly turns: readonly (readonly Shape[])[]
}

/** A conversation without its ids and clocks: who said what after what, and which messages are versions of each other. */
function shapeOf(conversation: Conversation, whole = true): unknown {
  const tree = conversation.getTree()
  const shape = (id: string): Shape => ({
    says: say(conversation, id, whole),
    turns: tree.turnsAfter(id).map(({ members }) => members.map(shape)),
  })
  return { title: conversation.getTitle(), turns: tree.roots.map(({ members }) => members.map(shape)) }
}

function say(conversation: Conversation, id: string, whole: boolean): unknown {
  const message = conversation.getMessage(id)
  if (message === undefined) return undefined
  const { role, authorId, authorKind, authorName, model, createdAt, hidden, deletedAt } = message
  const parts = deletedAt === null ? message.parts : []
  const told = parts.map(({ type, text, state, fields: { state: _state, ...fields } }) => ({ type, text, state, fields }))
  return {
    role,
    authorId,
    authorKind,
    authorName,
    model,
    createdAt,
    hidden,
    parts: whole ? told : parts.map(({ type, text }) => [type, text]),
  }
}

/** All bytes that fixtures bring, by hash. */
function blobsIn(content: string): Map<string, Uint8Array> {
  const blobs = new Map<string, Uint8Array>()
  for (const item of new Shelf().items(content)) {
    if (item.kind === "report") continue
    for (const { sha256, bytes } of item.conversation.blobs ?? []) blobs.set(sha256, bytes)
  }
  return blobs
}

describe("formats that hold the tree", () => {
  test("[CV46] what any import brought comes back from assistant-ui and ChatGPT as it was: tree, parts, authors, times", () => {
    for (const format of TREES) {
      for (const name of FOREIGN) {
        const shelf = new Shelf()
        shelf.import(fixture(name))
        for (const id of idsOf(shelf)) {
          const conversation = shelf.conversation(id)
          const { again, left } = through(format, id, conversation)
          // What has no parent here stands at the start there, and the report says so.
          if (left.includes("place")) expect(again.getTree().nodes.size).toBe(conversation.getTree().nodes.size)
          else expect([format, name, shapeOf(again)]).toEqual([format, name, shapeOf(conversation)])
        }
      }
    }
  })

  test("[CV46] arbitrary trees, with turns at the same time, versions, deleted messages and any text, come back equal", () => {
    const word = fc.string({ unit: "binary", maxLength: 12 })
    const step = fc.record({
      parent: fc.nat(20),
      kind: fc.constantFrom("send", "edit", "reply", "tool", "stop", "delete"),
      text: word,
    })
    let branched = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => {
        const shelf = new Shelf()
        const conversation = shelf.conversation("c")
        const ids: string[] = []
        for (const { parent, kind, text } of steps) act(conversation, ids, kind, ids[parent % Math.max(1, ids.length)] ?? null, text)
        conversation.setTitle("T")
        branched += conversation.getTree().roots.some(({ members }) => members.length > 1) ? 1 : 0
        for (const format of TREES) {
          const { again, left } = through(format, "c", conversation)
          expect(shapeOf(again)).toEqual(shapeOf(conversation))
          expect(left.includes("deleted")).toBe(ids.some((id) => conversation.getMessage(id)?.deletedAt !== null))
        }
      }),
      { seed: 46, numRuns: 150 },
    )
    expect(branched).toBeGreaterThan(20)
  })

  test("[CV46] attachments travel inline where their bytes are given, and by their hash where not", () => {
    const content = fixture("ui-messages.json")
    const shelf = new Shelf()
    shelf.import(content)
    const [id = ""] = idsOf(shelf)
    const blobs = blobsIn(content)
    const conversation = shelf.conversation(id)
    expect(blobsOf(conversation)).toEqual([...blobs.keys()])
    for (const format of ["assistant-ui", "ui-messages"] as const) {
      const inline = exportConversation(format, id, conversation, { blobs })
      expect(inline.left.some(({ code }) => code === "bytes")).toBe(false)
      expect([...blobsIn(inline.content).keys()]).toEqual([...blobs.keys()])
      const named = exportConversation(format, id, conversation)
      expect(named.left.filter(({ code }) => code === "bytes")).toHaveLength(1)
      expect(blobsIn(named.content).size).toBe(0)
      for (const given of [blobs, new Map<string, Uint8Array>()]) {
        expect(blobsOf(through(format, id, conversation, given).again)).toEqual([...blobs.keys()])
      }
    }
  })
})

function act(conversation: AnsweringConversation, ids: string[], kind: string, target: string | null, text: string): void {
  const author = { id: "model:m", kind: "model", name: "M" }
  if (kind === "send" || target === null) ids.push(conversation.send({ text, parentId: target }))
  else if (kind === "edit") ids.push(conversation.edit(target, text))
  else if (kind === "delete") conversation.delete(target)
  else {
    const reply = conversation.startReply({ parentId: target, author, model: "m" })
    reply.append(text)
    if (kind === "tool") {
      const tool = reply.startTool({ toolCallId: "t", name: "look up", input: { at: text } })
      tool.succeed([text, null, { ok: true }])
    }
    if (kind === "stop") reply.stop()
    else reply.done()
    ids.push(reply.messageId)
  }
}

describe("formats that hold a line", () => {
  test("[CV45] UI messages have the shape that the AI SDK validates, and come back with every part", () => {
    for (const name of FOREIGN) {
      const shelf = new Shelf()
      shelf.import(fixture(name))
      for (const id of idsOf(shelf)) {
        const conversation = shelf.conversation(id)
        const { content, left } = exportConversation("ui-messages", id, conversation)
        for (const message of JSON.parse(content) as unknown[]) checkUiMessage(message)
        const line = conversation.getLine().map((entry) => say(conversation, entry.id, true))
        const { again } = through("ui-messages", id, conversation)
        expect([name, again.getLine().map((entry) => say(again, entry.id, true))]).toEqual([name, line])
        expect(left.filter(({ code }) => code === "branch")).toHaveLength(conversation.getTree().nodes.size - line.length)
      }
    }
  })

  test("[CV45] OpenAI messages: the line on one line, or every line; results after their calls; what is left is named", () => {
    const shelf = new Shelf()
    shelf.import(fixture("librechat.json"))
    const [id = ""] = idsOf(shelf)
    const conversation = shelf.conversation(id)
    const { content, left } = exportConversation("openai", id, conversation)
    expect(content.trim().split("\n")).toHaveLength(1)
    expect(new Set(left.map(({ code }) => code))).toEqual(new Set(["branch", "title", "time"]))
    const every = exportConversation("openai", id, conversation, { everyLine: true })
    const records = every.content
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly messages: readonly { readonly role: string }[] })
    expect(records).toHaveLength(3)
    expect(every.left.some(({ code }) => code === "branch")).toBe(false)
    expect(records.map(({ messages }) => messages.map(({ role }) => role))).toContainEqual(["user", "assistant", "tool"])
    const again = new Shelf()
    expect(again.import(every.content).every(({ status }) => status === "imported")).toBe(true)
    const texts = idsOf(again).map((copy) =>
      again
        .conversation(copy)
        .getLine()
        .map((entry) => again.conversation(copy).getMessage(entry.id)?.text),
    )
    expect(texts).toContainEqual(["How much salt?"])
  })

  test("[CV45] each export says what its format could not hold, and everything else is in it", () => {
    const shelf = new Shelf()
    const conversation = shelf.conversation("c")
    const question = conversation.send({ text: "old words", parentId: null })
    const edited = conversation.edit(question, "new words")
    const gone = conversation.send({ text: "taken back", parentId: edited })
    conversation.delete(gone)
    conversation.react(edited, "👍")
    conversation.setFeedback(edited, { rating: "up" })
    conversation.setPinned(edited, true)
    conversation.setTitle("Words")
    const codes = (format: TextFormat): string[] =>
      [...new Set(exportConversation(format, "c", conversation).left.map(({ code }) => code))].toSorted()
    expect(codes("polylogue")).toEqual([])
    expect(codes("markdown")).toEqual(["deleted", "feedback", "pin", "reactions"])
    expect(codes("chatgpt")).toEqual(["deleted", "feedback", "pin", "reactions"])
    expect(codes("assistant-ui")).toEqual(["deleted", "feedback", "pin", "reactions"])
    expect(codes("ui-messages")).toEqual(["branch", "deleted", "feedback", "pin", "reactions", "title"])
    expect(codes("openai")).toEqual(["branch", "deleted", "feedback", "pin", "reactions", "time", "title"])
    for (const { name, exports, holds } of FORMATS) {
      if (!exports || name === "bundle") continue
      const { content } = exportConversation(name as TextFormat, "c", conversation)
      expect([name, content.includes("taken back")]).toEqual([name, name === "polylogue"])
      expect([name, content.includes("old words")]).toEqual([name, holds !== "line"])
      expect(content).toContain("new words")
    }
  })

  test("[CV14] Markdown tells quotes, files, sources and tools, and no name in them becomes Markdown or HTML", () => {
    const shelf = new Shelf()
    shelf.import(fixture("claude.json"), fixture("open-webui.json"))
    const conversation = shelf.conversation("c")
    const first = conversation.send({ text: "one", parentId: null })
    const parts = [
      { type: "quote", text: "two\nlines", messageId: first },
      { type: "file", name: "<img src=x>[a](b)", mediaType: "text/html", size: 3, sha256: "a".repeat(64) },
    ] as const
    conversation.send({ text: "two", parentId: first, parts })
    const markdown = exportConversation("markdown", "c", conversation).content
    expect(markdown).toContain("> two\n> lines\n>\n> — message [1](#message-1)")
    expect(markdown).not.toContain("<img")
    expect(markdown).toContain("&#60;img src=x&#62;&#91;a&#93;(b)")
    const [boat = "", , tea = ""] = idsOf(shelf)
    expect(exportConversation("markdown", boat, shelf.conversation(boat)).content).toContain(
      "<details><summary>Tool: web&#95;search (output-available)</summary>",
    )
    const told = exportConversation("markdown", tea, shelf.conversation(tea)).content
    expect(told).toContain("Source: [^1]")
    expect(told).toContain("[^1]: Tea board <https://tea.example/green>: Green tea draws for two minutes.")
    expect(told).toMatch(/_Other versions: \[\d\]\(#message-\d\)_/u)
  })
})

/** The shape that `validateUIMessages` of the AI SDK 5 and 6 documents. */
function checkUiMessage(value: unknown): void {
  const message = value as { readonly id: unknown; readonly role: unknown; readonly parts: readonly Readonly<Record<string, unknown>>[] }
  expect(typeof message.id).toBe("string")
  expect(["system", "user", "assistant"]).toContain(message.role)
  expect(message.parts.length).toBeGreaterThan(0)
  for (const part of message.parts) {
    const type = String(part["type"])
    const strings: readonly string[] =
      type === "text" || type === "reasoning"
        ? ["text"]
        : type === "file"
          ? ["mediaType", "url", "filename"]
          : type === "source-url"
            ? ["sourceId", "url"]
            : type === "source-document"
              ? ["sourceId", "mediaType", "title"]
              : type === "dynamic-tool"
                ? ["toolName", "toolCallId", "state"]
                : []
    for (const field of strings) expect([type, field, typeof part[field]]).toEqual([type, field, "string"])
    expect(
      ["text", "reasoning", "file", "source-url", "source-document", "dynamic-tool", "step-start"].includes(type) ||
        type.startsWith("data-"),
    ).toBe(true)
    if (type === "dynamic-tool") checkTool(part)
  }
}

function checkTool(part: Readonly<Record<string, unknown>>): void {
  const { state } = part
  const approval = part["approval"] as { readonly id?: unknown; readonly approved?: unknown } | undefined
  expect(["input-available", "approval-requested", "approval-responded", "output-available", "output-error", "output-denied"]).toContain(
    state,
  )
  expect("input" in part).toBe(true)
  expect("output" in part).toBe(state === "output-available")
  expect(typeof part["errorText"] === "string").toBe(state === "output-error")
  if (String(state).startsWith("approval-") || state === "output-denied") expect(typeof approval?.id).toBe("string")
  if (state === "approval-requested") expect(approval?.approved).toBeUndefined()
}

async function bundleOf(shelf: Shelf, blobs: ReadonlyMap<string, Uint8Array>, left: string[] = []): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const entries = idsOf(shelf).map((id) => ({ id, view: shelf.conversation(id) }))
  const options = {
    createdAt: 1_800_000_000_000,
    blob: async (sha256: string): Promise<Uint8Array | undefined> => Promise.resolve(blobs.get(sha256)),
    onLeft: (_id: string, { what }: { readonly what: string }): number => left.push(what),
  }
  for await (const chunk of writeBundle(entries, options)) chunks.push(chunk)
  return bytesOf(...chunks)
}

async function itemsOf(bundle: Uint8Array, options = {}): Promise<ImportItem[]> {
  const items: ImportItem[] = []
  for await (const item of readImport(sourceOf("backup.zip", bundle, 1000), options)) items.push(item)
  return items
}

describe("bundles", () => {
  async function filled(): Promise<{ readonly shelf: Shelf; readonly blobs: Map<string, Uint8Array>; readonly bundle: Uint8Array }> {
    const shelf = new Shelf()
    const blobs = new Map<string, Uint8Array>()
    for (const name of FOREIGN) {
      shelf.import(fixture(name))
      for (const [sha256, bytes] of blobsIn(fixture(name))) blobs.set(sha256, bytes)
    }
    const live = shelf.conversation("live")
    const id = live.send({ text: "words", parentId: null })
    live.react(id, "👍")
    live.delete(id)
    shelf.import(fixture("native.json"))
    return { shelf, blobs, bundle: await bundleOf(shelf, blobs) }
  }

  test("[CV44] a bundle gives back every conversation byte for byte and every attachment, and the same again for the same", async () => {
    const { shelf, blobs, bundle } = await filled()
    const again = new Shelf()
    const items = await itemsOf(bundle)
    expect(statuses(again.apply(items)).every((status) => status === "imported")).toBe(true)
    expect(again.nativeFile()).toBe(shelf.nativeFile())
    const brought = new Map(
      items.flatMap((item) => (item.kind === "report" ? [] : (item.conversation.blobs ?? []))).map(({ sha256, bytes }) => [sha256, bytes]),
    )
    expect([...brought.keys()].toSorted()).toEqual([...blobs.keys()].toSorted())
    for (const [sha256, bytes] of brought) expect(bytes).toEqual(blobs.get(sha256))
    expect(await bundleOf(again, brought)).toEqual(bundle)
    expect(again.countUpdates(() => again.apply(items))).toBe(0)
  })

  test("[CV44] the manifest lists what is in it, attachments stand before the conversation that names them, and no Yjs is needed", async () => {
    const { shelf, blobs, bundle } = await filled()
    const entries = await readZipDirectory(sourceOf("backup.zip", bundle, 1000))
    const names = entries.map(({ name }) => name)
    expect(names.at(-1)).toBe("manifest.json")
    expect(names.filter((name) => name.startsWith("blobs/"))).toHaveLength(blobs.size)
    const manifest = JSON.parse(await textIn(bundle, "manifest.json")) as Record<string, readonly Record<string, unknown>[]>
    expect(manifest).toMatchObject({ format: "polylogue-bundle", version: 1, createdAt: "2027-01-15T08:00:00.000Z" })
    expect(manifest["conversations"]?.map(({ id }) => id)).toEqual(idsOf(shelf))
    for (const { file, title, messages } of manifest["conversations"] ?? []) {
      const native = JSON.parse(await textIn(bundle, String(file))) as {
        readonly conversations: readonly { readonly messages: readonly { readonly parts: readonly unknown[] }[] }[]
      }
      expect(native.conversations[0]?.messages).toHaveLength(Number(messages))
      expect(typeof title).toBe("string")
      for (const sha256 of JSON.stringify(native).match(/(?<="sha256":")[0-9a-f]{64}/gu) ?? []) {
        expect(names.indexOf(`blobs/${sha256}`)).toBeLessThan(names.indexOf(String(file)))
      }
    }
    expect(
      manifest["blobs"]?.every(
        ({ sha256, size, file }) => file === `blobs/${String(sha256)}` && size === blobs.get(String(sha256))?.length,
      ),
    ).toBe(true)
  })

  test("[CV44] what was changed in a bundle is found, thing by thing, and the rest is taken", async () => {
    const { shelf, blobs } = await filled()
    const ids = idsOf(shelf)
    const withFiles = ids.filter((id) => blobsOf(shelf.conversation(id)).length > 0)
    const left: string[] = []
    await itemsOf(await bundleOf(shelf, new Map(), left))
    expect(left.length).toBeGreaterThanOrEqual(withFiles.length)
    const wrong = new Map([...blobs].map(([sha256], index) => [sha256, index === 0 ? encodeUtf8("something else") : new Uint8Array()]))
    const items = await itemsOf(await bundleOf(shelf, wrong))
    expect(items).toHaveLength(ids.length)
    expect(items.flatMap((item) => (item.kind === "conversation" ? (item.conversation.blobs ?? []) : []))).toEqual([])
    expect(items.flatMap((item) => (item.kind === "conversation" ? item.notices.map(({ code }) => code) : []))).toEqual(
      expect.arrayContaining(["bad-hash", "no-bytes"]),
    )
    const native = encodeUtf8(
      `{"format":"polylogue","version":1,"conversations":[{"id":"c","messages":[{"core":{"id":"m"},"parts":[{"pid":"0","type":"text","text":"${"long ".repeat(100)}"}]}]}]}`,
    )
    const listing = (entries: unknown, version = 1): Uint8Array[] => {
      const zip = new ZipWriter()
      const manifest = encodeUtf8(JSON.stringify({ format: "polylogue-bundle", version, conversations: entries }))
      return [...zip.member("conversations/c.json", native, true), ...zip.member("manifest.json", manifest, true), ...zip.end()]
    }
    const good = { id: "c", title: "t", file: "conversations/c.json", sha256: sha256Hex(native) }
    const cases: readonly (readonly [unknown, number, string])[] = [
      [[good], 1, "conversation"],
      [[{ ...good, sha256: "0".repeat(64) }], 1, "bad-hash"],
      [[{ ...good, file: "conversations/d.json" }], 1, "bad-record"],
      [[{}], 1, "bad-record"],
      [[good], 2, "unsupported-version"],
      [[], 1, "empty"],
      [{}, 1, "empty"],
    ]
    for (const [entries, version, expected] of cases) {
      const [item] = await itemsOf(bytesOf(...listing(entries, version)))
      expect(item?.kind === "report" ? item.report.reason?.code : item?.kind).toBe(expected)
    }
    for (const [maxRecordBytes, expected] of [
      [native.length, "conversation"],
      [native.length - 1, "report"],
    ] as const) {
      expect(await itemsOf(bytesOf(...listing([good])), { maxRecordBytes })).toMatchObject([{ kind: expected }])
    }
  })

  test("[CV44] the attachments of one conversation are taken up to a bound, and those past it are named", async () => {
    const bytes = [encodeUtf8("first"), encodeUtf8("second")]
    const files = bytes.map((content, index) => ({
      pid: String(index),
      type: "file",
      sha256: sha256Hex(content),
      name: "f",
      mediaType: "text/plain",
    }))
    const shelf = new Shelf()
    const message = { core: { id: "m", parentId: null, role: "user" }, parts: files }
    shelf.import(JSON.stringify({ format: "polylogue", version: 1, conversations: [{ id: "c", messages: [message] }] }))
    const bundle = await bundleOf(shelf, new Map(bytes.map((content) => [sha256Hex(content), content])))
    for (const [maxBlobBytes, taken, codes] of [
      [11, 2, []],
      [10, 1, ["too-large"]],
    ] as const) {
      const [item] = await itemsOf(bundle, { maxBlobBytes })
      if (item?.kind !== "conversation") throw new Error("no conversation")
      expect(item.conversation.blobs).toHaveLength(taken)
      expect(item.notices.map(({ code }) => code)).toEqual(codes)
    }
  })

  test("[CV44] an archive past what its narrow fields hold is written in wide ones, at the limit and past it", async () => {
    const members = ["a", "b", "c"].map((name) => [name, encodeUtf8(name.repeat(40))] as const)
    const write = (width: { readonly offset: number; readonly count: number }): Uint8Array => {
      const zip = new ZipWriter(width)
      return bytesOf(...members.flatMap(([name, bytes]) => zip.member(name, bytes, name === "b")), ...zip.end())
    }
    const narrow = write({ offset: 1e9, count: 4 })
    for (const width of [
      { offset: 1e9, count: 3 },
      { offset: 100, count: 4 },
      { offset: 1, count: 1 },
    ]) {
      const wide = write(width)
      expect(wide.length).toBeGreaterThan(narrow.length)
      for (const archive of [wide, narrow]) {
        expect((await readZipDirectory(sourceOf("x.zip", archive, 100))).map(({ name, size }) => [name, size])).toEqual([
          ["a", 40],
          ["b", 40],
          ["c", 40],
        ])
      }
    }
  })
})

async function textIn(bundle: Uint8Array, name: string): Promise<string> {
  const { unzipSync } = await import("fflate")
  return new TextDecoder().decode(unzipSync(bundle)[name])
}

describe.runIf(hasSharedData)("shared data through every format", () => {
  const text = (path: string): string => new TextDecoder().decode(readShared(path))
  const sources: readonly (readonly [string, string])[] = !hasSharedData
    ? []
    : [
        ...[
          "import-chatgpt-tree.json",
          "import-chatgpt-citations.json.gz",
          "import-librechat-tree.json",
          "import-chatbotui-export.json",
          "oasst-trees-a.jsonl.gz",
          "ja-mtbench-gpt4o.jsonl.gz",
        ].map((name): readonly [string, string] => [name, text(`conversations/${name}`)]),
        [
          "blns.json",
          JSON.stringify({ messages: (JSON.parse(text("text/blns.json")) as string[]).map((content) => ({ role: "user", content })) }),
        ],
        ["UTF-8-test.txt", JSON.stringify({ messages: [{ role: "user", content: text("text/UTF-8-test.txt.gz") }] })],
      ]

  test.each(sources)(
    "[I12, CV46] %s is imported, exported and imported again: equal where the format holds it, told where it does not",
    async (_name, source) => {
      const shelf = new Shelf()
      expect(shelf.import(source).every(({ status }) => status === "imported" || status === "unchanged")).toBe(true)
      for (const id of idsOf(shelf)) {
        const conversation = shelf.conversation(id)
        const nodes = conversation.getTree().nodes.size
        for (const format of TREES) {
          const { again, left } = through(format, id, conversation)
          if (!left.includes("place")) expect(shapeOf(again)).toEqual(shapeOf(conversation))
          expect(again.getTree().nodes.size).toBe(nodes)
        }
        const { again, left } = through("ui-messages", id, conversation)
        const line = conversation.getLine()
        expect(again.getLine().map((entry) => say(again, entry.id, true))).toEqual(line.map((entry) => say(conversation, entry.id, true)))
        expect(left.filter((code) => code === "branch")).toHaveLength(nodes - line.length)
        const markdown = exportConversation("markdown", id, conversation).content
        expect(markdown.match(/^<a id="message-\d+"><\/a>$/gmu)?.length).toBeGreaterThanOrEqual(nodes)
      }
      const again = new Shelf()
      again.apply(await itemsOf(await bundleOf(shelf, new Map())))
      expect(again.nativeFile()).toBe(shelf.nativeFile())
    },
  )

  test("[I12, CV42] every reply of the shared OpenAssistant trees is reachable by choosing branches", () => {
    const shelf = new Shelf()
    const source = text("conversations/oasst-trees-a.jsonl.gz")
    const reports = shelf.import(source)
    const trees = source
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly prompt: Reply })
    expect(reports.map(({ status }) => status)).toEqual(trees.map(() => "imported"))
    for (const [index, { prompt }] of trees.entries()) {
      const conversation = shelf.conversation(reports[index]?.conversationId ?? "")
      const tree = conversation.getTree()
      const texts = (id: string): Reply => ({
        text: conversation.getMessage(id)?.text ?? "",
        replies: tree.turnsAfter(id).flatMap(({ members }) => members.map(texts)),
      })
      const [root] = tree.roots
      expect(root?.members.map(texts)).toEqual([plain(prompt)])
      expect([...tree.nodes.keys()].every((id) => tree.turnsAfter(id).length <= 1)).toBe(true)
    }
  })
})

interface Reply {
  readonly text: string
  readonly replies: readonly Reply[]
}

function plain({ text, replies }: Reply): Reply {
  return { text, replies: replies.map(plain) }
}

test.runIf(!hasSharedData)("[I12, CV46] the shared data is not here: its round trips through every format are skipped", () => {
  expect(hasSharedData).toBe(false)
})
