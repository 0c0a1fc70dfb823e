import type { VersionVector } from "@polylogue/protocol"
import { MemoryDisk, MemoryEntryLog, type NewLogItem } from "@polylogue/storage"
import fc from "fast-check"
import { expect, test } from "vitest"
import * as Y from "yjs"
import type { ReplicaDocument, Safety } from "../src/index.ts"
import { MAX_WAITING_PIECES, ReplicatedWords } from "../src/replication/replicated-words.ts"
import { type, World } from "./support/device.ts"
import { FakeTabs } from "./support/fake-tabs.ts"
import { settle } from "./support/manual-clock.ts"

const ID = "home/a"

/** How safe the last word of this tab is. */
function safety(document: ReplicaDocument): Safety {
  const { store, clientID } = document.ydoc
  return document.safetyOf(clientID, Y.getState(store, clientID) - 1)
}

/** Whether `promise` has been kept by now. */
async function isKept(promise: Promise<unknown>): Promise<boolean> {
  let kept = false
  void promise.then(() => (kept = true))
  await settle()
  return kept
}

test("[RP50] a word is replicated when the relay has told of other relays that have its stamp, and no sooner; those who listen are told", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  type(document, "one")
  await document.whenDurable("stored")
  const replicated = document.whenDurable("replicated")
  expect(await isKept(replicated)).toBe(false)
  expect(document.status.otherRelays).toBe(0)
  const seen: Safety[] = []
  document.subscribe(() => seen.push(safety(document)))
  world.relay.replicate(ID)
  await replicated
  await settle()
  expect([safety(document), document.replicated, document.status.otherRelays]).toEqual(["replicated", true, 1])
  expect(seen).toEqual(["replicated"])
  const before = world.relay.vector(ID)
  type(document, "two")
  await document.whenDurable("stored")
  world.relay.replicate(ID, 1, before)
  await settle()
  expect([safety(document), document.replicated, document.safetyOf(document.ydoc.clientID, 0)]).toEqual(["stored", false, "replicated"])
  world.relay.replicate(ID, 3)
  await document.whenDurable("replicated")
  await settle()
  // The first word is known of one relay only.
  expect([safety(document), document.status.otherRelays]).toEqual(["replicated", 1])
})

test("[RP50] what others wrote is not replicated before that is told of it, and whoever listens hears that it came", async () => {
  const world = new World()
  const document = await (await world.device()).open()
  type(document, "mine")
  await document.whenDurable("stored")
  world.relay.replicate(ID)
  await settle()
  const theirs = new Y.Doc()
  theirs.getMap("m").set("k", "theirs")
  let heard = 0
  document.subscribe(() => heard++)
  world.relay.write(ID, Y.encodeStateAsUpdate(theirs))
  await settle()
  expect(heard).toBeGreaterThan(0)
  expect([document.safetyOf(theirs.clientID, 0), document.replicated]).toEqual(["stored", false])
  world.relay.replicate(ID)
  await settle()
  expect([document.safetyOf(theirs.clientID, 0), document.replicated]).toEqual(["replicated", true])
})

test("[RP50] what is told of words that are still on their way is true of them when they come", async () => {
  const world = new World()
  const document = await (await world.device()).open()
  type(document, "mine")
  await document.whenDurable("stored")
  const [[log, seq]] = [...world.relay.vector(ID)] as [[string, number]]
  world.relay.replicate(ID, 1, new Map([[log, seq + 1]]))
  await settle()
  const theirs = new Y.Doc()
  theirs.getMap("m").set("k", "theirs")
  world.relay.write(ID, Y.encodeStateAsUpdate(theirs))
  await settle()
  expect([document.safetyOf(theirs.clientID, 0), document.replicated]).toEqual(["replicated", true])
})

test("[RP50] it stands when the connection goes, is not claimed after a reload, and told anew", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const first = await world.device({ disk })
  const document = await first.open()
  type(document, "one")
  await document.whenDurable("stored")
  world.relay.replicate(ID)
  await settle()
  const { clientID } = document.ydoc
  world.relay.breakAll()
  await settle()
  expect(document.safetyOf(clientID, 0)).toBe("replicated")
  await first.replica.close()
  const again = await (await world.device({ disk })).open()
  await settle()
  expect([again.safetyOf(clientID, 0), again.status.otherRelays]).toEqual(["stored", 0])
  world.relay.replicate(ID)
  await settle()
  expect([again.safetyOf(clientID, 0), again.replicated]).toEqual(["replicated", true])
})

test("[RP50, RP9] the tabs without the socket show it too, also those that open the document later", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const hub = new FakeTabs()
  const holder = await world.device({ disk, tabs: hub.tab() })
  const other = await world.device({ disk, tabs: hub.tab() })
  const [here, there] = [await holder.open(), await other.open()]
  type(there, "one")
  await there.whenDurable("stored")
  const replicated = there.whenDurable("replicated")
  world.relay.replicate(ID)
  await replicated
  await settle()
  expect([safety(there), there.replicated, here.replicated]).toEqual(["replicated", true, true])
  const late = await (await world.device({ disk, tabs: hub.tab() })).open()
  await settle()
  expect([late.replicated, late.safetyOf(there.ydoc.clientID, 0)]).toEqual([true, "replicated"])
})

test("[RP50, RP11] who waits is told when it can no longer happen", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  type(document, "one")
  const refused = expect(document.whenDurable("replicated")).rejects.toMatchObject({ code: "rejected" })
  await settle()
  world.relay.onAppend = () => "forbidden"
  type(document, "two")
  await refused
  world.relay.onAppend = undefined
  await settle()
  const closed = expect(document.whenDurable("replicated")).rejects.toMatchObject({ code: "closed" })
  await settle()
  await document.close()
  await closed
  const other = await device.open("home/b")
  type(other, "b")
  const stopped = expect(other.whenDurable("replicated")).rejects.toMatchObject({ code: "closed" })
  await settle()
  await device.replica.close()
  await stopped
})

test("[RP51] what stands under the stamps of a relay that lost its disk is replicated with the hand-over that brought it back", async () => {
  const world = new World()
  const document = await (await world.device()).open()
  type(document, "one")
  await document.whenDurable("stored")
  world.relay.wipe()
  await world.clock.pass(60_000)
  expect(world.relay.text(ID)).toBe("one")
  const replicated = document.whenDurable("replicated")
  expect(await isKept(replicated)).toBe(false)
  world.relay.replicate(ID)
  await replicated
  await settle()
  expect(safety(document)).toBe("replicated")
})

test("[RP51] in a session of version 3 nothing is replicated, and all else is as ever", async () => {
  const world = new World()
  world.relay.version = 3
  const document = await (await world.device()).open()
  type(document, "one")
  await document.whenDurable("stored")
  expect(await isKept(document.whenDurable("replicated"))).toBe(false)
  expect([safety(document), document.replicated, document.status.otherRelays]).toEqual(["stored", false, 0])
})

/** A log of entries by a few clients, as a device might hold it. */
async function logOf(entries: readonly (readonly [log: string, client: number])[]) {
  const store = new MemoryEntryLog({ disk: new MemoryDisk() })
  await store.open()
  const seqs = new Map<string, number>()
  const clocks = new Map<number, number>()
  const words: { readonly stamp: readonly [string, number]; readonly client: number; readonly clock: number }[] = []
  const items: NewLogItem[] = []
  for (const [log, client] of entries) {
    const ydoc = new Y.Doc()
    ydoc.clientID = client
    const clock = clocks.get(client) ?? 0
    clocks.set(client, clock + 1)
    // One struct a word, whatever came before.
    for (let at = 0; at <= clock; at++) ydoc.getMap("m").set(`${at}`, at)
    const before = new Map([[client, clock]])
    const update = Y.encodeStateAsUpdate(ydoc, Y.encodeStateVector(before))
    const seq = (seqs.get(log) ?? 0) + 1
    seqs.set(log, seq)
    const row = words.length.toString(16).padStart(16, "0")
    items.push({ kind: "entry", entry: { stamp: { log, seq }, receivedAt: 0, principal: "", row, handOver: false, update } })
    words.push({ stamp: [log, seq], client, clock })
  }
  await store.commit([{ type: "append", documentId: ID, items, settled: [], resets: 0 }])
  return { store, words }
}

const [A, B] = ["00000000000000aa", "00000000000000bb"] as const

test("[RP50] for any log and whatever is told of it: never more than that is claimed, and all of it in the end", async () => {
  const entry = fc.tuple(fc.constantFrom(A, B), fc.constantFrom(1, 2, 3))
  const scenario = fc.tuple(fc.array(entry, { maxLength: 30 }), fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 5 }))
  await fc.assert(
    fc.asyncProperty(scenario, async ([entries, steps]) => {
      const { store, words } = await logOf(entries)
      const replicated = new ReplicatedWords(store, ID)
      let known: VersionVector = new Map()
      for (const [a, b] of steps) {
        known = new Map([A, B].map((log, at) => [log, Math.max(known.get(log) ?? 0, [a, b][at]!)]))
        replicated.told(1, known)
        await replicated.readOn()
        for (const { client, clock } of words) {
          // A relay that has an entry has all earlier ones of its client: the log is closed.
          const later = words.filter((word) => word.client === client && word.clock >= clock)
          const claimed = later.some(({ stamp: [log, seq] }) => (known.get(log) ?? 0) >= seq)
          expect(replicated.has(client, clock)).toBe(claimed)
        }
      }
      replicated.told(1, new Map([A, B].map((log) => [log, 100])))
      await replicated.readOn()
      expect(words.every(({ client, clock }) => replicated.has(client, clock))).toBe(true)
      expect(replicated.through).toBe(words.length)
    }),
    { numRuns: 60 },
  )
})

test("[RP51] pieces of a log that nobody confirms are joined beyond a bound, and count later then, never sooner", async () => {
  const { store, words } = await logOf(Array.from({ length: 40 }, () => [A, 1] as const))
  expect(words).toHaveLength(40)
  const items = (from: number, count: number): NewLogItem[] =>
    Array.from({ length: count }, (_, at) => {
      const seq = from + at
      const row = (10_000 + seq).toString(16).padStart(16, "0")
      return { kind: "entry", entry: { stamp: { log: B, seq }, receivedAt: 0, principal: "", row, handOver: false, update: wordOf(seq) } }
    })
  await store.commit([{ type: "append", documentId: ID, items: items(1, MAX_WAITING_PIECES + 1), settled: [], resets: 0 }])
  const replicated = new ReplicatedWords(store, ID)
  replicated.told(1, new Map([[A, 40]]))
  await replicated.readOn()
  // Pairs from the first on: what is told of an odd one is half of a pair.
  replicated.told(1, new Map([[B, 3]]))
  await replicated.readOn()
  expect([100, 101, 102, 103].map((client) => replicated.has(client + 1, 0))).toEqual([true, true, false, false])
  replicated.told(1, new Map([[B, MAX_WAITING_PIECES + 1]]))
  await replicated.readOn()
  expect(replicated.has(100 + MAX_WAITING_PIECES + 1, 0)).toBe(true)
})

/** One word of a client of its own. */
function wordOf(seq: number): Uint8Array {
  const ydoc = new Y.Doc()
  ydoc.clientID = 100 + seq
  ydoc.getMap("m").set("k", seq)
  return Y.encodeStateAsUpdate(ydoc)
}

test("[RP51] a log that was emptied is read anew, and a compacted one as what it was", async () => {
  const { store } = await logOf([
    [A, 1],
    [A, 1],
  ])
  const replicated = new ReplicatedWords(store, ID)
  replicated.told(1, new Map([[A, 1]]))
  await replicated.readOn()
  expect([replicated.has(1, 0), replicated.has(1, 1), replicated.through]).toEqual([true, false, -1])
  await store.commit([{ type: "reset", documentId: ID, resets: 0 }])
  await replicated.readOn()
  expect([replicated.has(1, 0), replicated.has(1, 1), replicated.through]).toEqual([false, false, 2])
})
