import { expect, test } from "vitest"
import * as Y from "yjs"
import { textOf, type, World } from "./support/device.ts"
import { settle } from "./support/manual-clock.ts"

test("[RP55a] what a relay has that has still to ask others is not taken for all there is, before it has asked and that is here", async () => {
  const world = new World()
  world.relay.awaitsOthers = true
  const document = await (await world.device()).open()
  const seen: string[] = []
  document.subscribe(() => seen.push(`${document.status.synced} ${document.status.relayAwaits}`))
  await settle()
  expect(document.status).toMatchObject({ synced: true, relayAwaits: true })
  // One writes on meanwhile.
  type(document, "mine")
  await document.whenDurable("stored")
  const writer = new Y.Doc()
  writer.getText("t").insert(0, "theirs ")
  const [session] = world.relay.sessions
  const handle = session!.handleOf("home/a")!
  session!.send({ type: "awaits", handle, others: false, vector: new Map([[world.relay.log, 2]]) })
  await settle()
  // The word that it has asked may overtake what it got.
  expect(document.status.relayAwaits).toBe(true)
  world.relay.write("home/a", Y.encodeStateAsUpdate(writer))
  await settle()
  expect(document.status).toMatchObject({ synced: true, relayAwaits: false })
  expect(textOf(document)).toContain("theirs")
  // Never in between was it in step with a relay that seemed to have everything.
  expect(seen.slice(0, seen.indexOf("true false"))).not.toContain("true false")
  expect(seen.filter((state) => state === "true true")).not.toEqual([])
})

test("[RP55a] at the next relay it is as that one says", async () => {
  const world = new World()
  world.relay.awaitsOthers = true
  const document = await (await world.device()).open()
  await settle()
  expect(document.status.relayAwaits).toBe(true)
  world.relay.awaitsOthers = false
  world.relay.breakAll()
  await world.clock.pass(5_000)
  expect(document.status).toMatchObject({ synced: true, relayAwaits: false })
})
