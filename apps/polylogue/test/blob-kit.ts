import { createHash, randomBytes } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { BlobStore, type BlobStoreOptions } from "../src/blob-store.ts"

export const W = "home"
export const ANA = "ana"

/** A blob store on a folder, with limits that do not depend on the disk of the machine. */
export function blobStore(data: string, options: Partial<BlobStoreOptions> = {}): BlobStore {
  return new BlobStore({
    data,
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    ...options,
    limits: { minFreeBytes: 1, ...options.limits },
  })
}

/** Bytes that differ from seed to seed. */
export function bytesOf(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (Math.imul(index + seed, 2_654_435_761) >>> 13) & 0xff)
}

export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}

/** A body in pieces of `size` bytes; after them `end`, which may throw or wait. */
export async function* body(bytes: Uint8Array, size = 1000, end?: () => Promise<void>): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.slice(at, at + size))
  await end?.()
}

/** Every file below a folder by its path there. */
export function filesIn(folder: string): Map<string, Uint8Array> {
  if (!existsSync(folder)) return new Map()
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    names.map((entry) => [join(entry.parentPath, entry.name).slice(folder.length + 1), readFileSync(join(entry.parentPath, entry.name))]),
  )
}

/** The bytes of a blob, read through the store. */
export async function readBlob(store: BlobStore, hash: string, workspace = W): Promise<Uint8Array | undefined> {
  return store.read(workspace, hash, ANA, async ({ handle, bytes }) => {
    const content = new Uint8Array(bytes)
    await handle.read(content, 0, bytes, 0)
    return content
  })
}

/** Expects a failure of the blob store with this code. */
export async function expectFailure(attempt: Promise<unknown>, code: string, more: object = {}): Promise<void> {
  await expect(attempt).rejects.toMatchObject({ name: "BlobError", code, ...more })
}

/** A promise and the means to settle it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}
