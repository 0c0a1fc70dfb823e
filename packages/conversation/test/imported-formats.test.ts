import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import {
  type Conversation,
  type FormatName,
  FORMATS,
  type ImportItem,
  type ImportReport,
  type MessagePart,
  parseImport,
  readImport,
  WorkspaceIndex,
  workspaceFolders,
} from "@polylogue/conversation"
import { sha256Hex } from "../src/content-hash.ts"
import { detectFormat } from "../src/formats/record-reader.ts"
import { recordsIn } from "../src/formats/record-finder.ts"
import { collect, sourceOf } from "./archives.ts"
import { linesOf, seededBytes, seededRandom } from "./devices.ts"
import { Shelf, statuses } from "./imports.ts"

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8")
const itemsOf = (content: string, options = {}): ImportItem[] => [...parseImport([{ name: "x", content }], options)]

/** Every fixture of a foreign format, with the one format it has. */
const FIXTURES: readonly (readonly [FormatName, string])[] = [
  ["chatgpt", "chatgpt-split-000.json"],
  ["claude", "claude.json"],
  ["librechat", "librechat.json"],
  ["librechat", "librechat-flat.json"],
  ["open-webui", "open-webui.json"],
  ["assistant-ui", "assistant-ui.json"],
  ["assistant-ui", "assistant-ui-rows.json"],
  ["ui-messages", "ui-messages.json"],
  ["sharegpt", "sharegpt.jsonl"],
  ["chatbot-ui", "chatbot-ui.json"],
  ["openassistant", "openassistant.jsonl"],
  ["openai", "openai-tools.jsonl"],
  ["langfuse", "langfuse-trace.json"],
  ["cast", "topic-turns.json"],
  ["chat-log", "chat-log.log"],
]

interface Imported {
  readonly shelf: Shelf
  readonly reports: readonly ImportReport[]
  /** The n-th conversation. */
  readonly at: (index: number) => Conversation
}

function importing(name: string): Imported {
  const shelf = new Shelf()
  const reports = shelf.import(fixture(name))
  return { shelf, reports, at: (index) => shelf.conversation(reports[index]?.conversationId ?? "") }
}

/** What a conversation's line says, part by part. */
function partsOf(conversation: Conversation, text: string): readonly MessagePart[] {
  const ids = [...conversation.getTree().nodes.keys()]
  const found = ids.map((id) => conversation.getMessage(id)).find((message) => message?.parts.some((part) => part.text === text))
  return found?.parts ?? []
}

function indexOf(shelf: Shelf): WorkspaceIndex {
  const options = { writer: "reader", now: () => 1_800_000_000_000, randomBytes: seededBytes(seededRandom(37)) }
  return new WorkspaceIndex(shelf.index, options)
}

const told = (parts: readonly MessagePart[]): unknown[] =>
  parts.map(({ type, text, state, fields }) => ({
    type,
    text: text ?? undefined,
    ...(state === "done" ? {} : { state }),
    ...fields,
    state: undefined,
    raw: undefined,
  }))

describe("formats are told apart", () => {
  test("[CV37] every fixture has its own format and no other, record by record", () => {
    for (const [format, name] of FIXTURES) {
      const content = fixture(name)
      const records = name.endsWith(".jsonl")
        ? content
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as unknown)
        : name.endsWith(".log")
          ? [{ "chat-log": content }]
          : [...recordsIn(JSON.parse(content))].map(({ value }) => (Array.isArray(value) ? { messages: value as unknown[] } : value))
      for (const record of records) expect([name, detectFormat(record)]).toEqual([name, format])
    }
    const imported = FORMATS.filter(({ imports, name }) => imports && name !== "bundle" && name !== "polylogue").map(({ name }) => name)
    expect([...new Set(FIXTURES.map(([format]) => format))].toSorted()).toEqual(imported.toSorted())
  })

  test("[CV37] a named format is taken at its word: its own files are read the same, all others are refused", () => {
    for (const [format, name] of FIXTURES) {
      const content = fixture(name)
      expect(itemsOf(content, { format })).toEqual(itemsOf(content))
      for (const [other] of FIXTURES) {
        if (other === format || other === "openai") continue
        const codes = itemsOf(content, { format: other }).map((item) => (item.kind === "report" ? item.report.reason?.code : "read"))
        expect([other, name, codes.includes("read")]).toEqual([other, name, false])
        expect(codes).toContain("unknown-format")
      }
    }
  })

  test("[CV37] importing any fixture again, or on another device, writes the same and nothing twice", async () => {
    for (const [, name] of FIXTURES) {
      const { shelf } = importing(name)
      expect(shelf.countUpdates(() => shelf.import(fixture(name)))).toBe(0)
      expect(importing(name).shelf.nativeFile()).toBe(shelf.nativeFile())
      const again = new Shelf()
      again.import(shelf.nativeFile())
      expect(again.nativeFile()).toBe(shelf.nativeFile())
      await expect(`${JSON.stringify(shelf.native(), null, 2)}\n`).toMatchFileSnapshot(
        `fixtures/${name.replace(/\.(?:jsonl?|log)$/u, "")}.native.json`,
      )
    }
  })
})

describe("Claude exports", () => {
  test("[CV38] a line: thoughts, calls joined with their results, pasted text as files, the flat text only where it says more", () => {
    const { reports, at } = importing("claude.json")
    expect(statuses(reports)).toEqual(["imported", "imported", "skipped: empty"])
    const line = linesOf(at(0))
    expect(line).toEqual(["Which boat carries two and a dog?", "Let me look.\n\nA dinghy.", "An older message has only this", ""])
    const [, search, failed, stray] = told(partsOf(at(0), "A dinghy.")).slice(1)
    expect(search).toMatchObject({
      type: "tool",
      name: "web_search",
      input: { query: "dinghy dog" },
      output: "Dinghies: 3 found",
      state: undefined,
    })
    expect(failed).toMatchObject({ type: "tool", toolCallId: "t-2", errorText: "no route" })
    expect(stray).toMatchObject({ type: "tool-result", data: expect.stringContaining("nobody asked") as unknown })
    expect(partsOf(at(0), "A dinghy.").map(({ state }) => state)).toContain("output-error")
    expect(partsOf(at(0), "A dinghy.").find(({ type }) => type === "source")?.fields).toMatchObject({
      url: "https://boats.example/dinghy",
      title: "Dinghy facts",
    })
    const files = partsOf(at(0), "Which boat carries two and a dog?").filter(({ type }) => type === "file")
    expect(files.map(({ fields }) => fields["name"])).toEqual(["pasted-text.txt", "plan.pdf.txt", "empty.bin", "dog.jpg"])
    expect(reports[0]?.notices).toEqual([{ code: "no-bytes", message: expect.stringMatching(/^2 /u) as unknown }])
  })

  test("[CV38] a tree: every version, the open one shown, lost and circular parents in no way lost", () => {
    const { reports, at } = importing("claude.json")
    const tree = at(1)
    expect(tree.getTree().nodes.size).toBe(8)
    expect(linesOf(tree).slice(0, 2)).toEqual(["Name my cat", "Mia"])
    expect(tree.getLine()[1]?.alternatives.map((id) => tree.getMessage(id)?.text)).toEqual(["Otto", "Mia"])
    expect(linesOf(tree)).toEqual(expect.arrayContaining(["lost thread", "round", "and round"]))
    expect(reports[1]?.notices.map(({ code }) => code)).toEqual(["missing-parent"])
  })
})

describe("LibreChat exports", () => {
  test("[CV39] the recursive form: children in order, content of every kind, ratings, quotes, files", () => {
    const { shelf, reports, at } = importing("librechat.json")
    expect(statuses(reports)).toEqual(["imported"])
    const conversation = at(0)
    const [ask] = conversation.getLine()
    expect(ask?.alternatives.map((id) => conversation.getMessage(id)?.text)).toEqual(["How much water?", "How much salt?"])
    const answers = conversation.getTree().turnsAfter(conversation.getMessage(ask?.alternatives[0] ?? "")?.id ?? "")
    const [first, second] = (answers[0]?.members ?? []).map((id) => conversation.getMessage(id))
    expect(first?.parts.map(({ type, state }) => [type, state])).toEqual([
      ["reasoning", "done"],
      ["text", "done"],
      ["tool", "output-available"],
      ["text", "done"],
      ["file", "done"],
      ["tool", "input-available"],
      ["text", "failed"],
    ])
    expect(first?.parts[2]?.fields).toMatchObject({
      name: "scale",
      input: { grams: 500 },
      inputText: '{"grams": 500}',
      output: "350 g of water",
    })
    expect(first?.feedback).toEqual([{ userId: "librechat:user", value: { rating: "up", tag: "accurate_reliable", text: "thanks" } }])
    expect(second).toMatchObject({ text: "About two thirds", authorName: "Baker", model: "m-large" })
    expect(second?.parts[0]?.state).toBe("stopped")
    expect(partsOf(conversation, "How much water?").map(({ type }) => type)).toEqual(["quote", "text", "file", "file"])
    expect(shelf.index.getMap("cards").get(`${reports[0]?.conversationId ?? ""}/archived/import`)).toBeUndefined()
  })

  test("[CV39] the flat form: parents that come later, one id twice, an answer that failed", () => {
    const { at } = importing("librechat-flat.json")
    const conversation = at(0)
    expect(conversation.getTree().nodes.size).toBe(4)
    const texts = [...conversation.getTree().nodes.keys()].map((id) => conversation.getMessage(id)?.text ?? "")
    expect(texts.toSorted()).toEqual(["another two under the same id", "one", "three before its parent", "two"])
    expect(conversation.getLine().every(({ detached }) => !detached)).toBe(true)
    expect(partsOf(conversation, "two")[0]?.state).toBe("failed")
  })

  test("[CV39] ten thousand messages nested in one another are read without recursion, past a limit they are refused", () => {
    const nest = (count: number): string => {
      const open = Array.from(
        { length: count },
        (_, step) => `{"messageId":"m${step}","isCreatedByUser":${step % 2 === 0},"text":"${step}","children":[`,
      )
      return `{"conversationId":"deep","recursive":true,"messages":[${open.join("")}${"]}".repeat(count)}]}`
    }
    const [item] = itemsOf(nest(10_000))
    expect(item?.kind === "conversation" && item.conversation.messages.map(({ parts }) => parts[0]?.text)).toEqual(
      Array.from({ length: 10_000 }, (_, step) => String(step)),
    )
    expect(itemsOf(nest(20), { maxMessages: 20 })[0]?.kind).toBe("conversation")
    expect(itemsOf(nest(21), { maxMessages: 20 })).toMatchObject([{ report: { reason: { code: "too-large" } } }])
    const hostile = `{"conversationId":"x","messages":[{"messageId":"a","text":"t","odd":${"[".repeat(200)}${"]".repeat(200)}}]}`
    expect(itemsOf(hostile)).toMatchObject([{ report: { reason: { code: "too-deep" } } }])
  })
})

describe("Open WebUI exports", () => {
  test("[CV40] the tree of its messages, whatever the lists of children say; steps, sources, ratings", () => {
    const { reports, at } = importing("open-webui.json")
    expect(statuses(reports)).toEqual(["imported", "imported"])
    const conversation = at(0)
    const [, answer] = conversation.getLine()
    expect(answer?.alternatives.map((id) => conversation.getMessage(id)?.text)).toEqual(["Two minutes.", "Three minutes."])
    expect(conversation.getMessage(answer?.id ?? "")?.text).toBe("Two minutes.")
    expect(partsOf(conversation, "Two minutes.").map(({ type }) => type)).toEqual(["reasoning", "tool", "text", "source"])
    expect(partsOf(conversation, "Two minutes.")[1]?.fields).toMatchObject({ name: "timer", input: { s: 120 }, output: "set" })
    const rated = conversation.getMessage(answer?.alternatives[1] ?? "")
    expect(rated).toMatchObject({ authorName: "Qwen", model: "qwen", createdAt: 1_715_000_010_000 })
    expect(rated?.feedback[0]?.value).toEqual({ rating: "up", text: "exact", reason: "accurate" })
    expect(conversation.getTree().nodes.size).toBe(5)
    expect(linesOf(at(1))).toEqual(["hello", "out of memory"])
    expect(partsOf(at(1), "out of memory")[0]?.state).toBe("failed")
  })

  test("[CV43] pin, archive, tags and folder go to the card of a conversation that is new here, and to no other", () => {
    const { shelf, reports } = importing("open-webui.json")
    const index = indexOf(shelf)
    const [folder] = workspaceFolders(index).getForest().childrenOf(null)
    expect(index.getCard(reports[0]?.conversationId ?? "")).toMatchObject({
      pinned: true,
      archived: false,
      tags: ["drinks", "tea"],
      folderId: folder?.id,
    })
    expect(folder?.name).toBe("Kitchen")
    expect(index.getCard(reports[1]?.conversationId ?? "")).toMatchObject({ pinned: false, archived: true, tags: [], folderId: null })
    index.setPinned(reports[0]?.conversationId ?? "", false)
    index.removeTag(reports[0]?.conversationId ?? "", "TEA")
    expect(shelf.countUpdates(() => shelf.import(fixture("open-webui.json")))).toBe(0)
    expect(index.getCard(reports[0]?.conversationId ?? "")).toMatchObject({ pinned: false, tags: ["drinks"] })
    // A second folder of one name is not made, whoever made the first.
    shelf.import(fixture("claude.json"), fixture("claude.json").replaceAll("claude-line", "another").replaceAll("Sailing", " kitchen "))
    expect(
      workspaceFolders(index)
        .getForest()
        .childrenOf(null)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(["Kitchen", "Sailing"])
  })
})

describe("assistant-ui and the AI SDK", () => {
  test("[CV41] a thread of assistant-ui with its branches, its own parts and attachments", () => {
    const { reports, at } = importing("assistant-ui.json")
    const conversation = at(0)
    expect([statuses(reports), conversation.getTitle()]).toEqual([["imported"], "Kites"])
    expect(linesOf(conversation)).toEqual(["How do kites fly?", "Lift and drag."])
    const [, answer] = conversation.getLine()
    expect(answer?.alternatives).toHaveLength(2)
    const stopped = conversation.getMessage(answer?.alternatives[0] ?? "")
    expect(stopped).toMatchObject({ model: "kite-1", createdAt: 1_748_779_205_000, feedback: [{ value: { rating: "down" } }] })
    expect(partsOf(conversation, "Lift and drag.").map(({ type, state }) => [type, state])).toEqual([
      ["tool", "output-available"],
      ["tool", "output-error"],
      ["text", "done"],
      ["source", "done"],
      ["data", "done"],
      ["generative-ui", "done"],
    ])
    expect(partsOf(conversation, "How do kites fly?").map(({ fields }) => fields["name"])).toEqual([undefined, "image", "wind.txt"])
  })

  test("[CV41] rows of its storage, of its own form and of the AI SDK's, are one thread", () => {
    const { at } = importing("assistant-ui-rows.json")
    const [first, second] = at(0).getLine()
    expect(at(0).getMessage(first?.id ?? "")?.text).toBe("Rows?")
    expect(second?.alternatives.map((id) => at(0).getMessage(id)?.text)).toEqual(["Rows.", "Rows of another form."])
    const rows = (JSON.parse(fixture("assistant-ui-rows.json")) as { messages: unknown[] }).messages
    const bare = new Shelf()
    bare.import(JSON.stringify(rows))
    expect(linesOf(bare.conversation([...bare.docs.keys()][0] ?? ""))).toEqual(linesOf(at(0)))
  })

  test("[CV41] UI messages of versions 4 to 6; nothing that an import brings is still going on", () => {
    const { at } = importing("ui-messages.json")
    expect(linesOf(at(0))).toEqual(["Be kind.", "What is in the picture?", "A single dot", "From an older version."])
    const states = partsOf(at(0), "A single dot").map(({ type, state }) => `${type} ${state}`)
    expect(states).toEqual([
      "step-start done",
      "reasoning done",
      "tool output-available",
      "tool output-error",
      "tool approval-requested",
      "tool stopped",
      "source done",
      "source done",
      "data done",
      "custom done",
      "text stopped",
    ])
    const messages = at(0)
      .getLine()
      .map(({ id }) => at(0).getMessage(id))
    expect(messages.some((message) => message?.streaming)).toBe(false)
    expect(messages[1]).toMatchObject({ createdAt: 1_717_300_000_000 })
    expect(messages[3]?.parts[0]?.fields).toMatchObject({ toolCallId: "o1", name: "sum", input: { a: 1 }, output: 2 })
  })

  test("[CV41] a longer export of one chat goes on where the shorter one ended", () => {
    const messages = JSON.parse(fixture("ui-messages.json")) as unknown[]
    const shelf = new Shelf()
    expect(statuses(shelf.import(JSON.stringify(messages.slice(0, 2)), JSON.stringify(messages)))).toEqual(["imported", "imported"])
    expect(shelf.docs.size).toBe(1)
    const counted = (text: string): unknown => [{ id: "1", role: "user", parts: [{ type: "text", text }] }]
    shelf.import(JSON.stringify(counted("a")), JSON.stringify(counted("b")))
    expect(shelf.docs.size).toBe(3)
  })
})

describe("data sets", () => {
  test("[CV42] ShareGPT: its names for roles, calls with what was observed, the system beside the turns", () => {
    const { reports, at } = importing("sharegpt.jsonl")
    expect(statuses(reports)).toEqual(["imported", "imported", "imported", "failed: bad-message"])
    expect(linesOf(at(0))).toEqual(["Answer shortly.", "Where is the moon?", "Above."])
    expect(partsOf(at(1), "List my tools")).toHaveLength(1)
    const call = at(1).getMessage(at(1).getLine()[1]?.id ?? "")
    expect(call?.parts[0]?.fields).toMatchObject({ name: "list", input: { deep: true }, output: '["saw"]' })
    expect(linesOf(at(1))).toEqual(["List my tools", "", "A saw."])
    expect(
      at(2)
        .getLine()
        .map(({ id }) => at(2).getMessage(id)?.role),
    ).toEqual(["narrator", "tool"])
  })

  test("[CV42] Chatbot UI: each conversation of its history, its instructions first", () => {
    const { reports, at } = importing("chatbot-ui.json")
    expect(statuses(reports)).toEqual(["imported", "skipped: empty"])
    expect(linesOf(at(0))).toEqual(["Be polite.", "Good morning", "And to you."])
    expect(at(0).getTitle()).toBe("Small talk")
  })

  test("[CV42] OpenAssistant: every reply is reachable beside its siblings, and deleted ones are deleted", () => {
    const { at } = importing("openassistant.jsonl")
    const [, answer] = at(0).getLine()
    expect(answer?.alternatives.map((id) => at(0).getMessage(id)?.text)).toEqual(["Go to bed early.", "Drink no coffee."])
    const [turn] = at(0)
      .getTree()
      .turnsAfter(answer?.alternatives[0] ?? "")
    expect(turn?.members.map((id) => at(0).getMessage(id)?.deletedAt !== null)).toEqual([false, true])
    expect(at(0).getMessage(answer?.alternatives[1] ?? "")).toMatchObject({ authorId: "model:tiny", authorKind: "model" })
    expect(linesOf(at(1))).toEqual(["no replies yet"])
  })

  test("[CV42] OpenAI: results join their calls by id, pictures and sound are files, a refusal is words", () => {
    const { at } = importing("openai-tools.jsonl")
    const line = at(0)
      .getLine()
      .map(({ id }) => at(0).getMessage(id))
    expect(line.map((message) => message?.role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant",
      "user",
      "assistant",
      "assistant",
      "assistant",
    ])
    expect(line[0]?.parts.map(({ type, fields }) => [type, fields["mediaType"]])).toEqual([
      ["text", undefined],
      ["file", "image/png"],
      ["file", "audio/wav"],
      ["file", "application/pdf"],
    ])
    expect(line[1]?.parts.map(({ type, fields }) => [type, fields["input"], fields["inputText"], fields["output"]])).toEqual([
      ["reasoning", undefined, undefined, undefined],
      ["tool", { at: "here" }, '{"at": "here"}', "rain"],
      ["tool", undefined, "not json", "noon"],
    ])
    expect(line[2]?.text).toBe("nobody called this")
    expect(line[5]?.text).toBe("I cannot sing.")
    expect(line[6]?.text).toBe("la la")
    expect(line[7]?.parts[0]?.fields).toMatchObject({ name: "old", output: "old result" })
  })
})

describe("bytes within an import", () => {
  test("[CV43] each is a blob under its own hash, once, and no part keeps the bytes a second time", () => {
    for (const [, name] of FIXTURES) {
      for (const item of itemsOf(fixture(name))) {
        if (item.kind === "report") continue
        const { blobs = [], messages } = item.conversation
        const named = messages.flatMap(({ parts }) => parts).flatMap((part) => (typeof part["sha256"] === "string" ? [part["sha256"]] : []))
        expect([...new Set(named)].toSorted()).toEqual(blobs.map(({ sha256 }) => sha256).toSorted())
        for (const { sha256, bytes } of blobs) expect(sha256Hex(bytes)).toBe(sha256)
        expect(JSON.stringify(messages)).not.toContain("iVBORw0KGgo")
      }
    }
  })

  test("[CV43] data URLs with and without base64, broken ones, and addresses of the web and of nowhere", () => {
    const urls = [
      "data:,a%20b%FF",
      "data:text/plain;charset=utf-8;base64,YSBi",
      "data:image/png;base64,!!!",
      "data:nothing",
      "https://x.example/y",
      "/relative",
      "javascript:alert(1)",
    ]
    const content = urls.map((url) => ({ type: "image_url", image_url: { url } }))
    const [item] = itemsOf(JSON.stringify({ messages: [{ role: "user", content }] }))
    const parts = item?.kind === "conversation" ? (item.conversation.messages[0]?.parts ?? []) : []
    const blobs = item?.kind === "conversation" ? (item.conversation.blobs ?? []) : []
    expect(blobs.map(({ bytes, mediaType }) => [[...bytes], mediaType])).toEqual([
      [[0x61, 0x20, 0x62, 0xff], "text/plain"],
      [[0x61, 0x20, 0x62], "text/plain"],
    ])
    expect(parts.map((part) => part["url"])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      "https://x.example/y",
      undefined,
      undefined,
    ])
    for (const url of urls.slice(2).filter((url) => !url.startsWith("https")))
      expect(JSON.stringify(parts)).toContain(JSON.stringify(JSON.stringify(url).slice(1, -1)).slice(1, -1))
  })
})

describe("records of what happened", () => {
  test("[CV50] a trace: what went in, its steps by their start, what came out, each value as it was", () => {
    const { at } = importing("langfuse-trace.json")
    const line = at(0)
      .getLine()
      .map(({ id }) => at(0).getMessage(id)!)
    expect(line.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "tool", "assistant"])
    expect(line.map(({ text }) => text)).toEqual(["When is high water?", "Let me look.", "", "", "At ten past six."])
    expect(line[0]?.parts[1]?.fields["data"]).toBe('{"prompt": "When is high water?"}')
    expect(line[1]).toMatchObject({ model: "sky-1", authorId: "model:sky-1" })
    expect(line[2]?.parts[0]).toMatchObject({
      state: "output-available",
      fields: { name: "tide_table", input: '{"port":  "Cuxhaven"}', output: '["18:10"]' },
    })
    expect(line[3]?.parts[0]).toMatchObject({ state: "output-error", fields: { errorText: "no such port" } })
  })

  test("[CV50] a topic: turns after one turn are branches, passages are sources, a missing turn cuts nothing off", () => {
    const { at } = importing("topic-turns.json")
    const tree = at(0).getTree()
    const messages = [...tree.nodes.keys()].map((id) => at(0).getMessage(id)!)
    const question = messages.find(({ text }) => text.startsWith("Why"))!
    expect(tree.turnsAfter(question.id).map(({ members }) => members.length)).toEqual([2])
    expect(told(messages.find(({ text }) => text.startsWith("Water"))!.parts).map((part) => (part as { title?: string }).title)).toEqual([
      undefined,
      "SEA_1-2",
      "SEA_7-1",
    ])
    expect(messages.map(({ text }) => text)).toContain("Whom do I answer?")
    expect(messages).toHaveLength(5)
  })

  test("[CV50] a chat log: a message a line, every character kept, times only where there is a date; read as a stream too", async () => {
    const content = fixture("chat-log.log")
    const items = itemsOf(content)
    const [item] = items
    if (item?.kind !== "conversation") throw new Error("no conversation")
    const { messages } = item.conversation
    const lines = messages.map(({ parts, origin }) => (JSON.parse(origin!.raw!) as { before: string }).before + parts[0]?.text)
    expect(`${lines.join("\n")}\n`).toBe(content)
    expect(messages.map(({ core }) => core.authorName ?? "")).toEqual(["ana", "", "bo", "ana", "ana", "", "", "bo"])
    expect(messages.map(({ core }) => core.createdAt === null)).toEqual([false, true, false, false, true, true, true, false])
    const bytes = new TextEncoder().encode(content)
    for (const size of [1, 7, bytes.length]) {
      const streamed = await collect(readImport(sourceOf("x", bytes, size)))
      expect(streamed).toEqual(items)
    }
    const bounded = await collect(readImport(sourceOf("x", bytes, 64), { maxRecordBytes: bytes.length - 1 }))
    expect(bounded.map((found) => (found.kind === "report" ? found.report.reason?.code : "read"))).toEqual(["too-large"])
    expect(itemsOf(content, { maxMessages: 7 })[0]).toMatchObject({ report: { status: "failed", reason: { code: "too-large" } } })
    expect(itemsOf(content, { maxMessages: 8 })[0]?.kind).toBe("conversation")
  })

  test("[CV50] what is no log is not taken for one", () => {
    for (const text of ["[1, 2, 3", "[09:00] no name", "just words\n".repeat(30), '{"a": "[09:00] <ana> hi"', "<ana> hi\n".repeat(5)])
      expect(itemsOf(text).every((found) => found.kind === "report")).toBe(true)
  })
})
