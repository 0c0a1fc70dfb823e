import { randomBytes } from "node:crypto"
import { codeName, type VersionVector } from "@polylogue/protocol"
import { StorageError } from "@polylogue/storage"
import { afterEach, expect, test } from "vitest"
import * as Y from "yjs"
import { summarizeUpdate } from "../src/yjs/closed-update.ts"
import { ReceivedBudget } from "../src/received-budget.ts"
import { openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { ForeignLog, LinkableBeds, TestPeer } from "./test-peer.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

const DOC = "home/conv/1"
const [A, B] = ["aa".repeat(8), "bb".repeat(8)] as const
const beds = new LinkableBeds()

afterEach(async () => {
  await beds.close()
})

/** A relay at which a device has the document open, and relays that it reads it from. */
async function openLinked(
  options: Parameters<typeof openTestBed>[0] = {},
): Promise<{ bed: TestBed; device: TestDevice; peers: [TestPeer, TestPeer] }> {
  const bed = await beds.open(options)
  const device = await bed.device()
  await device.open(DOC)
  const peers: [TestPeer, TestPeer] = [await TestPeer.link(bed, A), await TestPeer.link(bed, B)]
  for (const peer of peers) peer.opened(DOC)
  await settle()
  return { bed, device, peers }
}

const stampsOf = (bed: TestBed) =>
  bed.log
    .read(DOC, 0)
    .then((page) => (page.kind === "items" ? page.items : []).map((item) => (item.kind === "entry" ? item.entry.stamp.log : "snapshot")))

/** Why the relay ended its last reading of the document; `undefined` while it reads. */
function endOf(peer: TestPeer): string | undefined {
  const handle = peer.handleOf(DOC)
  return peer.of("close").find((frame) => frame.handle === handle)?.reason
}

test("[RL75] what another relay has is taken in under its own stamps, as it is, in one order with the rows of this relay", async () => {
  const { bed, device, peers } = await openLinked()
  const log = new ForeignLog(A)
  const [theirs, ours] = [new Writer(1), new Writer(2)]
  const first = log.entry(theirs.type("one "), { principal: "zoë", receivedAt: 77 })
  peers[0].show(DOC, first)
  await settle()
  Y.applyUpdate(ours.doc, first.entry.update)
  const row = device.append(ours.type("two "))
  peers[0].show(DOC, log.entry(theirs.type("three "), { handOver: true }))
  await settle()
  expect(await stampsOf(bed)).toEqual([A, bed.relay.log, A])
  expect((await bed.log.head(DOC)).vector).toEqual(
    new Map([
      [A, 2],
      [bed.relay.log, 1],
    ]),
  )
  expect(device.of("entries").flatMap(({ entries }) => entries)[0]).toEqual(first.entry)
  expect(device.of("ack")).toMatchObject([{ row, log: bed.relay.log, seq: 1 }])
  expect(bed.relay.stats()).toMatchObject({ itemsReceived: 2, itemsKnown: 0, itemsRefused: 0, rowsAppended: 1, receivedBytes: 0 })
})

test("[RL75] what two relays bring at once, entries and snapshots, is stored once, though its commit is still under way", async () => {
  const log = new WatchedLog()
  const { bed, device, peers } = await openLinked({ log })
  const held = gate()
  log.beforeCommit = () => held.passed
  const foreign = new ForeignLog(A)
  const writer = new Writer(1)
  const entries = ["a", "b", "c"].map((text) => foreign.entry(writer.type(text)))
  const snapshot = {
    kind: "snapshot",
    snapshot: { vector: new Map([...foreign.vector, [B, 4]]), update: Y.encodeStateAsUpdate(writer.doc) },
  } as const
  for (const peer of peers) peer.show(DOC, ...entries, snapshot)
  await settle()
  peers[0].show(DOC, ...entries)
  await settle()
  for (const peer of peers) expect(peer.heardOf(DOC)).toEqual(new Map())
  held.open()
  await settle()
  expect(await stampsOf(bed)).toEqual([A, A, A, "snapshot"])
  expect(bed.relay.stats()).toMatchObject({ itemsReceived: 4, itemsKnown: 7 })
  // Both are told that it is here, the one whose were left out too.
  for (const peer of peers) expect(peer.heardOf(DOC)).toEqual(snapshot.snapshot.vector)
  expect(textOf(...device.updates())).toBe("abc")
})

test("[RL75] what is known in part, for a device has handed it over, is cut, so that nobody splits what may be garbage by now", async () => {
  for (const kind of ["entry", "snapshot"] as const) {
    const { bed, device, peers } = await openLinked()
    const writer = new Writer(1)
    device.append(writer.type("abc"), { handOver: true })
    await settle()
    writer.type("def")
    const whole = Y.encodeStateAsUpdate(writer.doc)
    const entry = new ForeignLog(A).entry(whole)
    peers[0].show(DOC, kind === "entry" ? entry : { kind, snapshot: { vector: new Map([[A, 1]]), update: whole } })
    await settle()
    const page = await bed.log.read(DOC, 1)
    const [item] = page.kind === "items" ? page.items : []
    const update = item?.kind === "entry" ? item.entry.update : item?.snapshot.update
    expect(summarizeUpdate(update!).runs).toEqual([{ client: 1, from: 3, to: 6 }])
  }
})

test("[RL76] a relay says to have what is on its disk, in order, and nothing before; a store that fails loses nothing", async () => {
  const log = new WatchedLog()
  const { bed, peers } = await openLinked({ log })
  let failing = true
  log.beforeCommit = () => {
    if (failing) throw new StorageError("io", "the disk is gone")
  }
  const foreign = new ForeignLog(A)
  const writer = new Writer(1)
  peers[0].show(DOC, foreign.entry(writer.type("one ")))
  await settle()
  peers[0].show(DOC, foreign.entry(writer.type("two ")))
  await settle()
  expect([peers[0].heardOf(DOC), bed.relay.stats().receivedBytes > 0]).toEqual([new Map(), true])
  failing = false
  await bed.clock.advance(10_000)
  expect(peers[0].of("have").map(({ vector }) => [...vector])).toEqual([[[A, 1]], [[A, 2]]])
  expect(await stampsOf(bed)).toEqual([A, A])
  expect(bed.relay.stats().receivedBytes).toBe(0)
})

test("[RL76, RL11] a document whose store fails alone is refused to the relays it is read from, and nothing of it is said to be here", async () => {
  const log = new WatchedLog()
  const { bed, peers } = await openLinked({ log })
  log.beforeCommit = (changes) => {
    if (changes.some((change) => change.type === "append")) throw new StorageError("corrupt", "not this one")
  }
  const foreign = new ForeignLog(A)
  const writer = new Writer(1)
  for (const text of ["one ", "two "]) peers[0].show(DOC, foreign.entry(writer.type(text)))
  await settle()
  expect([peers[0].heardOf(DOC), endOf(peers[0])]).toEqual([new Map(), "quarantined"])
  expect(bed.relay.stats()).toMatchObject({ receivedBytes: 0, itemsRefused: 0, quarantinedRooms: 1 })
  log.beforeCommit = () => undefined
  // It is read anew when its store is tried again.
  for (let minute = 0; minute < 3; minute++) await bed.clock.advance(60_000)
  const device = await bed.device()
  await device.open(DOC)
  await settle()
  peers[0].opened(DOC)
  peers[0].show(DOC, new ForeignLog(A).entry(new Writer(1).type("one ")))
  await settle()
  expect(peers[0].heardOf(DOC)).toEqual(new Map([[A, 1]]))
})

/** What is wrong with one item behind a good one, and how it is refused. */
const WRONG: readonly [
  string,
  string,
  (
    log: ForeignLog,
    writer: Writer,
    bed: TestBed,
  ) =>
    | ReturnType<ForeignLog["entry"]>
    | { kind: "snapshot"; snapshot: { vector: VersionVector; update: Uint8Array; erased?: { ranges: Uint8Array; blobs: string[] } } },
][] = [
  ["leaves a gap in its log", "gap", (log, writer) => (log.entry(writer.type("lost ")), log.entry(new Writer(5).type("x")))],
  ["builds on what is not here", "gap", (log, writer) => (writer.type("lost "), log.entry(writer.type("x")))],
  ["is no update", "bad-update", (log) => log.entry(Uint8Array.of(9, 9, 9))],
  ["is an erasure that brings something", "bad-update", (log, writer) => log.entry(writer.type("x"), { erases: [] })],
  [
    "has a stamp that this relay has not given out",
    "same-relay",
    (_log, writer, { relay }) => new ForeignLog(relay.log).entry(writer.type("x")),
  ],
  [
    "is a snapshot of such stamps",
    "same-relay",
    (_log, writer, { relay }) => ({
      kind: "snapshot",
      snapshot: { vector: new Map([[relay.log, 1]]), update: Y.encodeStateAsUpdate(writer.doc) },
    }),
  ],
  [
    "is a snapshot that is no update",
    "bad-update",
    () => ({ kind: "snapshot", snapshot: { vector: new Map([[B, 1]]), update: Uint8Array.of(1, 2, 3) } }),
  ],
  [
    "is a snapshot whose erased ranges are none",
    "bad-update",
    (_log, writer) => ({
      kind: "snapshot",
      snapshot: { vector: new Map([[B, 1]]), update: Y.encodeStateAsUpdate(writer.doc), erased: { ranges: Uint8Array.of(5), blobs: [] } },
    }),
  ],
]

test.each(WRONG)(
  "[RL77] an item that %s is refused (%s) with what stands behind it; what stands before it stays",
  async (_what, code, wrong) => {
    const { bed, device, peers } = await openLinked()
    const [log, writer] = [new ForeignLog(A), new Writer(1)]
    peers[0].show(DOC, log.entry(writer.type("good ")))
    await settle()
    const before = log.entry(writer.type("too "))
    peers[0].show(DOC, before, wrong(log, writer, bed), new ForeignLog(B).entry(new Writer(8).type("behind ")))
    // Under way before the refusal is heard: it may be an effect of what was refused.
    peers[0].show(DOC, new ForeignLog(B).entry(new Writer(9).type("later ")))
    await settle()
    expect(endOf(peers[0])).toBe(code)
    expect(await stampsOf(bed)).toEqual([A, A])
    expect(textOf(...device.updates())).toBe("good too ")
    expect(bed.relay.stats()).toMatchObject({ itemsRefused: 1, itemsReceived: 2, receivedBytes: 0, quarantinedRooms: 0 })
    expect(bed.eventsOf("items-refused")).toMatchObject([{ documentId: DOC, code }])
    // Nobody else notices, and what is right is taken when it is read anew.
    peers[1].show(DOC, new ForeignLog(B).entry(new Writer(8).type("fine")))
    device.append(new Writer(3).type("ours "))
    await bed.clock.advance(5_000)
    peers[0].opened(DOC)
    peers[0].show(DOC, before, new ForeignLog("cc".repeat(8)).entry(new Writer(10).type("again")))
    await settle()
    expect(endOf(peers[0])).toBeUndefined()
    expect((await stampsOf(bed)).toSorted()).toEqual([A, A, B, "cc".repeat(8), bed.relay.log].toSorted())
  },
)

test("[RL80] who used a client id first is learnt from entries and from snapshots, hand-overs aside, and lives on over compactions and restarts", async () => {
  const named = { authenticate: async ({ token }: { token: string }) => ({ name: token, may: () => "write" as const }) }
  for (const compactItems of [1_000, 3]) {
    const limits = { compactItems, windowItems: 1 }
    const { bed, peers } = await openLinked({ ...named, limits })
    const [byEntry, bySnapshot, byHandOver] = [new Writer(11), new Writer(12), new Writer(13)]
    const log = new ForeignLog(A)
    const whole = new Y.Doc()
    Y.applyUpdate(whole, bySnapshot.type("snapshot "))
    const items = [
      log.entry(byEntry.type("entry "), { principal: "ada" }),
      { kind: "snapshot", snapshot: { vector: new Map([[B, 3]]), update: Y.encodeStateAsUpdate(whole), owners: new Map([[12, "ada"]]) } },
      log.entry(byHandOver.type("hand-over "), { principal: "ada", handOver: true }),
      log.entry(byHandOver.type("and own "), { principal: "bo" }),
    ] as const
    peers[0].show(DOC, ...items)
    await settle()
    for (let count = 0; count < 4; count++) {
      peers[0].show(DOC, log.entry(byEntry.type("more ")))
      await settle(30)
    }
    expect(bed.relay.stats().compactions > 0).toBe(compactItems === 3)
    const words = new Map([byEntry, bySnapshot, byHandOver].map((writer) => [writer, writer.type("on ")]))
    for (const restarted of [false, true]) {
      const now = restarted ? await reopened(bed, { ...named, limits }) : bed
      for (const [writer, owner] of [
        [byEntry, "ada"],
        [bySnapshot, "ada"],
        [byHandOver, "bo"],
      ] as const) {
        const other = owner === "ada" ? "bo" : "ada"
        const [stranger, first] = [await now.device(other), await now.device(owner)]
        for (const device of [stranger, first]) await device.open(DOC)
        stranger.append(words.get(writer)!)
        await settle()
        expect([owner, codeName(stranger.of("reject")[0]?.code ?? 0)]).toEqual([owner, "client-taken"])
        // Later than the restart: what they write here tells who they are.
        if (!restarted) continue
        first.append(words.get(writer)!)
        await settle()
        expect(first.of("ack")).toHaveLength(1)
      }
    }
  }
})

async function reopened(bed: TestBed, options: Parameters<typeof openTestBed>[0]): Promise<TestBed> {
  await bed.relay.close()
  return await beds.open({ ...options, disk: bed.disk })
}

test("[RL81] a row that came over a link, stored or under way, and is sent again by its device gets the stamp that it has", async () => {
  const log = new WatchedLog()
  const { bed, device, peers } = await openLinked({ log })
  const held = gate()
  log.beforeCommit = () => held.passed
  const foreign = new ForeignLog(A)
  const entry = foreign.entry(new Writer(1).type("once "))
  const { row, update } = entry.entry
  peers[0].show(DOC, entry)
  await settle()
  device.append(update, { row })
  await settle()
  expect(device.of("ack")).toEqual([])
  held.open()
  await settle()
  device.append(update, { row })
  await settle()
  expect(device.of("ack").map(({ row: acked, log: of, seq }) => [acked, of, seq])).toEqual([
    [row, A, 1],
    [row, A, 1],
  ])
  expect(await stampsOf(bed)).toEqual([A])
})

test("[RL82] what comes faster than the disk takes it waits in bounds, its links stay, and rows of devices are taken meanwhile", async () => {
  const log = new WatchedLog()
  const maxReceivedBytes = 20_000
  const { bed, device, peers } = await openLinked({ log, limits: { maxReceivedBytes, maxQueuedBytes: 1_000, maxQueuedRows: 2 } })
  const held = gate()
  log.beforeCommit = () => held.passed
  const foreign = new ForeignLog(A)
  const writer = new Writer(1)
  let most = 0
  for (let count = 0; count < 40; count++) {
    peers[0].show(DOC, foreign.entry(writer.type("x".repeat(2_000))))
    await settle(2)
    most = Math.max(most, bed.relay.stats().receivedBytes)
  }
  expect(most).toBeGreaterThan(maxReceivedBytes / 2)
  expect(most).toBeLessThanOrEqual(maxReceivedBytes)
  device.append(new Writer(2).type("a device"))
  await settle()
  held.open()
  await settle(200)
  expect(device.of("ack")).toHaveLength(1)
  expect(peers[0].heardOf(DOC)).toEqual(new Map([[A, 40]]))
  expect([peers[0].socket.closedWith, device.socket.closedWith, bed.relay.stats().receivedBytes]).toEqual([undefined, undefined, 0])
  // What alone is larger than the bound goes all the same.
  peers[0].show(DOC, foreign.entry(new Writer(3).type("y".repeat(maxReceivedBytes * 2))))
  await settle()
  expect(peers[0].heardOf(DOC)).toEqual(new Map([[A, 41]]))
})

test("[RL82] the budget lets in what fits exactly, in the order of calls, and nobody before who waits", async () => {
  const budget = new ReceivedBudget(100)
  const passed: string[] = []
  const ask = (name: string, bytes: number): void => void Promise.resolve(budget.take(bytes)).then(() => passed.push(name))
  ask("half", 50)
  ask("fits", 50)
  ask("one too many", 1)
  ask("behind", 1)
  await settle(1)
  expect([passed, budget.bytes]).toEqual([["half", "fits"], 100])
  budget.giveBack(50)
  ask("last", 48)
  ask("beyond", 1)
  await settle(1)
  expect([passed, budget.bytes]).toEqual([["half", "fits", "one too many", "behind", "last"], 100])
  budget.giveBack(100)
  await settle(1)
  expect(budget.bytes).toBe(1)
  budget.giveBack(1)
  ask("alone", 1_000)
  const late = budget.take(1)
  budget.close()
  await expect(late).rejects.toMatchObject({ code: "closed" })
  await expect(budget.take(1)).rejects.toMatchObject({ code: "closed" })
})

test("[RL83] a document that is full for devices takes what others have accepted, up to what a transfer holds; one byte past it is refused", async () => {
  const limits = { maxTransferBytes: 64 * 1024, maxDocumentBytes: 4_000, maxRowBytes: 32 * 1024 }
  const { bed, device, peers } = await openLinked({ limits })
  const most = (limits.maxTransferBytes * 15) / 16
  const log = new ForeignLog(A)
  const writer = new Writer(1)
  const text = (length: number): string =>
    randomBytes(length)
      .toString("latin1")
      .replaceAll(/[^a-z]/gu, "x")
  const chunks = [writer.type(text(30_000)), writer.type(text(29_000))]
  peers[0].show(DOC, ...chunks.map((update) => log.entry(update)))
  await settle()
  device.append(new Writer(2).type("no room"))
  await settle()
  expect(device.of("reject").map(({ code }) => codeName(code))).toEqual(["row-too-large"])
  const left = most - chunks.reduce((sum, update) => sum + update.length, 0)
  const probe = new Writer(3).type("z".repeat(left))
  const fits = (spare: number): Uint8Array => new Writer(3).type("z".repeat(left - (probe.length - left) + spare))
  expect(fits(0).length).toBe(left)
  peers[1].show(DOC, new ForeignLog(B).entry(fits(1)))
  await settle()
  expect([endOf(peers[1]), bed.relay.stats().itemsRefused]).toEqual(["row-too-large", 1])
  peers[0].show(DOC, log.entry(fits(0)))
  await settle()
  expect(peers[0].heardOf(DOC)).toEqual(new Map([[A, 3]]))
  // What a full document needs most is an erasure.
  peers[0].show(DOC, log.entry(Uint8Array.of(0, 1, 1, 1, 0, 4), { erases: [] }))
  await settle(40)
  expect(peers[0].heardOf(DOC)).toEqual(new Map([[A, 4]]))
  expect(bed.relay.stats().erasuresCarriedOut).toBe(1)
})
