import { expect, test } from "vitest"
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness"
import * as Y from "yjs"
import { decodeAwareness, encodeAwareness, GONE } from "../src/presence/awareness-update.ts"
import { openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"

/** A device with awareness of y-protocols, fed with what it receives. */
async function aware(
  bed: TestBed,
  name: string,
): Promise<{ device: TestDevice; awareness: Awareness; say(state: unknown): void; names(): string[] }> {
  const device = await bed.device()
  await device.open("home/a")
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  let taken = 0
  const take = (): void => {
    for (const { update } of device.of("awareness").slice(taken)) applyAwarenessUpdate(awareness, update, "relay")
    taken = device.of("awareness").length
  }
  const say = (state: unknown): void => {
    awareness.setLocalState(state as Record<string, unknown>)
    device.send({ type: "awareness", handle: 1, update: encodeAwarenessUpdate(awareness, [doc.clientID]) })
  }
  say({ name })
  await settle()
  return {
    device,
    awareness,
    say,
    names() {
      take()
      return [...awareness.getStates().values()].map((state) => (state as { name: string }).name).toSorted()
    },
  }
}

function stop(...peers: { awareness: Awareness }[]): void {
  for (const { awareness } of peers) awareness.destroy()
}

test("[RL15] states go to the others, and to those who come later", async () => {
  const bed = await openTestBed()
  const ada = await aware(bed, "ada")
  const bob = await aware(bed, "bob")
  const eve = await aware(bed, "eve")
  await settle()
  expect([ada.names(), bob.names(), eve.names()]).toEqual(Array.from({ length: 3 }, () => ["ada", "bob", "eve"]))
  stop(ada, bob, eve)
})

test("[RL15] when a session ends, by close or by a broken line, the others are told that its client ids are gone", async () => {
  const bed = await openTestBed()
  const ada = await aware(bed, "ada")
  const bob = await aware(bed, "bob")
  const eve = await aware(bed, "eve")
  bob.device.break()
  await settle()
  expect(ada.names()).toEqual(["ada", "eve"])
  eve.device.send({ type: "close", handle: 1, code: 1000, reason: "" })
  await settle()
  expect(ada.names()).toEqual(["ada"])
  const late = await aware(bed, "late")
  expect(late.names()).toEqual(["ada", "late"])
  stop(ada, bob, eve, late)
})

test("[RL15] a client id that came back in another session stays when the old one ends", async () => {
  const bed = await openTestBed()
  const ada = await aware(bed, "ada")
  const bob = await aware(bed, "bob")
  const again = await bed.device()
  await again.open("home/a")
  bob.awareness.setLocalState({ name: "bob again" })
  again.send({ type: "awareness", handle: 1, update: encodeAwarenessUpdate(bob.awareness, [bob.awareness.clientID]) })
  await settle()
  bob.device.break()
  await settle()
  expect(ada.names()).toEqual(["ada", "bob again"])
  stop(ada, bob)
})

test("[RL15] of many states in a tick, or while a session takes nothing, only the last is sent", async () => {
  const bed = await openTestBed({ limits: { maxBufferedBytes: 1 } })
  const ada = await aware(bed, "ada")
  const bob = await aware(bed, "bob")
  await settle()
  bob.names()
  const before = bob.device.of("awareness").length
  for (let index = 0; index < 50; index++) ada.say({ name: `ada ${index}` })
  await settle()
  expect(bob.device.of("awareness").length - before).toBe(1)
  expect(bob.names()).toEqual(["ada 49", "bob"])
  bob.device.socket.taking = false
  for (let index = 50; index < 100; index++) {
    ada.say({ name: `ada ${index}` })
    await settle(2)
  }
  bob.device.socket.drain()
  await settle()
  expect(bob.device.of("awareness").length - before).toBeLessThanOrEqual(3)
  expect(bob.names()).toEqual(["ada 99", "bob"])
  stop(ada, bob)
})

test("[RL15] an older state changes nothing, and a state of somebody else's is taken by its clock", async () => {
  const bed = await openTestBed()
  const ada = await aware(bed, "ada")
  const bob = await aware(bed, "bob")
  const old = encodeAwarenessUpdate(ada.awareness, [ada.awareness.clientID])
  ada.say({ name: "newer" })
  await settle()
  bob.device.send({ type: "awareness", handle: 1, update: old })
  await settle()
  const late = await aware(bed, "late")
  expect(late.names()).toEqual(["bob", "late", "newer"])
  stop(ada, bob, late)
})

test("[RL15, RL17] states at the limits are kept, those past them dropped", async () => {
  const bytes = (length: number): Uint8Array => new TextEncoder().encode(JSON.stringify("x".repeat(length - 2)))
  const bed = await openTestBed({ limits: { maxAwarenessStates: 3, maxAwarenessStateBytes: 100 } })
  const sender = await bed.device()
  await sender.open("home/a")
  const states = [1, 2, 3, 4].map((client) => ({ client, clock: 1, state: bytes(100) }))
  sender.send({ type: "awareness", handle: 1, update: encodeAwareness(states) })
  sender.send({ type: "awareness", handle: 1, update: encodeAwareness([{ client: 1, clock: 2, state: bytes(101) }]) })
  await settle()
  const full = await openTestBed({ limits: { maxAwarenessBytes: 250 } })
  const filling = await full.device()
  await filling.open("home/a")
  filling.send({ type: "awareness", handle: 1, update: encodeAwareness(states) })
  filling.send({ type: "awareness", handle: 1, update: encodeAwareness([{ client: 1, clock: 2, state: GONE }]) })
  filling.send({ type: "awareness", handle: 1, update: encodeAwareness([{ client: 4, clock: 1, state: bytes(100) }]) })
  await settle()
  const reading = await full.device()
  await reading.open("home/a")
  expect(reading.of("awareness").flatMap(({ update }) => decodeAwareness(update).map(({ client }) => client))).toEqual([2, 4])

  const late = await bed.device()
  await late.open("home/a")
  expect(late.of("awareness").flatMap(({ update }) => decodeAwareness(update).map(({ client, clock }) => [client, clock]))).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ])
})

test("[RL15] an update that is none is refused, whatever is wrong with it", async () => {
  const bad = [
    [],
    [1],
    [2, 1, 1, 4, 110, 117, 108, 108],
    [1, 1, 1, 200, 110, 117],
    [1, 1, 1, 2, 255, 255],
    [1, 1, 1, 1, 123],
    [255, 255, 255, 255, 15],
  ]
  for (const bytes of bad) expect(() => decodeAwareness(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: "bad-frame" }))
  const states = [{ client: 7, clock: 3, state: GONE }]
  expect(decodeAwareness(encodeAwareness(states))).toEqual(states)
})
