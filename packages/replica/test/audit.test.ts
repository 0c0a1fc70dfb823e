import { expect, test } from "vitest"
import * as Y from "yjs"
import { textOf, type, World } from "./support/device.ts"
import { settle } from "./support/manual-clock.ts"

const audits = (world: World) => world.relay.received.filter((frame) => frame.type === "audit")

test("[RP23, I9] a document that was quiet for a while is compared once, and again after a change; both forms of the same log agree", async () => {
  const world = new World()
  const device = await world.device({ limits: { auditQuietMs: 10_000 } })
  const document = await device.open()
  type(document, "hello world")
  document.ydoc.getText("t").delete(0, 3)
  await document.whenDurable("stored")
  await world.clock.pass(9_000)
  type(document, "!")
  await world.clock.pass(9_000)
  expect(audits(world)).toHaveLength(0)
  await world.clock.pass(2_000)
  expect(audits(world)).toHaveLength(1)
  await world.clock.pass(60_000)
  expect(audits(world)).toHaveLength(1)
  expect(device.replica.status.audits).toEqual({ equal: 1, different: 0, skipped: 0 })
  world.relay.audits = "snapshot"
  type(document, "?")
  await world.clock.pass(11_000)
  expect(device.replica.status.audits).toEqual({ equal: 2, different: 0, skipped: 0 })
  // A new session with the same start of the relay has nothing new to compare.
  world.relay.breakAll()
  await world.clock.pass(60_000)
  expect(audits(world)).toHaveLength(2)
  world.relay.restart()
  await world.clock.pass(60_000)
  expect(audits(world)).toHaveLength(3)
  expect(device.problems).toEqual([])
})

test("[RP23] an answer without a digest is none, and the one that follows it counts", async () => {
  const world = new World()
  world.relay.audits = "late"
  const device = await world.device({ limits: { auditQuietMs: 10_000 } })
  const document = await device.open()
  type(document, "words")
  await document.whenDurable("stored")
  await world.clock.pass(11_000)
  expect(device.replica.status.audits).toEqual({ equal: 1, different: 0, skipped: 0 })
})

test("[RP23] a relay that once lost its disk is compared with, too", async () => {
  const world = new World()
  const device = await world.device({ limits: { auditQuietMs: 10_000 } })
  const document = await device.open()
  type(document, "words")
  await document.whenDurable("stored")
  world.relay.wipe()
  await world.clock.pass(30_000)
  expect((await device.store.head("home/a")).vector.size).toBe(2)
  expect(device.replica.status.audits).toEqual({ equal: 1, different: 0, skipped: 0 })
})

test("[RP23, I9, I12] what differs at equal vectors is replaced by the relay's, with the text kept aside, and counted", async () => {
  const world = new World()
  const device = await world.device({ limits: { auditQuietMs: 10_000 } })
  const document = await device.open()
  type(document, "hello agree")
  await document.whenDurable("stored")
  // The relay came to hold another struct under the same id: state vector and delete set agree.
  const room = world.relay.room("home/a")
  const update = Uint8Array.from(Buffer.from(Buffer.from(room.entries[0]!.update).toString("latin1").replace("agree", "never"), "latin1"))
  room.entries[0] = { ...room.entries[0]!, update }
  await world.clock.pass(11_000)
  expect(device.replica.status.audits).toEqual({ equal: 0, different: 1, skipped: 0 })
  expect(textOf(document)).toBe("hello never")
  expect(device.problems.map(({ kind }) => kind)).toEqual(["diverged"])
  const [kept] = await device.replica.kept()
  const ydoc = new Y.Doc()
  Y.applyUpdate(ydoc, kept!.update)
  expect(ydoc.getText("t").toJSON()).toBe("hello agree")
  await world.clock.pass(60_000)
  expect(device.replica.status.audits).toMatchObject({ equal: 1, different: 1 })
})

test("[RP23] nothing is compared while words wait, at another vector, beyond the bound in bytes, or while another is", async () => {
  const world = new World()
  world.relay.audits = "silent"
  const device = await world.device({ limits: { auditQuietMs: 10_000, auditMaxBytes: 300 } })
  const [first, second] = [await device.open("home/a"), await device.open("home/b")]
  for (const document of [first, second]) type(document, "words")
  await first.whenDurable("stored")
  await second.whenDurable("stored")
  world.relay.onAppend = () => "ignore"
  type(first, "!")
  await world.clock.pass(11_500)
  expect(audits(world)).toHaveLength(1)
  world.relay.onAppend = undefined
  world.relay.breakAll()
  await world.clock.pass(30_000)
  await world.clock.pass(30_000)
  expect(device.replica.status.audits).toEqual({ equal: 0, different: 0, skipped: 0 })
  world.relay.audits = "entries"
  const vector = world.relay.vector.bind(world.relay)
  world.relay.vector = (documentId) => new Map([...vector(documentId), ["00000000000000ff", 1]])
  type(first, "!")
  await world.clock.pass(12_000)
  expect(device.replica.status.audits).toEqual({ equal: 0, different: 0, skipped: 0 })
  world.relay.vector = vector
  type(first, "?")
  await world.clock.pass(12_000)
  expect(device.replica.status.audits.equal).toBe(1)
  const { itemBytes } = await device.store.head("home/a")
  type(first, "x".repeat(301 - itemBytes))
  await world.clock.pass(12_000)
  await settle()
  expect(device.replica.status.audits).toMatchObject({ equal: 1, skipped: 1 })
})
