import {
  applyImport,
  Conversation,
  conversationDocumentId,
  ConversationView,
  exportNative,
  indexDocumentId,
  parseImport,
  userHomeDocumentId,
  ViewedBranches,
  WorkspaceIndex,
  workspaceFolders,
} from "@polylogue/conversation"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import { exportFileName } from "../src/export/file-name.ts"
import { exportWords, leftWords } from "../src/export/export-words.ts"
import { NO_EXPORT } from "../src/export/export-job.ts"
import { type ExportRequest, type LeftOut, runExport } from "../src/export/run-export.ts"
import type { ImportStep } from "../src/import/import-progress.ts"
import { runImport } from "../src/import/run-import.ts"

const dial = (): never => {
  throw new Error("there is no relay here")
}
const openHere = (): Promise<Replica> => openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
const author = { id: "ana", kind: "person", name: "Ana" }

/** A device with conversations: two imported ones, one of them deleted, and one written here with a branch and a file. */
async function filled(): Promise<{ readonly replica: Replica; readonly ids: readonly string[]; readonly file: string }> {
  const replica = await openHere()
  const index = await replica.open(indexDocumentId("home"))
  const cards = new WorkspaceIndex(index.ydoc, { writer: "w", now: Date.now, randomBytes })
  const ids: string[] = []
  const content = ["one", "two"].map((text) => JSON.stringify({ title: text, messages: [{ role: "user", content: text }] })).join("\n")
  for (const item of parseImport([{ name: "a.jsonl", content }])) {
    if (item.kind === "report") throw new Error("not read")
    const document = await replica.open(conversationDocumentId("home", item.conversation.id))
    applyImport(item, { conversationDocs: [document.ydoc], indexDoc: index.ydoc })
    ids.push(item.conversation.id)
  }
  cards.delete(ids.at(-1) ?? "")
  const file = await replica.blobs.put("home", new TextEncoder().encode("what is in the file"))
  const document = await replica.open(conversationDocumentId("home", "live"))
  const live = new Conversation(document.ydoc, { writer: "w", author, now: Date.now, randomBytes })
  const part = { type: "file", sha256: file, name: "notes.txt", mediaType: "text/plain", size: 19 } as const
  const first = live.send({ text: "a question", parentId: null, parts: [part] })
  live.edit(first, "another question")
  cards.create({ id: "live", title: "Written here" })
  ids.push("live")
  return { replica, ids, file }
}

interface Written {
  readonly file: File
  readonly left: readonly LeftOut[]
  readonly progress: readonly (readonly [number, number])[]
}

async function written(replica: Replica, request: Omit<ExportRequest, "workspace" | "reader">, missing = false): Promise<Written> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  const left: LeftOut[] = []
  const progress: [number, number][] = []
  const run = runExport({
    ...request,
    replica,
    workspace: "home",
    reader: "ana",
    signal: new AbortController().signal,
    blob: (sha256) => (missing ? Promise.resolve(undefined) : replica.blobs.get("home", sha256)),
    onProgress: (done, total) => void progress.push([done, total]),
    onLeft: (leftOut) => void left.push(leftOut),
  })
  for await (const chunk of run) chunks.push(chunk as Uint8Array<ArrayBuffer>)
  return { file: new File(chunks, "backup.zip"), left, progress }
}

async function nativeOf(replica: Replica, id: string): Promise<unknown> {
  const document = await replica.open(conversationDocumentId("home", id))
  const view = new ConversationView(document.ydoc)
  const native = exportNative(id, view)
  view.destroy()
  return native
}

test("[WB43] a backup restored on an empty device gives back every conversation, deleted ones and attachments too, and twice changes nothing", async () => {
  const { replica, ids, file } = await filled()
  const backup = await written(replica, { ids: undefined, format: "bundle" })
  expect(backup.left).toEqual([])
  expect(backup.progress.at(-1)).toEqual([3, 3])
  const fresh = await openHere()
  const restore = async (): Promise<ImportStep> => {
    const steps: ImportStep[] = []
    const inputs = [{ file: backup.file, itemsDone: 0 }]
    const signal = new AbortController().signal
    expect(await runImport({ inputs, replica: fresh, workspace: "home", signal, onStep: (step) => void steps.push(step) })).toEqual({
      kind: "finished",
    })
    return steps.at(-1)!
  }
  expect((await restore()).counts).toMatchObject({ imported: 3, failed: 0, skipped: 0 })
  for (const id of ids) expect(await nativeOf(fresh, id)).toEqual(await nativeOf(replica, id))
  expect(new TextDecoder().decode(await fresh.blobs.get("home", file))).toBe("what is in the file")
  expect((await restore()).counts).toMatchObject({ imported: 0, unchanged: 3 })
})

test("[WB43] a restored conversation stands where it stood: folder in folder, tags, pin, archive, deleted", async () => {
  const { replica, ids } = await filled()
  const indexOf = async (of: Replica): Promise<WorkspaceIndex> =>
    new WorkspaceIndex((await of.open(indexDocumentId("home"))).ydoc, { writer: "w", now: Date.now, randomBytes })
  const index = await indexOf(replica)
  const [first = "", deleted = ""] = ids
  const inner = workspaceFolders(index).create("Inner", workspaceFolders(index).create("Outer"))
  workspaceFolders(index).create("Inner")
  index.setFolder(first, inner)
  index.addTag(first, "Tea")
  index.setPinned(first, true)
  index.setArchived("live", true)
  const { file } = await written(replica, { ids: undefined, format: "bundle" })
  const fresh = await openHere()
  const restore = { inputs: [{ file, itemsDone: 0 }], workspace: "home", signal: new AbortController().signal, onStep: () => {} }
  await runImport({ ...restore, replica: fresh })
  const restored = await indexOf(fresh)
  const { pathTo } = workspaceFolders(restored).getForest()
  expect(pathTo(restored.getCard(first)?.folderId ?? null).map(({ name }) => name)).toEqual(["Outer", "Inner"])
  expect(restored.getCard(first)).toMatchObject({ tags: ["Tea"], pinned: true, archived: false, deletedAt: null })
  expect(restored.getCard("live")).toMatchObject({ archived: true, folderId: null, tags: [] })
  expect(restored.getDeletedCards().map(({ id }) => id)).toEqual([deleted])
  // What was changed since in the workspace that the backup is of stays as it is.
  index.restore(deleted)
  index.setPinned(first, false)
  await runImport({ ...restore, replica })
  expect(index.getDeletedCards()).toEqual([])
  expect(index.getCard(first)).toMatchObject({ pinned: false, folderId: inner })
})

test("[WB43] a conversation that has not arrived on the device is named, and is not taken for one without words", async () => {
  const { replica } = await filled()
  const document = await replica.open(indexDocumentId("home"))
  const index = new WorkspaceIndex(document.ydoc, { writer: "w", now: Date.now, randomBytes })
  index.create({ id: "elsewhere", title: "Written elsewhere" })
  index.create({ id: "begun", title: "Nothing written yet" })
  index.touch("elsewhere", { clock: Date.now(), snippet: "words on another device" })
  const { left } = await written(replica, { ids: undefined, format: "bundle" })
  expect(left.map(({ conversationId, title }) => [conversationId, title])).toEqual([["elsewhere", "Written elsewhere"]])
  expect(leftWords(left)).toEqual(["1 conversation that is not all on this device yet"])
})

test("[WB43] an attachment that is nowhere to be had is named, and all else is in the backup", async () => {
  const { replica } = await filled()
  const { left, file } = await written(replica, { ids: undefined, format: "bundle" }, true)
  expect(left.map(({ conversationId, left }) => [conversationId, left.map(({ code }) => code)])).toEqual([["live", ["bytes"]]])
  expect(leftWords(left)).toEqual(["1 attachment"])
  expect(file.size).toBeGreaterThan(0)
})

test("[WB42] an export holds the conversations that were asked for, and says by kind what the format leaves out", async () => {
  const { replica, ids } = await filled()
  const native = await written(replica, { ids: undefined, format: "polylogue" })
  const { conversations } = JSON.parse(await native.file.text()) as { conversations: { id: string }[] }
  expect(conversations.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted())
  const lines = await written(replica, { ids: ["live"], format: "openai" })
  expect(await lines.file.text()).toContain("another question")
  expect(leftWords(lines.left)).toContain("1 message on another branch")
})

test("[WB42] a format of one line gets the line that its reader looks at", async () => {
  const { replica } = await filled()
  const conversation = new ConversationView((await replica.open(conversationDocumentId("home", "live"))).ydoc)
  const first = [...conversation.getTree().nodes.keys()].find((id) => conversation.getMessage(id)?.text === "a question") ?? ""
  const home = await replica.open(userHomeDocumentId("ana"))
  new ViewedBranches(home.ydoc, { writer: "w", now: Date.now }).set("live", { choices: new Set([first]), tip: null })
  const { file } = await written(replica, { ids: ["live"], format: "openai" })
  const text = await file.text()
  expect(text).toContain("a question")
  expect(text).not.toContain("another question")
})

test("[WB75] several conversations in a format of a file each are an archive of them, named apart; one is a file", async () => {
  const { replica, ids } = await filled()
  const { file, progress } = await written(replica, { ids: ids.slice(0, 2), format: "ui-messages" })
  expect(progress.at(-1)).toEqual([2, 2])
  const read: string[] = []
  const onStep = ({ reports }: ImportStep): void => {
    read.push(...reports.map(({ status, where, messages }) => `${status} ${where.file} ${messages.imported}`))
  }
  const restore = { inputs: [{ file, itemsDone: 0 }], workspace: "home", signal: new AbortController().signal, onStep }
  await runImport({ ...restore, replica: await openHere() })
  expect(read.map((line) => line.replace(ids[0] ?? "", "A").replace(ids[1] ?? "", "B")).toSorted()).toEqual([
    "imported backup.zip/one A.json 1",
    "imported backup.zip/two B.json 1",
  ])
  const one = await written(replica, { ids: ["live"], format: "ui-messages" })
  expect(JSON.parse(await one.file.text())).toBeInstanceOf(Array)
  expect(exportFileName({ ids, format: "ui-messages" }, "Two")).toBe("Polylogue.zip")
  expect(exportFileName({ ids: undefined, format: "assistant-ui" }, "")).toBe("Polylogue.zip")
  expect(exportFileName({ ids: ["live"], format: "ui-messages" }, "a/b")).toBe("a-b.json")
  expect(exportFileName({ ids, format: "markdown" }, "a")).toBe("Polylogue.md")
})

test("[WB44] how an export stands is said in words, and one that is cancelled gives nothing more", async () => {
  expect(exportWords({ ...NO_EXPORT, phase: "running", done: 3, total: 1200 })).toBe("3 of 1,200 conversations written.")
  expect(exportWords({ ...NO_EXPORT, phase: "done", total: 1, bytes: 5e6 })).toBe("1 conversation written, 5.0 MB.")
  const { replica } = await filled()
  const abort = new AbortController()
  const seen: number[] = []
  const run = runExport({
    replica,
    workspace: "home",
    reader: "ana",
    ids: undefined,
    format: "markdown",
    signal: abort.signal,
    blob: () => Promise.resolve(undefined),
    onProgress: (done) => {
      seen.push(done)
      abort.abort()
    },
    onLeft: () => {},
  })
  for await (const chunk of run) expect(chunk).toBeInstanceOf(Uint8Array)
  expect(seen).toEqual([0, 3])
})
