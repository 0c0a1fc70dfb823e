import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { codeNumber, covers, coversStamp, type Entry, type FrameOf, type VersionVector } from "@polylogue/protocol"
import { type Change, MemoryDisk, StorageError } from "@polylogue/storage"
import { LevelEntryLog } from "@polylogue/storage/level"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { DEFAULT_RELAY_LIMITS, runCompaction, type RelayOptions } from "../src/index.ts"
import { erasureOf, restingIn } from "./erasing.ts"
import { MemorySocket, openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

const SECRET = "SECRET-0123456789"
const DOCUMENT = "home/doc"
const BLOB = "ab".repeat(32)
const CALM = { heartbeatMs: 1e9, roomIdleMs: 1e9 }

function erase(device: TestDevice, update: Uint8Array, erases: readonly string[] = []): string {
  const row = device.mintRow()
  device.send({ type: "append", handle: 1, row, handOver: false, update, erases })
  return row
}

/** A document that says "before SECRET after", written by client 7, and the writer. */
async function secretBed(options: Parameters<typeof openTestBed>[0] = {}): Promise<{ bed: TestBed; writer: Writer; device: TestDevice }> {
  const bed = await openTestBed({ ...options, limits: { ...CALM, ...options.limits } })
  const device = await bed.device()
  await device.open(DOCUMENT)
  const writer = new Writer(7)
  for (const words of ["before ", SECRET, " after"]) device.append(writer.type(words))
  await settle()
  return { bed, writer, device }
}

const ERASURE = erasureOf(7, 7, SECRET.length)

/** What a fresh device gets of the document. */
async function readBack(bed: TestBed): Promise<{ text: string; bytes: string; device: TestDevice }> {
  const device = await bed.device()
  await device.open(DOCUMENT)
  await settle(30)
  const updates = device.updates()
  return { text: textOf(...updates), bytes: Buffer.concat(updates).toString("latin1"), device }
}

test("[RL47] an erasure takes the permission to erase, brings nothing, and names what is there", async () => {
  const authenticate: RelayOptions["authenticate"] = async ({ token }) => ({
    name: token,
    may: () => (token === "editor" ? "write" : token === "viewer" ? "read" : "erase"),
  })
  const bed = await openTestBed({ authenticate, limits: CALM })
  const [owner, editor, viewer] = [await bed.device("owner"), await bed.device("editor"), await bed.device("viewer")]
  for (const device of [owner, editor, viewer]) await device.open(DOCUMENT)
  expect([owner, editor, viewer].map((device) => device.of("opened")[0]?.mayErase)).toEqual([true, false, false])
  const writer = new Writer(7)
  owner.append(writer.type(`before ${SECRET}`))
  await settle()
  erase(editor, ERASURE)
  erase(viewer, ERASURE)
  // What follows may be an effect of it.
  editor.append(new Writer(8).type("behind"))
  await settle()
  expect([editor, viewer].map((device) => device.of("reject").map(({ code }) => code))).toEqual([[4403, 4403], [4403]])
  expect(textOf(...viewer.updates())).toBe(`before ${SECRET}`)

  for (const [update, code] of [
    [writer.type("more"), 4405],
    [erasureOf(7, 7, 1000), 4510],
    [erasureOf(99, 0, 1), 4510],
  ] as const) {
    const device = await bed.device("owner")
    await device.open(DOCUMENT)
    erase(device, update)
    await settle()
    expect(device.of("reject")[0]?.code).toBe(code)
  }
  expect(bed.relay.stats()).toMatchObject({ erasuresCarriedOut: 0, erasuresPending: 0 })
  erase(owner, ERASURE)
  await settle(40)
  expect([owner.of("ack").length, textOf(...viewer.updates())]).toEqual([2, "before "])
})

test("[RL17, RL47, I5] the erasures of a document name so many blobs together and no more, over restarts", async () => {
  const disk = new MemoryDisk()
  const options = { disk, limits: { maxErasedBlobs: 3 } }
  const { bed, device } = await secretBed(options)
  const blob = (digit: string): string => digit.repeat(64)
  erase(device, ERASURE, [blob("a"), blob("b")])
  erase(device, ERASURE, [blob("b"), blob("c"), blob("c")])
  await settle(60)
  expect([device.of("reject"), device.of("ack").length]).toEqual([[], 5])
  await bed.relay.close()
  const next = await openTestBed({ ...options, limits: { ...CALM, ...options.limits } })
  const later = await next.device()
  await later.open(DOCUMENT)
  erase(later, ERASURE, [blob("d")])
  await settle()
  expect(later.of("reject")).toMatchObject([{ code: codeNumber("row-too-large") }])
  expect((await next.log.snapshot(DOCUMENT))?.erased?.blobs).toEqual([blob("a"), blob("b"), blob("c")])
})

test("[RL48, I10] an erasure is carried out: no byte of it rests, the rest of the text does, and every session is told", async () => {
  const erased: unknown[] = []
  const disk = new MemoryDisk()
  const blobs = { erase: async (documentId: string, hashes: readonly string[]) => void erased.push([documentId, hashes]) }
  const { bed, device } = await secretBed({ disk, blobs })
  const other = await bed.device()
  await other.open(DOCUMENT)
  expect(await restingIn(disk)).toContain(SECRET)
  erase(device, ERASURE, [BLOB])
  await settle(40)
  expect(await restingIn(disk)).not.toContain(SECRET)
  expect(erased).toEqual([[DOCUMENT, [BLOB]]])
  const { head, base, through, vector } = await bed.log.head(DOCUMENT)
  expect([base, through, vector.get(bed.relay.log)]).toEqual([head, head, 4])
  expect((await bed.log.snapshot(DOCUMENT))?.erased).toEqual({ ranges: ERASURE.subarray(1), blobs: [BLOB] })
  for (const session of [device, other]) expect(session.of("erased")).toEqual([{ type: "erased", handle: 1, vector }])
  expect(bed.relay.stats()).toMatchObject({ erasuresCarriedOut: 1, erasuresPending: 0 })
  expect([bed.eventsOf("erased").length, bed.relay.erasuresPending()]).toEqual([1, []])

  const fresh = await readBack(bed)
  expect(fresh.text).toBe("before  after")
  expect(fresh.device.of("snapshot")[0]?.erased).toEqual({ ranges: ERASURE.subarray(1), blobs: [BLOB] })
  expect(fresh.device.of("erased")).toEqual([{ type: "erased", handle: 1, vector }])
  expect(fresh.device.frames.map(({ type }) => type)).toEqual(expect.arrayContaining(["opened", "erased"]))
  fresh.device.send({ type: "askState", handle: 1 })
  await settle()
  expect(fresh.device.of("state")[0]?.erased.blobs).toEqual([BLOB])
  // A start later, the same.
  await bed.relay.close()
  const next = await openTestBed({ disk, limits: CALM })
  const late = await next.device()
  await late.open(DOCUMENT, 1, vector)
  expect(late.of("erased")).toEqual([{ type: "erased", handle: 1, vector }])
})

test("[RL48] erasures join: in later snapshots stands all that was ever erased", async () => {
  const { bed, device } = await secretBed({ limits: { compactItems: 4 } })
  erase(device, erasureOf(7, 7, 3), [BLOB])
  erase(device, erasureOf(7, 8, 9))
  await settle(40)
  erase(device, erasureOf(7, 17, 2), ["cd".repeat(32)])
  for (let index = 0; index < 10; index++) device.append(new Writer(100 + index).type("x"))
  await settle(80)
  expect(bed.relay.stats()).toMatchObject({ erasuresPending: 0 })
  const snapshot = await bed.log.snapshot(DOCUMENT)
  expect(snapshot?.erased).toEqual({ ranges: erasureOf(7, 7, 12).subarray(1), blobs: [BLOB, "cd".repeat(32)] })
})

test("[RL49, I10] an old device that hands everything over brings nothing back, and loses nothing else", async () => {
  for (const restarted of [false, true]) {
    const disk = new MemoryDisk()
    const { bed, writer, device } = await secretBed({ disk })
    // Offline, it writes on within the words that others erase, and beside them.
    const offline = new Writer(8)
    Y.applyUpdate(offline.doc, Y.encodeStateAsUpdate(writer.doc))
    offline.edit((doc) => doc.getText("t").insert(10, "kept"))
    offline.type(" and offline")
    erase(device, ERASURE)
    await settle(40)
    if (restarted) await bed.relay.close()
    const later = restarted ? await openTestBed({ disk, limits: CALM }) : bed
    const old = await later.device()
    await old.open(DOCUMENT)
    old.append(Y.encodeStateAsUpdate(offline.doc), { handOver: true })
    await settle(40)
    expect(old.of("ack")).toHaveLength(1)
    const back = await readBack(later)
    expect(back.text).toBe("before kept after and offline")
    for (const bytes of [back.bytes, await restingIn(disk)]) expect(bytes).not.toMatch(/SECRET|RET-0123/)
  }
})

test("[RL49, I10] a large hand-over is redacted by the compactor", async () => {
  const { bed, writer, device } = await secretBed({ limits: { workerCheckBytes: 64 } })
  erase(device, ERASURE)
  await settle(40)
  writer.type("much ".repeat(100))
  device.append(Y.encodeStateAsUpdate(writer.doc), { handOver: true })
  await settle(40)
  expect(bed.jobs.some(({ kind }) => kind === "redact")).toBe(true)
  expect((await readBack(bed)).bytes).not.toContain("SECRET")
})

test("[RL49, I10] a y-websocket client that keeps what it deleted brings nothing back", async () => {
  const disk = new MemoryDisk()
  const { bed, device } = await secretBed({ disk })
  const doc = new Y.Doc({ gc: false })
  for (const update of device.updates().length > 0 ? device.updates() : (await readBack(bed)).device.updates()) Y.applyUpdate(doc, update)
  erase(device, ERASURE)
  await settle(40)
  doc.getText("t").insert(doc.getText("t").length, " by y-websocket")
  const socket = new MemorySocket()
  bed.relay.acceptYjs(socket, DOCUMENT)
  await settle()
  const update = Y.encodeStateAsUpdate(doc)
  // messageSync, syncStep2, and the whole of it, whatever the relay has.
  socket.give(Uint8Array.from([0, 1, ...lengthOf(update), ...update]))
  await settle(40)
  expect(socket.closedWith).toBeUndefined()
  expect((await readBack(bed)).text).toBe("before  after by y-websocket")
  expect(await restingIn(disk)).not.toContain(SECRET)
})

function lengthOf(bytes: Uint8Array): number[] {
  return bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]
}

test("[RL49] rows that come while an erasure is carried out are accepted, redacted, and stand after it", async () => {
  const log = new WatchedLog()
  const { bed, writer, device } = await secretBed({ log })
  let release = (): void => undefined
  log.beforePurge = () => new Promise((resolve) => (release = resolve))
  erase(device, ERASURE)
  await settle(40)
  expect([bed.relay.erasuresPending(), device.of("ack").length]).toEqual([[DOCUMENT], 4])
  device.append(Y.encodeStateAsUpdate(writer.doc), { handOver: true })
  device.append(writer.type(" meanwhile"))
  // One more that comes meanwhile is carried out next.
  erase(device, erasureOf(7, 0, 6))
  await settle(40)
  expect([device.of("ack").length, device.of("erased").length]).toEqual([7, 0])
  log.beforePurge = () => undefined
  release()
  await settle(80)
  expect(device.of("erased")).toHaveLength(2)
  const last = device.of("erased")[1]!
  expect(covers(last.vector, new Map([[bed.relay.log, 7]]))).toBe(true)
  expect(bed.relay.erasuresPending()).toEqual([])
  expect((await readBack(bed)).text).toBe("  after meanwhile")
  expect(await restingIn(log.disk)).not.toContain(SECRET)
})

test("[RL50, I10] an erasure that is accepted and not yet durable when another is finished is carried out by itself", async () => {
  const log = new WatchedLog()
  const { bed, device } = await secretBed({ log })
  let finish = (): void => undefined
  let commit = (): void => undefined
  log.beforePurge = () => new Promise((resolve) => (finish = resolve))
  erase(device, erasureOf(7, 0, 6))
  await settle(40)
  log.beforePurge = () => undefined
  log.beforeCommit = (changes) => {
    const erasure = changes.some(
      (change) => change.type === "append" && change.items.some((item) => item.kind === "entry" && item.entry.erases),
    )
    return erasure ? new Promise((resolve) => (commit = resolve)) : undefined
  }
  erase(device, ERASURE)
  await settle(40)
  finish()
  await settle(40)
  commit()
  await settle(80)
  expect(bed.relay.erasuresPending()).toEqual([])
  expect(device.of("erased").at(-1)!.vector.get(bed.relay.log)).toBe(5)
  expect(await restingIn(log.disk)).not.toContain(SECRET)
})

test("[RL50, I10] whatever step a crash comes at, an erasure that was acknowledged is carried out by the next start", async () => {
  // The state of the disk before and after each write, and before each purge.
  const crashes: { disk: MemoryDisk; acked: boolean }[] = []
  const log = new WatchedLog()
  const { bed, device } = await secretBed({ log })
  const note = (): void => void crashes.push({ disk: log.disk.copy(), acked: device.of("ack").length === 4 })
  log.beforeCommit = note
  log.afterCommit = note
  log.beforePurge = note
  erase(device, ERASURE, [BLOB])
  await settle(40)
  note()
  expect([crashes.length >= 6, crashes.filter(({ acked }) => acked).length >= 3, bed.relay.erasuresPending()]).toEqual([true, true, []])
  for (const { disk, acked } of crashes) {
    const erased: string[] = []
    const next = await openTestBed({ disk, limits: CALM, blobs: { erase: async (_, hashes) => void erased.push(...hashes) } })
    await settle(60)
    const { vector } = await next.log.head(DOCUMENT)
    const stored = coversStamp(vector, { log: bed.relay.log, seq: 4 })
    if (acked) expect(stored).toBe(true)
    expect((await restingIn(disk)).includes(SECRET)).toBe(!stored)
    expect(next.relay.erasuresPending()).toEqual([])
    const { device: back } = await readBack(next)
    expect(back.of("erased").some((frame) => coversStamp(frame.vector, { log: bed.relay.log, seq: 4 }))).toBe(stored)
    await next.relay.close()
  }
})

test("[RL50, I10] what announces an erasure is durable no later than the erasure, whatever fails between them", async () => {
  const log = new WatchedLog()
  const { bed, device } = await secretBed({ log })
  const announces = (change: Change): boolean => change.type === "record" && change.key === `erasing/${DOCUMENT}`
  const erases = (change: Change): boolean =>
    change.type === "append" && change.items.some((item) => item.kind === "entry" && item.entry.erases !== undefined)
  let failures = 4
  const durable: string[] = []
  log.beforeCommit = (changes) => {
    if (changes.some(announces) && failures-- > 0) throw new StorageError("io", "the disk failed")
  }
  log.afterCommit = (changes) => {
    for (const change of changes) if (announces(change) || erases(change)) durable.push(change.type)
  }
  erase(device, ERASURE)
  await settle(60)
  for (let round = 0; round < 12 && durable.length < 2; round++) await bed.clock.advance(1000)
  expect(durable.slice(0, 2)).toEqual(["record", "append"])
})

test("[RL50] a step that fails is done again, the n-th commit and the n-th purge too, and nothing is told before", async () => {
  for (let nth = 1; nth <= 6; nth++) {
    const log = new WatchedLog()
    let blobFailures = nth === 6 ? 2 : 0
    const blobs = { erase: async () => (blobFailures-- > 0 ? Promise.reject(new Error("disk")) : undefined) }
    const { bed, device } = await secretBed({ log, blobs })
    let commits = 0
    let purges = 0
    const fail = (): never => {
      expect(device.of("erased")).toEqual([])
      throw Object.assign(new Error("disk"), { code: "io" })
    }
    log.beforeCommit = () => (++commits === nth ? fail() : undefined)
    log.beforePurge = () => (++purges < nth ? fail() : undefined)
    erase(device, ERASURE, [BLOB])
    for (let round = 0; round < 20; round++) await bed.clock.advance(2000)
    expect([nth, device.of("ack").length, device.of("erased").length, bed.relay.erasuresPending()]).toEqual([nth, 4, 1, []])
    expect(await restingIn(log.disk)).not.toContain(SECRET)
    await bed.relay.close()
  }
})

test("[RL50, I7] an erasure whose document failed before it was written is not pending for good", async () => {
  for (const written of [false, true]) {
    const log = new WatchedLog()
    const { bed, device } = await secretBed({ log })
    const fail = (changes: readonly Change[]): void => {
      if (changes.some(({ type }) => type === "append")) throw Object.assign(new Error("refused"), { code: "corrupt" })
    }
    if (written) log.afterCommit = fail
    else log.beforeCommit = fail
    erase(device, ERASURE)
    await settle(40)
    expect([device.closeCode(1), bed.relay.erasuresPending()]).toEqual(["quarantined", [DOCUMENT]])
    log.beforeCommit = log.afterCommit = () => undefined
    await bed.clock.advance(300_000)
    expect(bed.relay.erasuresPending()).toEqual([])
    expect((await restingIn(log.disk)).includes(SECRET)).toBe(!written)
    await bed.relay.close()
  }
})

test("[RL51, I7] an erasure of a document that cannot be compacted is no secret: quarantined with its reason, pending, and done later", async () => {
  let broken = true
  const disk = new MemoryDisk()
  const { bed, device } = await secretBed({
    disk,
    compactor: {
      run: async (job) => {
        if (broken && job.kind === "compact") throw Object.assign(new Error("does not read back"), { code: "unsound" })
        return runCompaction(structuredClone(job))
      },
    },
  })
  const other = await bed.device()
  await other.open("home/other")
  erase(device, ERASURE)
  await settle(40)
  expect([device.of("ack").length, device.closeCode(1), bed.relay.erasuresPending()]).toEqual([4, "quarantined", [DOCUMENT]])
  expect(bed.eventsOf("quarantined")).toMatchObject([{ documentId: DOCUMENT, error: { code: "unsound" } }])
  other.append(new Writer(1).type("goes on"))
  await settle()
  expect(other.of("ack")).toHaveLength(1)
  // It is not opened to be closed again as long as it would show what is to be gone.
  await bed.clock.advance(DEFAULT_RELAY_LIMITS.quarantineMs)
  const early = await bed.device()
  await early.open(DOCUMENT)
  await settle(40)
  expect([early.of("opened"), early.closeCode(1), bed.relay.erasuresPending()]).toEqual([[], "quarantined", [DOCUMENT]])
  broken = false
  await bed.clock.advance(300_000)
  await settle(40)
  expect(bed.relay.erasuresPending()).toEqual([])
  expect(await restingIn(disk)).not.toContain(SECRET)
})

test("[RL48, I10] of a folder of LevelDB no file holds a byte of what was erased, whatever brought it", async () => {
  const location = await mkdtemp(join(tmpdir(), "polylogue-erasure-"))
  try {
    const { bed, writer, device } = await secretBed({ log: new LevelEntryLog({ location }), limits: { compactItems: 1e9 } })
    for (let round = 0; round < 3; round++) device.append(Y.encodeStateAsUpdate(writer.doc), { handOver: true })
    await awaited(() => device.of("ack").length === 6)
    expect(await filesOf(location)).toContain(SECRET)
    erase(device, ERASURE)
    await awaited(() => device.of("erased").length === 1)
    expect(await filesOf(location)).not.toContain(SECRET)
    device.append(Y.encodeStateAsUpdate(writer.doc), { handOver: true })
    await awaited(() => device.of("ack").length === 8)
    expect(await filesOf(location)).not.toContain(SECRET)
    await bed.relay.close()
    expect(await filesOf(location)).not.toContain(SECRET)
  } finally {
    await rm(location, { recursive: true })
  }
})

async function awaited(check: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`still not: ${check.toString()}`)
    await settle(1)
  }
}

async function filesOf(folder: string): Promise<string> {
  const files = await readdir(folder)
  const contents = await Promise.all(files.map((file) => readFile(join(folder, file)).catch(() => Buffer.alloc(0))))
  return Buffer.concat(contents).toString("latin1")
}

test("[RL47] what is erased is told to others as an entry like any other, in its place", async () => {
  const { bed, device } = await secretBed()
  const other = await bed.device()
  await other.open(DOCUMENT)
  await settle()
  const row = erase(device, ERASURE, [BLOB])
  await settle(40)
  const entries: Entry[] = other.of("entries").flatMap((frame: FrameOf<"entries">) => frame.entries)
  expect(entries.at(-1)).toMatchObject({ row, erases: [BLOB], handOver: false, update: ERASURE })
  const known: VersionVector = new Map([[bed.relay.log, 4]])
  expect(device.of("erased")[0]?.vector).toEqual(known)
})
