import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { textOf, type, World } from "./support/device.ts"
import { FaultyStore, outboxOf } from "./support/faulty-store.ts"
import { settle } from "./support/manual-clock.ts"

const asked = (world: World) => world.relay.received.filter(({ type: name }) => name === "askState").length

test("[RP6] a relay that lost its disk is given everything, unsent words included, as one row", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  const writer = new Y.Doc()
  writer.getText("t").insert(0, "theirs ")
  world.relay.write("home/a", Y.encodeStateAsUpdate(writer))
  await settle()
  type(document, "mine ")
  await document.whenDurable("stored")
  document.ydoc.getText("t").delete(0, 2)
  world.relay.unreachable = true
  world.relay.wipe()
  await settle()
  type(document, "unsent")
  await document.whenDurable("local")
  world.relay.received.length = 0
  world.relay.unreachable = false
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toBe("eirs mine unsent")
  expect(world.relay.appends().map(({ handOver }) => handOver)).toEqual([true])
  expect(await outboxOf(device.store)).toEqual([])
  expect(document.safetyOf(document.ydoc.clientID, 8)).toBe("stored")
})

test("[RP6] a relay that has everything under another log is compared once, and remembered", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const device = await world.device({ disk })
  const document = await device.open()
  type(document, "words")
  await document.whenDurable("stored")
  const { ydoc } = world.relay.room("home/a")
  world.relay.wipe()
  // The same words reached the relay from another device, as an entry of another log.
  world.relay.append("home/a", "00000000000000aa", Y.encodeStateAsUpdate(ydoc), true)
  await world.clock.pass(5_000)
  expect(asked(world)).toBe(1)
  world.relay.breakAll()
  await world.clock.pass(5_000)
  await device.replica.close()
  await (await world.device({ disk })).open()
  await settle()
  expect(asked(world)).toBe(1)
  expect(world.relay.room("home/a").entries).toHaveLength(1)
})

test("[RP6] what was handed over is not compared again at the next connection", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  type(document, "words")
  await document.whenDurable("stored")
  world.relay.wipe()
  await world.clock.pass(5_000)
  expect(world.relay.text("home/a")).toBe("words")
  world.relay.breakAll()
  await world.clock.pass(5_000)
  expect(asked(world)).toBe(1)
})

test("[RP6] a relay with live links is given time to fetch what it lacks", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  type(document, "words")
  await document.whenDurable("stored")
  world.relay.liveLinks = true
  const { ydoc } = world.relay.room("home/a")
  world.relay.wipe()
  await world.clock.pass(600)
  expect(device.replica.status.connection).toBe("online")
  expect(asked(world)).toBe(0)
  world.relay.append("home/a", "00000000000000aa", Y.encodeStateAsUpdate(ydoc), true)
  await world.clock.pass(2_000)
  expect(asked(world)).toBe(1)
  expect(world.relay.appends().filter(({ handOver }) => handOver)).toEqual([])
})

test("[RP6] a row refused for a gap is mended by a hand-over, and one that keeps being refused is held back", async () => {
  const world = new World()
  const device = await world.device({ limits: { maxHandOvers: 3 } })
  const document = await device.open()
  await settle()
  let refusals = 1
  world.relay.onAppend = () => (refusals-- > 0 ? "gap" : undefined)
  type(document, "mended")
  const stored = document.whenDurable("stored")
  await stored
  expect(world.relay.text("home/a")).toBe("mended")
  world.relay.received.length = 0
  world.relay.onAppend = () => "gap"
  type(document, " never")
  await world.clock.pass(20_000)
  expect(asked(world)).toBeLessThanOrEqual(3)
  expect(device.problems.map(({ kind }) => kind)).toContain("held-back")
  expect(document.status.waitingRows).toBe(1)
  world.relay.onAppend = undefined
  world.relay.breakAll()
  await world.clock.pass(5_000)
  expect(world.relay.text("home/a")).toBe("mended never")
})

test("[RP6] the hand-over row takes the place of what it contains in one commit, and a failing one changes nothing", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  const document = await device.open()
  type(document, "words")
  await document.whenDurable("stored")
  world.relay.unreachable = true
  world.relay.wipe()
  type(document, " more")
  await document.whenDurable("local")
  const rows = await outboxOf(store)
  store.fails = (_, changes) =>
    changes.some((change) => change.type === "outbox" && change.rows.some((row) => row.handOver)) ? "io" : undefined
  world.relay.unreachable = false
  await world.clock.pass(60_000)
  expect(await outboxOf(store)).toEqual(rows)
  expect(world.relay.appends().filter(({ handOver }) => handOver)).toEqual([])
  store.fails = () => undefined
  world.relay.breakAll()
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toBe("words more")
  expect(textOf(document)).toBe("words more")
})

test("[RP6, I3] what a hand-over stands for stays on the device, also where the relay has it and its ack never came", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const device = await world.device({ disk })
  const document = await device.open()
  type(document, "acknowledged, ")
  await document.whenDurable("stored")
  world.relay.onAppend = () => "swallow-ack"
  type(document, "taken, ")
  await settle()
  const { ydoc } = world.relay.room("home/a")
  world.relay.liveLinks = true
  world.relay.wipe()
  type(document, "unsent")
  await world.clock.pass(600)
  // Another device has brought the words back, and the relay says so before this one has them from it.
  world.relay.append("home/a", "00000000000000aa", Y.encodeStateAsUpdate(ydoc), true)
  world.relay.onAppend = () => "ignore"
  await world.clock.pass(2_000)
  expect((await device.store.outbox("home/a")).map(({ handOver }) => handOver)).toEqual([true])
  world.relay.unreachable = true
  world.relay.wipe()
  await device.replica.close()
  const again = await world.device({ disk })
  const reopened = await again.open()
  expect(textOf(reopened)).toBe("acknowledged, taken, unsent")
  world.relay.onAppend = undefined
  world.relay.unreachable = false
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toBe("acknowledged, taken, unsent")
  expect(await outboxOf(again.store)).toEqual([])
})

test("[RP6] who may not write hands nothing over, and keeps the words", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  type(document, "words")
  await document.whenDurable("stored")
  world.relay.wipe()
  world.relay.mayWrite = false
  type(document, " more")
  await world.clock.pass(5_000)
  expect(document.status).toMatchObject({ mayWrite: false, waitingRows: 1 })
  expect(world.relay.room("home/a").entries).toEqual([])
  expect(textOf(document)).toBe("words more")
})

test("[RP6, I12] a difference too large for one row goes in pieces of the log, in order, and rows follow", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  for (const letter of "abc") {
    type(document, letter.repeat(500))
    await document.whenDurable("stored")
  }
  world.relay.limits = { ...world.relay.limits, maxRowBytes: 1_200 }
  world.relay.unreachable = true
  world.relay.wipe()
  type(document, "unsent")
  world.relay.unreachable = false
  world.relay.received.length = 0
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toBe(textOf(document))
  expect(world.relay.appends().map(({ handOver }) => handOver)).toEqual([true, true, true, false])
  expect(document.status).toMatchObject({ waitingRows: 0, rejected: undefined })
})

test("[RP6, I12] words too large for the relay are refused alone when everything else is handed over", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  type(document, "good")
  await document.whenDurable("stored")
  world.relay.limits = { ...world.relay.limits, maxRowBytes: 1_000 }
  world.relay.unreachable = true
  world.relay.wipe()
  type(document, "x".repeat(2_000))
  world.relay.unreachable = false
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toBe("good")
  expect(textOf(document)).toBe("good")
  expect(await device.replica.kept()).toMatchObject([{ code: "row-too-large" }])
})

test("[RP6, I12] what is larger than any row stays here, and nothing is given up", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  type(document, "x".repeat(1_500))
  await document.whenDurable("stored")
  world.relay.limits = { ...world.relay.limits, maxRowBytes: 1_000 }
  world.relay.wipe()
  await world.clock.pass(120_000)
  expect(document.status.rejected).toBe("row-too-large")
  expect(textOf(document)).toHaveLength(1_500)
  expect(world.relay.appends().filter(({ handOver }) => handOver)).toEqual([])
  expect(await device.replica.kept()).toEqual([])
})

test("[RP6] after a gap a hand-over is made even if the relay lacks nothing, for it takes no other row", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  // The same words have come to the relay as a row of another device.
  world.relay.onAppend = (frame) => {
    world.relay.onAppend = undefined
    world.relay.write("home/a", frame.update)
    return "gap"
  }
  type(document, "there already")
  await world.clock.pass(1_000)
  expect(document.status.waitingRows).toBe(0)
  expect(world.relay.appends().map(({ handOver }) => handOver)).toEqual([false, true])
  expect(world.relay.text("home/a")).toBe("there already")
})

test("[RP6] what was held back is tried again in the same session after a while", async () => {
  const world = new World()
  const device = await world.device({ limits: { maxHandOvers: 2 } })
  const document = await device.open()
  await settle()
  world.relay.onAppend = () => "gap"
  type(document, "patience")
  await world.clock.pass(5_000)
  expect(document.status.waitingRows).toBe(1)
  world.relay.onAppend = undefined
  await world.clock.pass(31_000)
  expect(world.relay.text("home/a")).toBe("patience")
  expect(world.relay.dials).toBe(1)
})

test("[RP6] a hand-over made of the log replaces the one before it, and never the only place of a word", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  for (const letter of "abc") {
    type(document, letter.repeat(500))
    await document.whenDurable("stored")
  }
  world.relay.onAppend = () => "ignore"
  world.relay.wipe()
  type(document, "unsent")
  await world.clock.pass(5_000)
  // One row with everything: the word is nowhere else.
  expect(await outboxOf(device.store)).toHaveLength(1)
  world.relay.limits = { ...world.relay.limits, maxRowBytes: 1_700 }
  type(document, "x".repeat(1_000))
  for (let round = 0; round < 4; round++) {
    world.relay.breakAll()
    await world.clock.pass(40_000)
  }
  // The first row, the word typed after it, and one hand-over of the log, however often it was made.
  expect(await outboxOf(device.store)).toHaveLength(3)
  world.relay.limits = { ...world.relay.limits, maxRowBytes: 1_200 }
  for (let round = 0; round < 4; round++) {
    world.relay.breakAll()
    await world.clock.pass(40_000)
  }
  const handOvers = (await device.store.outbox("home/a")).filter(({ handOver }) => handOver)
  expect(handOvers).toHaveLength(4)
  world.relay.limits = { ...world.relay.limits, maxRowBytes: 16 * 1024 }
  world.relay.onAppend = undefined
  world.relay.breakAll()
  await world.clock.pass(40_000)
  expect(world.relay.text("home/a")).toBe(textOf(document))
  expect(textOf(document)).toHaveLength(1_500 + 6 + 1_000)
})
