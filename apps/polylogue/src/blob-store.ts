import type { FileHandle } from "node:fs/promises"
import { join } from "node:path"
import { type BlobHash, isBlobHash, type RandomBytes } from "@polylogue/protocol"
import { BlobAdmission } from "./blob-admission.ts"
import { BlobCore, keyOf } from "./blob-core.ts"
import { BlobError } from "./blob-error.ts"
import { type BlobFiles, changedAt, lookAt, MACHINE_FILES, makeFolders, namesIn, removeFile, syncFolder } from "./blob-files.ts"
import { type BlobLimits, blobLimits } from "./blob-limits.ts"
import { isShard, isWorkspaceName, parseBlobFileName, workspaceOf } from "./blob-place.ts"
import type { Transfer } from "./blob-transfer.ts"
import { BlobUploads, type PartialUpload, type WholeUpload } from "./blob-uploads.ts"

/** What a blob store is made of. */
export interface BlobStoreOptions {
  /** The data folder; `blobs/` in it is the store's own, and of one store at a time. */
  readonly data: string
  readonly randomBytes: RandomBytes
  readonly limits?: Partial<BlobLimits>
  /** Default: the machine's. */
  readonly files?: BlobFiles
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number
}

/** A blob that is being read. An erasure ends the reading. */
export interface BlobReading {
  readonly handle: FileHandle
  readonly bytes: number
  readonly transfer: Transfer
}

/**
 * Attachments by content: files of a data folder, one a blob and workspace. What `put` or `append` called stored is there after a power
 * cut; a blob is found whole and verified or not at all. A workspace and a hash must be a workspace name and a blob hash (else RangeError).
 */
export class BlobStore {
  readonly limits: BlobLimits
  readonly #core: BlobCore
  readonly #uploads: BlobUploads
  /** What was erased since the start, durably: an erasure names everything that its document ever erased. */
  readonly #erased = new Set<string>()
  readonly #admission: BlobAdmission

  constructor({ data, randomBytes, limits = {}, files = MACHINE_FILES, now = Date.now }: BlobStoreOptions) {
    this.limits = blobLimits(limits)
    this.#core = new BlobCore(data, files, this.limits, now)
    this.#uploads = new BlobUploads(this.#core, randomBytes)
    this.#admission = new BlobAdmission("downloads", this.limits.maxDownloads, this.limits.maxDownloadsPerPrincipal)
  }

  /** Bytes and number of all blobs of the workspaces that were looked at, which after `sweep` are all. */
  async usage(): Promise<{ bytes: number; blobs: number }> {
    const shelves = await this.#core.shelves()
    return { bytes: shelves.reduce((sum, shelf) => sum + shelf.bytes, 0), blobs: shelves.reduce((sum, shelf) => sum + shelf.blobs, 0) }
  }

  /**
   * Stores a blob that is sent whole.
   * @returns `present` when it was there already; the body is then not read.
   * @throws BlobError any code but `wrong-offset` and `superseded`, with nothing kept.
   */
  put(upload: WholeUpload): Promise<"stored" | "present"> {
    return this.#uploads.put(upload)
  }

  /**
   * Adds a piece to an upload, which begins with the piece at 0. It survives a restart, and an earlier attempt that is still open is ended.
   * @returns the bytes that are there and on the disk, when more are to come.
   * @throws BlobError any code; after `wrong-offset`, `cut`, `superseded`, `quota` and `overloaded` the upload can be resumed, after others it is gone.
   */
  append(upload: PartialUpload): Promise<"stored" | "present" | number> {
    return this.#uploads.append(upload)
  }

  /** Bytes of the unfinished upload of `principal`, 0 when there is none. */
  offset(workspace: string, hash: BlobHash, principal: string): Promise<number> {
    return this.#core.speak(() => this.#uploads.offset(workspace, hash, principal))
  }

  /** Bytes of a blob, or `undefined` when there is none. @throws BlobError `erased`, `io`. */
  find(workspace: string, hash: BlobHash): Promise<number | undefined> {
    return this.#core.speak(async () => {
      await this.#core.refuseErased(workspace, hash)
      return (await lookAt(this.#core.files, this.#core.place.blob(workspace, hash)))?.bytes
    })
  }

  /**
   * Opens a blob for `use` and begins its grace anew.
   * @returns what `use` does, or `undefined` when there is no such blob.
   * @throws BlobError `erased`, `overloaded`, `io`; or what `use` throws.
   */
  read<T>(workspace: string, hash: BlobHash, principal: string, use: (reading: BlobReading) => Promise<T>): Promise<T | undefined> {
    const { downloads } = this.#core
    return this.#admission.run(principal, () =>
      downloads.run([keyOf(workspace, hash)], this.limits.blobIdleMs, async (transfer) => {
        const handle = await this.#core.speak(() => this.#open(workspace, hash))
        if (handle === undefined) return undefined
        try {
          const { size } = await this.#core.speak(() => handle.stat())
          return await use({ handle, bytes: size, transfer })
        } finally {
          await handle.close()
        }
      }),
    )
  }

  /**
   * Erases blobs for good: ends what is under way, removes the bytes, finished or not, and leaves tombstones. Erasing what was erased, or was
   * never there, is fine. Once it resolves, no file of the data folder's blobs holds the bytes and none ever will in this workspace.
   * @param documentId - the document whose erasure names them; its workspace loses them, whichever of its documents refer to them too.
   * @throws BlobError `io`: it must be tried again.
   */
  async erase(documentId: string, hashes: readonly BlobHash[]): Promise<void> {
    const workspace = workspaceOf(documentId)
    // Blobs of such a workspace were never taken.
    if (!isWorkspaceName(workspace)) return
    try {
      for (const hash of new Set(hashes)) {
        if (this.#erased.has(keyOf(workspace, hash))) continue
        await this.#core.speak(() => this.#erase(workspace, hash))
        this.#erased.add(keyOf(workspace, hash))
      }
    } catch (error) {
      // A disk that has no room for a tombstone says nothing of the document: it will have some.
      throw error instanceof BlobError ? new BlobError("io", error.message, { cause: error }) : error
    }
  }

  /** The workspaces that have, or had, blobs. */
  async workspaces(): Promise<string[]> {
    const names = await this.#core.speak(() => namesIn(this.#core.files, this.#core.place.root))
    return names.flatMap((name) => this.#core.place.workspaceIn(name) ?? []).sort()
  }

  /** Removes what crashes left, and unfinished uploads that have waited too long. To be called after a start and now and then. */
  async sweep(): Promise<void> {
    for (const workspace of await this.workspaces()) {
      await this.#core.speak(async () => {
        const shelf = await this.#core.shelf(workspace)
        const oldest = this.#core.now() - this.limits.unfinishedMs
        for (const [path, part] of shelf.parts) {
          if (part.usedMs < oldest && !this.#core.uploads.has(path)) await shelf.dropPart(path)
        }
      })
    }
  }

  /** The blobs of a workspace that nobody stored, sent again or read since `sinceMs`. */
  unused(workspace: string, sinceMs: number): Promise<BlobHash[]> {
    return this.#core.speak(async () => {
      const unused: BlobHash[] = []
      const folder = this.#core.place.workspace(workspace)
      for (const shard of (await namesIn(this.#core.files, folder)).filter(isShard)) {
        const names = (await namesIn(this.#core.files, join(folder, shard))).filter((name) => parseBlobFileName(name)?.kind === "blob")
        const found = await Promise.all(names.map((name) => lookAt(this.#core.files, join(folder, shard, name))))
        unused.push(...names.filter((_, index) => (found[index]?.usedMs ?? sinceMs) < sinceMs))
      }
      return unused
    })
  }

  /** Up to `maxBytes` of a blob from `offset`, `undefined` when there is none. Does not count as a use. @throws BlobError `erased`, `io`. */
  peek(
    workspace: string,
    hash: BlobHash,
    { offset, maxBytes }: { readonly offset: number; readonly maxBytes: number },
  ): Promise<{ readonly total: number; readonly bytes: Uint8Array } | undefined> {
    const { files, place } = this.#core
    // In one step, so that nothing is read of a blob whose erasure has been reported.
    const step = async (): Promise<{ total: number; bytes: Uint8Array } | undefined> => {
      await this.#core.refuseErased(workspace, hash)
      const total = (await lookAt(files, place.blob(workspace, hash)))?.bytes
      if (total === undefined) return undefined
      const bytes = new Uint8Array(Math.min(maxBytes, Math.max(total - offset, 0)))
      if (bytes.length === 0) return { total, bytes }
      const handle = await files.open(place.blob(workspace, hash), "r")
      try {
        for (let done = 0; done < bytes.length;) {
          const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done)
          if (bytesRead === 0) throw new BlobError("io", "the file ended early", { cause: new Error("a blob is shorter than it was") })
          done += bytesRead
        }
        return { total, bytes }
      } finally {
        await handle.close()
      }
    }
    return this.#core.speak(() => this.#core.exclusively(workspace, hash, step))
  }

  /** The blobs of a workspace that came since `sinceMs`, whenever they were last used; a page for each folder that has some. @throws BlobError `io` */
  async *cameSince(workspace: string, sinceMs: number): AsyncGenerator<readonly BlobHash[], void, void> {
    const { files, place } = this.#core
    const folder = place.workspace(workspace)
    const list = (path: string): Promise<readonly string[]> => this.#core.speak(() => namesIn(files, path))
    for (const shard of (await list(folder)).filter(isShard)) {
      const names = (await list(join(folder, shard))).filter((name) => parseBlobFileName(name)?.kind === "blob")
      const cameAt = (name: string): Promise<number> => this.#core.speak(() => changedAt(files, join(folder, shard, name)))
      const came = sinceMs === -Infinity ? names.map(() => 0) : await Promise.all(names.map(cameAt))
      const page = names.filter((_, index) => came[index]! >= sinceMs)
      if (page.length > 0) yield page
    }
  }

  /** Has a blob that nobody used yet be looked for `graceMs` from now, if no document refers to it then, rather than after the whole grace. */
  shorten(workspace: string, hash: BlobHash, graceMs: number): Promise<void> {
    const { files, limits, now, place } = this.#core
    const used = (now() - Math.max(limits.blobGraceMs - graceMs, 0)) / 1000
    return this.#core.speak(() =>
      this.#core.exclusively(workspace, hash, async () => {
        const path = place.blob(workspace, hash)
        if (Number.isFinite(used) && (await lookAt(files, path)) !== undefined) await files.utimes(path, used, used)
      }),
    )
  }

  /** Removes a blob unless somebody used it since `sinceMs`. It may be stored again. @returns the bytes that it had, `undefined` when it stays. */
  removeUnused(workspace: string, hash: BlobHash, sinceMs: number): Promise<number | undefined> {
    return this.#core.speak(() =>
      this.#core.exclusively(workspace, hash, async () => {
        const found = await lookAt(this.#core.files, this.#core.place.blob(workspace, hash))
        if (found === undefined || found.usedMs >= sinceMs || this.#core.uploads.has(keyOf(workspace, hash))) return undefined
        return this.#remove(workspace, hash)
      }),
    )
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    const stopping = new BlobError("overloaded", "the relay is stopping")
    await Promise.all([this.#core.uploads.endAll(stopping), this.#core.downloads.endAll(stopping)])
  }

  #open(workspace: string, hash: BlobHash): Promise<FileHandle | undefined> {
    const { files, place } = this.#core
    return this.#core.exclusively(workspace, hash, async () => {
      await this.#core.refuseErased(workspace, hash)
      return (await this.#core.renew(workspace, hash)) ? files.open(place.blob(workspace, hash), "r") : undefined
    })
  }

  async #erase(workspace: string, hash: BlobHash): Promise<void> {
    const { files, place, uploads, downloads } = this.#core
    const shelf = await this.#core.shelf(workspace)
    await this.#bury(workspace, hash)
    const erased = new BlobError("erased", "this blob was erased for good")
    await Promise.all([uploads.end(keyOf(workspace, hash), erased), downloads.end(keyOf(workspace, hash), erased)])
    await this.#core.exclusively(workspace, hash, async () => {
      await this.#remove(workspace, hash)
      for (const [path, part] of shelf.parts) if (part.hash === hash) await shelf.dropPart(path)
      await syncFolder(files, place.shard(workspace, hash))
    })
  }

  /** Writes the tombstone. It is on the disk before a byte of the blob is removed, so that a crash between leaves no blob that can come back. */
  #bury(workspace: string, hash: BlobHash): Promise<void> {
    if (!isBlobHash(hash)) throw new RangeError(`${JSON.stringify(hash)} is no blob hash`)
    const { files, place } = this.#core
    return this.#core.exclusively(workspace, hash, async () => {
      const shard = place.shard(workspace, hash)
      await makeFolders(files, [place.root, place.workspace(workspace), shard])
      const handle = await files.open(place.tombstone(workspace, hash), "w", 0o600)
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
      await syncFolder(files, shard)
    })
  }

  /** @returns the bytes that were removed, 0 when there was no such blob. Part of an exclusive step. */
  async #remove(workspace: string, hash: BlobHash): Promise<number> {
    const path = this.#core.place.blob(workspace, hash)
    const found = await lookAt(this.#core.files, path)
    if (found === undefined) return 0
    const shelf = await this.#core.shelf(workspace)
    await removeFile(this.#core.files, path)
    shelf.give(found.bytes, 1)
    return found.bytes
  }
}
