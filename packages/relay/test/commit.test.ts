import { StorageError } from "@polylogue/storage"
import { expect, test } from "vitest"
import { openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

const io = (): never => {
  throw new StorageError("io", "the disk is gone")
}

async function opened(bed: TestBed, ...documents: string[]): Promise<TestDevice> {
  const device = await bed.device()
  for (const [index, document] of documents.entries()) await device.open(document, index + 1)
  return device
}

test("[RL11] after a failed commit the store is reopened and the same rows are written again; nothing is acked before", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const device = await opened(bed, "home/a", "home/b")
  let failures = 3
  log.beforeCommit = () => (failures-- > 0 ? io() : undefined)
  device.append(new Writer().type("a"), { handle: 1 })
  device.append(new Writer().type("b"), { handle: 2 })
  await settle()
  expect([device.of("ack"), bed.relay.ready, log.opens]).toEqual([[], false, 2])
  const late = bed.device()
  await expect(late).rejects.toThrow("no welcome")

  await bed.clock.advance(10_000)
  expect(device.of("ack")).toHaveLength(2)
  expect(bed.relay.ready).toBe(true)
  expect(bed.eventsOf("commit-failed").length).toBe(3)
  expect(bed.eventsOf("store-recovered")).toHaveLength(1)
  // Told once, with how long the first of them waited for the store.
  const [committed, ...more] = bed.eventsOf("committed")
  expect([committed?.rows, more]).toEqual([2, []])
  expect(committed!.lagMs).toBeGreaterThanOrEqual(50)
  expect([await log.items("home/a"), await log.items("home/b")].map((items) => items.length)).toEqual([1, 1])
})

test("[RL11] a commit that was reported as failed and was written after all is acked once, at its place", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const device = await opened(bed, "home/a")
  const reader = await opened(bed, "home/a")
  let failures = 1
  log.afterCommit = () => (failures-- > 0 ? io() : undefined)
  const writer = new Writer()
  device.append(writer.type("a"))
  device.append(writer.type("b"))
  await settle()
  await bed.clock.advance(1000)
  device.append(writer.type("c"))
  await settle()
  expect(device.of("ack").map(({ seq }) => seq)).toEqual([1, 2, 3])
  expect(textOf(...reader.updates())).toBe("abc")
  expect(await log.items("home/a")).toHaveLength(3)
})

test("[RL11] the n-th commit fails, for every n, and no acked row is missing, none is stored twice", async () => {
  for (let n = 0; n < 6; n++) {
    for (const fault of ["beforeCommit", "afterCommit"] as const) {
      const log = new WatchedLog()
      const bed = await openTestBed({ log })
      const device = await opened(bed, "home/a", "home/b")
      let calls = 0
      log[fault] = () => (calls++ === n ? io() : undefined)
      const [left, right] = [new Writer(1), new Writer(2)]
      for (let step = 0; step < 4; step++) {
        device.append(left.type("a"), { handle: 1 })
        device.append(right.type("b"), { handle: 2 })
        await settle(2)
      }
      await settle()
      await bed.clock.advance(10_000)
      expect(
        device
          .of("ack")
          .map(({ handle, seq }) => `${handle}:${seq}`)
          .toSorted(),
      ).toEqual([1, 2].flatMap((handle) => [1, 2, 3, 4].map((seq) => `${handle}:${seq}`)))
      for (const [document, text] of [
        ["home/a", "aaaa"],
        ["home/b", "bbbb"],
      ] as const) {
        const items = await log.items(document)
        expect(textOf(...items.flatMap((item) => (item.kind === "entry" ? [item.entry.update] : [])))).toBe(text)
        expect(items).toHaveLength(4)
      }
      expect(bed.relay.stats()).toMatchObject({ queuedRows: 0, queuedBytes: 0 })
      await bed.relay.close()
    }
  }
})

test("[RL11, I7] a document that its store refuses is quarantined, the others of its batch are acked", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { quarantineMs: 60_000, heartbeatMs: 1e9 } })
  const device = await opened(bed, "home/bad", "home/good")
  const refuse = (code: "corrupt" | "io") => (changes: readonly { documentId?: string }[]) => {
    if (changes.some(({ documentId }) => documentId === "home/bad")) throw new StorageError(code, "refused")
  }
  for (const code of ["corrupt", "io"] as const) {
    log.beforeCommit = refuse(code) as typeof log.beforeCommit
    const writer = await opened(bed, "home/bad", "home/good")
    writer.append(new Writer().type("bad"), { handle: 1 })
    writer.append(new Writer().type("good"), { handle: 2 })
    await settle()
    await bed.clock.advance(5_000)
    expect([code, writer.closeCode(1), writer.of("ack").map(({ handle }) => handle)]).toEqual([code, "quarantined", [2]])
    expect(bed.relay.ready).toBe(true)
    const later = await opened(bed, "home/bad")
    expect(later.closeCode(1)).toBe("quarantined")
    expect(bed.relay.stats().quarantinedRooms).toBe(1)

    // After a while the store is asked again.
    log.beforeCommit = () => undefined
    await bed.clock.advance(61_000)
    const again = await opened(bed, "home/bad")
    again.append(new Writer().type("mended"))
    await settle()
    expect(again.of("ack")).toHaveLength(1)
  }
  expect(device.closeCode(1)).toBe("quarantined")
  expect(device.closedCode).toBeUndefined()
})

test("[RL11] a stored entry that does not decode quarantines its document and no other", async () => {
  const log = new WatchedLog()
  await log.open()
  const entry = {
    stamp: { log: "0123456789abcdef", seq: 1 },
    receivedAt: 1,
    principal: "p",
    row: "0123456789abcdef",
    handOver: false,
    update: Uint8Array.of(9, 9),
  }
  await log.commit([{ type: "append", documentId: "home/bad", items: [{ kind: "entry", entry }] }])
  const bed = await openTestBed({ log })
  const device = await opened(bed, "home/bad", "home/good")
  device.append(new Writer().type("bad"), { handle: 1 })
  device.append(new Writer().type("good"), { handle: 2 })
  await settle()
  expect([device.closeCode(1), device.of("ack").map(({ handle }) => handle)]).toEqual(["quarantined", [2]])
})

test("[RL11] reads wait while the store is reopened, and a store that does not open is tried again", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const device = await opened(bed, "home/a")
  let commitFailures = 1
  let openFailures = 2
  log.beforeCommit = () => (commitFailures-- > 0 ? io() : undefined)
  log.beforeOpen = () => (openFailures-- > 0 ? io() : undefined)
  device.append(new Writer().type("a"))
  await settle()
  device.send({ type: "open", handle: 2, document: "home/b", generation: 0, vector: new Map() })
  await settle()
  expect(device.of("opened")).toHaveLength(1)
  await bed.clock.advance(5_000)
  expect([device.of("opened").length, device.of("ack").length]).toEqual([2, 1])
})

test("[RL17] rows that wait are bounded in count and bytes; one past it closes the writer with overloaded", async () => {
  const fits = 3
  const sample = new Writer(1)
  const updates = Array.from({ length: fits + 1 }, () => sample.type("a"))
  const bytes = updates.slice(0, fits).reduce((sum, update) => sum + update.length, 0)
  for (const limits of [{ maxQueuedRows: fits }, { maxQueuedBytes: bytes }, { maxQueuedBytes: bytes + updates[fits]!.length - 1 }]) {
    const log = new WatchedLog()
    const bed = await openTestBed({ log, limits })
    const device = await opened(bed, "home/a")
    const other = await opened(bed, "home/a")
    const held = gate()
    log.beforeCommit = () => held.passed
    for (const update of updates.slice(0, fits)) device.append(update)
    await settle()
    expect(device.closedCode).toBeUndefined()
    device.append(updates[fits]!)
    await settle()
    expect(device.closedCode).toBe("overloaded")
    held.open()
    await settle()
    expect(textOf(...other.updates())).toBe("a".repeat(fits))
  }
})

test("[RL22] close ends a relay whose store fails, without waiting for it", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const device = await opened(bed, "home/a")
  log.beforeCommit = io
  log.beforeOpen = io
  device.append(new Writer().type("a"))
  await settle()
  await bed.relay.close()
  expect([device.of("ack"), device.closedCode]).toEqual([[], "draining"])
})

test("[RL17] a commit takes rooms up to its bytes, and the rest goes with the next", async () => {
  const writers = [1, 2, 3].map((id) => new Writer(id))
  const updates = writers.map((writer) => writer.type("x".repeat(100)))
  for (const [maxCommitBytes, expected] of [
    [updates[0]!.length * 2, [2, 1]],
    [updates[0]!.length * 2 + 1, [3]],
    [1, [1, 1, 1]],
  ] as const) {
    const log = new WatchedLog()
    const bed = await openTestBed({ log, limits: { maxCommitBytes } })
    const device = await opened(bed, "home/a", "home/b", "home/c")
    for (const [index, update] of updates.entries()) device.append(update, { handle: index + 1 })
    await settle()
    expect(log.commits.map((changes) => changes.length)).toEqual(expected)
    expect(device.of("ack")).toHaveLength(3)
  }
})

test("[RL11] a read that fails in passing is repeated, one that goes on failing quarantines its document alone", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { maxCacheItems: 1 } })
  const writing = await opened(bed, "home/a", "home/b")
  const [left, right] = [new Writer(1), new Writer(2)]
  for (let index = 0; index < 3; index++) {
    writing.append(left.type("a"), { handle: 1 })
    writing.append(right.type("b"), { handle: 2 })
  }
  await settle()
  let failures = 2
  log.beforeRead = (documentId) => (documentId === "home/a" && failures-- > 0 ? io() : undefined)
  const reader = await opened(bed, "home/a")
  await bed.clock.advance(500)
  expect(textOf(...reader.updates())).toBe("aaa")
  log.beforeRead = (documentId) => (documentId === "home/a" ? io() : undefined)
  const failing = await bed.device()
  await failing.open("home/a")
  await bed.clock.advance(500)
  const other = await opened(bed, "home/b")
  expect([failing.closeCode(1), writing.closeCode(1), writing.closeCode(2)]).toEqual(["quarantined", "quarantined", undefined])
  expect(textOf(...other.updates())).toBe("bbb")
})
