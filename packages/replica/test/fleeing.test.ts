import { type Dial, type Entry, type Frame, FrameReader, DEFAULT_LIMITS, encodeFrame, messageBytes } from "@polylogue/protocol"
import { openRelay, type Relay, runCompaction } from "@polylogue/relay"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { afterEach, expect, test } from "vitest"
import { openReplica, type Replica, type ReplicaDocument } from "../src/index.ts"
import { textOf, type } from "./support/device.ts"
import { ManualClock } from "./support/manual-clock.ts"
import { type MemorySocket, socketPair } from "./support/memory-socket.ts"
import { seededBytes } from "./support/random.ts"

const ID = "home/a"
const URLS = ["ws://one/sync", "ws://two/sync"]
let seed = 7_000

/** Real relays by address, which may be linked, and real replicas that know both addresses. */
class Region {
  readonly clock = new ManualClock()
  readonly relays = new Map<string, Relay>()
  readonly #sockets = new Map<string, Set<MemorySocket>>()
  /** Frames that replicas sent, with the address. */
  readonly sent: { readonly url: string; readonly frame: Frame }[] = []
  readonly #replicas: Replica[] = []
  readonly #disks = new Map<string, MemoryDisk>()

  async raise(url: string, peers: readonly string[] = [], isLinked = true): Promise<Relay> {
    const opening = openRelay({
      log: new MemoryEntryLog({ disk: this.#diskOf(url) }),
      clock: this.clock,
      randomBytes: seededBytes(++seed),
      compactor: { run: async (job) => runCompaction(job) },
      authenticate: () => Promise.resolve({ name: "ada", grants: "all", may: () => "erase", relay: true }),
      ...(isLinked && { links: { name: url, peers: peers.map((peer) => ({ url: peer })), dial: this.#dial(false) } }),
    })
    const relay = await this.during(opening)
    this.relays.set(url, relay)
    return relay
  }

  #diskOf(url: string): MemoryDisk {
    const disk = this.#disks.get(url) ?? new MemoryDisk()
    this.#disks.set(url, disk)
    return disk
  }

  /** What rests at a relay. */
  async entriesAt(url: string): Promise<readonly Entry[]> {
    const log = new MemoryEntryLog({ disk: this.#diskOf(url).copy() })
    await log.open()
    const page = await log.read(ID, 0)
    return page.kind === "items" ? page.items.flatMap((item) => (item.kind === "entry" ? [item.entry] : [])) : []
  }

  /** Devices hear nothing more of the relay, though it hears them. */
  deafen(url: string): void {
    for (const socket of this.#sockets.get(url) ?? []) socket.peer.send = () => undefined
  }

  /** Lets time pass until `promise` is kept. */
  async during<T>(promise: Promise<T>): Promise<T> {
    const waits = new Set([promise])
    void promise.finally(() => waits.clear())
    while (waits.size > 0) await this.clock.pass(10)
    return promise
  }

  /** The relay is gone, without a word. */
  async kill(url: string): Promise<void> {
    const relay = this.relays.get(url)
    this.relays.delete(url)
    for (const socket of this.#sockets.get(url) ?? []) socket.break()
    if (relay !== undefined) await this.during(relay.close())
  }

  async device(affinity = "home"): Promise<Replica> {
    const replica = await openReplica({
      store: new MemoryEntryLog({ disk: new MemoryDisk() }),
      relays: URLS,
      affinity,
      dial: this.#dial(true),
      clock: this.clock,
      randomBytes: seededBytes(++seed),
      // All that lose their relay come in the same instant.
      limits: { mergeMs: 0, failoverSpreadMs: 0 },
    })
    this.#replicas.push(replica)
    return replica
  }

  async close(): Promise<void> {
    for (const replica of this.#replicas) await this.during(replica.close())
    for (const relay of this.relays.values()) await this.during(relay.close())
  }

  /** Bytes of frames of `type` that replicas sent to `url`. */
  bytes(url: string, type: Frame["type"]): number {
    return this.sent
      .filter((one) => one.url === url && one.frame.type === type)
      .reduce((sum, { frame }) => sum + messageBytes(encodeFrame(frame)), 0)
  }

  #dial(byReplica: boolean): Dial {
    return (url) => {
      const [near, far] = socketPair()
      const relay = this.relays.get(url)
      if (relay === undefined) {
        void Promise.resolve().then(() => near.break())
        return near
      }
      const sockets = this.#sockets.get(url) ?? new Set()
      if (byReplica) this.#sockets.set(url, sockets.add(near))
      if (byReplica) this.#count(url, near)
      relay.accept(far)
      near.open()
      return near
    }
  }

  #count(url: string, near: MemorySocket): void {
    const reader = new FrameReader(DEFAULT_LIMITS)
    const send = near.send.bind(near)
    near.send = (message) => {
      for (const frame of reader.read(message.slice())) this.sent.push({ url, frame })
      send(message)
    }
  }
}

let region = new Region()
afterEach(async () => {
  await region.close()
  region = new Region()
})

/** Devices at the same relay with a document of `bytes` bytes, the first of which wrote it; and the addresses of this relay and of the other. */
async function crowd(
  count: number,
  bytes: number,
): Promise<{ documents: ReplicaDocument[]; replicas: Replica[]; here: string; there: string }> {
  const replicas = await Promise.all(Array.from({ length: count }, () => region.device()))
  const documents = await Promise.all(replicas.map((replica) => replica.open(ID)))
  await region.clock.pass(100)
  for (let left = bytes; left > 0; left -= 20_000) {
    type(documents[0]!, "x".repeat(Math.min(left, 20_000)))
    await region.clock.pass(10)
  }
  await region.clock.pass(1_000)
  const here = replicas[0]!.status.relay!
  expect(replicas.every(({ status }) => status.relay === here && status.connection === "online")).toBe(true)
  return { documents, replicas, here, there: URLS.find((url) => url !== here)! }
}

const converged = (documents: readonly ReplicaDocument[]): boolean =>
  documents.every((document) => textOf(document) === textOf(documents[0]!))

test("[RP55] a hundred devices that come to a relay which lacks a document bring it once", async () => {
  await region.raise(URLS[0]!, [], false)
  await region.raise(URLS[1]!, [], false)
  const { documents, replicas, here, there } = await crowd(100, 60_000)
  const state = textOf(documents[0]!).length
  await region.kill(here)
  await region.clock.pass(30_000)
  expect(replicas.every(({ status }) => status.relay === there && status.waitingRows === 0)).toBe(true)
  const uploaded = region.bytes(there, "append")
  expect(uploaded).toBeGreaterThan(state)
  expect(uploaded).toBeLessThan(1.2 * state)
  // Nobody waits on: what is written now is everywhere.
  type(documents[99]!, "after")
  await region.during(documents[99]!.whenDurable("stored"))
  await region.clock.pass(1_000)
  expect(converged(documents)).toBe(true)
})

test("[RP55] at a relay that others are linked with nothing is brought: what it lacked comes over its links, and the devices hear of it", async () => {
  await region.raise(URLS[0]!)
  await region.raise(URLS[1]!, [URLS[0]!])
  await region.clock.pass(1_000)
  const { documents, replicas, here, there } = await crowd(20, 200_000)
  await region.kill(here)
  await region.clock.pass(10_000)
  expect(replicas.every(({ status }) => status.relay === there)).toBe(true)
  expect([region.bytes(there, "append"), region.bytes(there, "askState")]).toEqual([0, 0])
  type(documents[3]!, "after")
  await region.during(documents[3]!.whenDurable("stored"))
  await region.clock.pass(1_000)
  expect(converged(documents)).toBe(true)
})

test("[RP56, I3, I4] a reply that streams while its relay dies goes on at the other: no word is missing, doubled or before its cause", async () => {
  await region.raise(URLS[0]!)
  await region.raise(URLS[1]!, [URLS[0]!])
  await region.clock.pass(1_000)
  const { documents, replicas, here, there } = await crowd(3, 0)
  const [writer, reader, answers] = documents as [ReplicaDocument, ReplicaDocument, ReplicaDocument]
  const seen: string[] = []
  reader.ydoc.getText("t").observe(() => seen.push(textOf(reader)))
  const repliesBefore: boolean[] = []
  const replies = answers.ydoc.getMap<string>("replies")
  reader.ydoc.getMap<string>("replies").observe((event) => {
    for (const key of event.keysChanged) repliesBefore.push(textOf(reader).includes(key))
  })
  let text = ""
  for (let token = 0; token < 200; token++) {
    text += `<${token}>`
    type(writer, `<${token}>`)
    // Whoever has seen a token answers it: the answer is nowhere before the token.
    if (token % 10 === 5 && textOf(answers) !== "") replies.set(textOf(answers).match(/<\d+>$/)![0], "seen")
    if (token === 100) await region.kill(here)
    await region.clock.pass(20)
  }
  await region.clock.pass(30_000)
  expect(replicas.map(({ status }) => [status.relay, status.waitingRows])).toEqual(replicas.map(() => [there, 0]))
  expect(documents.map(textOf)).toEqual([text, text, text])
  // What was seen only ever grew.
  expect(seen.every((state, at) => at === 0 || state.startsWith(seen[at - 1]!))).toBe(true)
  expect(repliesBefore.length).toBeGreaterThan(10)
  expect(repliesBefore.every(Boolean)).toBe(true)
  const fresh = await (await region.device()).open(ID)
  await region.clock.pass(1_000)
  expect(textOf(fresh)).toBe(text)
})

test("[RP57] a row that was acknowledged to nobody is sent again elsewhere under its id, and has the stamp that it got over the link", async () => {
  const relays = [await region.raise(URLS[0]!), await region.raise(URLS[1]!, [URLS[0]!])]
  await region.clock.pass(1_000)
  const { documents, here, there } = await crowd(1, 0)
  const [document] = documents as [ReplicaDocument]
  const { log } = relays[URLS.indexOf(here)]!
  type(document, "first ")
  await region.clock.pass(1_000)
  // The relay takes the row and passes it on; its acknowledgement does not arrive.
  region.deafen(here)
  type(document, "second")
  await region.clock.pass(1_000)
  expect(document.status.waitingRows).toBe(1)
  await region.kill(here)
  await region.clock.pass(30_000)
  expect(document.status.waitingRows).toBe(0)
  const sent = region.sent.flatMap(({ url, frame }) => (frame.type === "append" ? [{ url, row: frame.row }] : []))
  const again = sent.find(({ url, row }) => url === there && sent.some((one) => one.url === here && one.row === row))
  const rows = (await region.entriesAt(there)).filter(({ row }) => row === again?.row)
  expect(rows.map(({ stamp }) => stamp.log)).toEqual([log])
  const fresh = await (await region.device()).open(ID)
  await region.clock.pass(1_000)
  expect(textOf(fresh)).toBe("first second")
})
