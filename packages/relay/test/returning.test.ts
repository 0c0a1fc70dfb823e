import { type Frame, type FrameOf, NOTHING_ERASED, resumptionOf } from "@polylogue/protocol"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { runCompaction } from "../src/index.ts"
import { decodeSyncMessage, encodeSync } from "../src/sync-message.ts"
import { MemorySocket, openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { gate } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

const LIMITS = { compactItems: 20, windowItems: 2, windowBytes: 1, heartbeatMs: 1e9, diffBytes: 100, diffAnswerMs: 5_000 }

/** A document of 20 entries under a snapshot, and some behind it. */
async function grown(bed: TestBed, writer: Writer, behind = 3): Promise<TestDevice> {
  const device = await bed.device()
  await device.open("home/a")
  for (let index = 0; index < 20 + behind; index++) {
    device.append(writer.edit((doc) => doc.getMap("m").set(`k${index}`, "x".repeat(100))))
    if (index % 5 === 4) await settle()
  }
  await settle(20)
  return device
}

const state = (writer: Writer, handle = 1): Frame => ({
  type: "state",
  handle,
  vector: new Map(),
  stateVector: Y.encodeStateVector(writer.doc),
  deleteSet: new Uint8Array(),
  erased: NOTHING_ERASED,
})

/** A device that knows the first entry, and its document. */
async function returning(bed: TestBed, known: Uint8Array): Promise<{ device: TestDevice; own: Writer }> {
  const device = await bed.device()
  await device.open("home/a", 1, new Map([[bed.relay.log, 1]]))
  const own = new Writer()
  Y.applyUpdate(own.doc, known)
  return { device, own }
}

const keysOf = (...updates: readonly Uint8Array[]): number => {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc.getMap("m").size
}

test("[RL27] a replica that the window does not cover is asked what it has, and sent what lies beyond, deletions included", async () => {
  const bed = await openTestBed({ limits: LIMITS })
  const writer = new Writer(1)
  const writing = await grown(bed, writer)
  const first = bed.jobs.length
  const known = writing.of("ack").length
  expect(known).toBe(23)
  writing.append(writer.edit((doc) => doc.getMap("m").delete("k0")))
  await settle()
  const old = new Y.Doc()
  old.clientID = 1
  for (let index = 0; index < 15; index++) old.getMap("m").set(`k${index}`, "x".repeat(100))
  const { device, own } = await returning(bed, Y.encodeStateAsUpdate(old))
  expect([device.of("askState").length, device.of("snapshot").length, device.of("entries").length]).toEqual([1, 0, 0])
  device.send(state(own))
  await settle(20)
  const [snapshot] = device.of("snapshot")
  expect(snapshot?.vector).toEqual(new Map([[bed.relay.log, 24]]))
  expect(keysOf(Y.encodeStateAsUpdate(own.doc), snapshot!.update)).toBe(22)
  const whole = (await bed.log.head("home/a")).snapshotBytes
  expect(snapshot!.update.length).toBeLessThan(whole / 2)
  expect(bed.jobs.slice(first).map(({ kind }) => kind)).toContain("diff")
  expect(bed.relay.stats()).toMatchObject({ diffsSent: 1, snapshotsSent: 1 })
  // What follows comes as entries, and a state that nobody asked for is nothing.
  writing.append(writer.type("after"))
  device.send(state(own))
  await settle()
  expect(device.of("entries").flatMap(({ entries }) => entries.map(({ stamp }) => stamp.seq))).toEqual([25])
})

test("[RL27] the whole snapshot goes to who knows nothing, lacks most of it, does not answer, or answers with nonsense", async () => {
  const bed = await openTestBed({ limits: LIMITS })
  const writer = new Writer(1)
  await grown(bed, writer)
  const whole = (await bed.log.snapshot("home/a"))!.update
  const fresh = await bed.device()
  await fresh.open("home/a")
  expect([fresh.of("askState").length, fresh.of("snapshot").length]).toEqual([0, 1])

  const lacking = await returning(bed, Uint8Array.of(0, 0))
  lacking.device.send(state(lacking.own))
  await settle(20)
  expect(lacking.device.of("snapshot")[0]?.update).toEqual(whole)

  const silent = await returning(bed, whole)
  await bed.clock.advance(LIMITS.diffAnswerMs - 1)
  expect(silent.device.of("snapshot")).toHaveLength(0)
  await bed.clock.advance(1)
  expect(silent.device.of("snapshot")[0]?.update).toEqual(whole)

  const large = await returning(bed, whole)
  large.device.send({ ...(state(large.own) as FrameOf<"state">), stateVector: new Uint8Array(1024 * 1024 + 1) })
  await settle(20)
  expect(large.device.of("snapshot")[0]?.update).toEqual(whole)

  const rude = await returning(bed, whole)
  rude.device.send({ ...(state(rude.own) as FrameOf<"state">), stateVector: Uint8Array.of(200, 1, 3) })
  await settle(20)
  expect(rude.device.closedCode).toBe("bad-frame")

  const gone = await returning(bed, whole)
  gone.device.send({ type: "close", handle: 1, code: 1000, reason: "" })
  gone.device.send(state(gone.own))
  await bed.clock.advance(LIMITS.diffAnswerMs)
  expect([gone.device.of("snapshot").length, gone.device.closedCode]).toEqual([0, undefined])
  expect(bed.relay.stats()).toMatchObject({ diffsSent: 0 })
})

test("[RL27, RL17] snapshots below the bound are sent whole, and one more than may be computed at once too", async () => {
  const writer = new Writer(1)
  const held = gate()
  const measured = await openTestBed({ limits: { ...LIMITS, diffBytes: 1 } })
  await grown(measured, writer, 0)
  const { snapshotBytes } = await measured.log.head("home/a")
  for (const [diffBytes, asked] of [
    [snapshotBytes, 1],
    [snapshotBytes + 1, 0],
    [Infinity, 0],
  ] as const) {
    const bed = await openTestBed({ disk: measured.disk.copy(), limits: { ...LIMITS, diffBytes } })
    const device = await bed.device()
    await device.open("home/a", 1, new Map([[measured.relay.log, 1]]))
    expect([diffBytes, device.of("askState").length]).toEqual([diffBytes, asked])
  }

  const bed = await openTestBed({
    disk: measured.disk.copy(),
    limits: { ...LIMITS, maxDiffs: 2 },
    compactor: {
      async run(job) {
        if (job.kind === "diff") await held.passed
        return runCompaction(job)
      },
    },
  })
  const devices: TestDevice[] = []
  for (let index = 0; index < 3; index++) {
    const device = await bed.device()
    await device.open("home/a", 1, new Map([[measured.relay.log, 1]]))
    // Each has one key less than the one before, so that no two are answered by the same diff.
    const own = new Writer(1)
    for (let key = 0; key < 19 - index; key++) own.edit((doc) => doc.getMap("m").set(`k${key}`, "x".repeat(100)))
    device.send(state(own))
    await settle()
    devices.push(device)
  }
  expect(devices.map((device) => device.of("snapshot").length)).toEqual([0, 0, 1])
  held.open()
  await settle(30)
  expect(devices.map((device) => device.of("snapshot")[0]!.update.length < snapshotBytes / 2)).toEqual([true, true, false])
})

test("[RL27, I7] a diff that cannot be computed is answered with the whole snapshot", async () => {
  const bed = await openTestBed({
    limits: LIMITS,
    compactor: {
      run(job) {
        return job.kind === "diff" ? Promise.reject(new Error("the worker died")) : Promise.resolve(runCompaction(job))
      },
    },
  })
  await grown(bed, new Writer(1))
  const whole = (await bed.log.snapshot("home/a"))!.update
  const { device, own } = await returning(bed, whole)
  device.send(state(own))
  await settle(20)
  expect(device.of("snapshot")[0]?.update).toEqual(whole)
  expect(bed.eventsOf("failed")).toMatchObject([{ where: "diff" }])
})

test("[RL26] the rest of a snapshot goes to who has its beginning, and the whole to who has that of another", async () => {
  const bed = await openTestBed({ limits: LIMITS })
  const writer = new Writer(1)
  await grown(bed, writer, 0)
  const { vector, update } = (await bed.log.snapshot("home/a"))!
  const resume = resumptionOf(vector, update.length, update.subarray(0, 700))
  const open = { type: "open", handle: 1, document: "home/a", generation: 0, vector: new Map<string, number>() } as const
  const resumed = await bed.device()
  resumed.send({ ...open, resume })
  await settle()
  expect(resumed.of("rest")).toEqual([
    { type: "rest", handle: 1, vector, offset: 700, total: update.length, update: update.subarray(700), erased: NOTHING_ERASED },
  ])
  for (const other of [
    { ...resume, check: "0123456789abcdef" },
    { ...resume, offset: update.length },
    { ...resume, total: 1 },
  ]) {
    const device = await bed.device()
    device.send({ ...open, resume: other })
    await settle()
    expect([device.of("rest").length, device.of("snapshot").length]).toEqual([0, 1])
  }
  // Who can go on with a transfer is not asked for its state first.
  const known = await bed.device()
  known.send({ ...open, vector: new Map([[bed.relay.log, 1]]), resume })
  await settle()
  expect([known.of("askState").length, known.of("rest").length]).toEqual([0, 1])
  expect(textOf(...known.updates())).toBe("")
  expect(bed.relay.stats()).toMatchObject({ restsSent: 2 })
})

test("[RL36, I5] whole documents are loaded one after the other, however many sessions ask, and each gets its answer", async () => {
  let [running, most] = [0, 0]
  const bed = await openTestBed({
    limits: LIMITS,
    compactor: {
      async run(job) {
        most = Math.max(most, ++running)
        await settle(2)
        running--
        return runCompaction(job)
      },
    },
  })
  const device = await bed.device()
  for (let handle = 1; handle <= 6; handle++) {
    await device.open(`home/${handle}`, handle)
    device.append(new Writer(handle).type(`words of ${handle}`), { handle })
  }
  await settle()
  const sockets: MemorySocket[] = []
  for (let handle = 1; handle <= 6; handle++) {
    const socket = new MemorySocket()
    sockets.push(socket)
    bed.relay.acceptYjs(socket, `home/${handle}`)
    socket.give(encodeSync("step1", Uint8Array.of(0)))
    device.send({ type: "askState", handle })
  }
  await settle(200)
  expect(most).toBe(1)
  expect(device.of("state")).toHaveLength(6)
  const answers = sockets.map((socket) => socket.received.map(decodeSyncMessage).find(({ kind }) => kind === "step2"))
  expect(answers.map((answer) => textOf((answer as { update: Uint8Array }).update))).toEqual(
    [1, 2, 3, 4, 5, 6].map((handle) => `words of ${handle}`),
  )
})
