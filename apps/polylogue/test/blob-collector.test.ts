import { mkdirSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setImmediate as immediate } from "node:timers/promises"
import { type Entry, mintId } from "@polylogue/protocol"
import { type EntryLog, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { verifyBlobs } from "../src/blob-check.ts"
import { BlobCollector } from "../src/blob-collector.ts"
import type { BlobStore } from "../src/blob-store.ts"
import { HashFinder } from "../src/hash-finder.ts"
import { ANA, blobStore, body, bytesOf, filesIn, hashOf, W } from "./blob-kit.ts"
import { folder } from "./program.ts"

const LOG = "aaaaaaaaaaaaaaaa"
const DAY_MS = 86_400_000

/** A log with one document a name, whose entries are those of a Y.Doc. */
class Documents {
  readonly log = new MemoryEntryLog()
  readonly #seqs = new Map<string, number>()
  readonly #ydocs = new Map<string, Y.Doc>()

  async write(documentId: string, change: (ydoc: Y.Doc) => void): Promise<void> {
    const ydoc = this.#ydocs.get(documentId) ?? new Y.Doc()
    this.#ydocs.set(documentId, ydoc)
    const before = Y.encodeStateVector(ydoc)
    change(ydoc)
    const seq = (this.#seqs.get(documentId) ?? 0) + 1
    this.#seqs.set(documentId, seq)
    const entry: Entry = {
      stamp: { log: LOG, seq },
      row: mintId((length) => new Uint8Array(length).fill(seq)),
      receivedAt: 0,
      principal: "ana",
      handOver: false,
      update: Y.encodeStateAsUpdate(ydoc, before),
    }
    await this.log.commit([{ type: "append", documentId, items: [{ kind: "entry", entry }] }])
  }

  /** A message that refers to a blob as conversations do. */
  attach(documentId: string, hash: string): Promise<void> {
    return this.write(documentId, (ydoc) => void ydoc.getMap("parts").set(hash.slice(0, 8), { type: "file", sha256: hash, name: "a.png" }))
  }

  async compact(documentId: string): Promise<void> {
    const ydoc = this.#ydocs.get(documentId)!
    const { head, vector } = await this.log.head(documentId)
    const snapshot = { vector, update: Y.encodeStateAsUpdate(ydoc), stateVector: Y.encodeStateVector(ydoc), owners: new Map() }
    await this.log.commit([{ type: "compact", documentId, snapshot, through: head, base: head }])
  }
}

interface Kit {
  readonly data: string
  readonly documents: Documents
  readonly store: BlobStore
  /** Stores a blob that nobody has used for 31 days. */
  readonly old: (seed: number, workspace?: string) => Promise<string>
  readonly collector: (log?: EntryLog, stopped?: () => boolean) => BlobCollector
}

async function kit(): Promise<Kit> {
  const data = folder()
  const documents = new Documents()
  await documents.log.open()
  const store = blobStore(data)
  return {
    data,
    documents,
    store,
    async old(seed, workspace = W) {
      const content = bytesOf(100, seed)
      const hash = hashOf(content)
      await store.put({ workspace, hash, principal: ANA, body: body(content) })
      const usedS = (Date.now() - 31 * DAY_MS) / 1000
      utimesSync(join(data, "blobs", workspace, hash.slice(0, 2), hash), usedS, usedS)
      return hash
    },
    collector: (log = documents.log, stopped = () => false) =>
      new BlobCollector({ store, log, now: Date.now, pause: () => immediate(), stopped }),
  }
}

test("[PL21] keeps what a snapshot, a tail or any page of it refers to, in whichever document, and removes the rest", async () => {
  const { documents, store, old, collector, data } = await kit()
  const kept = await Promise.all([1, 2, 3, 4, 5].map((seed) => old(seed)))
  await documents.attach("home/conv/1", kept[0]!)
  await documents.compact("home/conv/1")
  await documents.attach("home/conv/1", kept[1]!)
  await documents.attach("home", kept[2]!)
  // Behind more entries than one page of the log has.
  for (let n = 0; n < 1100; n++) await documents.write("home/source/9", (ydoc) => ydoc.getText("t").insert(0, "x"))
  await documents.attach("home/source/9", kept[3]!)
  // Across the end of what is looked through at once.
  await documents.write("home/anno/1", (ydoc) => ydoc.getText("note").insert(0, `${"f".repeat(256 * 1024 - 60)}${kept[4]}0a`))
  const young = bytesOf(100, 8)
  await store.put({ workspace: W, hash: hashOf(young), principal: ANA, body: body(young) })
  const gone = await Promise.all([6, 7].map((seed) => old(seed)))
  // Neither another workspace nor one whose name begins alike is asked, or touched.
  const elsewhere = await old(6, "homework")
  await documents.attach("homework/conv/1", gone[0]!)
  expect(await collector().collect(W)).toEqual({ blobs: 2, bytes: 200 })
  const left = [...filesIn(join(data, "blobs")).keys()].map((path) => path.replace(/\/..\//, "/"))
  expect(left.sort()).toEqual([...kept.map((hash) => `home/${hash}`), `home/${hashOf(young)}`, `homework/${elsewhere}`].sort())
  expect(await collector().collect(W)).toEqual({ blobs: 0, bytes: 0 })
})

test("[PL21] a reference that was deleted keeps a blob until compaction has dropped it, as does one that was reset", async () => {
  const { documents, old, collector } = await kit()
  const hash = await old(1)
  await documents.attach("home/conv/1", hash)
  await documents.write("home/conv/1", (ydoc) => ydoc.getMap("parts").delete(hash.slice(0, 8)))
  expect(await collector().collect(W)).toMatchObject({ blobs: 0 })
  await documents.compact("home/conv/1")
  expect(await collector().collect(W)).toMatchObject({ blobs: 1 })
  const other = await old(2)
  await documents.attach("home/conv/2", other)
  await documents.log.commit([{ type: "reset", documentId: "home/conv/2" }])
  expect(await collector().collect(W)).toMatchObject({ blobs: 1 })
})

test("[PL21] an entry that arrives during the search, and a blob sent again during it, are seen", async () => {
  const { documents, store, old, collector } = await kit()
  const [referred, sent, unused] = await Promise.all([1, 2, 3].map((seed) => old(seed)))
  await documents.write("home/conv/1", (ydoc) => ydoc.getText("t").insert(0, "x"))
  let asked = 0
  const log: EntryLog = new Proxy(documents.log, {
    get(target, name: keyof EntryLog) {
      if (name !== "changes") return (target[name] as () => unknown).bind(target)
      return async (query: Parameters<EntryLog["changes"]>[0]) => {
        const page = await target.changes(query)
        if (++asked === 1) {
          await documents.attach("home/conv/1", referred!)
          await store.put({ workspace: W, hash: sent!, principal: ANA, body: body(new Uint8Array()) })
        }
        return page
      }
    },
  })
  expect(await collector(log).collect(W)).toEqual({ blobs: 1, bytes: 100 })
  expect(await store.find(W, unused!)).toBeUndefined()
  expect(asked).toBe(2)
})

test("[PL21] what cannot be read, or a stop, keeps everything", async () => {
  const { documents, store, old, collector } = await kit()
  const hash = await old(1)
  await documents.write("home/conv/1", (ydoc) => ydoc.getText("t").insert(0, "x"))
  const broken = new Proxy(documents.log, {
    get: (target, name: keyof EntryLog) =>
      name === "read" ? () => Promise.reject(new Error("corrupt")) : (target[name] as () => unknown).bind(target),
  })
  await expect(collector(broken).collect(W)).rejects.toThrow("corrupt")
  expect(await collector(documents.log, () => true).collect(W)).toEqual({ blobs: 0, bytes: 0 })
  expect(await store.find(W, hash)).toBe(100)
})

test("[PL21] a hash is found wherever it stands, and nothing else is", () => {
  const hashes = Array.from({ length: 20 }, (_, seed) => hashOf(bytesOf(10, seed)))
  const [hash, other] = hashes as [string, string]
  const found = (text: string | Uint8Array): number => {
    const finder = new HashFinder(hashes)
    finder.scan(typeof text === "string" ? new TextEncoder().encode(text) : text)
    return hashes.length - finder.left.size
  }
  for (const around of ["", "0", "f".repeat(63), "f".repeat(64), "\u{1f600}", "g", `${hash.slice(0, 63)}G`]) {
    expect(found(`${around}${hash}`)).toBe(1)
    expect(found(`${hash}${around}`)).toBe(1)
    expect(found(`${around}${hash}${around}${other}`)).toBe(2)
  }
  for (const text of ["", hash.slice(1), hash.toUpperCase(), `${hash.slice(0, 32)} ${hash.slice(32)}`, "0".repeat(1000)])
    expect(found(text)).toBe(0)
  expect(found(bytesOf(100_000))).toBe(0)
})

test("[PL22] every blob is read and compared with its name; nothing is changed", async () => {
  const { data, store, old } = await kit()
  expect(await verifyBlobs(data)).toEqual({ blobs: 0, bytes: 0, damaged: [] })
  const [good, short, renamed] = await Promise.all([1, 2, 3].map((seed) => old(seed)))
  await store.erase("home/conv/1", [await old(4)])
  await store.append({ workspace: W, hash: hashOf(bytesOf(9)), principal: ANA, offset: 0, totalBytes: 9, body: body(bytesOf(5)) })
  const path = (hash: string) => join(data, "blobs", W, hash.slice(0, 2), hash)
  expect(await verifyBlobs(data)).toEqual({ blobs: 3, bytes: 300, damaged: [] })
  truncateSync(path(short!), 99)
  renameSync(path(renamed!), path(`${renamed!.slice(0, 60)}0000`))
  writeFileSync(join(data, "blobs", W, good!.slice(0, 2), "notes.txt"), "mine")
  mkdirSync(join(data, "blobs", "Not A Workspace"))
  writeFileSync(join(data, "blobs", "file"), "")
  const before = filesIn(data)
  let told = 0
  const check = await verifyBlobs(data, { progress: () => told++ })
  expect(check).toMatchObject({ blobs: 3, bytes: 299 })
  expect(told).toBe(3)
  expect(check.damaged.map(({ path, problem }) => `${path.slice(data.length)} ${problem}`).sort()).toEqual(
    [
      `/blobs/Not A Workspace it is none of polylogue's files`,
      `/blobs/home/${good!.slice(0, 2)}/notes.txt it is none of polylogue's files`,
      `${path(short!).slice(data.length)} its bytes are not those that its name promises`,
      `${path(`${renamed!.slice(0, 60)}0000`).slice(data.length)} its bytes are not those that its name promises`,
    ].sort(),
  )
  expect(filesIn(data)).toEqual(before)
  rmSync(data, { recursive: true })
})
