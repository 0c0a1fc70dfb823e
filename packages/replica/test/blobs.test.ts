import { MemoryDisk } from "@polylogue/storage"
import * as sha256 from "lib0/hash/sha256"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { type Device, type as write, World } from "./support/device.ts"
import { FakeTabs } from "./support/fake-tabs.ts"
import { FakeBlobs } from "./support/fake-blobs.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { settle } from "./support/manual-clock.ts"

const MIB = 1024 * 1024
const bytesOf = (length: number, seed = 7): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * seed + (index >> 8)) & 0xff)
/** Compared by a digest: comparing millions of numbers takes the runner minutes. */
const same = (left: Uint8Array | undefined, right: Uint8Array): boolean => left !== undefined && hashOf(left) === hashOf(right)
const hashOf = (bytes: Uint8Array): string => Buffer.from(sha256.digest(bytes)).toString("hex")
const blobKeys = (disk: MemoryDisk): string[] => [...disk.records.keys()].filter((key) => key.startsWith("blob"))

async function device(world: World, blobs: FakeBlobs, options: Parameters<World["device"]>[0] = {}): Promise<Device> {
  const started = await world.device({ fetch: blobs.fetch, ...options })
  await settle()
  return started
}

test("[RP24] a blob is on the device at once, then at the relay; another device gets it, verified, and keeps it", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const here = await device(world, blobs, { token: "t0k" })
  const bytes = bytesOf(5_000)
  let changes = 0
  here.replica.blobs.subscribe(() => changes++)
  const hash = await here.replica.blobs.put("home", bytes)
  expect(hash).toBe(hashOf(bytes))
  await settle()
  expect(await here.replica.blobs.status("home", hash)).toEqual({ size: 5_000, state: "stored", refusal: undefined })
  expect(await here.replica.blobs.uploads()).toEqual([])
  expect(changes).toBe(2)
  expect(blobs.requests).toEqual([`PUT http://relay/blobs/home/${hash}`])
  expect([...blobs.authorizations]).toEqual(["Bearer t0k"])
  expect(await here.replica.blobs.put("home", bytes)).toBe(hash)
  await settle()
  expect(blobs.requests).toHaveLength(1)

  const there = await device(world, blobs, { relays: ["wss://relay.example/chat/sync?x=1"] })
  expect(await there.replica.blobs.get("home", hash)).toEqual(bytes)
  expect(blobs.requests.at(-1)).toBe(`GET https://relay.example/chat/blobs/home/${hash} bytes=0-1048575`)
  blobs.answers = 0
  expect(await there.replica.blobs.get("home", hash)).toEqual(bytes)
  const { disk } = there
  await there.replica.close()
  expect(await (await device(world, blobs, { disk })).replica.blobs.get("home", hash)).toEqual(bytes)
  // What the relay sends is believed only when it has the name that was asked for.
  blobs.answers = Infinity
  const other = hashOf(bytesOf(10))
  blobs.stored.set(`home/${other}`, bytesOf(11))
  await expect(here.replica.blobs.get("home", other)).rejects.toMatchObject({ code: "unavailable" })
  await expect(here.replica.blobs.get("home", hashOf(bytesOf(12)))).rejects.toMatchObject({ code: "not-found" })
  for (const [status, code] of [
    [410, "erased"],
    [403, "forbidden"],
    [401, "unavailable"],
  ] as const) {
    blobs.status = status
    await expect(here.replica.blobs.get("home", other)).rejects.toMatchObject({ code })
  }
})

test("[RP24] what nobody may ask for is a RangeError; what is too large, or has no room on the device, is refused with nothing left", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const store = new FaultyStore()
  const { replica } = await device(world, blobs, { store, limits: { maxBlobBytes: 3 * MIB } })
  for (const workspace of ["", "a/b", "..", ".", "a b"]) await expect(replica.blobs.put(workspace, bytesOf(1))).rejects.toThrow(RangeError)
  for (const hash of ["", "x".repeat(64), "A".repeat(64)]) await expect(replica.blobs.get("home", hash)).rejects.toThrow(RangeError)
  await replica.blobs.put("home", bytesOf(3 * MIB))
  await expect(replica.blobs.put("home", bytesOf(3 * MIB + 1))).rejects.toMatchObject({ code: "too-large" })
  await settle()
  const before = await store.recordKeys("blob")
  for (let failing = 1; failing <= 3; failing++) {
    const commits = store.commits
    store.fails = (commit) => (commit === commits + failing ? "quota-exceeded" : undefined)
    await expect(replica.blobs.put("home", bytesOf(2 * MIB, 3))).rejects.toMatchObject({
      code: "storage",
      cause: { code: "quota-exceeded" },
    })
    expect(await store.recordKeys("blob")).toEqual(before)
  }
  store.fails = () => undefined
  await replica.close()
  await expect(replica.blobs.put("home", bytesOf(1))).rejects.toMatchObject({ code: "closed" })
})

test("[RP25] a large upload goes on where it was cut, over a reload, whatever the relay says of its offset", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const disk = new MemoryDisk()
  const bytes = bytesOf(3 * MIB + 5)
  const first = await device(world, blobs, { disk })
  blobs.answers = 3
  const hash = await first.replica.blobs.put("home", bytes)
  await settle()
  expect(blobs.unfinished.get(`home/${hash}`)?.length).toBe(2 * MIB)
  expect((await first.replica.blobs.uploads()).map(({ state, size }) => [state, size])).toEqual([["waiting", bytes.length]])
  await first.replica.close()
  blobs.answers = Infinity
  blobs.claims = 2 * MIB
  const sent = blobs.requests.length
  const second = await device(world, blobs, { disk })
  await world.clock.pass(60_000)
  expect(same(blobs.stored.get(`home/${hash}`), bytes)).toBe(true)
  expect(blobs.requests.slice(sent).map((request) => request.split(" ").slice(0, 1).concat(request.split(" ").slice(2)))).toEqual([
    ["HEAD"],
    ["PATCH", String(2 * MIB)],
    ["PATCH", String(2 * MIB)],
    ["PATCH", String(3 * MIB)],
  ])
  expect(await second.replica.blobs.uploads()).toEqual([])
  // One that somebody else has brought meanwhile is not sent again.
  const other = bytesOf(2 * MIB, 5)
  blobs.stored.set(`home/${hashOf(other)}`, other)
  await second.replica.blobs.put("home", other)
  await settle()
  expect(blobs.requests.at(-1)).toBe(`HEAD http://relay/blobs/home/${hashOf(other)}`)
})

test("[RP25] an upload is tried again with backoff, not while the device is cut off, and stops at what is refused for good, with a code", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const { replica } = await device(world, blobs)
  for (const [status, refusal] of [
    [413, "too-large"],
    [507, "quota"],
    [410, "erased"],
    [403, "forbidden"],
    [400, "mismatch"],
  ] as const) {
    blobs.status = status
    const hash = await replica.blobs.put("home", bytesOf(100 + status))
    await world.clock.pass(120_000)
    expect(await replica.blobs.status("home", hash)).toMatchObject({ state: "refused", refusal })
  }
  expect(blobs.requests).toHaveLength(5)
  blobs.status = 503
  const waiting = await replica.blobs.put("home", bytesOf(200))
  await world.clock.pass(10_000)
  const attempts = blobs.requests.length - 5
  expect(attempts).toBeGreaterThan(2)
  expect(attempts).toBeLessThan(40)
  replica.setCutOff(true)
  await world.clock.pass(60_000)
  expect(blobs.requests.length - 5).toBe(attempts)
  blobs.status = undefined
  replica.setCutOff(false)
  await world.clock.pass(1_000)
  expect(await replica.blobs.status("home", waiting)).toMatchObject({ state: "stored" })
  expect(await replica.blobs.uploads()).toHaveLength(5)
  const [one] = await replica.blobs.uploads()
  await replica.blobs.retry("home", one!.hash)
  await settle()
  expect(await replica.blobs.uploads()).toHaveLength(4)
})

test("[RP26] a download that is cut goes on at the piece that is missing; the device keeps what it can", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const { replica } = await device(world, blobs, { limits: { maxBackoffMs: 10 } })
  const bytes = bytesOf(2 * MIB + 1)
  const hash = hashOf(bytes)
  blobs.stored.set(`home/${hash}`, bytes)
  blobs.answers = 2
  const cut = expect(replica.blobs.get("home", hash)).rejects.toMatchObject({ code: "unavailable" })
  await world.clock.pass(1_000)
  await cut
  blobs.answers = Infinity
  const asked = blobs.requests.length
  expect(same(await replica.blobs.get("home", hash), bytes)).toBe(true)
  expect(blobs.requests.slice(asked).map((request) => request.split(" ")[2])).toEqual([`bytes=${2 * MIB}-${3 * MIB - 1}`])
  blobs.wholeOnly = true
  const other = bytesOf(2 * MIB + 2, 9)
  blobs.stored.set(`home/${hashOf(other)}`, other)
  expect(same(await replica.blobs.get("home", hashOf(other)), other)).toBe(true)
  replica.setCutOff(true)
  await expect(replica.blobs.get("home", hashOf(bytesOf(3)))).rejects.toMatchObject({ code: "unavailable" })
})

test("[RP26] asked to clear, the device drops what a relay has and keeps what waits, and fetches the former again", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const { replica } = await device(world, blobs)
  const stored = await replica.blobs.put("home", bytesOf(300))
  await world.clock.pass(1_000)
  blobs.answers = 0
  const waiting = await replica.blobs.put("home", bytesOf(20))
  await settle()
  expect(
    (await replica.blobs.shelved()).map(({ size, state }) => [size, state]).toSorted(([one], [other]) => Number(one) - Number(other)),
  ).toEqual([
    [20, "waiting"],
    [300, "stored"],
  ])
  expect(await replica.blobs.clear()).toBe(300)
  expect(await replica.blobs.status("home", stored)).toBeUndefined()
  expect((await replica.blobs.shelved()).map(({ hash }) => hash)).toEqual([waiting])
  expect(await replica.blobs.clear()).toBe(0)
  blobs.answers = Infinity
  expect(same(await replica.blobs.get("home", stored), bytesOf(300))).toBe(true)
})

test("[RP26] beyond its bound the device drops what was not used for longest, and never what no relay has", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const disk = new MemoryDisk()
  const { replica } = await device(world, blobs, { disk, limits: { maxBlobCacheBytes: 1_000 } })
  const hashes: string[] = []
  for (const length of [300, 301, 302]) {
    hashes.push(await replica.blobs.put("home", bytesOf(length)))
    await world.clock.pass(120_000)
  }
  await replica.blobs.get("home", hashes[0]!)
  const states = async () => Promise.all(hashes.map(async (hash) => (await replica.blobs.status("home", hash))?.state))
  expect(await states()).toEqual(["stored", "stored", "stored"])
  blobs.answers = 0
  await world.clock.pass(1_000)
  hashes.push(await replica.blobs.put("home", bytesOf(900)))
  await settle()
  expect(await states()).toEqual(["stored", "stored", "stored", "waiting"])
  blobs.answers = Infinity
  await world.clock.pass(60_000)
  expect(await states()).toEqual([undefined, undefined, undefined, "stored"])
  expect(await replica.blobs.get("home", hashes[1]!)).toEqual(bytesOf(301))
  // What another run has begun and not finished is swept, what does not decode is fetched anew.
  await replica.close()
  disk.records.set(`blob-bytes/home/${"ab".repeat(32)}/0`, bytesOf(10))
  disk.records.set(`blob/home/${hashes[1]}`, Uint8Array.of(1, 200))
  const again = await device(world, blobs, { disk })
  expect(blobKeys(disk).some((key) => key.includes("abab"))).toBe(false)
  expect(await again.replica.blobs.get("home", hashes[1]!)).toEqual(bytesOf(301))
  expect(again.problems).toEqual([])
})

test("[RP24, I10] an erasure deletes the blobs that it names from every device, sent or not", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const here = await device(world, blobs)
  const there = await device(world, blobs)
  const document = await here.open()
  await there.open()
  write(document, "see the attachment")
  const hash = await here.replica.blobs.put("home", bytesOf(100))
  const kept = await here.replica.blobs.put("home", bytesOf(101))
  await settle()
  await there.replica.blobs.get("home", hash)
  blobs.status = 503
  const unsent = await here.replica.blobs.put("home", bytesOf(102))
  const { client, clock } = Y.createRelativePositionFromTypeIndex(document.ydoc.getText("t"), 0).item!
  await document.erase({ ranges: [{ client, clock, length: 3 }], blobs: [hash, unsent] })
  await world.clock.pass(1_000)
  expect(blobKeys(there.disk)).toEqual([])
  expect(blobKeys(here.disk).every((key) => key.includes(kept))).toBe(true)
})

test("[RP24, I10] a blob that is erased while a device fetches it is not kept there", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const here = await device(world, blobs)
  const there = await device(world, blobs)
  const document = await here.open()
  await there.open()
  write(document, "see the attachment")
  const hash = await here.replica.blobs.put("home", bytesOf(100))
  await settle()
  let release = (): void => undefined
  blobs.held = new Promise((resolve) => (release = resolve))
  const fetched = there.replica.blobs.get("home", hash).catch((error: unknown) => error)
  await settle()
  await document.erase({ ranges: [], blobs: [hash] })
  await world.clock.pass(1_000)
  release()
  expect(await fetched).toMatchObject({ code: "erased" })
  expect(blobKeys(there.disk)).toEqual([])
})

test("[RP37] a blob that a tab put which sends nothing is uploaded at once by the one that does, and shown by it meanwhile", async () => {
  const world = new World()
  const blobs = new FakeBlobs()
  const disk = new MemoryDisk()
  const hub = new FakeTabs()
  const page = await device(world, blobs, { disk, tabs: hub.tab() })
  const worker = await world.device({ disk, tabs: Object.assign(hub.tab(), { mayLead: false }) })
  let changes = 0
  page.replica.blobs.subscribe(() => changes++)
  const hash = await worker.replica.blobs.put("home", bytesOf(3_000))
  await settle()
  expect([...blobs.stored.keys()]).toEqual([`home/${hash}`])
  expect(await worker.replica.blobs.status("home", hash)).toMatchObject({ state: "stored" })
  expect(changes).toBeGreaterThanOrEqual(2)
})
