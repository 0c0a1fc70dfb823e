import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { type Device, textOf, type, World } from "./support/device.ts"
import { type FakeTab, FakeTabs } from "./support/fake-tabs.ts"
import { FakeRelay } from "./support/fake-relay.ts"
import { FaultyStore, outboxOf } from "./support/faulty-store.ts"
import { settle } from "./support/manual-clock.ts"
import { seededBytes } from "./support/random.ts"

interface Tab {
  readonly device: Device
  readonly tab: FakeTab
}

/** Tabs of one browser: one disk, one lock, one clock. */
async function browser(world: World, count: number): Promise<Tab[]> {
  const disk = new MemoryDisk()
  const hub = new FakeTabs()
  const tabs: Tab[] = []
  for (let index = 0; index < count; index++) {
    const tab = hub.tab()
    tabs.push({ device: await world.device({ disk, tabs: tab }), tab })
  }
  await settle()
  return tabs
}

test("[RP9] tabs of one store share one socket, and each shows what the others write and what arrives", async () => {
  const world = new World()
  const [one, two, three] = await browser(world, 3)
  expect(world.relay.dials).toBe(1)
  expect([one, two, three].map((tab) => tab!.device.replica.status.holder)).toEqual([true, false, false])
  expect(two!.device.replica.status).toMatchObject({ connection: "online", principal: "ada" })
  const documents = await Promise.all([one, two, three].map((tab) => tab!.device.open()))
  const elsewhere = await (await world.device()).open()
  await settle()
  type(documents[1]!, "from two. ")
  await documents[1]!.whenDurable("stored")
  type(documents[0]!, "from one. ")
  await settle()
  type(elsewhere, "from elsewhere.")
  await settle()
  for (const document of [...documents, elsewhere]) expect(textOf(document)).toBe("from two. from one. from elsewhere.")
  expect(documents.map(({ status }) => status.waitingRows)).toEqual([0, 0, 0])
  expect(documents.map(({ status }) => status.synced)).toEqual([true, true, true])
  expect(two!.device.replica.status.waitingRows).toBe(0)
})

test("[RP9] a document that only another tab has open is kept fresh and its rows are sent", async () => {
  const world = new World()
  const [, two] = await browser(world, 2)
  const document = await two!.device.open("home/only")
  await settle()
  expect(document.status.synced).toBe(true)
  type(document, "alone here")
  await document.whenDurable("stored")
  expect(world.relay.text("home/only")).toBe("alone here")
  expect(document.safetyOf(document.ydoc.clientID, 0)).toBe("stored")
})

test("[RP9] a visible tab takes the socket from a frozen holder, which gives up when it is thawed", async () => {
  const world = new World()
  const [one, two] = await browser(world, 2)
  const [here, there] = [await one!.device.open(), await two!.device.open()]
  await settle()
  // A frozen tab does nothing at all: its socket is mute, its timers rest. The clock of the others goes on.
  one!.tab.freeze()
  for (const { socket } of world.relay.sessions) socket.mute = true
  const frozen = one!.device.clock.freeze()
  type(there, "while it sleeps")
  await world.clock.pass(2_500)
  expect(two!.device.replica.status.holder).toBe(false)
  await world.clock.pass(2_000)
  expect(two!.device.replica.status.holder).toBe(true)
  await there.whenDurable("stored")
  expect(world.relay.text("home/a")).toBe("while it sleeps")
  frozen()
  one!.tab.thaw()
  await world.clock.pass(1_000)
  expect(one!.device.replica.status).toMatchObject({ holder: false, connection: "online" })
  expect(textOf(here)).toBe("while it sleeps")
  type(here, " and after")
  await here.whenDurable("stored")
  expect(world.relay.text("home/a")).toBe("while it sleeps and after")
  expect(two!.device.replica.status.holder).toBe(true)
})

test("[RP9] a hidden tab takes nothing over, and does when it is seen again", async () => {
  const world = new World()
  let woken: () => void = () => undefined
  const hub = new FakeTabs()
  const disk = new MemoryDisk()
  const [first, second] = [hub.tab(), hub.tab()]
  const one = await world.device({ disk, tabs: first })
  await settle()
  const two = await world.device({ disk, tabs: second, wake: (wake) => ((woken = wake), () => undefined) })
  second.isVisible = false
  first.freeze()
  one.clock.freeze()
  await world.clock.pass(20_000)
  expect(two.replica.status).toMatchObject({ holder: false, connection: "offline" })
  second.isVisible = true
  woken()
  await settle()
  expect(two.replica.status.holder).toBe(true)
})

test("[RP9] when the holder closes, a waiting tab takes over with what was not yet sent", async () => {
  const world = new World()
  const [one, two] = await browser(world, 2)
  const document = await two!.device.open()
  await settle()
  world.relay.onAppend = () => "ignore"
  type(document, "on its way")
  await document.whenDurable("local")
  await settle()
  world.relay.onAppend = undefined
  await one!.device.replica.close()
  await world.clock.pass(1_000)
  expect(two!.device.replica.status).toMatchObject({ holder: true, connection: "online", waitingRows: 0 })
  expect(world.relay.text("home/a")).toBe("on its way")
})

test("[RP9] two holders at once are harmless: nothing is lost and nothing stands twice in a text", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  // Each tab is alone with its lock, as after a theft that the robbed tab has not noticed yet; hints still pass.
  const hubs = [new FakeTabs(), new FakeTabs()]
  const devices = [await world.device({ disk, tabs: hubs[0]!.tab() }), await world.device({ disk, tabs: hubs[1]!.tab() })]
  const documents = [await devices[0]!.open(), await devices[1]!.open()]
  await settle()
  for (let round = 0; round < 20; round++) {
    type(documents[round % 2]!, `${round} `)
    if (round % 3 === 0) await settle()
  }
  await Promise.all(documents.map((document) => document.whenDurable("local")))
  world.relay.breakAll()
  await world.clock.pass(20_000)
  expect(devices.map(({ replica }) => replica.status.holder)).toEqual([true, true])
  expect(await outboxOf(devices[0]!.store)).toEqual([])
  const words = world.relay.text("home/a").trim().split(" ").map(Number)
  expect(words.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 20 }, (_, round) => round))
  const fresh = await (await world.device({ disk, relays: [] })).open()
  expect(textOf(fresh)).toBe(world.relay.text("home/a"))
})

test("[RP9] hints may be lost: a tab reads on from its own position when it wakes", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  let woken: () => void = () => undefined
  const writer = await world.device({ disk, tabs: new FakeTabs().tab(), relays: [] })
  const reader = await world.device({ disk, tabs: new FakeTabs().tab(), relays: [], wake: (wake) => ((woken = wake), () => undefined) })
  const [from, to] = [await writer.open(), await reader.open()]
  type(from, "unheard")
  await from.whenDurable("local")
  await settle()
  expect(textOf(to)).toBe("")
  woken()
  await settle()
  expect(textOf(to)).toBe("unheard")
  expect(to.status.waitingRows).toBe(1)
  expect(reader.replica.status.waitingRows).toBe(1)
})

test("[RP9] when another tab's document is refused, words typed here meanwhile are kept aside too", async () => {
  const world = new World()
  const hub = new FakeTabs()
  const disk = new MemoryDisk()
  const one = await world.device({ disk, tabs: hub.tab() })
  const store = new FaultyStore(disk)
  const two = await world.device({ store, tabs: hub.tab() })
  const [here, there] = [await one.open(), await two.open()]
  await settle()
  world.relay.onAppend = () => "forbidden"
  type(here, "refused")
  await here.whenDurable("local")
  store.hold()
  type(there, "late")
  await settle()
  store.letGo()
  await world.clock.pass(1_000)
  world.relay.onAppend = undefined
  await world.clock.pass(5_000)
  expect([textOf(here), textOf(there)]).toEqual(["", ""])
  const kept = (await one.replica.kept()).map(({ update }) => {
    const ydoc = new Y.Doc()
    Y.applyUpdate(ydoc, update)
    return ydoc.getText("t").toJSON()
  })
  expect(kept.some((text) => text.includes("refused"))).toBe(true)
  expect(kept.some((text) => text.includes("late"))).toBe(true)
  expect(await outboxOf(one.store)).toEqual([])
  type(there, "fresh start")
  await there.whenDurable("stored")
  await settle()
  expect(textOf(here)).toBe("fresh start")
})

test("[RP9] what the user asks for in one tab holds for the device: cut off, and connect now", async () => {
  const world = new World()
  const [one, two] = await browser(world, 2)
  two!.device.replica.setCutOff(true)
  await settle()
  expect([one, two].map((tab) => tab!.device.replica.status.connection)).toEqual(["offline", "offline"])
  two!.device.replica.setCutOff(false)
  await settle()
  expect([one, two].map((tab) => tab!.device.replica.status.connection)).toEqual(["online", "online"])
  world.relay.unreachable = true
  world.relay.breakAll()
  await world.clock.pass(60_000)
  while (one!.device.replica.status.connection !== "offline") await world.clock.pass(100)
  world.relay.unreachable = false
  two!.device.replica.reconnect()
  await settle()
  expect(one!.device.replica.status.connection).toBe("online")
})

test("[RP9] all tabs show that the device is cut off, and it stays so when the tab goes in which it was asked for", async () => {
  const world = new World()
  const [one, two, three] = await browser(world, 3)
  const shown = () => [one, two, three].map((tab) => tab!.device.replica.status.cutOff)
  expect(shown()).toEqual([false, false, false])
  two!.device.replica.setCutOff(true)
  await settle()
  expect(shown()).toEqual([true, true, true])
  await two!.device.replica.close()
  await one!.device.replica.close()
  await world.clock.pass(30_000)
  expect(three!.device.replica.status).toMatchObject({ holder: true, cutOff: true, connection: "offline" })
  expect(world.relay.dials).toBe(1)
  three!.device.replica.setCutOff(false)
  await settle()
  expect(three!.device.replica.status).toMatchObject({ cutOff: false, connection: "online" })
})

test("[RP9] messages of strangers and of other versions are ignored", async () => {
  const world = new World()
  const hub = new FakeTabs()
  const device = await world.device({ tabs: hub.tab() })
  const stranger = hub.tab()
  for (const message of [
    null,
    5,
    "x",
    {},
    { app: "other", tab: "t", type: "gone" },
    { app: "polylogue-replica-1", tab: "t", type: "new" },
  ]) {
    stranger.post(message)
  }
  await settle()
  expect(device.problems).toEqual([])
})

test("[RP6, RP9, I4] two holders at two relays: a word does not reach a relay before what it was written upon", async () => {
  const world = new World()
  const spare = new FakeRelay(seededBytes(8))
  const disk = new MemoryDisk()
  // Hints pass, and each believes that it holds the lock.
  const hub = new FakeTabs()
  const alone = new FakeTabs()
  const one = await world.device({ disk, tabs: hub.tab() })
  const two = await world.device({ disk, tabs: alone.tab(), dial: spare.dial })
  const [, there] = [await one.open(), await two.open()]
  await settle()
  const elsewhere = new Y.Doc()
  elsewhere.getMap("m").set("question", 1)
  world.relay.write("home/a", Y.encodeStateAsUpdate(elsewhere))
  await settle()
  await world.clock.pass(61_000)
  expect(there.ydoc.getMap("m").get("question")).toBe(1)
  // Without a word of this device: what its store has, its relay gets.
  expect(spare.room("home/a").ydoc.getMap("m").toJSON()).toEqual({ question: 1 })
  there.ydoc.getMap("m").set("answer", 2)
  await there.whenDurable("stored")
  const { entries } = spare.room("home/a")
  expect(entries.map(({ handOver }) => handOver)).toEqual([true, false])
  expect(spare.room("home/a").ydoc.getMap("m").toJSON()).toEqual({ question: 1, answer: 2 })
})

test("[RP1, RP9, I1] a tab that is shown another tab's words does not call them stored before a relay has them", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const hub = new FakeTabs()
  const one = await world.device({ disk, tabs: hub.tab(), relays: [] })
  const two = await world.device({ disk, tabs: hub.tab(), relays: [] })
  const [here, there] = [await one.open(), await two.open()]
  await settle()
  const claims: string[] = []
  there.ydoc.getText("t").observe(() => {
    claims.push(there.safetyOf(here.ydoc.clientID, 0))
    void there.whenDurable("stored").then(
      () => claims.push("stored"),
      () => undefined,
    )
  })
  type(here, "word")
  await settle()
  expect(textOf(there)).toBe("word")
  expect(claims).toEqual(["local"])
})

test("[RP9, I1] rows that go in another tab's reset count as refused, also for who asks while the document is read anew", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const hub = new FakeTabs()
  const one = await world.device({ disk, tabs: hub.tab() })
  const store = new FaultyStore(disk)
  const two = await world.device({ store, tabs: hub.tab() })
  const [here, there] = [await one.open(), await two.open()]
  await settle()
  world.relay.onAppend = () => "forbidden"
  type(here, "refused")
  // Asked whenever there is something to ask: at each step of the way to the fresh document.
  const answers: string[] = []
  const read = store.read.bind(store)
  store.read = async (...args) => {
    if (there.status.waitingRows > 0) {
      void there.whenDurable("stored").then(
        () => answers.push("stored"),
        () => answers.push("rejected"),
      )
    }
    return read(...args)
  }
  await here.whenDurable("local")
  await world.clock.pass(5_000)
  expect([textOf(here), textOf(there)]).toEqual(["", ""])
  expect(new Set(answers)).toEqual(new Set(["rejected"]))
})

test("[RP9, I12] a tab that closes before it has followed another's reset keeps aside what it could not write, and leaves no timer", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const hub = new FakeTabs()
  const one = await world.device({ disk, tabs: hub.tab() })
  const two = await world.device({ disk, tabs: hub.tab() })
  const [here, there] = [await one.open(), await two.open()]
  await settle()
  hub.lossy = true
  world.relay.onAppend = () => "forbidden"
  type(here, "refused")
  await here.whenDurable("local")
  await settle()
  expect(textOf(here)).toBe("")
  type(there, "last words")
  await two.replica.close()
  const kept = (await one.replica.kept()).map(({ update }) => {
    const ydoc = new Y.Doc()
    Y.applyUpdate(ydoc, update)
    return ydoc.getText("t").toJSON()
  })
  expect(kept.some((text) => text.includes("last words"))).toBe(true)
})

test("[RP9] a tab that closes while the store keeps it from following a reset leaves no timer behind", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const hub = new FakeTabs()
  const one = await world.device({ disk, tabs: hub.tab() })
  const store = new FaultyStore(disk)
  const two = await world.device({ store, tabs: hub.tab() })
  const [here, there] = [await one.open(), await two.open()]
  await settle()
  store.fails = (_, changes) => (changes.some(({ type: kind }) => kind === "record") ? "quota-exceeded" : undefined)
  store.hold()
  type(there, "mine")
  world.relay.onAppend = () => "forbidden"
  type(here, "refused")
  await here.whenDurable("local")
  await settle()
  store.letGo()
  await world.clock.pass(5_000)
  expect(two.problems.map(({ kind }) => kind)).toContain("store-failed")
  await one.replica.close()
  await two.replica.close()
  expect(world.clock.pending).toBe(0)
})

test("[RP13, RP9] what any tab watches is watched by the tab that holds the socket, and forgotten with the tab", async () => {
  const world = new World()
  const [one, two] = await browser(world, 2)
  expect(one!.device.replica.status.holder).toBe(true)
  const theirs = new Y.Doc()
  theirs.getText("t").insert(0, "theirs")
  two!.device.replica.watch("home")
  await settle()
  world.relay.write("home/x", Y.encodeStateAsUpdate(theirs))
  await settle()
  expect((await one!.device.store.head("home/x")).head).toBe(1)
  const [session] = world.relay.sessions
  await two!.device.replica.close()
  await settle()
  expect(session!.watched).toEqual([])
})

test("[RP13, RP9] a new holder is told what the others watch", async () => {
  const world = new World()
  const [one, two, three] = await browser(world, 3)
  three!.device.replica.watch("home")
  await settle()
  await one!.device.replica.close()
  await world.clock.pass(1_000)
  expect(two!.device.replica.status.holder).toBe(true)
  const [session] = world.relay.sessions
  expect(session!.watched).toEqual(["home"])
})

test("[RP36] a tab that may not lead never holds the socket, alone or beside a silent holder, and what it writes is sent by the one that does", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const hub = new FakeTabs()
  const may = hub.tab()
  const mayNot = Object.assign(hub.tab(), { mayLead: false })
  const worker = await world.device({ disk, tabs: mayNot })
  const early = await worker.open("home/early")
  type(early, "written while nobody sends")
  await early.whenDurable("local")
  await world.clock.pass(20_000)
  expect(worker.replica.status).toMatchObject({ holder: false, connection: "offline" })
  expect(world.relay.dials).toBe(0)

  const page = await world.device({ disk, tabs: may })
  await settle()
  expect([worker, page].map(({ replica }) => replica.status.holder)).toEqual([false, true])
  const document = await worker.open("home/late")
  type(document, "written beside the page")
  await document.whenDurable("stored")
  await early.whenDurable("stored")
  const elsewhere = await world.device()
  expect([textOf(await elsewhere.open("home/early")), textOf(await elsewhere.open("home/late"))]).toEqual(["", ""])
  await settle()
  expect(textOf(await elsewhere.open("home/early"))).toBe("written while nobody sends")
  expect(textOf(await elsewhere.open("home/late"))).toBe("written beside the page")

  may.freeze()
  page.clock.freeze()
  await world.clock.pass(20_000)
  expect(worker.replica.status).toMatchObject({ holder: false, connection: "offline" })
  hub.leave(may)
  await world.clock.pass(20_000)
  expect(worker.replica.status.holder).toBe(false)
  expect(hub.holder).toBeUndefined()
})

test("[RP36] rows of a tab that closed right after its last commit are sent by the holder", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const hub = new FakeTabs()
  await world.device({ disk, tabs: hub.tab() })
  const worker = await world.device({ disk, tabs: Object.assign(hub.tab(), { mayLead: false }) })
  for (let at = 0; at < 20; at++) {
    const document = await worker.open(`home/${at}`)
    type(document, `word ${at}`)
    await document.whenDurable("local")
    await document.close()
  }
  await worker.replica.close()
  await settle()
  const elsewhere = await world.device()
  const documents = await Promise.all(Array.from({ length: 20 }, (_, at) => elsewhere.open(`home/${at}`)))
  await settle()
  expect(documents.map(textOf)).toEqual(Array.from({ length: 20 }, (_, at) => `word ${at}`))
})
