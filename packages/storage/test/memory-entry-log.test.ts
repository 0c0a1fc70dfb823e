import { expect, test } from "vitest"
import { MemoryDisk, MemoryEntryLog } from "../src/index.ts"

const record = { type: "record", key: "k", value: Uint8Array.of(1) } as const

test("[IM1] what is written rests on the disk, whichever log looks at it", async () => {
  const disk = new MemoryDisk()
  const one = new MemoryEntryLog({ disk })
  const two = new MemoryEntryLog({ disk })
  await one.open()
  await two.open()
  await one.commit([record])
  expect(await two.record("k")).toEqual(Uint8Array.of(1))
  await one.close()
  await two.commit([{ ...record, value: null }])
  await one.open()
  expect(await one.record("k")).toBeUndefined()
  const alone = new MemoryEntryLog()
  await alone.open()
  await alone.commit([record])
  expect(await one.record("k")).toBeUndefined()
})

test("[IM2] a copy of a disk goes its own way", async () => {
  const disk = new MemoryDisk()
  const log = new MemoryEntryLog({ disk })
  await log.open()
  await log.commit([
    record,
    { type: "outbox", documentId: "d", rows: [{ row: "00000000000000aa", update: Uint8Array.of(7), handOver: false }] },
  ])
  const copy = new MemoryEntryLog({ disk: disk.copy() })
  await copy.open()
  await log.commit([
    { ...record, value: Uint8Array.of(2) },
    { type: "outbox", documentId: "d", rows: [], settled: ["00000000000000aa"] },
  ])
  expect(await copy.record("k")).toEqual(Uint8Array.of(1))
  expect(await copy.outbox("d")).toHaveLength(1)
  expect(await log.outbox("d")).toHaveLength(0)
})
