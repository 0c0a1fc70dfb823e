import { codeNumber } from "@polylogue/protocol"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { afterEach, expect, test, vi } from "vitest"
import { dialWith, systemClock } from "../src/system.ts"
import { folder, type Running, start } from "./program.ts"

const DOCUMENT = "home/notes/drain"
const running: Running[] = []
const replicas: Replica[] = []

afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.close()))
  for (const relay of running.splice(0)) {
    relay.kill("SIGKILL")
    await relay.ended
  }
})

async function relayOn(data: string, ...args: string[]): Promise<{ relay: Running; url: string }> {
  const relay = start(["relay", "--port", "0", "--data", data, "--log", "debug", ...args])
  running.push(relay)
  return { relay, url: (await relay.firstLine).replace("polylogue ready ", "") }
}

async function device(...urls: string[]): Promise<{ replica: Replica; document: ReplicaDocument }> {
  const replica = await openReplica({
    store: new MemoryEntryLog(),
    relays: urls.map(socketOf),
    dial: dialWith(1024 * 1024),
    clock: systemClock,
    randomBytes,
    limits: { minBackoffMs: 20 },
  })
  replicas.push(replica)
  return { replica, document: await replica.open(DOCUMENT) }
}

/** Where devices dial the relay at `url`. */
function socketOf(url: string): string {
  return `${url.replace("http", "ws")}/sync`
}

const words = (document: ReplicaDocument): string[] => [...document.ydoc.getArray<string>("words")]

/** Resolves once `holds` of the document's state. */
function until(document: ReplicaDocument, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = document.subscribe(() => {
      if (!holds()) return
      stop()
      resolve()
    })
    if (holds()) {
      stop()
      resolve()
    }
  })
}

test("[PL4, I1] at SIGTERM nothing acknowledged is lost, and devices go on with another relay", async () => {
  const both = await Promise.all([folder(), folder()].map(async (data) => ({ data, ...(await relayOn(data)) })))
  const { replica, document } = await device(...both.map(({ url }) => url))
  const acked: string[] = []
  const stop = { asked: false }
  // Writes all the time, and remembers what was acknowledged, by whichever relay.
  const writer = (async () => {
    for (let index = 0; !stop.asked; index++) {
      document.ydoc.getArray("words").push([`w${index}`])
      await document.whenDurable("stored")
      acked.push(`w${index}`)
    }
  })()
  await vi.waitFor(() => expect(acked.length).toBeGreaterThan(20), { timeout: 20_000 })
  // Which of the two it writes to is its own choice.
  const isFirst = ({ url }: { readonly url: string }): boolean => replica.status.relay === socketOf(url)
  const first = both.find(isFirst)!
  const second = both.find((relay) => !isFirst(relay))!
  first.relay.kill("SIGTERM")
  const ended = await first.relay.ended
  expect(ended.code).toBe(0)
  const events = ended.stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string; code?: number; rows?: number })
  expect(events.find(({ event }) => event === "session-closed")).toMatchObject({ code: codeNumber("draining") })
  const atFirst = acked.length
  await vi.waitFor(() => expect(acked.length).toBeGreaterThan(atFirst + 20), { timeout: 20_000 })
  stop.asked = true
  await writer

  // A row brings a word at least, so the first relay has as many words as rows that it acknowledged.
  const rows = events.reduce((sum, { rows: durable = 0 }) => sum + durable, 0)
  const again = await relayOn(first.data)
  const late = await device(again.url)
  await until(late.document, () => late.document.status.synced)
  const kept = words(late.document)
  expect(rows).toBeGreaterThan(20)
  expect(kept.length).toBeGreaterThanOrEqual(rows)
  expect(kept).toEqual(acked.slice(0, kept.length))
  const other = await device(second.url)
  await until(other.document, () => other.document.status.synced && words(other.document).length >= acked.length)
  expect(words(other.document)).toEqual(acked)
})

test("[PL13] readiness ends before sessions do, so that nobody new is sent here; a second signal ends at once", async () => {
  const { relay, url } = await relayOn(folder(), "--limits", '{"drainNoticeMs": 600000}')
  const { document } = await device(url)
  expect(await (await fetch(`${url}/readyz`)).text()).toBe("ready\n")
  relay.kill("SIGTERM")
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503), { timeout: 5_000 })
  expect(await (await fetch(`${url}/readyz`)).text()).toBe("draining\n")
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  document.ydoc.getArray("words").push(["still"])
  await document.whenDurable("stored")
  relay.kill("SIGTERM")
  expect(await relay.ended).toMatchObject({ code: 1 })
})
