import { splitRevision } from "@polylogue/protocol"
import { afterEach, expect, test } from "vitest"
import { RelayNetwork } from "./linked-relays.ts"
import { LABEL, principal, RegisterDevice } from "./register-bed.ts"
import type { TestBed } from "./test-relay.ts"

let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

const LIMITS = { limits: { heartbeatMs: 2 ** 30 } }

/** Relays in a line, the first of which is the authority. */
async function line(...names: readonly string[]): Promise<TestBed[]> {
  const beds: TestBed[] = []
  for (const [index, name] of names.entries()) beds.push(await network.open(name, names.slice(Math.max(0, index - 1), index), LIMITS))
  await network.settle()
  return beds
}

/** A device whose answers come over links. */
async function deviceAt(bed: TestBed, who = principal("ana")): Promise<RegisterDevice> {
  return await RegisterDevice.welcomed(bed, who, undefined, () => network.settle())
}

test("[RL107] what is asked anywhere in a line of relays is decided at the authority, and read from its disk", async () => {
  const [root, middle, edge] = (await line("root", "middle", "edge")) as [TestBed, TestBed, TestBed]
  const [ana, bo, cy] = [await deviceAt(edge), await deviceAt(middle, principal("bo")), await deviceAt(root, principal("cy"))]
  const set = await ana.cas(LABEL, { value: "v1" })
  expect(set).toMatchObject({ outcome: "ok", register: { value: "v1", principal: "ana", revision: `${root.relay.log}:1` } })
  for (const device of [ana, bo, cy]) expect(await device.get(LABEL)).toMatchObject({ outcome: "ok", register: set.register })
  expect(await bo.cas(LABEL, { value: "v2" })).toMatchObject({ outcome: "conflict", register: set.register })
  expect(await bo.cas(LABEL, { value: "v2", expected: set.register!.revision })).toMatchObject({ outcome: "ok" })
  expect(await ana.get(LABEL)).toMatchObject({ register: { value: "v2", principal: "bo" } })
  expect(splitRevision((await cy.get(LABEL)).register!.revision!)?.start).toBe(root.relay.log)
  for (const bed of [middle, edge]) expect(await bed.log.recordKeys("register/", { limit: 10 })).toEqual([])
  expect(edge.relay.registers.authority).toMatchObject({ standing: "away", path: expect.objectContaining({ length: 2 }) })
  expect(edge.relay.stats()).toMatchObject({ registersForwarded: 3, registersUnavailable: 0 })
})
