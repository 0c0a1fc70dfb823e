import { type EntryLog, MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { runCompaction } from "../src/index.ts"
import { type Crash, mortal } from "./mortal-log.ts"
import { openTestBed, seededNumbers, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const LIMITS = { compactItems: 6, compactBytes: 1e9, windowItems: 3, heartbeatMs: 1e9, compactIdleMs: Infinity }
const ROWS = 40

interface SentRow {
  readonly row: string
  readonly update: Uint8Array
}

/** What two people write, in the order in which the relay gets it: half of it deletes. */
function script(seed: number): readonly SentRow[] {
  const random = seededNumbers(seed)
  const writers = [new Writer(1), new Writer(2)]
  const rows: SentRow[] = []
  for (let index = 0; index < ROWS; index++) {
    const writer = writers[index % 2]!
    const { length } = writer.doc.getText("t")
    const update = writer.edit((doc) => {
      const text = doc.getText("t")
      const at = Math.floor(random() * (length + 1))
      if (length > 8 && random() < 0.5) text.delete(Math.min(at, length - 4), 4)
      else text.insert(at, `${index}:${"ab".repeat(3)}`)
    })
    // The other sees it, so that what follows builds on it.
    Y.applyUpdate(writers[(index + 1) % 2]!.doc, update)
    rows.push({ row: (0x500 + index).toString(16).padStart(16, "0"), update })
  }
  return rows
}

/** What a fresh device encodes that was given `updates`. */
function encoded(updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  return Y.encodeStateAsUpdate(doc)
}

function open(log: EntryLog): Promise<TestBed> {
  return openTestBed({
    log,
    limits: LIMITS,
    compactor: {
      async run(job) {
        const result = runCompaction(structuredClone(job))
        // Long enough that rows are appended meanwhile.
        if (job.kind === "compact") await settle(4)
        return result
      },
    },
  })
}

/** Sends rows, a few at a time, until all are acked or the process is dead; returns the rows that were acked. */
async function send(device: TestDevice, rows: readonly SentRow[], dead: () => boolean): Promise<ReadonlySet<string>> {
  await device.open("home/a")
  for (const [index, { row, update }] of rows.entries()) {
    if (dead()) break
    device.append(update, { row })
    if (index % 2 === 1) await settle(2)
  }
  await settle(30)
  return new Set(device.of("ack").map(({ row }) => row))
}

async function fresh(bed: TestBed): Promise<{ readonly known: number; readonly bytes: Uint8Array }> {
  const device = await bed.device()
  await device.open("home/a")
  await settle()
  let known = 0
  for (const seq of device.of("opened")[0]!.vector.values()) known += seq
  return { known, bytes: encoded(device.updates()) }
}

async function crashed(seed: number, crash: Crash): Promise<{ reached: boolean; compacted: number }> {
  const rows = script(seed)
  const disk = new MemoryDisk()
  const store = mortal(disk, crash)
  const first = await open(store.log)
  const device = await first.device()
  store.arm()
  const acked = await send(device, rows, () => store.dead())

  const second = await open(new MemoryEntryLog({ disk }))
  const after = await fresh(second)
  expect(after.known).toBeGreaterThanOrEqual(acked.size)
  expect(rows.slice(0, acked.size).every(({ row }) => acked.has(row))).toBe(true)
  expect(after.bytes).toEqual(encoded(rows.slice(0, after.known).map(({ update }) => update)))

  // The device comes back with what was not acked, and compaction goes on.
  const again = await second.device()
  await send(
    again,
    rows.filter(({ row }) => !acked.has(row)),
    () => false,
  )
  expect((await fresh(second)).bytes).toEqual(encoded(rows.map(({ update }) => update)))
  const compacted = first.relay.stats().compactions + second.relay.stats().compactions
  await second.relay.close()
  return { reached: store.dead(), compacted }
}

test("[RL34, I1, I2] killed at any operation of its store, while rows come and compactions run, a relay has what it acked and reads like an oracle", async () => {
  let points = 0
  let compacted = 0
  for (const commits of ["lost", "durable"] as const) {
    for (let at = 1; ; at++) {
      const outcome = await crashed(at % 5, { at, commits }).catch((error: unknown) => {
        throw new Error(`seed ${at % 5}, ${commits} at operation ${at}`, { cause: error })
      })
      compacted += outcome.compacted
      if (!outcome.reached) break
      points++
    }
  }
  // It died at reads and commits of several compactions, and in between.
  expect(points).toBeGreaterThan(80)
  expect(compacted).toBeGreaterThan(points)
})
