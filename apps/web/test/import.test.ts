import { gzipSync, deflateRawSync } from "node:zlib"
import { conversationDocumentId, ConversationView, type ImportReport, indexDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { afterEach, beforeEach, expect, test } from "vitest"
import { summary } from "../src/import/import-summary.ts"
import { type ImportProgress, runImport } from "../src/import/run-import.ts"
import { readZip } from "../src/import/zip-archive.ts"

let replica: Replica
let progress: ImportProgress[]

beforeEach(async () => {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  progress = []
})

afterEach(() => replica.close())

const run = (files: readonly File[], signal = new AbortController().signal): Promise<readonly ImportReport[]> =>
  runImport({ files, replica, workspace: "home", signal, onProgress: (now) => void progress.push(now) })
const lines = (count: number, word = "hello"): string =>
  Array.from({ length: count }, (_, at) => JSON.stringify({ messages: [{ role: "user", content: `${word} ${at}` }] })).join("\n")
const file = (content: BlobPart, name: string): File => new File([content], name)
const statuses = (reports: readonly ImportReport[]): string[] => reports.map(({ status }) => status)

test("[WB12] each item is reported, written and in the list; importing again changes nothing", async () => {
  const input = file(`${lines(40)}\nnot json`, "chat.jsonl")
  const reports = await run([input])
  expect(statuses(reports)).toEqual([...Array<string>(40).fill("imported"), "failed"])
  expect(summary(reports)).toBe("40 conversations imported with 40 messages, 1 not imported")
  const index = await replica.open(indexDocumentId("home"))
  const cards = new WorkspaceIndex(index.ydoc, { writer: "test", now: Date.now, randomBytes })
  expect(cards.getCards()).toHaveLength(40)
  const document = await replica.open(conversationDocumentId("home", reports[7]?.conversationId ?? ""))
  const view = new ConversationView(document.ydoc)
  expect(view.getMessage(view.getLine()[0]?.id ?? "")?.text).toBe("hello 7")
  const rows = replica.status.waitingRows
  expect(statuses(await run([input]))).toEqual([...Array<string>(40).fill("unchanged"), "failed"])
  expect(replica.status.waitingRows).toBe(rows)
})

test("[WB12] progress only grows, names the file, and ends with all of them", async () => {
  await run([file(lines(20), "a.jsonl"), file(lines(3, "other"), "b.jsonl")])
  expect(progress.map(({ reports }) => reports.length)).toEqual(progress.map(({ reports }) => reports.length).toSorted((a, b) => a - b))
  expect(progress.some(({ file, filesDone }) => file === "b.jsonl" && filesDone === 1)).toBe(true)
  expect(progress.at(-1)).toMatchObject({ filesDone: 2, filesTotal: 2 })
  expect(progress.at(-1)?.reports).toHaveLength(23)
})

test("[WB12] a run that is cancelled leaves whole conversations, and doing it again goes on", async () => {
  const controller = new AbortController()
  const input = file(lines(60), "chat.jsonl")
  const reports = await runImport({
    files: [input],
    replica,
    workspace: "home",
    signal: controller.signal,
    onProgress: (now) => {
      if (now.reports.length > 0) controller.abort()
    },
  })
  expect(reports.length).toBeGreaterThan(0)
  expect(reports.length).toBeLessThan(60)
  const again = await run([input])
  expect(again).toHaveLength(60)
  expect(statuses(again).filter((status) => status === "unchanged")).toHaveLength(reports.length)
})

test("[WB13] gzip and zip are unpacked, names and all; what is no JSON in an archive is left alone", async () => {
  const packed = zip([
    ["conversations.json", `[${lines(2).split("\n").join(",")}]`, true],
    ["notes/readme.txt", "hello", true],
    ["notes/more.jsonl", lines(1, "stored"), false],
  ])
  const reports = await run([file(gzipSync(lines(1, "zipped")), "one.jsonl.gz"), file(packed, "export.zip")])
  expect(statuses(reports)).toEqual(["imported", "imported", "imported", "imported"])
  expect(reports.map(({ where }) => where.file)).toEqual([
    "one.jsonl.gz",
    "export.zip/conversations.json",
    "export.zip/conversations.json",
    "export.zip/notes/more.jsonl",
  ])
})

test("[WB13] damaged, cut off, encrypted and foreign archives are reported, and the next file is read", async () => {
  const good = zip([["a.json", lines(1), true]])
  const inputs = [
    file(gzipSync(lines(1)).subarray(0, 20), "cut.gz"),
    file(good.subarray(0, good.length - 30), "cut.zip"),
    file(zip([["a.json", lines(1), true]], { method: 12 }), "bzip2.zip"),
    file(zip([["a.json", lines(1), true]], { flags: 1 }), "encrypted.zip"),
    file(zip([["a.json", lines(1), true]], { directoryAt: 0xfffffff0 }), "pointer.zip"),
    file("PK", "short.zip"),
    file(lines(1, "after"), "good.jsonl"),
  ]
  const reports = await run(inputs)
  expect(statuses(reports)).toEqual(["failed", "failed", "failed", "failed", "failed", "failed", "imported"])
  for (const report of reports.slice(0, 6)) expect(report.reason?.message).toMatch(/\S/)
})

test("[WB13] any byte of an archive may be wrong: an error of its kind or its entries, never another", async () => {
  const good = zip([
    ["a.json", "{}", true],
    ["b.json", "[]", false],
  ])
  for (let at = 0; at < good.length; at++) {
    const bad = good.slice()
    bad[at] = (bad[at] ?? 0) ^ 0xff
    try {
      for (const { compressed } of await readZip(new Blob([bad]))) expect(compressed.size).toBeLessThanOrEqual(bad.length)
    } catch (error) {
      expect((error as Error).name).toBe("ZipError")
    }
  }
})

interface Wrong {
  readonly method?: number
  readonly flags?: number
  readonly directoryAt?: number
}

/** An archive as a well-behaved tool writes it, or with a field that is wrong. */
function zip(files: readonly (readonly [name: string, text: string, deflate: boolean])[], wrong: Wrong = {}): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const [name, text, deflate] of files) {
    const nameBytes = new TextEncoder().encode(name)
    const raw = new TextEncoder().encode(text)
    const content = deflate ? new Uint8Array(deflateRawSync(raw)) : raw
    const method = wrong.method ?? (deflate ? 8 : 0)
    const local = record(30, [
      [0, 0x04034b50, 4],
      [6, wrong.flags ?? 0, 2],
      [8, method, 2],
      [18, content.length, 4],
      [22, raw.length, 4],
      [26, nameBytes.length, 2],
    ])
    const central = record(46, [
      [0, 0x02014b50, 4],
      [8, wrong.flags ?? 0, 2],
      [10, method, 2],
      [20, content.length, 4],
      [24, raw.length, 4],
      [28, nameBytes.length, 2],
      [42, offset, 4],
    ])
    parts.push(local, nameBytes, content)
    directory.push(central, nameBytes)
    offset += 30 + nameBytes.length + content.length
  }
  const directoryBytes = directory.reduce((sum, part) => sum + part.length, 0)
  const end = record(22, [
    [0, 0x06054b50, 4],
    [8, files.length, 2],
    [10, files.length, 2],
    [12, directoryBytes, 4],
    [16, wrong.directoryAt ?? offset, 4],
  ])
  return new Uint8Array(Buffer.concat([...parts, ...directory, end]))
}

function record(length: number, fields: readonly (readonly [at: number, value: number, bytes: 2 | 4])[]): Uint8Array {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  for (const [at, value, size] of fields) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
  }
  return bytes
}
