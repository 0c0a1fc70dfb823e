import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import type { IdRange, ReplicaDocument } from "../src/index.ts"
import { type Device, textOf, type, World } from "./support/device.ts"
import { settle } from "./support/manual-clock.ts"

/** The ids of the characters of the shared text from `from` up to `to`; only for texts written in one piece. */
function idsOf(document: ReplicaDocument, from: number, to: number): IdRange[] {
  const { client, clock } = Y.createRelativePositionFromTypeIndex(document.ydoc.getText("t"), from).item!
  return [{ client, clock, length: to - from }]
}

/** Everything that rests on a disk, as text. */
function bytesOn(disk: MemoryDisk): string {
  const found: string[] = []
  const visit = (value: unknown): void => {
    if (value instanceof Uint8Array) found.push(Buffer.from(value).toString("latin1"))
    else if (value instanceof Map) for (const inner of value.values()) visit(inner)
    else if (Array.isArray(value)) for (const inner of value) visit(inner)
    else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) visit(inner)
  }
  visit([...disk.documents.values()])
  visit([...disk.records.values()])
  return found.join("|")
}

async function pair(): Promise<{ world: World; here: Device; there: Device; left: ReplicaDocument; right: ReplicaDocument }> {
  const world = new World()
  const [here, there] = [await world.device(), await world.device()]
  const [left, right] = [await here.open(), await there.open()]
  await settle()
  return { world, here, there, left, right }
}

test("[RP20] an erasure is a row of its own behind all that was written before, with what follows it behind", async () => {
  const world = new World()
  world.relay.unreachable = true
  const device = await world.device()
  const document = await device.open()
  type(document, "hello topsecret world")
  const blobs = ["ab".repeat(32)]
  const after = () => document.ydoc.getText("t").insert(6, "[gone]")
  const status = await document.erase({ ranges: idsOf(document, 6, 15), blobs, after })
  expect(status).toMatchObject({ state: "pending", done: [], missing: ["ws://relay/sync"] })
  type(document, "!")
  await document.whenDurable("local")
  expect(textOf(document)).toBe("hello [gone] world!")
  const rows = await device.store.outbox("home/a")
  expect(rows.map(({ erases }) => erases)).toEqual([undefined, blobs, undefined, undefined])
  expect(Y.decodeUpdate(rows[1]!.update).structs).toEqual([])
  await device.replica.close()
  world.relay.unreachable = false
  const again = await (await world.device({ disk: device.disk })).open()
  expect(textOf(again)).toBe("hello [gone] world!")
  expect((await again.erasures()).map(({ row, state }) => [row, state])).toEqual([[status.row, "pending"]])
  await again.whenDurable("stored")
  expect(world.relay.appends().map(({ erases }) => erases)).toEqual([undefined, blobs, undefined, undefined])
  expect((await again.erasures())[0]).toMatchObject({ row: status.row, state: "stored", done: [] })
  world.relay.reportErased("home/a")
  await settle()
  expect((await again.erasures())[0]).toMatchObject({ state: "done", done: ["ws://relay/sync"], missing: [] })
})

test("[RP20] an hour without a network joins no erasure with other rows", async () => {
  const world = new World()
  world.relay.unreachable = true
  const device = await world.device({ limits: { maxUnsentRows: 4 } })
  const document = await device.open()
  type(document, "topsecret")
  for (let round = 0; round < 20; round++) {
    if (round === 9) await document.erase({ ranges: idsOf(document, 0, 9) })
    type(document, "x")
    await document.whenDurable("local")
  }
  const rows = await device.store.outbox("home/a")
  expect(rows.filter(({ erases }) => erases !== undefined)).toHaveLength(1)
  expect(rows.length).toBeLessThan(16)
  world.relay.unreachable = false
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toBe("x".repeat(20))
})

test("[RP20] what cannot be erased is refused with nothing done", async () => {
  const world = new World()
  world.relay.mayErase = false
  const device = await world.device()
  const document = await device.open()
  type(document, "words")
  await document.whenDurable("stored")
  expect(document.status.mayErase).toBe(false)
  await expect(document.erase({ ranges: idsOf(document, 0, 5) })).rejects.toMatchObject({ code: "forbidden" })
  world.relay.mayErase = true
  world.relay.restart()
  await world.clock.pass(60_000)
  const { client } = idsOf(document, 0, 1)[0]!
  await expect(document.erase({ ranges: [] })).rejects.toThrow(RangeError)
  await expect(document.erase({ ranges: [{ client, clock: 0, length: 6 }] })).rejects.toThrow(RangeError)
  await expect(document.erase({ ranges: [{ client, clock: -1, length: 1 }] })).rejects.toThrow(RangeError)
  let inside: Promise<unknown> | undefined
  document.ydoc.transact(() => {
    inside = document.erase({ ranges: idsOf(document, 0, 5) })
  })
  await expect(inside).rejects.toThrow(TypeError)
  expect(textOf(document)).toBe("words")
  expect(await document.erasures()).toEqual([])
  await document.close()
  await expect(document.erase({ ranges: idsOf(document, 0, 1) })).rejects.toMatchObject({ code: "closed" })
})

test("[RP20, I12] an erasure that the relay refuses takes nothing: the words and their shells are as before, and the app is told", async () => {
  const { world, left, right, here } = await pair()
  type(left, "words that stay")
  await left.whenDurable("stored")
  world.relay.refusesErasures = true
  const after = () => left.ydoc.getText("t").insert(0, "[gone]")
  const status = await left.erase({ ranges: idsOf(left, 0, 5), after })
  await settle()
  expect([textOf(left), textOf(right)]).toEqual(["words that stay", "words that stay"])
  expect(left.status.rejected).toBe("forbidden")
  expect((await left.erasures()).map(({ row, state }) => [row, state])).toEqual([[status.row, "refused"]])
  expect(here.replica.status.waitingRows).toBe(0)
})

test("[RP21, I10] an erasure leaves no byte on any device, and a fresh Y.Doc in the place of the old; undo brings nothing back", async () => {
  const { here, there, left, right } = await pair()
  type(left, "hello topsecret world")
  await left.whenDurable("stored")
  await settle()
  const undo = new Y.UndoManager(right.ydoc.getText("t"), { trackedOrigins: new Set(["user"]) })
  right.ydoc.transact(() => right.ydoc.getText("t").delete(6, 9), "user")
  undo.undo()
  await right.whenDurable("stored")
  await settle()
  expect(textOf(left)).toBe("hello topsecret world")
  const before = right.ydoc
  const resets: Y.Doc[] = []
  right.onReset((ydoc) => resets.push(ydoc))
  const text = left.ydoc.getText("t")
  const ranges: IdRange[] = []
  // oxlint-disable-next-line no-underscore-dangle -- reason: earlier forms of the words count as well.
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !("str" in item.content) || String(item.content.str).includes("secret")) {
      ranges.push({ client: item.id.client, clock: item.id.clock, length: item.length })
    }
  }
  await left.erase({ ranges })
  await settle()
  expect(resets).toEqual([right.ydoc])
  expect(before.isDestroyed).toBe(true)
  undo.undo()
  undo.redo()
  type(right, "!")
  await right.whenDurable("stored")
  await settle()
  for (const device of [here, there]) expect(bytesOn(device.disk)).not.toContain("secret")
  expect(textOf(left)).toBe(textOf(right))
  expect(textOf(left)).not.toContain("secret")
  expect([...here.problems, ...there.problems]).toEqual([])
  for (const device of [here, there]) expect([...device.disk.records.keys()].filter((key) => key.startsWith("erasing/"))).toEqual([])
})
