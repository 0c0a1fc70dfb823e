import { openRelay, type Relay, runCompaction } from "@polylogue/relay"
import { MemoryEntryLog } from "@polylogue/storage"
import { IndexedDbEntryLog } from "@polylogue/storage/indexeddb"
import { expect, test } from "vitest"
import { browserTabs, openPageReplica, randomBytes, systemClock } from "../src/browser/index.ts"
import type { Replica } from "../src/index.ts"
import { socketPair } from "./support/memory-socket.ts"

const KEY = "home/prompt/1#label/production"

function raise(): Promise<Relay> {
  return openRelay({
    log: new MemoryEntryLog(),
    clock: systemClock,
    randomBytes,
    compactor: { run: async (job) => runCompaction(job) },
  })
}

/** A tab of the store `name`: the page's locks, channel and database, and code that is loaded when it is needed. */
function tab(name: string, relay: Relay): Promise<Replica> {
  const tabs = browserTabs(name)!
  const dial = () => {
    const [near, far] = socketPair()
    relay.accept(far)
    near.open()
    return near
  }
  const store = new IndexedDbEntryLog({ name })
  return openPageReplica({ store, relays: ["ws://page/sync"], dial, clock: systemClock, randomBytes, tabs })
}

test("[RP39, RP47, RP48, RP49] in a browser: tabs ask by way of one, are told what changes, and remember it over a reload", async () => {
  const [name, relay] = [`registers-${randomBytes(6).join("-")}`, await raise()]
  const one = await tab(name, relay)
  await expect.poll(() => one.status.connection).toBe("online")
  const two = await tab(name, relay)
  const heard: (string | null | undefined)[] = []
  two.registers.watch("home", (key) => heard.push(two.registers.cached(key)?.value))
  expect(two.status.holder).toBe(false)
  const set = await two.registers.cas(KEY, { expected: null, value: "v1" })
  expect(set).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  const before = await one.registers.get(KEY)
  if (before.outcome !== "ok") throw new Error(before.outcome)
  expect(await one.registers.cas(KEY, { expected: before.register.revision, value: "v2" })).toMatchObject({ outcome: "ok" })
  await expect.poll(() => heard.at(-1)).toBe("v2")
  await one.close()
  await expect.poll(() => two.status.holder && two.status.connection).toBe("online")
  expect(await two.registers.get(KEY)).toMatchObject({ register: { value: "v2" } })
  await two.close()
  await relay.close()
  const again = await tab(name, await raise())
  again.setCutOff(true)
  expect(await again.registers.get(KEY)).toEqual({ outcome: "unavailable" })
  expect(again.registers.cached(KEY)?.value).toBe("v2")
  await again.close()
})
