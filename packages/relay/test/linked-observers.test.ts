import { decodeMessage, type FrameOf, type FrameType } from "@polylogue/protocol"
import { MemoryDisk } from "@polylogue/storage"
import { afterEach, expect, test } from "vitest"
import { RelayNetwork, type Wire } from "./linked-relays.ts"
import { LABEL, principal, RegisterDevice } from "./register-bed.ts"
import type { TestBed } from "./test-relay.ts"

let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

const LIMITS = { heartbeatMs: 2 ** 30 }

async function open(name: string, peers: readonly string[] = [], limits = {}, disk = new MemoryDisk()): Promise<TestBed> {
  return await network.open(name, peers, { limits: { ...LIMITS, ...limits }, links: { authority: peers.length === 0 }, disk })
}

async function deviceAt(bed: TestBed, who = principal("ana")): Promise<RegisterDevice> {
  return await RegisterDevice.welcomed(bed, who, undefined, () => network.settle())
}

async function observing(bed: TestBed, prefix = "home", who = principal("bo")): Promise<RegisterDevice> {
  const device = await deviceAt(bed, who)
  await device.observe(prefix)
  return device
}

/** Breaks the connection `from` > `to` for good, or until {@link join}. */
async function part(from: string, to: string): Promise<void> {
  network.away.add(to)
  network.wire(from, to).break()
  await network.settle()
}

async function join(to: string): Promise<void> {
  network.away.delete(to)
  await network.clock.advance(60_000)
  await network.settle()
}

function framesOver<T extends FrameType>(wire: Wire, type: T): FrameOf<T>[] {
  const frames = wire.sent.flatMap((message) => decodeMessage(message))
  return frames.filter((frame) => frame.type === type) as unknown as FrameOf<T>[]
}

const held = (...values: readonly (readonly [string, string])[]): Map<string, string> => new Map(values)

test("[RL115] who observes at the end of a line is told all that is there, and then what changes, absence too", async () => {
  const root = await open("root")
  const [, edge] = [await open("middle", ["root"]), await open("edge", ["middle"])]
  const ana = await deviceAt(root)
  await ana.set(LABEL, "v1")
  await ana.set("home/prompt/8#label/a", "v1")
  await ana.set("work/prompt/8#label/a", "of another workspace")
  const time = root.clock.now()
  const bo = await observing(edge)
  const [list] = bo.device.of("observed")
  expect(list).toMatchObject({ anew: true, caughtUp: true, time })
  expect(bo.observed()).toEqual(held([LABEL, "v1"], ["home/prompt/8#label/a", "v1"]))
  await network.clock.advance(1_000)
  await ana.set(LABEL, "v2")
  await ana.set("home/prompt/8#label/a", null)
  await network.settle()
  expect(bo.observed()).toEqual(held([LABEL, "v2"]))
  const changes = bo.device.of("observed").slice(1)
  expect(changes.map(({ anew, caughtUp, time: at }) => ({ anew, caughtUp, at }))).toEqual(
    changes.map(() => ({ anew: false, caughtUp: true, at: root.clock.now() })),
  )
  expect(changes.flatMap(({ registers }) => registers.map(({ value, principal: by }) => [value, by]))).toEqual([
    ["v2", "ana"],
    [null, ""],
  ])
})

test("[RL115, I11] what may not be read is left out at the edge", async () => {
  const [root, edge] = [await open("root"), await open("edge", ["root"])]
  const ana = await deviceAt(root)
  await ana.set(LABEL, "v1")
  await ana.set("home/prompt/8#label/a", "secret")
  const bo = await observing(
    edge,
    "home",
    principal("bo", (documentId) => (documentId === "home/prompt/7" ? "read" : "none")),
  )
  await ana.set("home/prompt/8#label/a", "secret still")
  await network.settle()
  expect(bo.observed()).toEqual(held([LABEL, "v1"]))
  for (const { registers } of bo.device.of("observed")) expect(registers.map(({ key }) => key)).toEqual([LABEL])
})

test("[RL115] a change crosses a link once, however many observe at the other end, and nothing when nobody does any more", async () => {
  const [root, edge] = [await open("root"), await open("edge", ["root"])]
  const ana = await deviceAt(root)
  const many: RegisterDevice[] = []
  for (let left = 10; left > 0; left--) many.push(await observing(edge))
  const wire = network.wire("edge", "root")
  const count = (): number => framesOver(wire, "observed").length
  const before = count()
  await ana.set(LABEL, "v1")
  await network.settle()
  expect(count()).toBe(before + 1)
  for (const each of many) expect(each.observed()).toEqual(held([LABEL, "v1"]))
  for (const [index, each] of many.entries()) {
    if (index % 2 === 0) each.device.break()
    else each.device.send({ type: "close", handle: 1, code: 1000, reason: "" })
  }
  await network.settle()
  expect(root.relay.stats().registerObservers).toBe(0)
  await ana.set(LABEL, "v2")
  await network.settle()
  expect(count()).toBe(before + 1)
})

test("[RL115] a list is one that was asked for after who is told it came", async () => {
  const [root, edge] = [await open("root"), await open("edge", ["root"])]
  const ana = await deviceAt(root)
  await ana.set(LABEL, "v1")
  const bo = await observing(edge)
  const wire = network.wire("edge", "root")
  wire.cut = true
  await ana.set(LABEL, "v2")
  const late = [await observing(edge), await observing(edge)]
  for (const each of late) expect(each.device.of("observed")).toEqual([])
  expect(bo.observed()).toEqual(held([LABEL, "v1"]))
  wire.heal()
  await network.settle()
  for (const each of [bo, ...late]) expect(each.observed()).toEqual(held([LABEL, "v2"]))
  expect(bo.device.of("observed").map(({ anew }) => anew)).toEqual([true, false])
  for (const each of late) expect(each.device.of("observed")[0]).toMatchObject({ anew: true, registers: [{ value: "v2" }] })
})

test("[RL115] cut off nothing is told; when there is a way again, another one or the same, all is told anew", async () => {
  const root = await open("root")
  const near = await open("near", ["root"])
  const edge = await open("edge", ["near", "root"])
  const ana = await deviceAt(root)
  await ana.set(LABEL, "v1")
  const [atEdge, atNear] = [await observing(edge), await observing(near)]
  await part("edge", "root")
  expect(edge.relay.registers.authority.path).toHaveLength(2)
  expect(atEdge.device.of("observed").map(({ anew }) => anew)).toEqual([true, true])
  await ana.set(LABEL, "v2")
  await network.settle()
  expect(atEdge.observed()).toEqual(held([LABEL, "v2"]))
  await part("near", "root")
  const frames = [atEdge, atNear].map(({ device }) => device.of("observed").length)
  await ana.set(LABEL, null)
  await ana.set("home/prompt/9#label/a", "v9")
  await network.settle()
  expect([atEdge, atNear].map(({ device }) => device.of("observed").length)).toEqual(frames)
  const late = await observing(edge)
  expect(late.device.of("observed")).toEqual([])
  await join("root")
  for (const each of [atEdge, atNear, late]) expect(each.observed()).toEqual(held(["home/prompt/9#label/a", "v9"]))
  const told = atNear.device.of("observed").slice(frames[1])
  expect(told.map(({ anew }) => anew)).toEqual([true])
  for (const bed of [near, edge]) expect(bed.eventsOf("failed")).toEqual([])
})

test("[RL115, RL64] when the authority comes back from a backup, what it has then is told anew, all along the line", async () => {
  const disk = new MemoryDisk()
  const root = await open("root", [], {}, disk)
  const [, edge] = [await open("middle", ["root"]), await open("edge", ["middle"])]
  const ana = await deviceAt(root)
  await ana.set(LABEL, "v1")
  const backup = disk.copy()
  await ana.set(LABEL, "v2")
  await ana.set("home/prompt/9#label/a", "lost")
  const bo = await observing(edge)
  expect(bo.observed().size).toBe(2)
  await part("middle", "root")
  await root.relay.close()
  await open("root", [], {}, backup)
  await join("root")
  expect(bo.observed()).toEqual(held([LABEL, "v1"]))
})

test("[RL116, I5] below as many prefixes as may be registers are observed over a link; for one more the observer is told to come again", async () => {
  const [root, edge] = [await open("root"), await open("edge", ["root"], { maxLinkObservers: 2 })]
  const ana = await deviceAt(root)
  await ana.set(LABEL, "v1")
  const first = await observing(edge, "home/prompt/7")
  const bo = await observing(edge, "home/prompt/8")
  for (const handle of [2, 3]) {
    bo.device.send({ type: "observe", handle, prefix: "home" })
    await network.settle()
    expect(bo.device.closeCode(handle)).toBe("overloaded")
  }
  first.device.break()
  await network.settle()
  await bo.observe("home", 4)
  expect(bo.observed(4)).toEqual(held([LABEL, "v1"]))
  expect(edge.relay.stats().registerObservers).toBe(2)
})

test("[RL116, I5] what the other relay refuses is refused here, and a relay of a smaller bound bounds both", async () => {
  const [, edge] = [await open("root", [], { maxLinkObservers: 1 }), await open("edge", ["root"])]
  const one = await observing(edge, "home/prompt/7")
  const two = await observing(edge, "home/prompt/8")
  expect([one, two].map(({ device }) => device.closeCode(1))).toEqual([undefined, "overloaded"])
  one.device.break()
  await network.settle()
  await two.observe("home/prompt/8", 2)
  expect(two.device.of("observed").map(({ handle }) => handle)).toEqual([2])
})

test("[RL116, I5] as many registers as may be are known from another relay, and with one more who observes them is told to come again", async () => {
  const [root, edge] = [await open("root"), await open("edge", ["root"], { maxMirrored: 3 })]
  const ana = await deviceAt(root)
  for (const id of [1, 2, 3]) await ana.set(`home/prompt/${id}#a`, "v")
  const bo = await observing(edge)
  expect(bo.observed().size).toBe(3)
  await ana.set("home/prompt/1#a", "v again")
  await network.settle()
  expect(bo.device.closeCode(1)).toBeUndefined()
  await ana.set("home/prompt/4#a", "v")
  await network.settle()
  expect(bo.device.closeCode(1)).toBe("overloaded")
  await bo.observe("home", 2)
  expect(bo.device.closeCode(2)).toBe("overloaded")
  await bo.observe("home/prompt/2", 3)
  expect(bo.observed(3).size).toBe(1)
  expect(root.relay.stats().registerObservers).toBe(1)
})

test("[RL116] values that do not fit memory are asked for again when they are told", async () => {
  const [root, edge] = [await open("root"), await open("edge", ["root"], { maxRegisterBytes: 1 })]
  const ana = await deviceAt(root)
  for (const id of [1, 2, 3]) await ana.set(`home/prompt/${id}#a`, `value ${id}`)
  const bo = await observing(edge)
  await ana.set("home/prompt/2#a", "another")
  await network.settle()
  const values = [...bo.observed().values()]
  expect(values).toEqual(["value 1", "another", "value 3"])
  expect(edge.relay.stats().registersForwarded).toBe(4)
})
