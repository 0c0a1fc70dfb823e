import { afterEach, expect, test } from "vitest"
import type { VersionVector } from "@polylogue/protocol"
import { RelayNetwork } from "./linked-relays.ts"
import { deviceAt, settle } from "./test-relay.ts"
import { textOf, Writer } from "./writer.ts"

const DOC = "home/conv/1"
let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

const vectorOf = async (name: string, documentId = DOC): Promise<VersionVector> => (await network.bed(name).log.head(documentId)).vector

test("[RL85] what is written at one relay is at the other, under the stamps that it has, and back", async () => {
  const b = await network.open("b")
  const a = await network.open("a", ["b"])
  const [atA, atB] = [await deviceAt(a), await deviceAt(b)]
  const [ana, bo] = [new Writer(1), new Writer(2)]
  atA.append(ana.type("hello "))
  await network.settle()
  expect(textOf(...atB.updates())).toBe("hello ")
  atB.append(bo.type("world"))
  await network.settle()
  expect(await vectorOf("a")).toEqual(await vectorOf("b"))
  expect((await vectorOf("a")).get(a.relay.log)).toBe(1)
  expect((await vectorOf("a")).get(b.relay.log)).toBe(1)
  expect(
    textOf(
      ...atA.updates(),
      ana.edit((doc) => doc.getText("other").insert(0, "x")),
    ),
  ).toContain("world")
})

test("[RL85] what was written before they met, in documents that nobody has open, is at both afterwards", async () => {
  const b = await network.open("b")
  for (let index = 0; index < 20; index++) {
    const device = await deviceAt(b, `home/conv/${index}`)
    device.append(new Writer(100 + index).type(`text ${index}`))
    await settle()
    device.break()
  }
  const a = await network.open("a", ["b"])
  await network.settle()
  for (let index = 0; index < 20; index++)
    expect(await vectorOf("a", `home/conv/${index}`)).toEqual(await vectorOf("b", `home/conv/${index}`))
  const reader = await deviceAt(a, "home/conv/7")
  expect(textOf(...reader.updates())).toBe("text 7")
})

test("[RL86] nothing is sent back to where it came from, and a ring comes to rest", async () => {
  const a = await network.open("a", ["b"])
  const b = await network.open("b", ["c"])
  const c = await network.open("c", ["a"])
  await network.clock.advance(1_000)
  await network.settle()
  expect([a, b, c].map(({ relay }) => relay.links().filter(({ state }) => state === "linked").length)).toEqual([2, 2, 2])
  const device = await deviceAt(a)
  for (let index = 0; index < 10; index++) {
    device.append(new Writer(10 + index).type(`${index}`))
    await network.settle()
  }
  expect(await vectorOf("b")).toEqual(await vectorOf("a"))
  expect(await vectorOf("c")).toEqual(await vectorOf("a"))
  await network.clock.advance(40_000)
  await network.settle()
  const before = [...network.wires.values()].map(({ sent }) => sent.length)
  await network.clock.advance(1_000)
  await network.settle()
  // Nothing but what a heartbeat of ten seconds may fall on.
  const after = [...network.wires.values()].map(({ sent }, index) => sent.length - before[index]!)
  for (const messages of after) expect(messages).toBeLessThanOrEqual(2)
})

test("[RL87] two relays that dial each other have one link", async () => {
  const a = await network.open("a", ["b"])
  const b = await network.open("b", ["a"])
  await network.clock.advance(5_000)
  await network.settle()
  for (const { relay } of [a, b]) {
    const states = relay.links().map(({ state }) => state)
    expect(states.filter((state) => state === "linked")).toHaveLength(1)
  }
  network.wire("a", "b").break()
  network.wire("b", "a").break()
  await network.settle()
  await network.clock.advance(5_000)
  await network.settle()
  for (const { relay } of [a, b]) expect(relay.links().filter(({ state }) => state === "linked")).toHaveLength(1)
})

test("[RL88] cut off, both go on; healed, each has what the other wrote, through a window that was compacted away too", async () => {
  const limits = { windowItems: 2, compactItems: 4, linkRetryMs: 100 }
  const b = await network.open("b", [], { limits })
  const a = await network.open("a", ["b"], { limits })
  const [atA, atB] = [await deviceAt(a), await deviceAt(b)]
  const [ana, bo] = [new Writer(1), new Writer(2)]
  atA.append(ana.type("both "))
  await network.settle()
  network.away.add("b")
  network.wire("a", "b").break()
  await network.settle()
  for (let index = 0; index < 12; index++) {
    atA.append(ana.type(`a${index} `))
    atB.append(bo.type(`b${index} `))
    await settle()
  }
  await network.settle()
  expect(a.relay.stats().compactions).toBeGreaterThan(0)
  network.away.delete("b")
  await network.clock.advance(60_000)
  await network.settle()
  expect(await vectorOf("a")).toEqual(await vectorOf("b"))
  const [freshA, freshB] = [await deviceAt(a), await deviceAt(b)]
  const [textA, textB] = [textOf(...freshA.updates()), textOf(...freshB.updates())]
  expect(textA).toBe(textB)
  for (let index = 0; index < 12; index++) expect(textA).toContain(`a${index} `)
  for (let index = 0; index < 12; index++) expect(textA).toContain(`b${index} `)
})

test("[RL89] a session is told what is on the disk of another relay, and nothing of it before it is", async () => {
  const a = await network.open("a", ["b"])
  await network.open("b")
  const device = await deviceAt(a)
  device.append(new Writer(1).type("safe"))
  await settle()
  expect(device.of("ack")).toHaveLength(1)
  expect(device.of("replicated")).toEqual([])
  await network.clock.advance(5_000)
  await network.settle()
  expect(device.of("replicated").at(-1)).toEqual({ type: "replicated", handle: 1, others: 1, vector: new Map([[a.relay.log, 1]]) })
})

test("[RL90] a relay that holds what is in use fetches a document when somebody opens it, and lets go of it afterwards", async () => {
  const hub = await network.open("hub")
  const writer = await deviceAt(hub)
  const ana = new Writer(1)
  writer.append(ana.type("at the hub"))
  await network.settle()
  const edge = await network.open("edge", ["hub"], { links: { mirror: [] } })
  await network.settle()
  expect((await vectorOf("edge")).size).toBe(0)
  const reader = await deviceAt(edge)
  await network.settle()
  expect(textOf(...reader.updates())).toBe("at the hub")
  writer.append(ana.type(", live"))
  await network.settle()
  expect(textOf(...reader.updates())).toBe("at the hub, live")
  reader.append(new Writer(2).type("from the edge "))
  await network.settle()
  expect(await vectorOf("hub")).toEqual(await vectorOf("edge"))
  reader.break()
  await network.clock.advance(90_000)
  await network.settle()
  expect(edge.relay.links()[0]!.documentsOpen).toBe(0)
})

test("[RL90] what is written below relays that hold what is in use goes up through them, though nobody uses it there", async () => {
  await network.open("top")
  await network.open("middle", ["top"], { links: { mirror: [] } })
  const low = await network.open("low", ["middle"], { links: { mirror: [] } })
  const device = await deviceAt(low)
  device.append(new Writer(1).type("hello "))
  await network.settle()
  await network.clock.advance(2_000)
  await network.settle()
  await network.clock.advance(2_000)
  await network.settle()
  expect(await vectorOf("top")).toEqual(new Map([[low.relay.log, 1]]))
})

test("[RL90] somebody opens a document at a relay that another one has open there: it is fetched from that one", async () => {
  await network.open("top")
  const middle = await network.open("middle", ["top"], { links: { mirror: [] } })
  const low = await network.open("low", ["middle"], { links: { mirror: [] } })
  const above = await deviceAt(middle)
  above.append(new Writer(1).type("hello "))
  await network.settle()
  const below = await deviceAt(low)
  await network.settle()
  expect(textOf(...below.updates())).toBe("hello ")
})

test("[RL91] who is no relay makes no link, nor does a relay that takes none, nor one with itself", async () => {
  const alone = await network.open("alone")
  const device = await alone.device()
  device.send({ type: "link", relay: "00000000000000aa", name: "x", onDemand: false })
  await settle()
  expect(device.of("link")).toHaveLength(1)
  const guarded = await network.open("guarded", [], { authenticate: async () => ({ name: "ana", may: () => "write" as const }) })
  const ana = await guarded.device()
  ana.send({ type: "link", relay: "00000000000000aa", name: "x", onDemand: false })
  await settle()
  expect(ana.closedCode).toBe("forbidden")
  const self = await network.open("self", ["self"])
  await network.settle()
  expect(self.relay.links()[0]).toMatchObject({ state: "refused", code: "same-relay" })
})

test("[RL86] in a mesh every relay knows that every other has everything, so that nothing is asked for again and nothing stays open", async () => {
  const names = ["a", "b", "c", "d"]
  for (const [index, name] of names.entries()) await network.open(name, names.slice(0, index))
  const devices = await Promise.all(names.map((name) => deviceAt(network.bed(name))))
  for (let round = 0; round < 5; round++) {
    for (const [index, device] of devices.entries()) device.append(new Writer(100 * round + index + 1).type(`${round}${index} `))
    await network.settle()
  }
  for (const name of names) expect(await vectorOf(name)).toEqual(await vectorOf("a"))
  for (const name of names) {
    const { relay } = network.bed(name)
    expect(relay.links().map(({ documentsBehind }) => documentsBehind)).toEqual([0, 0, 0])
    const told = devices[names.indexOf(name)]!.of("replicated").at(-1)?.vector
    expect(told?.get(relay.log)).toBe(5)
  }
  for (const device of devices) device.break()
  await network.clock.advance(200_000)
  await network.settle()
  for (const name of names)
    expect(
      network
        .bed(name)
        .relay.links()
        .map(({ documentsOpen }) => documentsOpen),
    ).toEqual([0, 0, 0])
})
