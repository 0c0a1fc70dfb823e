import { coversStamp, type Entry, type VersionVector } from "@polylogue/protocol"
import { MemoryDisk, MemoryEntryLog, type NewLogItem } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { IdRanges } from "../src/yjs/id-ranges.ts"
import { restingIn } from "./erasing.ts"
import { type Crash, mortal } from "./mortal-log.ts"
import { ForeignLog, TAKES_LINKS, TestPeer } from "./test-peer.ts"
import { openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const DOC = "home/conv/1"
const LIMITS = { compactItems: 6, compactBytes: 1e9, windowItems: 3, heartbeatMs: 1e9, linkIdleMs: 1e9, compactIdleMs: Infinity }
const [A, B] = ["aa".repeat(8), "bb".repeat(8)] as const
const SECRET = "SECRET-0123456789"

/** What a relay has: entries of two logs that build on one another, a snapshot that erases, and more behind it. */
function script(): readonly NewLogItem[] {
  const [left, right] = [new ForeignLog(A), new ForeignLog(B)]
  const writers = [new Writer(1), new Writer(2)] as const
  const items: NewLogItem[] = []
  const write = (index: number, text: string): void => {
    const update = writers[index % 2]!.type(text)
    Y.applyUpdate(writers[(index + 1) % 2]!.doc, update)
    items.push((index % 2 === 0 ? left : right).entry(update))
  }
  write(0, SECRET)
  for (let index = 1; index < 12; index++) write(index, `${index} `)
  const { doc } = writers[0]
  doc.getText("t").delete(0, SECRET.length)
  const ranges = new IdRanges()
  ranges.add(1, 0, SECRET.length)
  const erased = { ranges: ranges.encode(), blobs: [] }
  const vector = new Map([...left.vector, ...right.vector, ["cc".repeat(8), 1] as const])
  items.push({ kind: "snapshot", snapshot: { vector, update: Y.encodeStateAsUpdate(doc), erased, owners: new Map([[1, "ada"]]) } })
  Y.applyUpdate(writers[1].doc, Y.encodeStateAsUpdate(doc))
  for (let index = 12; index < 20; index++) write(index, `${index} `)
  return items
}

const ITEMS = script()

async function open(log: MemoryEntryLog | ReturnType<typeof mortal>["log"]): Promise<{ bed: TestBed; device: TestDevice; peer: TestPeer }> {
  const bed = await openTestBed({ ...TAKES_LINKS, log, limits: LIMITS })
  const device = await bed.device()
  await device.open(DOC)
  const peer = await TestPeer.link(bed, A)
  peer.opened(DOC)
  return { bed, device, peer }
}

/** What is stored of the document, loaded, and what its head knows. */
async function stored(
  disk: MemoryDisk,
): Promise<{ readonly vector: VersionVector; readonly doc: Y.Doc; readonly rows: ReadonlySet<string> }> {
  const log = new MemoryEntryLog({ disk })
  await log.open()
  const { base, through, vector } = await log.head(DOC)
  const page = await log.read(DOC, base, { maxItems: Infinity, maxBytes: Infinity })
  const items = page.kind === "items" ? page.items : []
  const doc = new Y.Doc()
  const snapshot = await log.snapshot(DOC)
  if (snapshot !== undefined) Y.applyUpdate(doc, snapshot.update)
  for (const item of items) {
    if (item.position > through) Y.applyUpdate(doc, item.kind === "entry" ? item.entry.update : item.snapshot.update)
  }
  expect([doc.store.pendingStructs, doc.store.pendingDs]).toEqual([null, null])
  return { vector, doc, rows: new Set(items.flatMap((item) => (item.kind === "entry" ? [item.entry.row] : []))) }
}

const covered = (vector: VersionVector, part: VersionVector): boolean => [...part].every(([log, seq]) => coversStamp(vector, { log, seq }))

async function crashed(crash: Crash): Promise<{ reached: boolean; compacted: number }> {
  const disk = new MemoryDisk()
  const store = mortal(disk, crash)
  const first = await open(store.log)
  store.arm()
  const own = new Writer(9)
  const acked = new Map<string, number>()
  for (let index = 0; index < ITEMS.length && !store.dead(); index += 2) {
    first.peer.show(DOC, ...ITEMS.slice(index, index + 2))
    if (index % 3 === 0) first.device.append(own.type(`own${index} `))
    await settle(3)
  }
  await settle(40)
  for (const { log, seq } of first.device.of("ack")) acked.set(log, Math.max(seq, acked.get(log) ?? 0))
  const heard = first.peer.heardOf(DOC)

  const before = await stored(disk)
  expect(covered(before.vector, heard) && covered(before.vector, acked)).toBe(true)

  // It starts again, and is shown the same, from the beginning.
  const second = await open(new MemoryEntryLog({ disk }))
  second.peer.show(DOC, ...ITEMS)
  await settle(60)
  const after = await stored(disk)
  const oracle = new Y.Doc()
  for (const item of ITEMS) Y.applyUpdate(oracle, item.kind === "entry" ? item.entry.update : item.snapshot.update)
  const textWithout = (doc: Y.Doc): string =>
    doc
      .getText("t")
      .toJSON()
      .replaceAll(/own\d+ /gu, "")
  expect(textWithout(after.doc)).toBe(textWithout(oracle))
  expect(covered(after.vector, second.peer.heardOf(DOC)) && covered(after.vector, lastVector(ITEMS))).toBe(true)
  expect(covered(second.peer.heardOf(DOC), lastVector(ITEMS))).toBe(true)
  expect((await restingIn(disk)).includes(SECRET)).toBe(false)
  expect(second.bed.relay.erasuresPending()).toEqual([])
  const compacted = first.bed.relay.stats().compactions + second.bed.relay.stats().compactions
  await second.bed.relay.close()
  return { reached: store.dead(), compacted }
}

function lastVector(items: readonly NewLogItem[]): VersionVector {
  const entries: Entry[] = items.flatMap((item) => (item.kind === "entry" ? [item.entry] : []))
  return new Map(entries.map(({ stamp }) => [stamp.log, stamp.seq]))
}

test("[RL84, I1, I10] killed at any operation of its store, a relay has what it said to have, and reads on to the end", async () => {
  let points = 0
  let compacted = 0
  for (const commits of ["lost", "durable"] as const) {
    for (let at = 1; ; at++) {
      const outcome = await crashed({ at, commits }).catch((error: unknown) => {
        throw new Error(`${commits} at operation ${at}`, { cause: error })
      })
      compacted += outcome.compacted
      if (!outcome.reached) break
      points++
    }
  }
  expect(points).toBeGreaterThan(40)
  expect(compacted).toBeGreaterThan(points)
})
