import type { BlobHash, DocumentId } from "@polylogue/protocol"
import { Later } from "../later.ts"
import type { ShelvedBlob } from "./blob-shelf.ts"
import type { BlobStatus } from "./blobs.ts"
import type { BlobsPart } from "./blobs-part.ts"

/**
 * Blobs whose code comes after the page: no message needs it to be read. Asked for something, it waits for the code; told something, it passes
 * that on when the code is there. Where the code cannot be loaded, whoever asks is told `unavailable`, and the next one who asks tries again.
 */
export class LaterBlobs implements BlobsPart {
  readonly #later: Later<BlobsPart>
  readonly #listeners = new Set<() => void>()

  constructor(load: () => Promise<BlobsPart>) {
    this.#later = new Later(async () => {
      const part = await load()
      part.subscribe(() => {
        for (const listener of this.#listeners) listener()
      })
      return part
    })
  }

  async put(workspace: string, bytes: Uint8Array): Promise<BlobHash> {
    return (await this.#later.part()).put(workspace, bytes)
  }

  async get(workspace: string, hash: BlobHash): Promise<Uint8Array> {
    return (await this.#later.part()).get(workspace, hash)
  }

  async status(workspace: string, hash: BlobHash): Promise<BlobStatus | undefined> {
    return (await this.#later.part()).status(workspace, hash)
  }

  async uploads(): Promise<readonly ShelvedBlob[]> {
    return (await this.#later.part()).uploads()
  }

  async shelved(): Promise<readonly ShelvedBlob[]> {
    return (await this.#later.part()).shelved()
  }

  async clear(): Promise<number> {
    return (await this.#later.part()).clear()
  }

  async retry(workspace: string, hash: BlobHash): Promise<void> {
    await (await this.#later.part()).retry(workspace, hash)
  }

  subscribe(listener: () => void): () => void {
    // A function of its own for each subscription: one listener may subscribe twice.
    const own = (): void => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  heard(): void {
    this.#later.tell((part) => part.heard())
  }

  resume(): void {
    this.#later.tell((part) => part.resume())
  }

  async begin(): Promise<void> {
    await this.#later.part().then(
      (part) => part.begin(),
      () => {},
    )
  }

  async forget(documentId: DocumentId, hashes: readonly BlobHash[]): Promise<void> {
    if (hashes.length > 0) await (await this.#later.part()).forget(documentId, hashes)
  }

  stop(): void {
    void this.#later.stop()
  }
}
