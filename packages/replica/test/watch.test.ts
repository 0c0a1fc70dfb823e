import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { type Device, textOf, type, World } from "./support/device.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { settle } from "./support/manual-clock.ts"

const names = (count: number) => Array.from({ length: count }, (_, index) => `home/kept-${index}`)

function written(text: string): Uint8Array {
  const ydoc = new Y.Doc()
  ydoc.getText("t").insert(0, text)
  return Y.encodeStateAsUpdate(ydoc)
}

/** A device elsewhere that goes on writing in one text. */
function writer(): (text: string) => Uint8Array {
  const ydoc = new Y.Doc()
  return (text) => {
    const before = Y.encodeStateVector(ydoc)
    ydoc.getText("t").insert(ydoc.getText("t").length, text)
    return Y.encodeStateAsUpdate(ydoc, before)
  }
}

function framesOf(world: World, name: string): number {
  return world.relay.received.filter(({ type: frame }) => frame === name).length
}

async function vectorsHere(device: Device, documents: readonly string[]): Promise<readonly ReadonlyMap<string, number>[]> {
  return Promise.all(documents.map(async (documentId) => (await device.store.head(documentId)).vector))
}

test("[RP13] a document that was never opened here is readable without a network, as it was when the network went", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  world.relay.write("home/kept-0", written("before "))
  world.relay.write("homework/a", written("not ours"))
  const device = await world.device({ disk })
  device.replica.watch("home")
  await settle()
  world.relay.write("home/kept-1", written("meanwhile"))
  await settle()
  await device.replica.close()
  const later = await world.device({ disk, relays: [] })
  expect(textOf(await later.open("home/kept-0"))).toBe("before ")
  expect(textOf(await later.open("home/kept-1"))).toBe("meanwhile")
  expect(await later.store.documents()).toEqual(["home/kept-0", "home/kept-1"])
})

test("[RP13] a prefix is watched until everybody who asked for it has stopped, and what another one brings is not asked for twice", async () => {
  const world = new World()
  const device = await world.device()
  await settle()
  const [session] = world.relay.sessions
  const stops = [device.replica.watch("home"), device.replica.watch("home"), device.replica.watch("home/conv")]
  await settle()
  expect(session!.watched).toEqual(["home"])
  stops[0]!()
  stops[0]!()
  await settle()
  expect(session!.watched).toEqual(["home"])
  stops[1]!()
  await settle()
  expect(session!.watched).toEqual(["home/conv"])
  expect(() => device.replica.watch("")).toThrow(expect.objectContaining({ code: "bad-document-id" }))
  await device.replica.close()
  expect(() => device.replica.watch("home")).toThrow(expect.objectContaining({ code: "closed" }))
})

test("[RP13] thousands that changed come with a bounded number open at once, in few commits, and are all given back", async () => {
  const world = new World()
  const { relay } = world
  relay.feedSize = 300
  for (const name of names(1_000)) relay.write(name, written("new"))
  const store = new FaultyStore()
  const device = await world.device({ store, limits: { maxFetching: 100 } })
  await settle()
  const [session] = relay.sessions
  let most = 0
  const send = session!.send.bind(session)
  session!.send = (frame) => {
    most = Math.max(most, session!.documents.size)
    send(frame)
  }
  device.replica.watch("home")
  await world.clock.pass(1)
  expect(await vectorsHere(device, names(1_000))).toEqual(names(1_000).map((name) => relay.vector(name)))
  expect(framesOf(world, "open")).toBe(1_000)
  expect(session!.documents.size).toBe(0)
  expect(most).toBeLessThanOrEqual(200)
  expect(store.committed.length).toBeLessThan(100)
})

test("[RP13] documents that are unchanged since the last session, or known from elsewhere, cost one answer and no opening", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  for (const name of names(100)) world.relay.write(name, written("old"))
  const first = await world.device({ disk })
  first.replica.watch("home")
  await world.clock.pass(5_000)
  await first.replica.close()
  const opened = framesOf(world, "open")
  world.relay.write("home/kept-7", written("newer"))
  const second = await world.device({ disk })
  second.replica.watch("home")
  await world.clock.pass(5_000)
  expect(framesOf(world, "open")).toBe(opened + 1)
  expect(world.relay.received.filter(({ type: frame }) => frame === "watch").at(-1)).toMatchObject({ log: world.relay.log, cursor: 100 })
  await second.replica.close()
  // The place is gone, the documents are not: their hashes tell.
  const store = (await world.device({ disk, relays: [] })).store
  for (const key of await store.recordKeys("feed/")) await store.commit([{ type: "record", key, value: null }])
  const third = await world.device({ disk })
  third.replica.watch("home")
  await world.clock.pass(5_000)
  expect(framesOf(world, "open")).toBe(opened + 1)
})

test("[RP13] one that goes on changing stays open for a while, a bounded number of them, and is closed when it is quiet", async () => {
  const world = new World()
  const device = await world.device({ limits: { maxFollowed: 2, followedIdleMs: 10_000 } })
  device.replica.watch("home")
  await settle()
  const write = writer()
  for (let count = 0; count < 50; count++) {
    world.relay.write("home/a", write(`${count} `))
    await world.clock.pass(100)
  }
  expect(framesOf(world, "open")).toBe(1)
  const [session] = world.relay.sessions
  expect(session!.handleOf("home/a")).toBeDefined()
  for (const name of names(5)) {
    world.relay.write(name, written("once"))
    await world.clock.pass(100)
  }
  expect(session!.documents.size).toBe(2)
  await world.clock.pass(30_000)
  expect(session!.documents.size).toBe(0)
  expect(await vectorsHere(device, ["home/a", ...names(5)])).toEqual(["home/a", ...names(5)].map((name) => world.relay.vector(name)))
})

test("[RP13] what somebody opens goes before what is fetched, and is not closed by it", async () => {
  const world = new World()
  const { relay } = world
  for (const name of names(50)) relay.write(name, written("new"))
  const device = await world.device({ limits: { maxFetching: 1 } })
  await settle()
  const [session] = relay.sessions
  const send = session!.send.bind(session)
  const held: (() => void)[] = []
  session!.send = (frame) => {
    if (frame.type === "opened") held.push(() => send(frame))
    else send(frame)
  }
  device.replica.watch("home")
  await settle()
  expect(held).toHaveLength(1)
  const [mine, first] = [await device.open("home/kept-40"), await device.open("home/kept-0")]
  await settle()
  expect(session!.handleOf("home/kept-40")).toBeDefined()
  while (held.length > 0) {
    for (const answer of held.splice(0)) answer()
    await settle()
  }
  await world.clock.pass(60_000)
  expect([...session!.documents.values()].toSorted()).toEqual(["home/kept-0", "home/kept-40"])
  expect([mine, first].map((document) => document.status.synced)).toEqual([true, true])
  expect([mine, first].map(textOf)).toEqual(["new", "new"])
  expect(framesOf(world, "open")).toBe(50)
  await mine.close()
  await first.close()
  await settle()
  expect(session!.documents.size).toBe(0)
})

test("[RP13, I12] words are sent of documents that are being fetched, and a document closed before it had everything is fetched to its end", async () => {
  const world = new World()
  const device = await world.device()
  device.replica.watch("home")
  await settle()
  world.relay.write("home/a", writer()("theirs "))
  await settle()
  const document = await device.open("home/a")
  type(document, "mine")
  await document.close()
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toContain("mine")
  expect(world.relay.text("home/a")).toContain("theirs")
  expect(device.replica.status.waitingRows).toBe(0)
  expect([...world.relay.sessions][0]!.documents.size).toBe(0)
})

test("[RP14] the cursor is recorded only with what it covers: a crash at any moment loses nothing of what changed", async () => {
  for (let failing = 1; failing < 30; failing++) {
    const world = new World()
    const disk = new MemoryDisk()
    for (const name of names(6)) world.relay.write(name, written("new"))
    world.relay.feedSize = 2
    const store = new FaultyStore(disk)
    // From the n-th commit on the disk takes nothing, until the process is gone.
    store.fails = (commit) => (commit >= failing ? "io" : undefined)
    const crashing = await world.device({ store, limits: { maxFetching: 1, feedRecordMs: 0 } })
    crashing.replica.watch("home")
    await world.clock.pass(1_000)
    await crashing.replica.close()
    const device = await world.device({ disk })
    device.replica.watch("home")
    await world.clock.pass(5_000)
    expect(await vectorsHere(device, names(6))).toEqual(names(6).map((name) => world.relay.vector(name)))
    await device.replica.close()
  }
})

test("[RP14] a document that cannot be had does not hold the cursor up, and is asked for again in the next session", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  world.relay.write("home/a", written("a"))
  world.relay.write("home/b", written("b"))
  const first = await world.device({ disk })
  await settle()
  const [session] = world.relay.sessions
  const send = session!.send.bind(session)
  // The relay never answers to one of them.
  session!.send = (frame) => {
    if (!("handle" in frame) || session!.documents.get(frame.handle) !== "home/a") send(frame)
  }
  first.replica.watch("home")
  await world.clock.pass(10_000)
  await first.replica.close()
  const second = await world.device({ disk })
  second.replica.watch("home")
  await world.clock.pass(10_000)
  expect(world.relay.received.filter(({ type: frame }) => frame === "watch").at(-1)).toMatchObject({ cursor: 2 })
  expect(await vectorsHere(second, ["home/a", "home/b"])).toEqual([world.relay.vector("home/a"), world.relay.vector("home/b")])
})

test("[RP14, I1] a relay that was wiped gets back what watched documents hold, though nobody opens them and its feed does not name them", async () => {
  const world = new World()
  for (const name of names(5)) world.relay.write(name, written(`words of ${name}`))
  const device = await world.device()
  device.replica.watch("home")
  await world.clock.pass(5_000)
  world.relay.wipe()
  await world.clock.pass(120_000)
  for (const name of names(5)) expect(world.relay.text(name)).toBe(`words of ${name}`)
  expect([...world.relay.sessions][0]!.documents.size).toBe(0)
})

test("[RP14, I1] a relay restored from an older copy that knows the cursor's log gets back what came after the copy", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open("home/a")
  type(document, "kept. ")
  await document.whenDurable("stored")
  await document.close()
  device.replica.watch("home")
  await world.clock.pass(120_000)
  const { relay } = world
  const lost = relay.room("home/a").entries.splice(0)
  relay.room("home/a").ydoc.destroy()
  relay.rooms.delete("home/a")
  relay.changes.delete("home/a")
  expect(lost).toHaveLength(1)
  relay.restart()
  await world.clock.pass(120_000)
  expect(relay.text("home/a")).toBe("kept. ")
})

test("[RP14, I11] other grants bring what was passed over before, and what a relay refuses stops nothing else", async () => {
  const world = new World()
  world.relay.tokens = new Map([
    ["weak", 0],
    ["strong", 0],
  ])
  world.relay.write("home/secret", written("secret"))
  world.relay.write("home/open", written("open"))
  world.relay.forbidden.add("home/secret")
  const device = await world.device({ token: "weak" })
  device.replica.watch("home")
  const secret = await device.open("home/secret")
  await world.clock.pass(5_000)
  expect(secret.status.rejected).toBe("forbidden")
  expect(await vectorsHere(device, ["home/open"])).toEqual([world.relay.vector("home/open")])
  world.relay.write("home/other", written("other"))
  world.relay.forbidden.clear()
  device.replica.setToken("strong")
  await world.clock.pass(5_000)
  expect(secret.status).toMatchObject({ rejected: undefined, synced: true })
  expect(textOf(secret)).toBe("secret")
  expect(await vectorsHere(device, ["home/other"])).toEqual([world.relay.vector("home/other")])
})

test("[RP17] the log of a watched document that nobody opens is compacted in the store, one document at a time, and reads as before", async () => {
  const world = new World()
  const device = await world.device({ limits: { maxItems: 20 } })
  device.replica.watch("home")
  await settle()
  const writers = new Map(["home/a", "home/b"].map((name) => [name, writer()]))
  for (let count = 0; count < 70; count++) {
    for (const [name, write] of writers) world.relay.write(name, write(`${count} `))
    await world.clock.pass(100)
  }
  await world.clock.pass(5_000)
  for (const name of writers.keys()) {
    const head = await device.store.head(name)
    expect(head.head).toBe(70)
    expect(head.head - head.base).toBeLessThanOrEqual(30)
    expect(head.vector).toEqual(world.relay.vector(name))
    expect(textOf(await device.open(name))).toBe(world.relay.text(name))
  }
  expect(device.problems).toEqual([])
})

test("[RP17] a log that cannot be compacted is not tried again at every entry, and stops no other", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store, limits: { maxItems: 10 } })
  let refused = 0
  store.fails = (_commit, changes) => {
    if (!changes.some((change) => change.type === "compact" && change.documentId === "home/bad")) return undefined
    refused++
    return "io"
  }
  device.replica.watch("home")
  await settle()
  const writers = new Map(["home/bad", "home/good"].map((name) => [name, writer()]))
  for (let count = 0; count < 40; count++) {
    for (const [name, write] of writers) world.relay.write(name, write(`${count} `))
    await world.clock.pass(1_000)
  }
  expect(refused).toBeGreaterThan(1)
  expect(refused).toBeLessThanOrEqual(4)
  const [bad, good] = [await device.store.head("home/bad"), await device.store.head("home/good")]
  expect(bad.head - bad.base).toBe(40)
  expect(good.head - good.base).toBeLessThanOrEqual(12)
})
