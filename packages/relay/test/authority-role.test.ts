import { afterEach, expect, test } from "vitest"
import type { LinkOptions } from "../src/index.ts"
import { RelayNetwork } from "./linked-relays.ts"
import { LABEL, RegisterDevice } from "./register-bed.ts"
import type { TestBed } from "./test-relay.ts"

let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

const standing = ({ relay }: TestBed): string => relay.registers.authority.standing

/** Starts a relay anew, on the disk that it has. */
async function again(name: string, peers: readonly string[] = [], links: Partial<LinkOptions> = {}): Promise<TestBed> {
  const { relay, disk } = network.bed(name)
  await relay.close()
  return await network.open(name, peers, { disk, links })
}

const deviceAt = (bed: TestBed): Promise<RegisterDevice> => RegisterDevice.welcomed(bed, undefined, undefined, () => network.settle())

test("[RL153, I8] a relay that loses its last peer while it runs does not begin to decide, nor when it starts anew", async () => {
  const hub = await network.open("hub")
  const edge = await network.open("edge", ["hub"])
  const [atHub, atEdge] = [await deviceAt(hub), await deviceAt(edge)]
  await atHub.set(LABEL, "of the hub")
  edge.relay.setPeers([])
  await network.settle()
  expect(await atEdge.cas(LABEL, { value: "of the edge" })).toMatchObject({ outcome: "unavailable" })
  expect(standing(await again("edge"))).toBe("nowhere")
  expect((await atHub.get(LABEL)).register).toMatchObject({ value: "of the hub" })
})

test("[RL153] a relay that decides goes on with it when it is given a peer, and after its next start", async () => {
  const hub = await network.open("hub")
  await network.open("edge", ["hub"])
  const atHub = await deviceAt(hub)
  await atHub.set(LABEL, "v1")
  await network.open("new", [], { links: { authority: false } })
  hub.relay.setPeers([{ url: "new" }])
  await network.settle()
  expect(["hub", "edge", "new"].map((name) => standing(network.bed(name)))).toEqual(["here", "away", "away"])
  const restarted = await again("hub", ["new"])
  expect(standing(restarted)).toBe("here")
  expect((await (await deviceAt(restarted)).get(LABEL)).register).toMatchObject({ value: "v1" })
})

test("[RL153] one that was never linked goes by whom it dials when it starts, and one that is told goes by that and stays so", async () => {
  await network.open("hub")
  await network.open("one")
  expect([standing(await again("one", ["nobody"])), standing(await again("one"))]).toEqual(["nowhere", "here"])
  expect(standing(await again("one", [], { authorityByDefault: false }))).toBe("nowhere")
  expect(standing(await again("one", ["hub"]))).toBe("away")
  const told = await again("one", ["hub"], { authority: true })
  expect([standing(told), standing(network.bed("hub"))]).toEqual(["torn", "torn"])
  expect(standing(await again("hub", [], { authority: false }))).toBe("nowhere")
  await network.clock.advance(60_000)
  await network.settle()
  expect(["hub", "one"].map((name) => standing(network.bed(name)))).toEqual(["away", "here"])
  expect([standing(await again("hub")), standing(await again("one"))]).toEqual(["nowhere", "here"])
})

test("[RL154] that several relays decide is told as an event at each, and when it is over", async () => {
  const one = await network.open("one")
  const two = await network.open("two")
  two.relay.setPeers([{ url: "one" }])
  await network.settle()
  const ids = [one, two].map(({ relay }) => relay.fleet().relay)
  for (const bed of [one, two]) {
    expect(bed.eventsOf("authorities-torn")).toEqual([{ type: "authorities-torn", authorities: ids.toSorted() }])
    expect(bed.relay.fleet().authorities).toEqual(ids.toSorted())
  }
  await again("two", ["one"], { authority: false })
  expect(one.eventsOf("authority-changed")).toEqual([{ type: "authority-changed", standing: "here", authority: ids[0] }])
  expect(network.bed("two").eventsOf("authority-changed")).toEqual([{ type: "authority-changed", standing: "away", authority: ids[0] }])
  expect(one.eventsOf("authorities-torn")).toHaveLength(1)
})
