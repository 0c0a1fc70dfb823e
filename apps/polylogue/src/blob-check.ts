import { existsSync } from "node:fs"
import { join } from "node:path"
import { MACHINE_FILES, namesIn } from "./blob-files.ts"
import { BlobPlace, isShard, parseBlobFileName } from "./blob-place.ts"
import { hashFile } from "./blob-writing.ts"
import { reasonOf } from "./command-error.ts"

/** What a check of all blobs of a data folder found. */
export interface BlobCheck {
  readonly blobs: number
  readonly bytes: number
  /** Blobs that are not what their name says, by path; removed from where they are, their devices would send them again. */
  readonly damaged: readonly { readonly path: string; readonly problem: string }[]
}

/** How a check goes. */
export interface BlobCheckOptions {
  /** Told after each blob. */
  readonly progress?: (done: { readonly blobs: number; readonly bytes: number }) => void
}

/**
 * Reads every blob of a data folder and compares its bytes with its name. Changes nothing, and may run beside a relay. Tombstones and unfinished uploads are
 * no blobs; files that the blob store did not make are reported.
 */
export async function verifyBlobs(data: string, { progress }: BlobCheckOptions = {}): Promise<BlobCheck> {
  const damaged: { path: string; problem: string }[] = []
  let blobs = 0
  let bytes = 0
  for await (const { path, hash, problem } of blobFiles(data)) {
    if (hash === undefined) {
      damaged.push({ path, problem })
      continue
    }
    try {
      const found = await hashFile(MACHINE_FILES, path)
      blobs++
      bytes += found.bytes
      if (found.hash !== hash) damaged.push({ path, problem: "its bytes are not those that its name promises" })
    } catch (error) {
      // One that an erasure or a collection removed meanwhile is no damage.
      if (existsSync(path)) damaged.push({ path, problem: `it cannot be read: ${reasonOf(error)}` })
    }
    progress?.({ blobs, bytes })
  }
  return { blobs, bytes, damaged }
}

type Found = { readonly path: string; readonly hash: string; readonly problem?: never } | Stray
type Stray = { readonly path: string; readonly hash?: never; readonly problem: string }

async function* blobFiles(data: string): AsyncIterable<Found> {
  const place = new BlobPlace(data)
  const stray = (path: string): Stray => ({ path, problem: "it is none of polylogue's files" })
  for (const folder of await namesIn(MACHINE_FILES, place.root)) {
    const workspace = place.workspaceIn(folder)
    if (workspace === undefined) {
      yield stray(join(place.root, folder))
      continue
    }
    for (const shard of await namesIn(MACHINE_FILES, place.workspace(workspace))) {
      const path = join(place.workspace(workspace), shard)
      if (isShard(shard)) yield* shardFiles(path, stray)
      else yield stray(path)
    }
  }
}

async function* shardFiles(shard: string, stray: (path: string) => Stray): AsyncIterable<Found> {
  for (const name of await namesIn(MACHINE_FILES, shard)) {
    const parsed = parseBlobFileName(name)
    const path = join(shard, name)
    if (parsed === undefined || !shard.endsWith(parsed.hash.slice(0, 2))) yield stray(path)
    else if (parsed.kind === "blob") yield { path, hash: parsed.hash }
  }
}
