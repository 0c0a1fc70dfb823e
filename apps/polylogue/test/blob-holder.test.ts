import type { BlobHash } from "@polylogue/protocol"
import type { BlobTaking } from "@polylogue/relay"
import { expect, test } from "vitest"
import type { BlobLimits } from "../src/blob-limits.ts"
import { holderOf } from "../src/blob-holder.ts"
import { ANA, blobStore, body, bytesOf, filesIn, hashOf, readBlob, W } from "./blob-kit.ts"
import { folder } from "./program.ts"

const CONTENT = bytesOf(10_000)
const HASH = hashOf(CONTENT)
const DAY_MS = 24 * 3_600_000

/** What a source gives from an offset on, and then perhaps breaks off. */
const from =
  (bytes: Uint8Array, end?: () => Promise<void>) =>
  (offset: number): AsyncIterable<Uint8Array> =>
    body(bytes.subarray(offset), 1000, end)
const cut = (): Promise<void> => Promise.reject(new Error("the link broke"))

interface Taking {
  readonly total?: number
  readonly hash?: BlobHash
  readonly kind?: "asked" | "mirrored"
  readonly limits?: Partial<BlobLimits>
}

function take(
  data: string,
  pieces: (offset: number) => AsyncIterable<Uint8Array>,
  { total = CONTENT.length, hash = HASH, kind = "asked", limits = {} }: Taking = {},
): Promise<BlobTaking> {
  return holderOf(blobStore(data, { limits })).take({ workspace: W, hash, total, kind }, pieces)
}

test("[PL78] what comes over a link goes on after a cut and a restart, and is a blob when it is whole and verified", async () => {
  const data = folder()
  expect(await take(data, from(CONTENT.subarray(0, 4000), cut))).toBe("cut")
  const asked: number[] = []
  const pieces = (offset: number): AsyncIterable<Uint8Array> => {
    asked.push(offset)
    return from(CONTENT)(offset)
  }
  expect(await take(data, pieces)).toBe("stored")
  expect(asked).toEqual([4000])
  expect(await readBlob(blobStore(data), HASH)).toEqual(CONTENT)
  expect(await take(data, from(CONTENT))).toBe("stored")
  expect([...filesIn(data).keys()]).toEqual([`blobs/${W}/${HASH.slice(0, 2)}/${HASH}`])
})

test("[PL78] other bytes than the name promises are not kept, also when only the beginning was wrong", async () => {
  const data = folder()
  expect(await take(data, from(bytesOf(10_000, 7)))).toBe("mismatch")
  expect(filesIn(data).size).toBe(0)
  expect(await take(data, from(bytesOf(4000, 7), cut))).toBe("cut")
  expect(await take(data, from(CONTENT))).toBe("stored")
  // A source that named another size.
  expect(await take(folder(), from(CONTENT), { total: 9_999 })).toBe("mismatch")
})

test("[PL78] what cannot be taken is refused for good, or to be had later; nothing is kept of it", async () => {
  const data = folder()
  expect(await take(data, from(CONTENT), { limits: { maxBlobBytes: 9_999 } })).toBe("refused")
  expect(await take(data, from(CONTENT), { limits: { maxWorkspaceBytes: 9_999 } })).toBe("later")
  expect(await take(data, from(CONTENT), { limits: { minFreeBytes: Infinity } })).toBe("later")
  expect(await take(data, from(CONTENT), { hash: "../../../etc/passwd" })).toBe("refused")
  expect(filesIn(data).size).toBe(0)
  const holder = holderOf(blobStore(data))
  expect(await holder.take({ workspace: "..", hash: HASH, total: 1, kind: "asked" }, from(CONTENT))).toBe("refused")
  expect([await holder.lacks("..", HASH), await holder.lacks(W, "x"), await holder.lacks(W, HASH)]).toEqual([false, false, true])
  expect([await holder.read("..", HASH, 0, 1), await holder.read(W, "x", 0, 1), await holder.read(W, HASH, 0, 1)]).toEqual([
    "never",
    "never",
    undefined,
  ])
})

test("[PL79, I10] a blob that was erased is neither lacked, nor read, nor taken", async () => {
  const store = blobStore(folder())
  const holder = holderOf(store)
  await store.put({ workspace: W, hash: HASH, principal: ANA, body: body(CONTENT) })
  await store.erase(`${W}/conv/1`, [HASH])
  expect(await holder.lacks(W, HASH)).toBe(false)
  expect(await holder.read(W, HASH, 0, 100)).toBe("never")
  expect(await holder.take({ workspace: W, hash: HASH, total: CONTENT.length, kind: "mirrored" }, from(CONTENT))).toBe("refused")
})

test("[PL78] a blob is read piece by piece, with nothing beyond its end", async () => {
  const store = blobStore(folder())
  const holder = holderOf(store)
  await store.put({ workspace: W, hash: HASH, principal: ANA, body: body(CONTENT) })
  expect(await holder.read(W, HASH, 100, 50)).toEqual({ total: 10_000, bytes: CONTENT.subarray(100, 150) })
  expect(await holder.read(W, HASH, 9_990, 50)).toEqual({ total: 10_000, bytes: CONTENT.subarray(9_990) })
  for (const offset of [10_000, Number.MAX_SAFE_INTEGER])
    expect(await holder.read(W, HASH, offset, 50)).toEqual({ total: 10_000, bytes: new Uint8Array() })
})

test("[PL79] what came since is listed whenever it was last used; all of it, from the beginning", async () => {
  const data = folder()
  const store = blobStore(data)
  const listed = async (sinceMs: number): Promise<BlobHash[]> => {
    const found: BlobHash[] = []
    for await (const { workspace, hashes } of holderOf(store).list(sinceMs)) found.push(...hashes.map((hash) => `${workspace}/${hash}`))
    return found
  }
  expect(await listed(-Infinity)).toEqual([])
  await take(data, from(CONTENT), { kind: "mirrored" })
  const began = Date.now() - 60_000
  expect(await listed(began)).toEqual([`${W}/${HASH}`])
  expect(await listed(-Infinity)).toEqual([`${W}/${HASH}`])
  expect(await listed(Date.now() + DAY_MS)).toEqual([])
})

test("[PL79] a mirrored blob that nobody uses and nothing refers to is due a day later, one that somebody asked for after the whole grace; giving it to relays is no use", async () => {
  for (const [kind, dueMs] of [
    ["mirrored", DAY_MS],
    ["asked", 30 * DAY_MS],
  ] as const) {
    const data = folder()
    await take(data, from(CONTENT), { kind })
    const store = blobStore(data)
    await holderOf(store).read(W, HASH, 0, 100)
    const unusedIn = async (ms: number): Promise<number> => (await store.unused(W, Date.now() + ms - store.limits.blobGraceMs)).length
    expect([await unusedIn(dueMs - 3_600_000), await unusedIn(dueMs + 3_600_000)]).toEqual([0, 1])
  }
  const data = folder()
  expect(await take(data, from(CONTENT), { kind: "mirrored", limits: { blobGraceMs: Infinity } })).toBe("stored")
})
