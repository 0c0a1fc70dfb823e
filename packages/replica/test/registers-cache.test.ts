import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import type { Register, Replica } from "../src/index.ts"
import { MAX_CACHED_BYTES, MAX_CACHED_REGISTERS, OVERHEAD_BYTES, RegisterCache } from "../src/registers/register-cache.ts"
import { World } from "./support/device.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { settle } from "./support/manual-clock.ts"

const KEY = "home/prompt/1#label/production"

/** Another run over the same disk, which the network cannot reach, and what it remembers. */
async function rememberedOn(world: World, disk: MemoryDisk, key = KEY): Promise<Register | undefined> {
  const { replica } = await world.device({ disk, cutOff: true })
  await replica.registers.get(key)
  const register = replica.registers.cached(key)
  await replica.close()
  return register
}

test("[RP47] what may not be read any more is forgotten, on the disk too; a refusal to set forgets nothing", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const { replica } = await world.device({ disk })
  const other = "home/prompt/2#label/production"
  for (const key of [KEY, other]) world.relay.registers.set(key, "v1")
  for (const key of [KEY, other]) await replica.registers.get(key)
  world.relay.forbidden.add("home/prompt/1")
  expect(await replica.registers.cas(KEY, { expected: null, value: "v2" })).toEqual({ outcome: "refused", code: "forbidden" })
  expect(replica.registers.cached(KEY)?.value).toBe("v1")
  expect(await replica.registers.get(KEY)).toEqual({ outcome: "refused", code: "forbidden" })
  expect(replica.registers.cached(KEY)).toBeUndefined()
  expect(replica.registers.cached(other)?.value).toBe("v1")
  await replica.close()
  expect([...disk.records.keys()].filter((key) => key.startsWith("register/"))).toEqual(["register/home/prompt/2"])
})

/** A store whose notes of registers are read late. */
class SlowStore extends MemoryEntryLog {
  go: () => void = () => undefined
  readonly #gate = new Promise<void>((resolve) => (this.go = resolve))

  override async recordKeys(prefix: string): Promise<string[]> {
    if (prefix === "register/") await this.#gate
    return super.recordKeys(prefix)
  }
}

test("[RP47, RP48] a note that is read late brings nothing back that is gone or forbidden by then, and takes nothing back that was heard", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const keys = ["home/prompt/1#a", "home/prompt/2#a", "home/prompt/3#a"]
  const first = await world.device({ disk })
  for (const key of keys) world.relay.registers.set(key, "v1")
  for (const key of keys) await first.replica.registers.get(key)
  await first.replica.close()
  world.relay.registers.set(keys[0]!, null)
  world.relay.forbidden.add("home/prompt/2")
  world.relay.registers.set(keys[2]!, "v2")
  const store = new SlowStore({ disk })
  const { registers } = (await world.device({ store })).replica
  registers.watch("home", () => undefined)
  expect(await registers.get(keys[1]!)).toMatchObject({ outcome: "refused" })
  expect(await registers.get(keys[2]!)).toMatchObject({ register: { value: "v2" } })
  store.go()
  await settle()
  expect(keys.map((key) => registers.cached(key)?.value)).toEqual([undefined, undefined, "v2"])
})

test("[RP47] what was said to one principal is not there for another, whether it comes in this run or in the next", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  world.relay.registers.set(KEY, "v1")
  const first = await world.device({ disk })
  await first.replica.registers.get(KEY)
  await first.replica.close()
  const heard: (string | null | undefined)[] = []
  world.relay.principal = "grace"
  world.relay.forbidden.add("home/prompt/1")
  const { replica } = await world.device({ disk, cutOff: true })
  replica.registers.watch("home", (key) => heard.push(replica.registers.cached(key)?.value))
  await settle()
  expect(heard).toEqual(["v1"])
  replica.setCutOff(false)
  await settle()
  expect(heard).toEqual(["v1", undefined])
  await replica.close()
  expect(await rememberedOn(world, disk)).toBeUndefined()
})

test("[RP47] a word that was overtaken on its way takes nothing back, and neither does an attempt that is told again", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  registers.watch("home", () => undefined)
  const change = { expected: null, value: "v1", attempt: "00000000000000a1" }
  await registers.cas(KEY, change)
  await settle()
  const [session] = world.relay.sessions
  const [handle] = session!.observed.keys()
  const old = world.relay.registers.at(KEY)
  world.relay.registers.set(KEY, "v2")
  session!.send({ type: "observed", handle: handle!, anew: false, caughtUp: true, time: world.relay.registers.time, registers: [old] })
  await settle()
  expect(registers.cached(KEY)?.value).toBe("v2")
  world.relay.registers.set(KEY, null)
  await settle()
  expect(await registers.cas(KEY, change)).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(registers.cached(KEY)?.value).toBeNull()
})

test("[RP47] a relay that was started anew counts anew, and its words win", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  for (let round = 0; round < 5; round++) world.relay.registers.set(KEY, `v${round}`)
  await registers.get(KEY)
  world.relay.restart()
  world.relay.registers.sets = 0
  world.relay.registers.set(KEY, "after")
  await world.clock.pass(5_000)
  expect(await registers.get(KEY)).toMatchObject({ register: { value: "after" } })
  expect(registers.cached(KEY)?.value).toBe("after")
})

test("[RP47] a relay that was put back to an earlier state is believed", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  registers.watch("home", () => undefined)
  const early = world.relay.registers.set(KEY, "v1")
  world.relay.registers.set(KEY, "lost")
  await settle()
  expect(registers.cached(KEY)?.value).toBe("lost")
  world.relay.restart()
  world.relay.registers.registers.set(KEY, early)
  await world.clock.pass(5_000)
  expect(registers.cached(KEY)?.value).toBe("v1")
})

test("[RP48] an attempt that is said again brings nothing back that the relay names no more", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  registers.watch("home", () => undefined)
  const change = { expected: null, value: "v1", attempt: "00000000000000a2" }
  await registers.cas(KEY, change)
  world.relay.restart()
  world.relay.registers.set(KEY, null)
  await world.clock.pass(5_000)
  expect(registers.cached(KEY)).toBeUndefined()
  expect(await registers.cas(KEY, change)).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(registers.cached(KEY)).toBeUndefined()
})

test("[RP47] a store that does not take the notes is reported, and takes them later; one that holds nonsense is read past", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  disk.records.set("register/home/prompt/1", Uint8Array.of(1, 200, 3))
  disk.records.set("register/home/prompt/7", Uint8Array.of(99))
  const store = new FaultyStore(disk)
  const device = await world.device({ store })
  world.relay.registers.set(KEY, "v1")
  const fails = (changes: readonly { readonly type: string; readonly key?: string }[]) =>
    changes.some(({ key }) => key?.startsWith("register/"))
  store.fails = (_, changes) => (fails(changes) ? "quota-exceeded" : undefined)
  device.replica.registers.watch("home", () => undefined)
  await world.clock.pass(2_000)
  expect(device.replica.registers.cached(KEY)?.value).toBe("v1")
  expect(device.problems.map(({ kind }) => kind)).toEqual(["store-failed"])
  store.fails = () => undefined
  world.relay.registers.set("home/prompt/2#a", "b")
  await world.clock.pass(2_000)
  await device.replica.close()
  expect((await rememberedOn(world, disk))?.value).toBe("v1")
})

test("[RP47] notes are written a while after, many in one commit, and none when nothing was heard", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  device.replica.registers.watch("home", () => undefined)
  await settle()
  const before = store.commits
  for (let index = 0; index < 300; index++) world.relay.registers.set(`home/prompt/${index}#label/production`, "v1")
  await world.clock.pass(1_900)
  expect(store.commits).toBe(before)
  await world.clock.pass(200)
  expect(store.commits).toBe(before + 1)
  await world.clock.pass(10_000)
  await device.replica.close()
  expect(store.commits).toBe(before + 1)
})

/** A cache that belongs to nothing. */
async function cacheOf(world: World): Promise<RegisterCache> {
  const { store, clock } = await world.device()
  const environment = { store, clock, report: () => undefined } as unknown as Replica & RegisterCacheEnvironment
  return new RegisterCache({ environment, notes: () => true, changed: () => undefined })
}

type RegisterCacheEnvironment = ConstructorParameters<typeof RegisterCache>[0]["environment"]

function register(index: number, value: string): Register {
  return {
    key: `home/prompt/${index}#a`,
    value,
    revision: `00000000000000aa:${index + 1}`,
    guarded: false,
    setAt: 1,
    principal: "ada",
    asOf: index,
  }
}

test("[RP47] as many registers are remembered as the bound says; with one more, the one that was heard of longest ago goes", async () => {
  const cache = await cacheOf(new World())
  const many = Array.from({ length: MAX_CACHED_REGISTERS }, (_, index) => register(index, "v"))
  cache.put(many)
  expect(cache.get(many[0]!.key)).toBeDefined()
  cache.put([register(MAX_CACHED_REGISTERS, "v")])
  expect(cache.get(many[0]!.key)).toBeUndefined()
  expect(cache.get(many[1]!.key)).toBeDefined()
})

test("[RP47] as many bytes are remembered as the bound says, and no more", async () => {
  const cache = await cacheOf(new World())
  const [first, second] = [register(0, ""), register(1, "")]
  const left = (MAX_CACHED_BYTES - 2 * OVERHEAD_BYTES - 4 * first.key.length) / 2
  cache.put([first, { ...second, value: "x".repeat(left) }])
  expect(cache.get(first.key)).toBeDefined()
  cache.put([{ ...second, value: "x".repeat(left + 1), revision: "00000000000000aa:9" }])
  expect(cache.get(first.key)).toBeUndefined()
  expect(cache.get(second.key)).toBeDefined()
})

test("[RP47, RP49] what another tab has heard takes nothing back, whichever relay that tab is at; what is true later stands", async () => {
  const cache = await cacheOf(new World())
  const said = (count: number, asOf: number): Register => ({ ...register(0, `v${count}`), revision: `00000000000000aa:${count}`, asOf })
  const known = (): string | null | undefined => cache.get(register(0, "").key)?.value
  cache.saidBy("00000000000000b1")
  cache.put([said(6, 20)])
  cache.saidBy("00000000000000b2")
  cache.putHeard([said(5, 10)])
  expect(known()).toBe("v6")
  cache.putHeard([said(4, 30)])
  expect(known()).toBe("v4")
  cache.saidBy("00000000000000b3")
  cache.put([said(3, 5)])
  expect(known()).toBe("v3")
})
