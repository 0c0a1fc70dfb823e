import { expect, test } from "vitest"
import type { Register, ReplicaStatus } from "../src/index.ts"
import { LaterRegisters } from "../src/registers/later-registers.ts"
import type { RegistersHost, RegistersPart } from "../src/registers/registers-part.ts"
import { ManualClock, settle } from "./support/manual-clock.ts"

const KEY = "home/prompt/1#a"
const REGISTER: Register = { key: KEY, value: "v", revision: "00000000000000aa:1", guarded: false, setAt: 1, principal: "ada", asOf: 2 }

/** Registers that only note what they are asked and told. */
function noting(): { readonly part: RegistersPart; readonly notes: string[] } {
  const notes: string[] = []
  const answer = { outcome: "ok", register: REGISTER } as const
  const part: RegistersPart = {
    get: (key) => (notes.push(`get ${key}`), Promise.resolve(answer)),
    cas: (key) => (notes.push(`cas ${key}`), Promise.resolve(answer)),
    cached: () => REGISTER,
    watch: (prefix) => (notes.push(`watch ${prefix}`), () => void notes.push(`end ${prefix}`)),
    take: ({ type }) => void notes.push(`take ${type}`),
    heard: (tab) => void notes.push(`heard ${tab}`),
    announce: () => void notes.push("announce"),
    stop: () => (notes.push("stop"), Promise.resolve()),
  }
  return { part, notes }
}

function hostWith(clock: ManualClock, holder: boolean): RegistersHost {
  return { environment: { clock }, replica: { status: { holder } as ReplicaStatus } } as unknown as RegistersHost
}

test("[RP39] what is asked of registers before the code is there reaches it, and is loaded once", async () => {
  const { part, notes } = noting()
  let loads = 0
  const registers = new LaterRegisters(hostWith(new ManualClock(), false), () => Promise.resolve((loads++, part)))
  registers.announce()
  registers.take({ type: "ping", nonce: 1 })
  expect(registers.cached(KEY)).toBeUndefined()
  const end = registers.watch("home", () => undefined)
  const answers = [registers.get(KEY), registers.cas(KEY, { expected: null, value: "v" })]
  registers.watch("never", () => undefined)()
  expect(await Promise.all(answers)).toEqual([
    { outcome: "ok", register: REGISTER },
    { outcome: "ok", register: REGISTER },
  ])
  await settle()
  expect(registers.cached(KEY)).toBe(REGISTER)
  registers.announce()
  registers.take({ type: "ping", nonce: 1 })
  end()
  end()
  expect(notes).toEqual(["watch home", `get ${KEY}`, `cas ${KEY}`, "announce", "take ping", "end home"])
  expect(loads).toBe(1)
  expect(() => registers.watch("no//prefix", () => undefined)).toThrow(expect.objectContaining({ code: "bad-document-id" }))
})

test("[RP39, RP49] only a tab that holds the socket, or has asked for something, loads code for what other tabs say", async () => {
  const { part, notes } = noting()
  const message = { kind: "watching", prefixes: ["home"] } as const
  const other = new LaterRegisters(hostWith(new ManualClock(), false), () => Promise.reject(new Error("not to be loaded")))
  other.heard("tab", message)
  const holder = new LaterRegisters(hostWith(new ManualClock(), true), () => Promise.resolve(part))
  holder.heard("tab", message)
  await settle()
  expect(notes).toEqual(["heard tab"])
})

test("[RP39] code that cannot be loaded answers unavailable; who watches is not forgotten, and nothing is loaded once the replica is closed", async () => {
  const { part, notes } = noting()
  const clock = new ManualClock()
  let fails = true
  const registers = new LaterRegisters(hostWith(clock, true), () =>
    fails ? Promise.reject(new Error("no such file")) : Promise.resolve(part),
  )
  expect(await registers.get(KEY)).toEqual({ outcome: "unavailable" })
  registers.watch("home", () => undefined)
  const end = registers.watch("gone", () => undefined)
  await settle()
  end()
  fails = false
  await clock.pass(5_000)
  expect(notes).toEqual(["watch home"])
  await registers.stop()
  expect(notes).toEqual(["watch home", "stop"])
  const unused = new LaterRegisters(hostWith(clock, true), () => Promise.resolve(part))
  await unused.stop()
  expect(await unused.get(KEY)).toEqual({ outcome: "unavailable" })
  unused.watch("late", () => undefined)
  await clock.pass(60_000)
  expect(notes).toEqual(["watch home", "stop"])
})
