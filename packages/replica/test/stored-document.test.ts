import { expect, test } from "vitest"
import { hasMovedOn, readStoredDocument } from "../src/index.ts"
import { textOf, type, World } from "./support/device.ts"
import { settle } from "./support/manual-clock.ts"

const ID = "home/a"

test("[RP38] what is stored is read without opening it: rows that wait, then the entries that they became", async () => {
  const world = new World()
  const device = await world.device({ cutOff: true })
  const document = await device.open(ID)
  type(document, "written here")
  await document.whenDurable("local")

  const waiting = await readStoredDocument(device.store, ID)
  expect(waiting.ydoc.getText("t").toJSON()).toBe("written here")
  expect(waiting.place).toMatchObject({ head: 0, resets: 0 })
  expect(waiting.place.order).toBeGreaterThan(0)
  expect(await hasMovedOn(device.store, ID, waiting.place)).toBe(false)

  device.replica.setCutOff(false)
  await world.clock.pass(60_000)
  await document.whenDurable("stored")
  expect(await hasMovedOn(device.store, ID, waiting.place)).toBe(true)
  const stored = await readStoredDocument(device.store, ID)
  expect(stored.ydoc.getText("t").toJSON()).toBe("written here")
  expect(stored.place).toEqual({ head: 1, resets: 0, order: 0 })
  for (const { ydoc } of [waiting, stored]) ydoc.destroy()
})

test("[RP38] its place moves on with what another device writes to a document that nobody opens here, and with an erasure", async () => {
  const world = new World()
  const writer = await world.device()
  const reader = await world.device()
  reader.replica.watch("home")
  const document = await writer.open(ID)
  type(document, "a secret ")
  await document.whenDurable("stored")
  await settle()
  const before = await readStoredDocument(reader.store, ID)
  expect(before.ydoc.getText("t").toJSON()).toBe("a secret ")
  expect(await hasMovedOn(reader.store, ID, before.place)).toBe(false)

  const { client, clock } = { client: document.ydoc.clientID, clock: 0 }
  await document.erase({ ranges: [{ client, clock, length: "a secret ".length }], blobs: [] })
  await document.whenDurable("stored")
  await settle()
  expect(await hasMovedOn(reader.store, ID, before.place)).toBe(true)
  const after = await readStoredDocument(reader.store, ID)
  expect(after.ydoc.getText("t").toJSON()).toBe("")
  expect(textOf(document)).toBe("")
  for (const { ydoc } of [before, after]) ydoc.destroy()
})

test("[RP38] nothing is there of a document that was never written", async () => {
  const world = new World()
  const device = await world.device()
  const nothing = await readStoredDocument(device.store, "home/none")
  expect(nothing.place).toEqual({ head: 0, resets: 0, order: 0 })
  expect(await hasMovedOn(device.store, "home/none", nothing.place)).toBe(false)
  nothing.ydoc.destroy()
})

test("[RP38] what comes into a document that nobody opens here is told; a note of it is there after a restart", async () => {
  const world = new World()
  const writer = await world.device()
  const reader = await world.device()
  reader.replica.watch("home")
  const told: string[] = []
  const stop = reader.replica.onDisk.subscribe((documentId) => told.push(documentId))
  const document = await writer.open(ID)
  type(document, "from afar")
  await document.whenDurable("stored")
  await settle()
  expect(told).toContain(ID)
  stop()
  const { length } = told
  expect(await reader.replica.onDisk.note(ID)).toBeUndefined()
  await reader.replica.onDisk.setNote(ID, Uint8Array.of(1))
  await reader.replica.onDisk.setNote(ID, Uint8Array.of(2, 3))
  type(document, ", again")
  await document.whenDurable("stored")
  await settle()
  expect(told).toHaveLength(length)
  const { ydoc, place } = await reader.replica.onDisk.read(ID)
  expect(ydoc.getText("t").toJSON()).toBe("from afar, again")
  expect(await reader.replica.onDisk.hasMovedOn(ID, place)).toBe(false)
  ydoc.destroy()
  await reader.replica.close()
  const again = await world.device({ disk: reader.disk })
  expect(await again.replica.onDisk.note(ID)).toEqual(Uint8Array.of(2, 3))
})
