import type { BlobHash } from "@polylogue/protocol"
import { BlobError, blobErrorOf } from "./blob-error.ts"
import { type BlobFiles, lookAt, removeFile, syncFolder } from "./blob-files.ts"
import type { BlobLimits } from "./blob-limits.ts"
import { BlobPlace } from "./blob-place.ts"
import { BlobShelf } from "./blob-shelf.ts"
import { Transfers } from "./blob-transfer.ts"

/** A blob is used again at most this often: its time is not written at every reading. */
const RENEW_MS = 24 * 3_600_000

/**
 * What storing, reading, erasing and collecting share. Steps on one blob that must not mix (a name that appears, goes, or gets its
 * tombstone) run one after the other; bodies flow beside them.
 */
export class BlobCore {
  readonly files: BlobFiles
  readonly place: BlobPlace
  readonly limits: BlobLimits
  readonly now: () => number
  readonly uploads = new Transfers()
  readonly downloads = new Transfers()
  readonly #shelves = new Map<string, Promise<BlobShelf>>()
  readonly #last = new Map<string, Promise<unknown>>()

  constructor(data: string, files: BlobFiles, limits: BlobLimits, now: () => number) {
    this.files = files
    this.place = new BlobPlace(data)
    this.limits = limits
    this.now = now
  }

  /** The state of a workspace, read from the disk the first time. */
  shelf(workspace: string): Promise<BlobShelf> {
    const known = this.#shelves.get(workspace)
    if (known !== undefined) return known
    const loading = BlobShelf.load(workspace, this.files, this.place, this.limits)
    this.#shelves.set(workspace, loading)
    loading.catch(() => this.#shelves.delete(workspace))
    return loading
  }

  /** The workspaces whose state was read. */
  shelves(): Promise<readonly BlobShelf[]> {
    return Promise.all(this.#shelves.values())
  }

  /** Runs `act` when every earlier step on the same blob has ended. */
  async exclusively<T>(workspace: string, hash: BlobHash, act: () => Promise<T>): Promise<T> {
    const key = keyOf(workspace, hash)
    const before = this.#last.get(key) ?? Promise.resolve()
    const step = before.then(act, act)
    this.#last.set(key, step)
    try {
      return await step
    } finally {
      if (this.#last.get(key) === step) this.#last.delete(key)
    }
  }

  /** @throws BlobError `erased` */
  async refuseErased(workspace: string, hash: BlobHash): Promise<void> {
    if ((await lookAt(this.files, this.place.tombstone(workspace, hash))) !== undefined) {
      throw new BlobError("erased", "this blob was erased for good")
    }
  }

  /** Begins the grace of a blob anew. @returns whether there is such a blob, then durably so. Part of an exclusive step. */
  async renew(workspace: string, hash: BlobHash): Promise<boolean> {
    const path = this.place.blob(workspace, hash)
    const found = await lookAt(this.files, path)
    if (found === undefined) return false
    const now = this.now()
    if (found.usedMs < now - Math.min(RENEW_MS, this.limits.blobGraceMs / 16)) await this.files.utimes(path, now / 1000, now / 1000)
    return true
  }

  /**
   * Gives a whole, verified and synced file its name. Afterwards it is there, even after a power cut.
   * @returns `present` when the blob came another way meanwhile; the file is then still at `path`.
   * @throws BlobError `erased`, or what the disk says; then no blob has appeared.
   */
  publish(shelf: BlobShelf, hash: BlobHash, path: string): Promise<"stored" | "present"> {
    return this.exclusively(shelf.name, hash, async () => {
      await this.refuseErased(shelf.name, hash)
      const shard = this.place.shard(shelf.name, hash)
      if (await this.renew(shelf.name, hash)) {
        await syncFolder(this.files, shard)
        return "present"
      }
      const blob = this.place.blob(shelf.name, hash)
      await this.files.rename(path, blob)
      try {
        await syncFolder(this.files, shard)
      } catch (error) {
        // Nobody may find a blob that a power cut could take back.
        await removeFile(this.files, blob)
        throw error
      }
      return "stored"
    })
  }

  /** Runs `act`; what the disk says becomes a BlobError. */
  async speak<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      throw blobErrorOf(error)
    }
  }
}

/** Names one blob of one workspace. */
export function keyOf(workspace: string, hash: BlobHash): string {
  return `${workspace}/${hash}`
}
