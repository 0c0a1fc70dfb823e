import type { BlobHash } from "@polylogue/protocol"

/** A piece of a blob. */
export interface BlobPiece {
  /** Bytes of the whole blob. */
  readonly total: number
  readonly bytes: Uint8Array
}

/**
 * How taking in a blob ended:
 * - `stored`: it is whole, verified and durable here, now or already.
 * - `cut`: the pieces ended early. What came is kept: it goes on there, from this source or another.
 * - `mismatch`: the bytes are not those of the hash; nothing is kept. Another source may have them.
 * - `refused`: it will not be taken: it was erased here, or is larger than a blob may be.
 * - `later`: there is no room at the moment, or the disk failed.
 */
export type BlobTaking = "stored" | "cut" | "mismatch" | "refused" | "later"

/** What holds the blobs of a relay, so that relays can give them to each other. Workspaces and hashes come from outside: any text. Nothing here counts as a use of a blob. */
export interface BlobHolder {
  /**
   * Up to `maxBytes` of a blob from `offset`, none beyond its end. `undefined` when it is not here; `never` when it is not to be had here: it was erased, or the
   * workspace can have none. Rejects when the disk fails.
   */
  read(workspace: string, hash: BlobHash, offset: number, maxBytes: number): Promise<BlobPiece | "never" | undefined>
  /** Whether it could be taken: it is neither here, nor erased, nor of a workspace that can have none. */
  lacks(workspace: string, hash: BlobHash): Promise<boolean>
  /**
   * Takes a blob in.
   * @param pieces - its bytes from an offset on; may throw, and is read as fast as the disk takes them.
   * @param kind - whether somebody asked for it, which counts as a use, or it is mirrored: then it stays only when a document turns out to refer to it.
   */
  take(
    blob: { readonly workspace: string; readonly hash: BlobHash; readonly total: number; readonly kind: "asked" | "mirrored" },
    pieces: (offset: number) => AsyncIterable<Uint8Array>,
  ): Promise<BlobTaking>
  /** What is here and came since `sinceMs` (of 1970; `-Infinity` for everything), in pages of one workspace and some hundreds of hashes. Rejects when the disk fails. */
  list(sinceMs: number): AsyncIterable<{ readonly workspace: string; readonly hashes: readonly BlobHash[] }>
}

/** Names one blob of one workspace. */
export function blobKey(workspace: string, hash: BlobHash): string {
  return `${workspace}/${hash}`
}

/** Has no blobs, and takes none. */
export const NO_BLOBS: BlobHolder = Object.freeze({
  read: () => Promise.resolve("never" as const),
  lacks: () => Promise.resolve(false),
  take: () => Promise.resolve("refused" as const),
  async *list() {},
})
