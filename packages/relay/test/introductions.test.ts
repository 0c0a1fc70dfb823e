import { MAX_RELAYS, type RelayId } from "@polylogue/protocol"
import { afterEach, expect, test } from "vitest"
import { type Principal, type RelayOptions } from "../src/index.ts"
import { RelayNetwork } from "./linked-relays.ts"
import { type TestBed, TestDevice } from "./test-relay.ts"
import { TestPeer } from "./test-peer.ts"
import { Writer } from "./writer.ts"

const DOC = "home/conv/1"
const [FIRST, SECOND]: readonly [RelayId, RelayId] = ["00000000000000aa", "00000000000000bb"]
let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

/** Takes whoever shows a token for whom it names. */
const TOKENS: Partial<RelayOptions> = {
  authenticate: async ({ token }): Promise<Principal> =>
    Promise.resolve({ name: token, relay: token.startsWith("relay/"), may: () => (token.startsWith("relay/") ? "read" : "write") }),
}

/** Two others are to have what counts as replicated. Devices say nothing while time passes, and stay. */
const TWO = { links: { replicas: 2 }, limits: { heartbeatMs: 2 ** 30 } }
const idOf = (name: string): RelayId => network.bed(name).relay.fleet().relay

/** A device at `bed` that has written something. */
async function written(bed: TestBed): Promise<TestDevice> {
  const device = await bed.device("ana")
  await device.open(DOC)
  device.append(new Writer(1).type("safe"))
  await passes()
  return device
}

/** Lets relays dial again. */
async function passes(): Promise<void> {
  await network.clock.advance(60_000)
  await network.settle()
}

async function stop(name: string): Promise<void> {
  await network.bed(name).relay.close()
  network.beds.delete(name)
  await network.settle()
}

test.each([
  ["under the address at which it is dialled", {}, ["a", "b"], () => ({})],
  ["with the token that it shows", TOKENS, [], (name: string) => ({ peers: [{ url: "hub", token: `relay/${name[0]}` }] })],
  ["under the name that it has, without tokens", {}, [], (name: string) => ({ peers: [{ url: "hub" }], name: name[0]! })],
])("[RL155] a relay that lost its disk and comes back %s is one other disk, not two", async (_, options, dialled, links) => {
  const hub = await network.open("hub", dialled, { ...options, ...TWO })
  await network.open("a", [], { links: links("a") })
  await passes()
  const device = await written(hub)
  const before = idOf("a")
  expect((await network.bed("a").log.head(DOC)).vector.size).toBe(1)
  await stop("a")
  // Where it dials, it may come back under another name and from elsewhere.
  await network.open("a", [], { links: links("a again") })
  await passes()
  expect(idOf("a")).not.toBe(before)
  expect((await network.bed("a").log.head(DOC)).vector.get(hub.relay.log)).toBe(1)
  expect(device.of("replicated")).toEqual([])
  await network.open("b", [], { links: links("b") })
  await passes()
  expect(device.of("replicated").at(-1)).toMatchObject({ others: 2, vector: new Map([[hub.relay.log, 1]]) })
})

test("[RL155] what a relay had that its operator forgot is on no other disk", async () => {
  const hub = await network.open("hub", [], TWO)
  await network.open("a", ["hub"])
  const device = await written(hub)
  const lost = idOf("a")
  expect((await network.bed("a").log.head(DOC)).vector.size).toBe(1)
  await stop("a")
  expect(hub.relay.forget(lost)).toBe(true)
  await network.open("b", ["hub"])
  await passes()
  expect(device.of("replicated")).toEqual([])
  await network.open("c", ["hub"])
  await passes()
  expect(device.of("replicated")).toHaveLength(1)
})

test("[RL155] of two relays that share a token both are linked and get everything, and one counts as a disk", async () => {
  const hub = await network.open("hub", [], { ...TOKENS, ...TWO })
  const peers = [{ url: "hub", token: "relay/shops" }]
  for (const name of ["a", "b"]) await network.open(name, [], { links: { peers } })
  const device = await written(hub)
  for (const name of ["a", "b"]) expect((await network.bed(name).log.head(DOC)).vector.size).toBe(1)
  expect(hub.relay.links().map(({ state }) => state)).toEqual(["linked", "linked"])
  expect(device.of("replicated")).toEqual([])
})

test("[RL156] who shows a token and says to be a relay that is known under another one is refused, over restarts, until it is forgotten", async () => {
  const hub = await network.open("hub", [], TOKENS)
  const one = await TestPeer.link(hub, FIRST, "relay/one")
  const claims = async (bed: TestBed, relay: RelayId, holder: string): Promise<string | undefined> => {
    const peer = new TestDevice(bed.relay, {}, { name: holder, relay: true, may: () => "read" })
    await peer.hello()
    peer.send({ type: "link", relay, name: "x", onDemand: false })
    await network.settle()
    return peer.closedCode ?? bed.relay.links().find((link) => link.relay === relay && link.name === "x")?.state
  }
  for (let attempt = 0; attempt < 3; attempt++) expect(await claims(hub, FIRST, "relay/two")).toBe("forbidden")
  expect(hub.eventsOf("relay-refused")).toEqual([{ type: "relay-refused", relay: FIRST, holder: "relay/two" }])
  expect(one.closedCode).toBeUndefined()
  expect(hub.relay.links()).toMatchObject([{ relay: FIRST, state: "linked", name: FIRST.slice(0, 2) }])
  expect(await claims(hub, SECOND, "relay/two")).toBe("linked")
  await hub.relay.close()
  const again = await network.open("hub", [], { ...TOKENS, disk: hub.disk })
  expect(await claims(again, SECOND, "relay/one")).toBe("forbidden")
  expect(await claims(again, SECOND, "relay/two")).toBe("linked")
  expect(again.relay.forget(FIRST)).toBe(true)
  expect(await claims(again, FIRST, "relay/three")).toBe("linked")
  expect(await claims(again, FIRST, "relay/one")).toBe("forbidden")
})

test("[RL156] who dials and is refused for the relay that it says to be hears nothing else: no link stands there, not for a moment", async () => {
  const hub = await network.open("hub", [], TOKENS)
  const peersOf = (holder: string) => ({ links: { peers: [{ url: "hub", token: `relay/${holder}` }] } })
  const { relay, disk } = await network.open("a", [], peersOf("one"))
  await passes()
  await relay.close()
  const again = await network.open("a", [], { ...peersOf("two"), disk })
  await passes()
  expect(again.relay.links()).toMatchObject([{ state: "refused", code: "forbidden", relay: undefined }])
  expect([again.eventsOf("link-up"), again.eventsOf("link-failed")[0]]).toMatchObject([[], { attempts: 1, code: 4403 }])
  hub.relay.forget(idOf("a"))
  await passes()
  expect(again.relay.links()).toMatchObject([{ state: "linked" }])
})

test("[RL156] where nobody is asked for tokens, and where a relay is dialled, nobody is refused for an id that was seen elsewhere", async () => {
  const hub = await network.open("hub", ["a"], TOKENS)
  const a = await network.open("a", [], { links: { peers: [{ url: "hub", token: "relay/a" }] } })
  await passes()
  const hubs = hub.relay.links().filter(({ state }) => state === "linked")
  expect(hubs).toMatchObject([{ relay: idOf("a"), state: "linked" }])
  hub.relay.setPeers([{ url: "moved" }])
  network.beds.set("moved", a)
  a.relay.setPeers([])
  await passes()
  expect(hub.relay.links()).toMatchObject([{ relay: idOf("a"), url: "moved", state: "linked" }])
})

test("[RL156, I5] as many relays as may be known belong to a holder, and one more to nobody", async () => {
  const hub = await network.open("hub", [], { ...TOKENS, limits: { maxPrincipalSessions: 2 ** 20 } })
  const idAt = (index: number): RelayId => (index + 1).toString(16).padStart(16, "0")
  for (let index = 0; index <= MAX_RELAYS; index++) (await TestPeer.link(hub, idAt(index), "relay/one")).break()
  const other = async (index: number): Promise<string> =>
    await TestPeer.link(hub, idAt(index), "relay/two").then(
      () => "linked",
      () => "refused",
    )
  expect([await other(0), await other(MAX_RELAYS - 1), await other(MAX_RELAYS)]).toEqual(["refused", "refused", "linked"])
})
