import { join } from "node:path"
import type { BlobHash } from "@polylogue/protocol"
import { BlobError } from "./blob-error.ts"
import { type BlobFiles, lookAt, makeFolders, namesIn, removeFile } from "./blob-files.ts"
import type { BlobLimits } from "./blob-limits.ts"
import { type BlobFileName, type BlobPlace, isShard, parseBlobFileName } from "./blob-place.ts"

/** An unfinished upload that can be resumed. */
export interface Part {
  readonly hash: BlobHash
  bytes: number
  usedMs: number
}

/** What the blob store keeps in memory of one workspace: how much there is, and its unfinished uploads. Not its blobs. */
export class BlobShelf {
  readonly name: string
  /** Unfinished uploads by path. */
  readonly parts = new Map<string, Part>()
  readonly #files: BlobFiles
  readonly #place: BlobPlace
  readonly #limits: BlobLimits
  readonly #made = new Set<string>()
  #bytes = 0
  #blobs = 0

  private constructor(name: string, files: BlobFiles, place: BlobPlace, limits: BlobLimits) {
    this.name = name
    this.#files = files
    this.#place = place
    this.#limits = limits
  }

  /** Reads what is there of a workspace, and removes what a crash left: uploads that cannot be resumed, blobs with a tombstone. */
  static async load(name: string, files: BlobFiles, place: BlobPlace, limits: BlobLimits): Promise<BlobShelf> {
    const shelf = new BlobShelf(name, files, place, limits)
    const folder = place.workspace(name)
    for (const shard of await namesIn(files, folder)) if (isShard(shard)) await shelf.#loadShard(join(folder, shard))
    return shelf
  }

  /** The folder of all blobs. */
  get root(): string {
    return this.#place.root
  }

  /** Bytes of the blobs, of unfinished uploads, and of what is on its way in. */
  get bytes(): number {
    return this.#bytes
  }

  /** Blobs, unfinished uploads, and those on their way in. */
  get blobs(): number {
    return this.#blobs
  }

  /**
   * Takes up room, before it is filled.
   * @throws BlobError `quota`, with nothing taken.
   */
  take(bytes: number, blobs: number): void {
    if (this.#bytes + bytes > this.#limits.maxWorkspaceBytes) {
      throw new BlobError("quota", `the workspace ${this.name} may have ${this.#limits.maxWorkspaceBytes} bytes of blobs`)
    }
    if (blobs > 0 && this.#blobs + blobs > this.#limits.maxWorkspaceBlobs) {
      throw new BlobError("quota", `the workspace ${this.name} may have ${this.#limits.maxWorkspaceBlobs} blobs`)
    }
    this.#bytes += bytes
    this.#blobs += blobs
  }

  /** Gives room back. */
  give(bytes: number, blobs: number): void {
    this.#bytes -= bytes
    this.#blobs -= blobs
  }

  /** Makes the folder of a blob, so that it is there after a power cut. */
  async makeShard(hash: BlobHash): Promise<string> {
    const shard = this.#place.shard(this.name, hash)
    if (!this.#made.has(shard)) {
      await makeFolders(this.#files, [this.#place.root, this.#place.workspace(this.name), shard])
      this.#made.add(shard)
    }
    return shard
  }

  /** Removes an unfinished upload and gives its room back. */
  async dropPart(path: string): Promise<void> {
    const part = this.parts.get(path)
    await removeFile(this.#files, path)
    // Only now: as long as the file is there, it takes up room.
    if (part !== undefined && this.parts.delete(path)) this.give(part.bytes, 1)
  }

  async #loadShard(shard: string): Promise<void> {
    const names = await namesIn(this.#files, shard)
    const tombstones = new Set(names.filter((name) => name.endsWith(".erased")))
    await Promise.all(names.map((name) => this.#loadFile(join(shard, name), parseBlobFileName(name), tombstones)))
  }

  async #loadFile(path: string, name: BlobFileName | undefined, tombstones: ReadonlySet<string>): Promise<void> {
    if (name === undefined || name.kind === "erased") return
    if (name.kind === "new" || tombstones.has(`${name.hash}.erased`)) return removeFile(this.#files, path)
    const found = await lookAt(this.#files, path)
    if (found === undefined) return
    // What is there is counted even beyond the limits, which may have been lowered since.
    this.#bytes += found.bytes
    this.#blobs += 1
    if (name.kind === "part") this.parts.set(path, { hash: name.hash, ...found })
  }
}
