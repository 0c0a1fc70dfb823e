import { describe, expect, test } from "vitest"
import { exportMarkdown } from "@polylogue/conversation"
import { countUpdates } from "./devices.ts"
import { Shelf } from "./imports.ts"
import { hasSharedData, readShared } from "./shared-data.ts"

interface ChatGptNode {
  readonly message: { readonly content: { readonly parts?: readonly unknown[]; readonly result?: string } } | null
  readonly parent: string | null
  readonly children: readonly string[]
}
interface ChatGptExport {
  readonly title: string
  readonly mapping: Readonly<Record<string, ChatGptNode>>
}
interface MessagesRecord {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

const text = (path: string): string => new TextDecoder().decode(readShared(path))

/** Imported, exported and imported again, the conversations are the same; importing again writes nothing. */
function checkRoundTrip(shelf: Shelf, source: string): void {
  const file = shelf.nativeFile()
  const second = new Shelf()
  expect(second.import(file).every((report) => report.status === "imported")).toBe(true)
  expect(second.nativeFile()).toBe(file)
  const again = [
    [shelf, source],
    [second, file],
  ] as const
  for (const [copy, content] of again) {
    const updates = copy.countUpdates(() => {
      for (const report of copy.import(content)) expect(report.status).toBe("unchanged")
    })
    expect(updates).toBe(0)
  }
  // The other form of the same brings at most the card up to date.
  const [doc = shelf.index] = shelf.docs.values()
  expect(countUpdates(doc, () => shelf.import(file))).toBe(0)
  expect(shelf.nativeFile()).toBe(file)
}

describe.runIf(hasSharedData)("shared conversations", () => {
  test.each(["conversations/import-chatgpt-tree.json", "conversations/import-chatgpt-citations.json.gz"])(
    "[I12, CV9] %s goes in and out without losing a character, a parent link or an order",
    (path) => {
      const source = text(path)
      const shelf = new Shelf()
      const reports = shelf.import(source)
      const exports = JSON.parse(source) as ChatGptExport[]
      expect(reports.map((report) => report.status)).toEqual(exports.map(() => "imported"))
      for (const [position, { mapping, title }] of exports.entries()) {
        const id = reports[position]?.conversationId ?? ""
        const conversation = shelf.conversation(id)
        expect(conversation.getTitle()).toBe(title)
        const tree = conversation.getTree()
        const bySource = new Map(
          [...tree.nodes.keys()].map((nodeId) => {
            const stored = shelf.doc(id).getMap<{ origin: { sourceId: string } }>("imported")
            const key = [...stored.keys()].find((candidate) => candidate.startsWith(nodeId)) ?? ""
            return [stored.get(key)?.origin.sourceId ?? "", nodeId]
          }),
        )
        const kept = Object.entries(mapping).filter(([, node]) => node.message !== null)
        expect(bySource.size).toBe(kept.length)
        for (const [key, node] of kept) {
          const message = conversation.getMessage(bySource.get(key) ?? "")
          const expected = node.message?.content.parts ?? [node.message?.content.result]
          expect(message?.parts.map((part) => part.text).slice(0, expected.length)).toEqual(expected)
          let parent = node.parent
          while (parent !== null && mapping[parent]?.message === null) parent = mapping[parent]?.parent ?? null
          if (parent !== null && !(parent in mapping)) expect(tree.nodes.has(message?.parentId ?? "")).toBe(false)
          else expect(message?.parentId).toBe(parent === null ? null : bySource.get(parent))
          const turns = tree.turnsAfter(message?.id ?? "")
          expect(turns.flatMap((turn) => turn.members)).toEqual(
            node.children.filter((child) => child in mapping).map((child) => bySource.get(child)),
          )
          expect(turns.length).toBeLessThanOrEqual(1)
        }
        expect(exportMarkdown(id, shelf.view(id))).toContain(`# ${title}`)
      }
      checkRoundTrip(shelf, source)
    },
  )

  test.each(["conversations/arena-hard-a.jsonl.gz", "conversations/ja-mtbench-gpt4o.jsonl.gz"])(
    "[I12, CV9] %s goes in and out without losing a character, a role or an order",
    (path) => {
      const source = text(path)
      const shelf = new Shelf()
      const reports = shelf.import(source)
      const records = source
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as MessagesRecord)
      expect(reports.map((report) => report.status)).toEqual(records.map(() => "imported"))
      expect(shelf.docs.size).toBe(records.length)
      for (const [position, { messages, ...rest }] of records.entries()) {
        const id = reports[position]?.conversationId ?? ""
        const conversation = shelf.conversation(id)
        const line = conversation.getLine().map((entry) => conversation.getMessage(entry.id))
        expect(line.map((message) => ({ role: message?.role, content: message?.text }))).toEqual(messages)
        const origin = shelf.doc(id).getMap<{ raw: string }>("meta").get("origin")
        expect(JSON.parse(origin?.raw ?? "")).toEqual(rest)
        conversation.destroy()
      }
      checkRoundTrip(shelf, source)
    },
  )

  test("[I12] every naughty string survives as text, title and reaction, through Yjs, export and import", () => {
    const strings = JSON.parse(text("text/blns.json")) as string[]
    const shelf = new Shelf()
    const source = JSON.stringify({ id: "blns", messages: strings.map((content) => ({ role: "user", content })) })
    const [report] = shelf.import(source)
    const id = report?.conversationId ?? ""
    const conversation = shelf.conversation(id)
    const line = conversation.getLine()
    expect(line.map((entry) => conversation.getMessage(entry.id)?.text)).toEqual(strings)
    for (const [position, entry] of line.entries()) {
      const naughty = strings[position] ?? ""
      conversation.setTitle(naughty)
      conversation.send({ text: naughty, parentId: entry.id })
      if (naughty.length > 0 && naughty.length <= 64) conversation.react(entry.id, naughty)
    }
    expect(conversation.getTitle()).toBe(strings.at(-1))
    const file = shelf.nativeFile()
    const second = new Shelf()
    second.import(file)
    expect(second.nativeFile()).toBe(file)
    const copy = second.conversation(id)
    for (const entry of line) expect(copy.getMessage(entry.id)?.reactions).toEqual(conversation.getMessage(entry.id)?.reactions)
    checkRoundTrip(shelf, source)
  })

  test("[I12] prompts in Arabic, Hebrew, Japanese and Russian survive as messages and in pieces of any size", () => {
    const chapters = text("prompts/prompt-book-a.jsonl.gz")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly text: string })
      .slice(0, 24)
    const shelf = new Shelf()
    const conversation = shelf.conversation("book")
    const author = { id: "model:x", kind: "model" }
    for (const [position, chapter] of chapters.entries()) {
      const reply = conversation.startReply({ parentId: null, author })
      const size = 1 + (position % 7) * 97
      for (let start = 0; start < chapter.text.length; start += size + (size === 1 ? 200 : 0)) {
        reply.append(chapter.text.slice(start, start + size + (size === 1 ? 200 : 0)))
      }
      reply.done()
      expect(conversation.getMessage(reply.messageId)?.text).toBe(chapter.text)
    }
    const second = new Shelf()
    second.import(shelf.nativeFile())
    expect(second.nativeFile()).toBe(shelf.nativeFile())
  })
})

test.runIf(!hasSharedData)("[I12] the shared conversations are not here: their round trips are skipped", () => {
  expect(hasSharedData).toBe(false)
})
