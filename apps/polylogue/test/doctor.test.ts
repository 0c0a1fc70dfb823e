import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { liftQuarantine, readQuarantines } from "@polylogue/relay"
import { LevelEntryLog } from "@polylogue/storage/level"
import { ClassicLevel } from "classic-level"
import { expect, test } from "vitest"
import { bytesOf, hashOf } from "./blob-kit.ts"
import { Device, synced } from "./devices.ts"
import { relayOn } from "./erase-kit.ts"
import { folder, polylogue } from "./program.ts"

const DOCUMENT = "home/conv/1"
const BLOB = bytesOf(10_000, 3)
const BLOB_PATH = join("blobs", "home", hashOf(BLOB).slice(0, 2), hashOf(BLOB))

/** A folder with ten words of a device in ten entries, and a blob. */
async function tenWords(): Promise<{ data: string; device: Device }> {
  const data = folder()
  const relay = await relayOn(data)
  const device = new Device()
  const document = await device.open(DOCUMENT, [relay.url])
  for (let count = 0; count < 10; count++) {
    document.ydoc.getArray<string>("words").push([`w${count}`])
    await document.whenDurable("stored")
  }
  await synced(document)
  expect((await fetch(`${relay.url}/blobs/home/${hashOf(BLOB)}`, { method: "PUT", body: BLOB })).status).toBe(201)
  await device.close()
  await relay.end()
  return { data, device }
}

/** Overwrites the value of the n-th key that begins with `kind`. */
async function damage(data: string, kind: string, nth = 0): Promise<void> {
  const level = new ClassicLevel<Buffer, Buffer>(join(data, "store"), { keyEncoding: "buffer", valueEncoding: "buffer" })
  const keys = (await level.keys().all()).filter((key) => key.toString("latin1").startsWith(kind))
  await level.put(keys[nth]!, Buffer.from("damage"), { sync: true })
  await level.close()
}

const doctor = (data: string, ...flags: string[]) => polylogue("doctor", "--data", data, ...flags)

async function wordsAfterReturn(data: string, device: Device): Promise<number> {
  const relay = await relayOn(data)
  const document = await device.open(DOCUMENT, [relay.url])
  const reader = new Device()
  const read = await reader.open(DOCUMENT, [relay.url])
  await synced(document)
  const words = read.ydoc.getArray("words")
  while (words.length < 10) await new Promise((resolve) => read.ydoc.once("update", resolve))
  await Promise.all([device.close(), reader.close()])
  await relay.end()
  return words.length
}

test("[PL30, PL31] a damaged entry: what stands before it stays, the device that returns brings the rest", async () => {
  const { data, device } = await tenWords()
  await damage(data, "i", 4)
  const found = await doctor(data)
  expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining("does not decode") as string })
  expect(existsSync(join(data, "damaged"))).toBe(false)
  const repaired = await doctor(data, "--repair")
  expect(repaired, repaired.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("4 entries are kept, what stood behind") as string,
  })
  const [time] = readdirSync(join(data, "damaged"))
  expect(readdirSync(join(data, "damaged", time!))).toEqual([expect.stringMatching(/^home-conv-1-[0-9a-f]{16}\.dump$/)])
  expect(await doctor(data)).toMatchObject({ code: 0 })
  expect(await wordsAfterReturn(data, device)).toBe(10)
  expect(await doctor(data)).toMatchObject({ code: 0 })
})

test("[PL30] a head, the feed and a blob are repaired, a folder without its CURRENT file as well", async () => {
  const { data, device } = await tenWords()
  await damage(data, "h")
  await damage(data, "c")
  writeFileSync(join(data, BLOB_PATH), "something else")
  rmSync(join(data, "store", "CURRENT"))
  expect(await doctor(data)).toMatchObject({ code: 1 })
  const repaired = await doctor(data, "--repair")
  expect(repaired, repaired.stderr).toMatchObject({ code: 0 })
  expect(repaired.stdout).toContain("store: cannot be opened; a copy of it as it was is in")
  expect(repaired.stdout).toContain("10 entries are kept, nothing is missing")
  expect(existsSync(join(data, BLOB_PATH))).toBe(false)
  const [time] = readdirSync(join(data, "damaged"))
  const aside = readdirSync(join(data, "damaged", time!), { recursive: true }).map(String)
  expect(aside).toEqual(expect.arrayContaining(["store", join("blobs", "home", hashOf(BLOB))]))
  expect(await doctor(data)).toMatchObject({ code: 0 })
  expect(await wordsAfterReturn(data, device)).toBe(10)
})

test("[PL29] what is in quarantine is named with reason and time, and lifted", async () => {
  const { data } = await tenWords()
  const broken = folder()
  cpSync(data, broken, { recursive: true })
  await damage(broken, "i", 4)
  const relay = await relayOn(broken)
  const device = new Device()
  const document = await device.open(DOCUMENT, [relay.url])
  document.ydoc.getArray("words").push(["more"])
  // The relay has found it when it refuses the document.
  const log = new LevelEntryLog({ location: join(broken, "store") })
  for (let metrics = ""; !/quarantined_rooms [1-9]/.test(metrics);) metrics = await (await fetch(`${relay.url}/metrics`)).text()
  await device.close()
  await relay.end()
  expect((await doctor(broken)).stdout).toMatch(/home\/conv\/1: in quarantine, closed to everybody since 20.*: corrupt; --lift/)
  expect(await doctor(broken, "--lift", "home/other")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is not in quarantine") as string,
  })
  expect(await doctor(broken, "--lift", DOCUMENT)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("out of quarantine") as string,
  })
  await log.open()
  expect(await readQuarantines(log)).toEqual([])
  expect(await liftQuarantine(log, DOCUMENT)).toBe(false)
  await log.close()
})
