import type { VersionVector } from "@polylogue/protocol"
import * as sha256 from "lib0/hash/sha256"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { type CompactionJob, type CompactionResult, runCompaction } from "../src/index.ts"
import { openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { Writer } from "./writer.ts"

const CALM = { heartbeatMs: 1e9, roomIdleMs: 1e9 }

/** The digest that PROTOCOL.md describes. */
function digestOf(...updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc({ gc: true })
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  return Uint8Array.from(sha256.digest(Y.encodeStateAsUpdate(doc)))
}

async function audit(device: TestDevice, vector: VersionVector, digest: Uint8Array, handle = 1): Promise<void> {
  device.send({ type: "audit", handle, vector, digest })
  await settle(30)
}

async function vectorOf(bed: TestBed, document = "home/a"): Promise<VersionVector> {
  return (await bed.log.head(document)).vector
}

test("[RL52, I9] at equal vectors the digest of a device is the relay's, before and after a compaction, deletions and erasures", async () => {
  const bed = await openTestBed({ limits: { ...CALM, compactItems: 10, windowItems: 3 } })
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer(1)
  const updates: Uint8Array[] = []
  const append = (update: Uint8Array): void => {
    updates.push(update)
    device.append(update)
  }
  const compare = async (): Promise<void> => {
    await settle(60)
    const vector = await vectorOf(bed)
    await audit(device, vector, digestOf(...updates))
    expect(device.of("audit").at(-1)).toEqual({ type: "audit", handle: 1, vector, digest: digestOf(...updates) })
  }
  for (let word = 0; word < 4; word++) append(writer.type(`word ${word} `))
  await compare()
  for (let word = 0; word < 20; word++) append(writer.type(`word ${word} `))
  append(writer.edit((doc) => doc.getText("t").delete(3, 30)))
  await compare()
  const erasure = Uint8Array.of(0, 1, 1, 1, 40, 5)
  updates.push(erasure)
  device.send({ type: "append", handle: 1, row: device.mintRow(), handOver: false, update: erasure, erases: [] })
  await compare()
  // Once per position: asking again costs nothing.
  const jobs = bed.jobs.filter(({ kind }) => kind === "digest").length
  await compare()
  expect([jobs, bed.jobs.filter(({ kind }) => kind === "digest").length]).toEqual([3, 3])
  expect(bed.relay.stats()).toMatchObject({ auditsEqual: 4, auditMismatches: 0 })
})

test("[RL52, I9] a difference at equal vectors is counted and reported, without content", async () => {
  const bed = await openTestBed({ limits: CALM })
  const device = await bed.device()
  await device.open("home/a")
  device.append(new Writer(1).type("right"))
  await settle()
  await audit(device, await vectorOf(bed), digestOf(new Writer(1).type("wrong")))
  expect(device.of("audit")[0]?.digest).toEqual(digestOf(new Writer(1).type("right")))
  expect(bed.relay.stats()).toMatchObject({ auditsEqual: 0, auditMismatches: 1 })
  expect(bed.eventsOf("audit-mismatch")).toEqual([{ type: "audit-mismatch", documentId: "home/a" }])
})

test("[RL52] where vectors differ there is nothing to compare, also when the relay goes on meanwhile", async () => {
  const held = gate()
  const bed = await openTestBed({
    limits: CALM,
    compactor: {
      async run<J extends CompactionJob>(job: J): Promise<CompactionResult<J>> {
        if (job.kind === "digest") await held.passed
        return runCompaction(job)
      },
    },
  })
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer(1)
  device.append(writer.type("one"))
  await settle()
  const before = await vectorOf(bed)
  await audit(device, new Map(), digestOf())
  expect(device.of("audit")).toEqual([{ type: "audit", handle: 1, vector: before, digest: new Uint8Array() }])
  const first = new Uint8Array(32)
  await audit(device, before, first)
  device.append(writer.type("two"))
  await settle()
  // Its vector is behind by now, and the one before it still waits.
  await audit(device, before, first)
  expect(device.of("audit")[1]).toEqual({ type: "audit", handle: 1, vector: await vectorOf(bed), digest: new Uint8Array() })
  held.open()
  await settle(30)
  expect(device.of("audit").at(-1)?.vector).toEqual(before)
  expect(bed.relay.stats()).toMatchObject({ auditsEqual: 0, auditMismatches: 1 })
})

test("[RL53, RL17] audits run one at a time with pauses, so many of a session wait as may, and one more closes it", async () => {
  let running = 0
  let most = 0
  const bed = await openTestBed({
    limits: { ...CALM, maxAudits: 3 },
    compactor: {
      async run<J extends CompactionJob>(job: J): Promise<CompactionResult<J>> {
        if (job.kind !== "digest") return runCompaction(job)
        most = Math.max(most, ++running)
        await bed.clock.advance(10)
        running--
        return runCompaction(job)
      },
    },
  })
  const device = await bed.device()
  for (let handle = 1; handle <= 6; handle++) {
    await device.open(`home/${handle}`, handle)
    device.append(new Writer(handle).type("word"), { handle })
  }
  await settle()
  // One is under way, three wait.
  for (let handle = 1; handle <= 4; handle++)
    device.send({ type: "audit", handle, vector: await vectorOf(bed, `home/${handle}`), digest: new Uint8Array(32) })
  await settle(40)
  expect([device.of("audit").length, device.closedCode, most]).toEqual([1, undefined, 1])
  await bed.clock.advance(30)
  expect(device.of("audit")).toHaveLength(2)
  for (let round = 0; round < 5; round++) await bed.clock.advance(100)
  expect([device.of("audit").length, most]).toEqual([4, 1])

  for (const handle of [5, 6, 5, 6, 5])
    device.send({ type: "audit", handle, vector: await vectorOf(bed, `home/${handle}`), digest: new Uint8Array(32) })
  await settle()
  expect(device.closedCode).toBe("rate-limited")
})

test("[RL53, RL42] only what is open is compared; a digest that is none ends the session, a document that does not load no other", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({
    log,
    limits: CALM,
    authenticate: async () => ({ name: "a", may: (id) => (id === "home/a" ? "write" : "none") }),
  })
  const device = await bed.device()
  await device.open("home/a", 1)
  await device.open("home/secret", 2)
  device.append(new Writer(1).type("word"))
  await settle()
  log.reads = 0
  await audit(device, new Map(), new Uint8Array(32), 2)
  expect([device.of("audit"), log.reads, device.closeCode(2)]).toEqual([[], 0, "forbidden"])
  log.beforeRead = () => {
    throw Object.assign(new Error("unreadable"), { code: "corrupt" })
  }
  await audit(device, new Map([[bed.relay.log, 1]]), new Uint8Array(32))
  expect([device.of("audit"), device.closedCode, bed.eventsOf("failed").map(({ where }) => where)]).toEqual([[], undefined, ["audit"]])
  log.beforeRead = () => undefined
  await audit(device, await vectorOf(bed), digestOf(new Writer(1).type("word")))
  expect(bed.relay.stats()).toMatchObject({ auditsEqual: 1 })
  await audit(device, new Map(), new Uint8Array(31))
  expect(device.closedCode).toBe("bad-frame")
})

test("[RL54] a snapshot for who had something before is counted as a resync, a first load is none", async () => {
  const bed = await openTestBed({ limits: { ...CALM, compactItems: 5, windowItems: 1 } })
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer(1)
  for (let word = 0; word < 3; word++) device.append(writer.type("word "))
  await settle(20)
  const early = await vectorOf(bed)
  for (let word = 0; word < 20; word++) {
    device.append(writer.type("word "))
    await settle()
  }
  const fresh = await bed.device()
  await fresh.open("home/a")
  expect([fresh.of("snapshot").length, bed.relay.stats().resyncs]).toEqual([1, 0])
  const returning = await bed.device()
  await returning.open("home/a", 1, early)
  expect([returning.of("snapshot").length, bed.relay.stats().resyncs]).toEqual([1, 1])
})

test("[RL53, I5] what a session asked and did not wait for is not worked on: who comes and goes leaves nothing behind", async () => {
  const held = gate()
  let digests = 0
  const bed = await openTestBed({
    limits: CALM,
    compactor: {
      async run<J extends CompactionJob>(job: J): Promise<CompactionResult<J>> {
        if (job.kind === "digest" && ++digests === 1) await held.passed
        return runCompaction(job)
      },
    },
  })
  const writer = await bed.device()
  for (let handle = 1; handle <= 4; handle++) {
    await writer.open(`home/${handle}`, handle)
    writer.append(new Writer(handle).type("word"), { handle })
  }
  await settle()
  for (let visit = 0; visit < 3; visit++) {
    const visitor = await bed.device()
    for (let handle = 1; handle <= 3; handle++) {
      await visitor.open(`home/${handle}`, handle)
      await audit(visitor, await vectorOf(bed, `home/${handle}`), new Uint8Array(32), handle)
    }
    visitor.break()
    await settle()
  }
  await audit(writer, await vectorOf(bed, "home/4"), new Uint8Array(32), 4)
  held.open()
  for (let round = 0; round < 12; round++) await bed.clock.advance(1000)
  // The one that was under way, and the one of who is still there.
  expect([digests, writer.of("audit").length]).toEqual([2, 1])
})
