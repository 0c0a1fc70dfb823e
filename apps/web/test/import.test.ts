import { gzipSync } from "node:zlib"
import { conversationDocumentId, ConversationView, type ImportReport, indexDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type ImportEnding, type ImportStep, NO_COUNTS } from "../src/import/import-progress.ts"
import { IDLE, MAX_SHOWN_REPORTS, withReports } from "../src/import/import-state.ts"
import { outcome, pace, summary } from "../src/import/import-summary.ts"
import { reportText } from "../src/import/report-text.ts"
import { runImport } from "../src/import/run-import.ts"
import { StepGatherer } from "../src/import/step-gatherer.ts"

let replica: Replica
let steps: ImportStep[]
let full: boolean
let disk: MemoryDisk

/** A device's copy over `disk`, as a worker opens it. */
function openHere(disk: MemoryDisk): Promise<Replica> {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const log = new MemoryEntryLog({ disk })
  const commit = log.commit.bind(log)
  log.commit = (changes) => {
    if (!full) return commit(changes)
    return Promise.reject(Object.assign(new Error("full"), { code: "quota-exceeded" }))
  }
  return openReplica({ store: log, relays: [], dial, clock: systemClock, randomBytes })
}

beforeEach(async () => {
  full = false
  disk = new MemoryDisk()
  replica = await openHere(disk)
  steps = []
})

afterEach(() => replica.close())

interface Asked {
  readonly itemsDone?: number
  readonly onStep?: (step: ImportStep) => void
}

async function run(files: readonly File[], { itemsDone = 0, onStep }: Asked = {}): Promise<ImportEnding> {
  const abort = new AbortController()
  return await runImport({
    inputs: files.map((file) => ({ file, itemsDone })),
    replica,
    workspace: "home",
    signal: abort.signal,
    onStep: (step) => {
      steps.push(step)
      onStep?.(step)
      if (onStep !== undefined && step.reports.length > 0) abort.abort()
    },
  })
}

const reports = (): ImportReport[] => steps.flatMap((step) => step.reports)
const lines = (count: number, word = "hello"): string =>
  Array.from({ length: count }, (_, at) => JSON.stringify({ messages: [{ role: "user", content: `${word} ${at}` }] })).join("\n")
const file = (content: BlobPart, name: string): File => new File([content], name)
const statuses = (): string[] => reports().map(({ status }) => status)

test("[WB12] each item is reported, written and in the list; importing again changes nothing", async () => {
  const input = file(`${lines(40)}\nnot json`, "chat.jsonl")
  expect(await run([input])).toEqual({ kind: "finished" })
  expect(statuses()).toEqual([...Array<string>(40).fill("imported"), "failed"])
  expect(summary(steps.at(-1)!.counts)).toBe("40 conversations imported with 40 messages, 1 not imported")
  const index = await replica.open(indexDocumentId("home"))
  const cards = new WorkspaceIndex(index.ydoc, { writer: "test", now: Date.now, randomBytes })
  expect(cards.getCards()).toHaveLength(40)
  const document = await replica.open(conversationDocumentId("home", reports()[7]?.conversationId ?? ""))
  const view = new ConversationView(document.ydoc)
  expect(view.getMessage(view.getLine()[0]?.id ?? "")?.text).toBe("hello 7")
  const rows = replica.status.waitingRows
  steps = []
  await run([input])
  expect(statuses()).toEqual([...Array<string>(40).fill("unchanged"), "failed"])
  expect(replica.status.waitingRows).toBe(rows)
})

test("[WB12] a step names the file, the bytes and what is durable; it only grows, and ends with all of them", async () => {
  const files = [file(lines(20), "a.jsonl"), file(lines(3, "other"), "b.jsonl")]
  await run(files)
  const total = files.reduce((sum, { size }) => sum + size, 0)
  for (const [at, step] of steps.entries()) {
    const before = steps[at - 1]
    expect(step.bytesTotal).toBe(total)
    if (before === undefined) continue
    expect(step.bytesDone).toBeGreaterThanOrEqual(before.bytesDone)
    expect([step.fileIndex, step.itemsDone] >= [before.fileIndex, before.itemsDone] || step.fileIndex > before.fileIndex).toBe(true)
  }
  expect(steps.some(({ fileIndex, reports }) => fileIndex === 1 && reports.length === 3)).toBe(true)
  expect(steps.at(-1)).toMatchObject({ fileIndex: 2, bytesDone: total, counts: { imported: 23, messages: 23 } })
})

test("[WB12, WB39] a run that is cancelled leaves whole conversations, and a later one goes on after them", async () => {
  const input = file(lines(300), "chat.jsonl")
  expect(await run([input], { onStep: () => {} })).toEqual({ kind: "cancelled" })
  const done = reports().length
  expect(done).toBeGreaterThan(0)
  expect(done).toBeLessThan(300)
  expect(steps.at(-1)?.itemsDone).toBe(done)
  steps = []
  expect(await run([input], { itemsDone: done })).toEqual({ kind: "finished" })
  expect(statuses()).toEqual(Array<string>(300 - done).fill("imported"))
  steps = []
  await run([input])
  expect(statuses()).toEqual(Array<string>(300).fill("unchanged"))
})

test("[WB40] a full device stops the run with whole conversations, says so, and the next run goes on when there is room", async () => {
  const input = file(lines(300), "chat.jsonl")
  const ending = await runImport({
    inputs: [{ file: input, itemsDone: 0 }],
    replica,
    workspace: "home",
    signal: new AbortController().signal,
    onStep: (step) => {
      steps.push(step)
      full = reports().length > 0
    },
  })
  expect(ending).toEqual({ kind: "full" })
  const done = reports().length
  expect(done).toBeGreaterThan(0)
  expect(done).toBeLessThan(300)
  expect(outcome({ ...IDLE, ending, counts: steps.at(-1)!.counts })).toContain("This device is full, so the import stopped.")
  await replica.close()
  full = false
  steps = []
  replica = await openHere(disk)
  expect(await run([input], { itemsDone: done })).toEqual({ kind: "finished" })
  expect(reports()).toHaveLength(300 - done)
})

test("[WB13] archives are unpacked with what the browser has; what is wrong with one is reported and the next is read", async () => {
  expect(
    await run([
      file(gzipSync(lines(2, "zipped")), "one.jsonl.gz"),
      file(gzipSync(lines(1)).subarray(0, 20), "cut.gz"),
      file("PK", "short.zip"),
      file(lines(1, "after"), "good.jsonl"),
    ]),
  ).toEqual({ kind: "finished" })
  expect(statuses()).toEqual(["imported", "imported", "failed", "failed", "imported"])
  expect(reports().map(({ where }) => where.file)).toEqual(["one.jsonl.gz", "one.jsonl.gz", "cut.gz", "short.zip", "good.jsonl"])
})

test("[WB40] a file that is taken away while it is read stops the run with words, not with a report on its content", async () => {
  const input = file(lines(3), "gone.jsonl")
  input.slice = () => {
    throw new DOMException("gone", "NotReadableError")
  }
  expect(await run([input])).toEqual({ kind: "stopped", message: expect.stringContaining("gone.jsonl cannot be read any more") as string })
})

test("[WB41] what a page holds of a report is bounded, and what failed is kept", () => {
  const report = (status: ImportReport["status"]): ImportReport => ({
    status,
    where: { file: "a", position: "" },
    conversationId: null,
    title: null,
    messages: { imported: 0, unchanged: 0 },
    reason: null,
    notices: [],
  })
  const most = {
    ...IDLE,
    ...withReports(
      IDLE,
      Array.from({ length: MAX_SHOWN_REPORTS }, () => report("imported")),
    ),
  }
  expect([most.reports.length, most.unlisted]).toEqual([MAX_SHOWN_REPORTS, 0])
  const more = { ...most, ...withReports(most, [report("imported"), report("failed")]) }
  expect([more.reports.length, more.unlisted]).toEqual([MAX_SHOWN_REPORTS + 1, 1])
  const flooded = withReports(
    more,
    Array.from({ length: 2 * MAX_SHOWN_REPORTS }, () => report("failed")),
  )
  expect([flooded.reports.length, flooded.unlisted]).toEqual([2 * MAX_SHOWN_REPORTS, MAX_SHOWN_REPORTS + 2])
})

test("[WB41] a report as text has a line for each item, whatever its title holds, and says how the run ended", async () => {
  await run([
    file(`${JSON.stringify({ title: "two\nlines", messages: [{ role: "user", content: "x" }] })}\nnot json\n${lines(1)}`, "a.jsonl"),
  ])
  const { counts } = steps.at(-1)!
  const text = reportText({ ...IDLE, phase: "done", ending: { kind: "cancelled" }, counts }, reports())
  expect(text.split("\n").slice(0, 4)).toEqual([
    "Cancelled. 2 conversations imported with 2 messages, 1 not imported.",
    "",
    "imported: a.jsonl, line 1 “two lines”, 1 messages",
    "failed: a.jsonl, line 2",
  ])
})

test("[WB38] steps that follow each other quickly become one, and no report is lost", () => {
  const told: ImportStep[] = []
  const gatherer = new StepGatherer(60_000, (step) => void told.push(step))
  const step = (itemsDone: number): ImportStep => ({
    fileIndex: 0,
    itemsDone,
    bytesDone: itemsDone,
    bytesTotal: 9,
    counts: NO_COUNTS,
    reports: [{ status: "imported" } as ImportReport],
  })
  for (const at of [1, 2, 3]) gatherer.add(step(at))
  gatherer.flush()
  gatherer.flush()
  expect(told.map(({ itemsDone, reports }) => [itemsDone, reports.length])).toEqual([
    [1, 1],
    [3, 2],
  ])
})

test("[WB38] the pace is told in bytes, in bytes a second and in the time that is left", () => {
  expect(pace({ ...IDLE, bytesDone: 25e6, bytesTotal: 100e6 })).toBe("25.0 MB of 100 MB")
  expect(pace({ ...IDLE, bytesDone: 25e6, bytesTotal: 100e6, bytesPerSecond: 2.5e6 })).toBe("25.0 MB of 100 MB, 2.5 MB a second, 30 s left")
  expect(pace({ ...IDLE, bytesDone: 100e6, bytesTotal: 100e6, bytesPerSecond: 2.5e6 })).toBe("100 MB of 100 MB, 2.5 MB a second")
})
