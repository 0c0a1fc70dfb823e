import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { addCitation, applyImport, exportMarkdown, exportNative, parseImport, readMessagePrompt } from "@polylogue/conversation"
import { linesOf } from "./devices.ts"
import { Shelf, statuses } from "./imports.ts"

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8")
const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

describe("ChatGPT exports", () => {
  test("[CV11] the single file: branches, order, hidden messages and lineage are kept, and each item is reported", async () => {
    const shelf = new Shelf()
    const reports = shelf.import(fixture("chatgpt-single.json"))
    expect(statuses(reports)).toEqual(["imported", "skipped: empty", "skipped: not-conversations", "skipped: empty"])
    expect(reports.map(({ where }) => where.position)).toEqual(["[0]", "[1]", "[2]", "[3]"])
    expect(reports[1]?.title).toBe("Nothing here")
    const id = reports[0]?.conversationId ?? ""
    const conversation = shelf.conversation(id)
    expect(conversation.getTitle()).toBe("Sourdough")
    // The source had answer-1 open: its path is shown, though other versions are newer or later in the file.
    expect(linesOf(conversation)).toEqual(["", "How long does sourdough rise?", "", "", "About **twelve** hours.\n\n```sh\nbake --now"])
    const line = conversation.getLine().map((entry) => ({ ...entry, message: conversation.getMessage(entry.id) }))
    expect(line.map(({ message }) => message?.hidden)).toEqual([true, false, true, true, false])
    expect(line.map(({ alternatives }) => alternatives.length)).toEqual([1, 2, 1, 1, 2])
    expect(line.map(({ index }) => index)).toEqual([0, 0, 0, 0, 0])
    expect(line.some(({ concurrent, detached }) => concurrent || detached)).toBe(false)
    expect(line[2]?.message?.parts[0]).toMatchObject({ type: "reasoning", text: "It depends on warmth." })
    expect(line[4]?.message).toMatchObject({ model: "gpt-4", createdAt: 1_712_000_020_000, source: "chatgpt" })
    const native = exportNative(id, shelf.view(id))
    expect(pretty(native)).toContain("an_unknown_field")
    await expect(pretty(native)).toMatchFileSnapshot("fixtures/chatgpt-single.native.json")
    await expect(exportMarkdown(id, shelf.view(id))).toMatchFileSnapshot("fixtures/chatgpt-single.md")
  })

  test("[CV11] one object instead of a list is read the same", () => {
    const [first] = JSON.parse(fixture("chatgpt-single.json")) as unknown[]
    const shelf = new Shelf()
    shelf.import(fixture("chatgpt-single.json"))
    expect(shelf.countUpdates(() => expect(statuses(shelf.import(JSON.stringify(first)))).toEqual(["unchanged"]))).toBe(0)
  })

  test("[CV11] the split form: many files, no metadata, the model on the conversation, circles and missing nodes", async () => {
    const shelf = new Shelf()
    const reports = shelf.import(...["chatgpt-split-000.json", "chatgpt-split-001.json", "chatgpt-split-user.json"].map(fixture))
    expect(statuses(reports)).toEqual(["imported", "imported", "skipped: not-conversations"])
    expect(reports.map(({ where }) => where.file)).toEqual(["file-0.json", "file-1.json", "file-2.json"])
    const first = shelf.conversation(reports[0]?.conversationId ?? "")
    expect(linesOf(first)).toEqual(["Is there metadata?", "No metadata here."])
    expect(first.getMessage(first.getLine()[1]?.id ?? "")).toMatchObject({ model: "gpt-5", createdAt: null })
    const id = reports[1]?.conversationId ?? ""
    const second = shelf.conversation(id)
    expect(reports[1]?.notices.map(({ code }) => code)).toEqual(["missing-parent"])
    const all = [...second.getTree().nodes.keys()].map((key) => second.getMessage(key))
    expect(all).toHaveLength(9)
    expect(linesOf(second).filter((text) => text !== "")).toHaveLength(5)
    const native = pretty(exportNative(id, shelf.view(id)))
    for (const kept of ["a plain string", "a node that is a string", "not to be lost", "strange_thing", "orphan"])
      expect(native).toContain(kept)
    await expect(native).toMatchFileSnapshot("fixtures/chatgpt-split-001.native.json")
    const again = new Shelf()
    again.import(shelf.nativeFile())
    expect(again.nativeFile()).toBe(shelf.nativeFile())
  })

  test("[CV11] pictures are files whose bytes are elsewhere, pages that an answer cites are sources, each once", () => {
    const cite = (url: unknown): unknown => ({ start_ix: 1, metadata: { type: "webpage", title: "A page", url } })
    const message = {
      author: { role: "assistant" },
      content: {
        content_type: "multimodal_text",
        parts: [{ content_type: "image_asset_pointer", asset_pointer: "file-service://x", size_bytes: 70, width: 2, height: 1 }, "Seen."],
      },
      metadata: { citations: [cite("https://a.example"), cite("https://a.example"), cite("javascript:1"), cite(7), null] },
    }
    const shelf = new Shelf()
    const [report] = shelf.import(JSON.stringify({ conversation_id: "p", mapping: { n: { message } } }))
    expect(report?.notices.map(({ code }) => code)).toEqual(["no-bytes"])
    const conversation = shelf.conversation(report?.conversationId ?? "")
    const parts = conversation.getMessage(conversation.getLine()[0]?.id ?? "")?.parts
    expect(parts?.map(({ pid, type, text, fields }) => [pid, type, text, fields["size"], fields["url"]])).toEqual([
      ["0", "file", null, 70, undefined],
      ["1", "text", "Seen.", undefined, undefined],
      ["2", "source", null, undefined, "https://a.example"],
    ])
    expect(JSON.stringify(shelf.native())).toContain("file-service://x")
  })

  test("[CV11] times that are null, inverted or nonsense leave siblings in the order of the source", () => {
    const times = [null, 9e99, 50, 40, "2024-01-01T00:00:00Z", -5, {}, 1e9]
    const nodes = times.map((time, position) => [
      `n${position}`,
      { parent: "root", message: { author: { role: "user" }, create_time: time, content: { parts: [`t${position}`] } } },
    ])
    const mapping = {
      root: { parent: null, children: nodes.map(([key]) => key), message: { author: { role: "user" }, content: { parts: ["q"] } } },
      ...(Object.fromEntries(nodes.reverse()) as object),
    }
    const shelf = new Shelf()
    const [report] = shelf.import(JSON.stringify({ conversation_id: "times", mapping }))
    const conversation = shelf.conversation(report?.conversationId ?? "")
    const [, entry] = conversation.getLine()
    expect(entry?.alternatives.map((key) => conversation.getMessage(key)?.text)).toEqual(times.map((_time, position) => `t${position}`))
  })
})

describe("OpenAI messages", () => {
  test("[CV12] JSONL: string and list contents, other fields, bad lines by number, the same line twice", async () => {
    const shelf = new Shelf()
    const reports = shelf.import(fixture("openai-messages.jsonl"))
    expect(statuses(reports)).toEqual(["imported", "imported", "skipped: empty", "failed: bad-message", "failed: not-json", "unchanged"])
    expect(reports.map(({ where }) => where.position)).toEqual(["line 1", "line 3", "line 4", "line 5", "line 6", "line 7"])
    expect(reports[3]?.reason?.message).toContain("messages[1]")
    const conversation = shelf.conversation(reports[0]?.conversationId ?? "")
    expect(linesOf(conversation)).toEqual(["Be brief.", "Hello", "Hi."])
    expect(conversation.getTitle()).toBe("Hello")
    const line = conversation.getLine().map((entry) => conversation.getMessage(entry.id))
    expect(line.map((message) => message?.authorKind)).toEqual(["system", "person", "model"])
    expect(line[1]).toMatchObject({ authorName: "ana", createdAt: 1_712_000_000_000 })
    expect(line[2]?.model).toBe("m-1")
    const second = shelf.conversation(reports[1]?.conversationId ?? "")
    const [asked] = second.getLine()
    expect(second.getMessage(asked?.id ?? "")?.parts.map(({ type, text }) => [type, text])).toEqual([
      ["text", "What is this?"],
      ["file", null],
      ["text", "tail"],
      ["text", "cached"],
      ["json", null],
    ])
    await expect(pretty(shelf.native())).toMatchFileSnapshot("fixtures/openai-messages.native.json")
  })

  test("[CV12] a list, one record and another order of files give the same conversations", () => {
    const line = fixture("openai-messages.jsonl").split("\n")[0] ?? ""
    const shelf = new Shelf()
    expect(statuses(shelf.import(`[${line}]`, line, `\ufeff${line}\r\n`, `{"conversations":[${line}]}`))).toEqual([
      "imported",
      "unchanged",
      "unchanged",
      "unchanged",
    ])
    expect(shelf.docs.size).toBe(1)
  })

  test("[CV12] records with one id that differ are different conversations", () => {
    const record = (content: string): string => JSON.stringify({ id: 81, messages: [{ role: "user", content }] })
    const shelf = new Shelf()
    expect(statuses(shelf.import(`${record("English")}\n${record("日本語")}`))).toEqual(["imported", "imported"])
    expect(shelf.docs.size).toBe(2)
  })
})

describe("the native format", () => {
  test("[CV13] what is imported is exported byte for byte: unknown fields and maps, tombstones, half characters, reserved keys", () => {
    const source = fixture("native.json")
    const shelf = new Shelf()
    const [report] = shelf.import(source)
    expect(report).toMatchObject({ status: "imported", conversationId: "c-1", notices: [{ code: "escaped-text" }] })
    expect(JSON.parse(shelf.nativeFile())).toEqual(JSON.parse(source))
    expect(shelf.nativeFile()).toBe(source)
    const conversation = shelf.conversation("c-1")
    expect(conversation.getTitle()).toBe("Half \ufffd a title")
    expect(conversation.getMessage("m2")).toMatchObject({ text: "half \ufffd of it", deletedAt: null, streaming: false })
    expect(conversation.getMessage("m2")?.parts[0]).toMatchObject({ state: "stopped", details: { by: "ana" } })
    expect(conversation.getMessage("m1")?.parts[1]).toMatchObject({ type: "hologram", fields: { beam: { watts: 3 } } })
    expect(conversation.getMessage("m3")).toMatchObject({ clock: 0, pinned: true })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(shelf.countUpdates(() => expect(statuses(shelf.import(source))).toEqual(["unchanged"]))).toBe(0)
  })

  test("[CV13] the export of a conversation is the same from every copy of its document, and from an import of itself", () => {
    const shelf = new Shelf()
    shelf.import(fixture("native.json"))
    const conversation = shelf.conversation("c-1")
    const id = conversation.send({ text: "live", parentId: "m1" })
    conversation.delete(id)
    conversation.react("m1", "👍", false)
    const file = shelf.nativeFile()
    const again = new Shelf()
    again.import(file)
    expect(again.nativeFile()).toBe(file)
    expect(again.conversation("c-1").getMessage(id)?.deletedAt).toBe(conversation.getMessage(id)?.deletedAt)
  })

  test("[CV13] which version of a prompt a message was made from goes out and comes in with it; an edited one is made by hand", () => {
    const shelf = new Shelf()
    const conversation = shelf.conversation("c")
    const prompt = { promptId: "p", versionId: "v", name: "Greeting", number: 7 }
    const id = conversation.send({ text: "Hello", parentId: null, prompt })
    const edited = conversation.edit(id, "Hello there")
    const again = new Shelf()
    again.import(shelf.nativeFile())
    expect(again.conversation("c").getMessage(id)?.prompt).toEqual(prompt)
    expect(readMessagePrompt(again.conversation("c").getMessage(id)?.prompt)).toEqual(prompt)
    expect(again.conversation("c").getMessage(edited)?.prompt).toBeUndefined()
    const hostile = [undefined, null, 1, "p", [], {}, { promptId: "p" }, { promptId: 1, versionId: "v" }]
    expect(hostile.map(readMessagePrompt)).toEqual(hostile.map(() => undefined))
    expect(readMessagePrompt({ promptId: "p", versionId: "v", name: 1, number: 0.5, draft: {} })).toEqual({
      promptId: "p",
      versionId: "v",
      name: "",
    })
  })

  test("[CV13] keys, parts and maps that a later version wrote into a live document come out and go in again", () => {
    const shelf = new Shelf()
    const conversation = shelf.conversation("c")
    const id = conversation.send({ text: "from today", parentId: null })
    const doc = shelf.doc("c")
    const message = doc.getMap("messages").get(id) as Y.Map<unknown>
    message.set("seal", { by: "tomorrow" })
    const part = new Y.Map<unknown>([
      ["pid", "x"],
      ["type", "hologram"],
      ["beam", new Y.Map([["watts", 3]])],
    ])
    ;(message.get("parts") as Y.Array<unknown>).push([part])
    doc.getMap("citations").set("c1", { start: 1 })
    expect(conversation.getMessage(id)?.parts[1]).toMatchObject({ type: "hologram", text: null, fields: { beam: { watts: 3 } } })
    const [native] = shelf.native()
    expect(native?.messages[0]).toMatchObject({ seal: { by: "tomorrow" }, parts: [{ text: "from today" }, { beam: { watts: 3 } }] })
    expect(native?.records).toMatchObject({ citations: { c1: { start: 1 } } })
    const again = new Shelf()
    again.import(shelf.nativeFile())
    expect(again.nativeFile()).toBe(shelf.nativeFile())
  })

  test("[CV13] files of a later version and conversations that are none are refused whole, naming the place", () => {
    const file = (conversation: unknown): string => JSON.stringify({ format: "polylogue", version: 1, conversations: [conversation] })
    const message = { core: { id: "m", parentId: null }, parts: [] }
    const refused: readonly (readonly [string, string])[] = [
      [JSON.stringify({ format: "polylogue", version: 2, conversations: [] }), "failed: unsupported-version"],
      [JSON.stringify({ format: "polylogue" }), "failed: unsupported-version"],
      [JSON.stringify({ format: "polylogue", version: 1, conversations: {} }), "failed: bad-record"],
      [JSON.stringify({ format: "polylogue", version: 1, conversations: [] }), "skipped: empty"],
      [file(7), "failed: bad-message"],
      [file({ id: "a/b", messages: [] }), "failed: bad-id"],
      [file({ messages: [] }), "failed: bad-id"],
      [file({ id: "c", messages: {} }), "failed: bad-message"],
      [file({ id: "c", messages: [] }), "skipped: empty"],
      [file({ id: "c", messages: [message, { parts: [] }] }), "failed: bad-message"],
      [file({ id: "c", messages: [{ core: { id: "a/b" } }] }), "failed: bad-id"],
      [file({ id: "c", messages: [{ core: { id: "a~b" } }] }), "failed: bad-id"],
      [file({ id: "c", messages: [message], records: [] }), "failed: bad-record"],
      [file({ id: "c", messages: [message], records: { flags: 1 } }), "failed: bad-record"],
      [file({ id: "c", messages: [message], records: { messages: {} } }), "failed: bad-record"],
      [file({ id: "c", messages: [message], records: { flags: { "\ud800": 1 } } }), "failed: bad-record"],
    ]
    for (const [source, status] of refused) {
      const shelf = new Shelf()
      expect(statuses(shelf.import(source))).toEqual([status])
      expect(shelf.docs.size).toBe(0)
    }
  })

  test("[CV13] messages of one id in one file: the same is one, different texts stand side by side", () => {
    const message = (text: string): unknown => ({
      core: { id: "m", parentId: null, role: "user" },
      parts: [{ pid: "0", type: "text", text }],
    })
    const shelf = new Shelf()
    const messages = [message("one text"), message("one text"), message("another")]
    shelf.import(JSON.stringify({ format: "polylogue", version: 1, conversations: [{ id: "c", messages }] }))
    const conversation = shelf.conversation("c")
    expect(
      conversation
        .getLine()[0]
        ?.alternatives.map((id) => conversation.getMessage(id)?.text)
        .toSorted(),
    ).toEqual(["another", "one text"])
  })
})

describe("Markdown", () => {
  test("[CV14] every message stands in it once, open fences are closed, and a deleted message is named without its text", () => {
    const shelf = new Shelf()
    const conversation = shelf.conversation("c")
    const question = conversation.send({ text: "Question with ```\nopen fence", parentId: null })
    const edited = conversation.edit(question, "Edited ~~~~\n~~~~ js\nx\n~~~\n``` not closed by these")
    const answers = ["first answer", "second answer"].map((text) => {
      const reply = conversation.startReply({
        parentId: edited,
        author: { id: "m", kind: "model", name: "Model\nX" },
        partType: "reasoning",
      })
      reply.append(`thinking \`\`\`\` of ${text}`)
      reply.startPart("text")
      reply.append(text)
      reply.stop()
      return reply.messageId
    })
    const secret = conversation.send({ text: "secret", parentId: answers[1] ?? null })
    conversation.send({ text: "last", parentId: secret })
    conversation.send({ text: "at the same time", parentId: answers[1] ?? null })
    conversation.delete(secret)
    conversation.setTitle("A title\nin two lines")
    const markdown = exportMarkdown("c", shelf.view("c"))
    expect(markdown).toMatch(/^# A title in two lines\n\n- Conversation: `c`\n- Messages: 7 \(1 deleted\)\n/)
    expect(markdown).not.toContain("secret")
    for (const text of ["open fence", "not closed by these", "\nfirst answer", "\nsecond answer", "\nlast", "at the same time"]) {
      expect(markdown.split(text)).toHaveLength(2)
    }
    expect(markdown.match(/^## \d+\. /gm)).toHaveLength(7)
    expect(markdown).toContain("`````reasoning\nthinking ```` of first answer\n`````")
    expect(markdown).toContain("``` not closed by these\n~~~~")
    expect(markdown.match(/Another branch/g)).toHaveLength(2)
  })

  test("[CV14] what a message cites stands in footnotes behind the cited words, in no code and no link, and changes no other character", () => {
    const shelf = new Shelf()
    const conversation = shelf.conversation("c")
    const text = "It is **blue**, see [the paper](https://example.org/a), `short waves`.\n\n```\nin code\n```"
    const id = conversation.send({ text, parentId: null })
    const message = conversation.getMessage(id)
    const [ydoc] = conversation.documents.values()
    if (ydoc === undefined || message === undefined) throw new Error("there is no message")
    const partId = message.parts[0]?.pid ?? ""
    const at = (words: string): { from: number; to: number } => ({ from: text.indexOf(words), to: text.indexOf(words) + words.length })
    let byte = 0
    const options = {
      writer: "w",
      author: { id: "a", kind: "person" },
      now: () => 1,
      randomBytes: (length: number) => new Uint8Array(length).map(() => ++byte),
    }
    for (const words of ["blue", "the paper", "short", "in code", null]) {
      const source = words === "blue" ? { sourceId: "s1", page: 2 } : { url: "https://example.org/b", title: "On [air]" }
      addCitation(ydoc, options, { messageId: id, partId, answer: words === null ? null : at(words), source, quote: "its words" })
    }
    const markdown = exportMarkdown("c", conversation)
    expect(markdown).toContain(
      "It is **blue[^1]**, see [the paper](https://example.org/a)[^2], `short waves`[^3].\n\n```\nin code\n```\n\n[^4][^5]",
    )
    expect(markdown).toContain("[^1]: Source s1, page 2: “its words”")
    expect(markdown).toContain("[^2]: On &#91;air&#93; <https://example.org/b>: “its words”")
  })

  test("[CV14] the branch that is told first can be chosen, and an empty conversation has its title", () => {
    const shelf = new Shelf()
    const conversation = shelf.conversation("c")
    const first = conversation.send({ text: "first version", parentId: null })
    conversation.edit(first, "second version")
    const markdown = exportMarkdown("c", shelf.view("c"), { choices: new Set([first]) })
    expect(markdown.indexOf("first version")).toBeLessThan(markdown.indexOf("second version"))
    expect(exportMarkdown("d", shelf.view("d"))).toBe("# Untitled conversation\n\n- Conversation: `d`\n- Messages: 0\n")
  })

  test("[CV14] a time that no calendar has is left out, at the limit and past it", () => {
    const shelf = new Shelf()
    const messages = [8.64e15, 8.64e15 + 1, -1e300].map((createdAt, at) => ({
      core: { id: `m${at}`, role: "user", createdAt, clock: at },
      parts: [{ pid: "0", type: "text", text: `words ${at}` }],
    }))
    shelf.import(JSON.stringify({ format: "polylogue", version: 1, conversations: [{ id: "c", messages }] }))
    const markdown = exportMarkdown("c", shelf.view("c"))
    for (const words of ["words 0", "words 1", "words 2"]) expect(markdown).toContain(words)
    expect(markdown.match(/^## .* UTC$/gmu)).toHaveLength(1)
  })
})

test("[CV9] a conversation without times gets the time of its import in the list, once", () => {
  const [item] = parseImport([{ name: "x", content: JSON.stringify({ messages: [{ role: "user", content: "when?" }] }) }])
  if (item?.kind !== "conversation") throw new Error("no conversation")
  const docs = { conversationDocs: [new Y.Doc()], indexDoc: new Y.Doc() }
  expect(applyImport(item, { ...docs, importedAt: 5000 }).status).toBe("imported")
  expect(applyImport(item, { ...docs, importedAt: 9000 }).status).toBe("unchanged")
  expect(docs.indexDoc.getMap("cards").get(`${item.conversation.id}/activity/import`)).toEqual({ clock: 5000, snippet: "when?" })
})

test("[CV9] items come one by one, so that progress can be shown, and a later file is not read before its turn", () => {
  let read = 0
  const files = {
    *[Symbol.iterator](): IterableIterator<{ name: string; content: string }> {
      for (const name of ["one", "two"]) {
        read++
        yield { name, content: JSON.stringify({ messages: [{ role: "user", content: name }] }) }
      }
    },
  }
  const items = parseImport(files)
  expect(items.next().value).toMatchObject({ kind: "conversation", where: { file: "one" } })
  expect(read).toBe(1)
})
