import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Register, RegisterChange, ReplicaRegisters } from "@polylogue/replica"
import { LevelEntryLog } from "@polylogue/storage/level"
import { expect, test } from "vitest"
import { Device } from "./devices.ts"
import { relayOn, type Relay } from "./erase-kit.ts"
import { folder, polylogue } from "./program.ts"

const LABEL = "home/prompt/7#label/production"

/** What the relay says once it can be reached. */
async function get(registers: ReplicaRegisters, key = LABEL): Promise<Register> {
  for (;;) {
    const answer = await registers.get(key)
    if (answer.outcome === "ok") return answer.register
    if (answer.outcome !== "unavailable") throw new Error(answer.outcome)
  }
}

/** Sets a register that nobody else sets. */
async function set(registers: ReplicaRegisters, value: string, change: Partial<RegisterChange> = {}): Promise<Register> {
  const { revision } = await get(registers)
  const answer = await registers.cas(LABEL, { expected: revision, value, ...change })
  if (answer.outcome !== "ok") throw new Error(answer.outcome)
  return answer.register
}

async function on<T>(relay: Relay, act: (registers: ReplicaRegisters) => Promise<T>): Promise<T> {
  const device = new Device()
  try {
    return await act(await device.registers([relay.url]))
  } finally {
    await device.close()
  }
}

test("[PL25, I8] registers are in a backup; once it is put back no revision is repeated, and one of the lost future is a conflict", async () => {
  const data = folder()
  let relay = await relayOn(data)
  const v1 = await on(relay, (registers) => set(registers, "v1", { guarded: true }))
  const out = join(folder(), "backup")
  expect(await polylogue("backup", "--relay", relay.ws, "--out", out)).toMatchObject({ code: 0 })
  const v2 = await on(relay, (registers) => set(registers, "v2"))
  await relay.end("SIGKILL")
  relay = await relayOn(data)
  expect(await on(relay, (registers) => get(registers))).toMatchObject({ value: "v2", revision: v2.revision, guarded: true })
  await relay.end()

  const restored = folder()
  expect(await polylogue("restore", out, "--data", restored)).toMatchObject({ code: 0 })
  relay = await relayOn(restored)
  await on(relay, async (registers) => {
    expect(await get(registers)).toMatchObject({ value: "v1", revision: v1.revision, guarded: true })
    expect(await registers.cas(LABEL, { expected: v2.revision, value: "v3" })).toMatchObject({
      outcome: "conflict",
      register: { value: "v1" },
    })
    const v3 = await set(registers, "v3")
    expect([v1.revision, v2.revision]).not.toContain(v3.revision)
  })
  await relay.end()
  expect(await polylogue("doctor", "--data", restored)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 registers: all well") as string,
  })
})

test("[PL30, I12] doctor names a register that does not decode, and a repair keeps its bytes aside", async () => {
  const data = folder()
  let relay = await relayOn(data)
  await on(relay, (registers) => set(registers, "v1"))
  await relay.end()
  const log = new LevelEntryLog({ location: join(data, "store") })
  await log.open()
  await log.commit([{ type: "record", key: `register/${LABEL}`, value: Buffer.from("damage") }])
  await log.close()
  const found = await polylogue("doctor", "--data", data)
  expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining(`${LABEL}: its record does not decode`) as string })
  expect(existsSync(join(data, "damaged"))).toBe(false)
  const repaired = await polylogue("doctor", "--data", data, "--repair")
  expect(repaired).toMatchObject({ code: 0, stdout: expect.stringContaining("it is absent now, and not guarded; set it anew") as string })
  const aside = join(data, "damaged", readdirSync(join(data, "damaged"))[0]!, "registers")
  expect(readdirSync(aside).map((name) => readFileSync(join(aside, name), "utf8"))).toEqual(["damage"])
  expect(await polylogue("doctor", "--data", data)).toMatchObject({ code: 0 })
  relay = await relayOn(data)
  expect(await on(relay, (registers) => get(registers))).toMatchObject({ value: null, revision: null })
  expect(await on(relay, (registers) => set(registers, "v2"))).toMatchObject({ value: "v2" })
  await relay.end()
})
