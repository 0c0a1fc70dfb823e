import type { BlobHash, DocumentId } from "@polylogue/protocol"
import { ReplicaError } from "../errors.ts"
import type { ShelvedBlob } from "./blob-shelf.ts"
import type { BlobStatus } from "./blobs.ts"
import type { BlobsPart } from "./blobs-part.ts"

/**
 * Blobs whose code comes after the page: no message needs it to be read. Asked for something, it waits for the code; told something, it passes
 * that on when the code is there. Where the code cannot be loaded, whoever asks is told `unavailable`, and the next one who asks tries again.
 */
export class LaterBlobs implements BlobsPart {
  readonly #load: () => Promise<BlobsPart>
  readonly #listeners = new Set<() => void>()
  #loading: Promise<BlobsPart> | undefined
  #stopped = false

  constructor(load: () => Promise<BlobsPart>) {
    this.#load = load
  }

  async put(workspace: string, bytes: Uint8Array): Promise<BlobHash> {
    return (await this.#part()).put(workspace, bytes)
  }

  async get(workspace: string, hash: BlobHash): Promise<Uint8Array> {
    return (await this.#part()).get(workspace, hash)
  }

  async status(workspace: string, hash: BlobHash): Promise<BlobStatus | undefined> {
    return (await this.#part()).status(workspace, hash)
  }

  async uploads(): Promise<readonly ShelvedBlob[]> {
    return (await this.#part()).uploads()
  }

  async shelved(): Promise<readonly ShelvedBlob[]> {
    return (await this.#part()).shelved()
  }

  async clear(): Promise<number> {
    return (await this.#part()).clear()
  }

  async retry(workspace: string, hash: BlobHash): Promise<void> {
    await (await this.#part()).retry(workspace, hash)
  }

  subscribe(listener: () => void): () => void {
    // A function of its own for each subscription: one listener may subscribe twice.
    const own = (): void => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  heard(): void {
    this.#tell((part) => part.heard())
  }

  resume(): void {
    this.#tell((part) => part.resume())
  }

  async begin(): Promise<void> {
    await this.#part().then(
      (part) => part.begin(),
      () => {},
    )
  }

  async forget(documentId: DocumentId, hashes: readonly BlobHash[]): Promise<void> {
    if (hashes.length > 0) await (await this.#part()).forget(documentId, hashes)
  }

  stop(): void {
    this.#stopped = true
    void this.#loading?.then(
      (part) => part.stop(),
      () => {},
    )
  }

  #tell(action: (part: BlobsPart) => void): void {
    this.#part().then(action, () => {})
  }

  async #part(): Promise<BlobsPart> {
    if (this.#stopped && this.#loading === undefined) throw new ReplicaError("closed", "the replica is closed")
    this.#loading ??= this.#begin()
    try {
      return await this.#loading
    } catch (cause) {
      this.#loading = undefined
      throw new ReplicaError("unavailable", "what attachments need cannot be loaded at the moment", { cause })
    }
  }

  async #begin(): Promise<BlobsPart> {
    const part = await this.#load()
    part.subscribe(() => {
      for (const listener of this.#listeners) listener()
    })
    if (this.#stopped) part.stop()
    return part
  }
}
