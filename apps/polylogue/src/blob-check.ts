import { existsSync } from "node:fs"
import { MACHINE_FILES } from "./blob-files.ts"
import { blobFilesOf } from "./blob-walk.ts"
import { hashFile } from "./blob-writing.ts"
import { reasonOf } from "./command-error.ts"

/** One file that is not what it should be. */
interface DamagedBlob {
  readonly path: string
  readonly problem: string
  /** Whether the blob store did not make it. */
  readonly stray: boolean
}

/** What a check of all blobs of a data folder found. */
export interface BlobCheck {
  readonly blobs: number
  readonly bytes: number
  /** Blobs that are not what their name says, by path; removed from where they are, their devices would send them again. */
  readonly damaged: readonly DamagedBlob[]
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
  const damaged: DamagedBlob[] = []
  let blobs = 0
  let bytes = 0
  for await (const { path, file } of blobFilesOf(data)) {
    if (file === undefined) damaged.push({ path, problem: "it is none of polylogue's files", stray: true })
    if (file?.kind !== "blob") continue
    try {
      const found = await hashFile(MACHINE_FILES, path)
      blobs++
      bytes += found.bytes
      if (found.hash !== file.hash) damaged.push({ path, problem: "its bytes are not those that its name promises", stray: false })
    } catch (error) {
      // One that an erasure or a collection removed meanwhile is no damage.
      if (existsSync(path)) damaged.push({ path, problem: `it cannot be read: ${reasonOf(error)}`, stray: false })
    }
    progress?.({ blobs, bytes })
  }
  return { blobs, bytes, damaged }
}
