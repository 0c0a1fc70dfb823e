import { createHash } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import { type BlobHash, mintId, type RandomBytes } from "@polylogue/protocol"
import { BlobAdmission } from "./blob-admission.ts"
import { type BlobCore, keyOf } from "./blob-core.ts"
import { BlobError, blobErrorOf } from "./blob-error.ts"
import { removeFile, syncFolder } from "./blob-files.ts"
import type { BlobShelf, Part } from "./blob-shelf.ts"
import type { Transfer } from "./blob-transfer.ts"
import { hashFile, type Writing, writeBody } from "./blob-writing.ts"

/** A body that somebody sends as the blob of this name. */
export interface Upload {
  readonly workspace: string
  readonly hash: BlobHash
  /** Whose it is. Unfinished uploads are each principal's own. */
  readonly principal: string
  readonly body: AsyncIterable<Uint8Array>
}

/** An upload in one go. */
export interface WholeUpload extends Upload {
  /** What the sender says of its length, if anything. */
  readonly declaredBytes?: number | undefined
}

/** A piece of an upload that can be resumed. */
export interface PartialUpload extends Upload {
  /** Where the piece begins. */
  readonly offset: number
  /** Bytes of the whole blob. */
  readonly totalBytes: number
}

/** Takes blobs in. A blob appears under its name only when its bytes are whole, verified and on the disk. */
export class BlobUploads {
  readonly #core: BlobCore
  readonly #randomBytes: RandomBytes
  readonly #admission: BlobAdmission

  constructor(core: BlobCore, randomBytes: RandomBytes) {
    this.#core = core
    this.#randomBytes = randomBytes
    this.#admission = new BlobAdmission("uploads", core.limits.maxUploads, core.limits.maxUploadsPerPrincipal)
  }

  /** @see BlobStore.put */
  put(upload: WholeUpload): Promise<"stored" | "present"> {
    const { workspace, hash, declaredBytes = 0 } = upload
    return this.#receive(upload, declaredBytes, [], async (shelf, transfer) => {
      const path = this.#core.place.fresh(workspace, hash, mintId(this.#randomBytes))
      let bytes = 0
      let kept = false
      shelf.take(0, 1)
      try {
        await shelf.makeShard(hash)
        const sha = createHash("sha256")
        await this.#writing(
          path,
          "wx",
          { shelf, transfer, offset: 0, maxBytes: this.#core.limits.maxBlobBytes },
          async (writing, handle) => {
            await writeBody(upload.body, {
              ...writing,
              failure: this.#tooLarge(),
              wrote(end, chunk) {
                bytes = end
                sha.update(chunk)
              },
            })
            if (sha.digest("hex") !== hash) throw mismatch()
            await handle.sync()
          },
        )
        const outcome = await this.#core.publish(shelf, hash, path)
        kept = outcome === "stored"
        return outcome
      } finally {
        if (!kept) {
          await removeFile(this.#core.files, path)
          shelf.give(bytes, 1)
        }
      }
    })
  }

  /** @see BlobStore.append */
  append(upload: PartialUpload): Promise<"stored" | "present" | number> {
    const { workspace, hash, principal, offset, totalBytes } = upload
    const path = this.#core.place.part(workspace, hash, principal)
    return this.#receive(upload, totalBytes - offset, [path], async (shelf, transfer) => {
      // The sender is back: what it sent before it was cut off, and may still trickle in, is void.
      await this.#core.uploads.end(path, new BlobError("superseded", "a newer attempt took over"), transfer)
      const have = shelf.parts.get(path)?.bytes ?? 0
      if (offset !== have) throw new BlobError("wrong-offset", `the upload stands at ${have}`, { offset: have })
      const part = shelf.parts.get(path) ?? (await this.#begin(shelf, hash, path))
      try {
        await this.#continue(shelf, transfer, upload, path, part)
        if (part.bytes < totalBytes) return part.bytes
        if ((await hashFile(this.#core.files, path)).hash !== hash) throw mismatch()
        const outcome = await this.#core.publish(shelf, hash, path)
        // Its room is the blob's from now on.
        if (outcome === "stored") shelf.parts.delete(path)
        else await shelf.dropPart(path)
        return outcome
      } catch (error) {
        if (!isResumable(error)) await shelf.dropPart(path)
        throw error
      }
    })
  }

  /** Bytes of the unfinished upload of `principal`, 0 when there is none. */
  async offset(workspace: string, hash: BlobHash, principal: string): Promise<number> {
    const shelf = await this.#core.shelf(workspace)
    return shelf.parts.get(this.#core.place.part(workspace, hash, principal))?.bytes ?? 0
  }

  /** Admits a body, and answers what is known already without reading it. */
  #receive<T>(
    { workspace, hash, principal }: Upload,
    announcedBytes: number,
    keys: readonly string[],
    act: (shelf: BlobShelf, transfer: Transfer) => Promise<T>,
  ): Promise<T | "present"> {
    const { limits, uploads } = this.#core
    return this.#core.speak(() =>
      this.#admission.run(principal, () =>
        uploads.run([keyOf(workspace, hash), ...keys], limits.blobIdleMs, async (transfer) => {
          const outcome = (await this.#renewed(workspace, hash))
            ? "present"
            : await act(await this.#roomFor(workspace, announcedBytes), transfer)
          // What the same sender had begun is of no use any more.
          if (outcome === "present" || outcome === "stored") await this.#forget(workspace, hash, principal, transfer)
          return outcome
        }),
      ),
    )
  }

  /** Whether the blob is there, which begins its grace anew. @throws BlobError `erased` */
  async #renewed(workspace: string, hash: BlobHash): Promise<boolean> {
    const core = this.#core
    await core.refuseErased(workspace, hash)
    const present = await core.exclusively(workspace, hash, () => core.renew(workspace, hash))
    if (present) await syncFolder(core.files, core.place.shard(workspace, hash))
    return present
  }

  /** The shelf, if a body of this size finds room there: one that cannot is refused before it is read. */
  async #roomFor(workspace: string, bytes: number): Promise<BlobShelf> {
    if (bytes > this.#core.limits.maxBlobBytes) throw this.#tooLarge()
    const shelf = await this.#core.shelf(workspace)
    shelf.take(bytes, 0)
    shelf.give(bytes, 0)
    return shelf
  }

  async #forget(workspace: string, hash: BlobHash, principal: string, transfer: Transfer): Promise<void> {
    const shelf = await this.#core.shelf(workspace)
    const path = this.#core.place.part(workspace, hash, principal)
    if (!shelf.parts.has(path)) return
    await this.#core.uploads.end(path, new BlobError("superseded", "the blob came another way"), transfer)
    await shelf.dropPart(path)
  }

  /** Makes the file of an upload; when as many as may be wait already, the one that has waited longest goes. */
  async #begin(shelf: BlobShelf, hash: BlobHash, path: string): Promise<Part> {
    shelf.take(0, 1)
    const part = { hash, bytes: 0, usedMs: this.#core.now() }
    shelf.parts.set(path, part)
    const waiting = [...shelf.parts].filter(([other]) => !this.#core.uploads.has(other))
    waiting.sort(([, a], [, b]) => a.usedMs - b.usedMs)
    const surplus = shelf.parts.size - this.#core.limits.maxUnfinished
    for (const [other] of waiting.slice(0, Math.max(surplus, 0))) await shelf.dropPart(other)
    return part
  }

  /** Writes a piece, and has it on the disk, whichever way the body ends. */
  async #continue(
    shelf: BlobShelf,
    transfer: Transfer,
    { body, hash, totalBytes }: PartialUpload,
    path: string,
    part: Part,
  ): Promise<void> {
    await shelf.makeShard(hash)
    const offset = part.bytes
    const now = this.#core.now
    await this.#writing(path, offset === 0 ? "w" : "r+", { shelf, transfer, offset, maxBytes: totalBytes }, async (writing, handle) => {
      try {
        await writeBody(body, {
          ...writing,
          failure: mismatch(),
          wrote(end) {
            part.bytes = end
            part.usedMs = now()
          },
        })
      } finally {
        await handle.sync()
      }
    })
  }

  /** Opens the file of a body for `act`, and closes it. */
  async #writing(
    path: string,
    flags: "wx" | "w" | "r+",
    known: Pick<Writing, "shelf" | "transfer" | "offset" | "maxBytes">,
    act: (writing: Omit<Writing, "failure" | "wrote">, handle: FileHandle) => Promise<void>,
  ): Promise<void> {
    const { files, limits } = this.#core
    const handle = await files.open(path, flags, 0o600)
    try {
      await act({ ...known, files, handle, minFreeBytes: limits.minFreeBytes }, handle)
    } finally {
      await handle.close()
    }
  }

  #tooLarge(): BlobError {
    return new BlobError("too-large", `a blob may have ${this.#core.limits.maxBlobBytes} bytes`)
  }
}

/** Whether what was sent before this failure is worth keeping. */
function isResumable(error: unknown): boolean {
  const { code } = blobErrorOf(error)
  return code === "cut" || code === "superseded" || code === "quota"
}

function mismatch(): BlobError {
  return new BlobError("mismatch", "the bytes are not those of this blob")
}
