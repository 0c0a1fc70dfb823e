import { type BlobHash, isBlobHash } from "@polylogue/protocol"
import type { BlobHolder, BlobPiece, BlobTaking } from "@polylogue/relay"
import { BlobError, type BlobErrorCode } from "./blob-error.ts"
import { isWorkspaceName } from "./blob-place.ts"
import type { BlobStore } from "./blob-store.ts"

/** Whose uploads are those that come over links: nobody's name, so nobody continues or breaks them. */
const LINKS = "links/"
/**
 * Milliseconds that a mirrored blob which nobody uses and no document refers to stays: time for the document to come. Not the whole grace: two relays would
 * keep what nobody needs alive for each other, start by start.
 */
const MIRRORED_GRACE_MS = 24 * 3_600_000

const TAKING: Readonly<Record<BlobErrorCode, BlobTaking>> = Object.freeze({
  erased: "refused",
  "too-large": "refused",
  mismatch: "mismatch",
  cut: "cut",
  superseded: "cut",
  "wrong-offset": "cut",
  quota: "later",
  "disk-full": "later",
  overloaded: "later",
  io: "later",
})

/** The blobs of a store, as relays give them to each other. */
export function holderOf(store: BlobStore): BlobHolder {
  return {
    read: (workspace, hash, offset, maxBytes) => read(store, workspace, hash, { offset, maxBytes }),
    lacks: async (workspace, hash) => isPlace(workspace, hash) && (await isLacking(store, workspace, hash)),
    take: (blob, pieces) => take(store, blob, pieces),
    async *list(sinceMs) {
      for (const workspace of await store.workspaces())
        for await (const hashes of store.cameSince(workspace, sinceMs)) yield { workspace, hashes }
    },
  }
}

function isPlace(workspace: string, hash: string): boolean {
  return isWorkspaceName(workspace) && isBlobHash(hash)
}

async function read(
  store: BlobStore,
  workspace: string,
  hash: BlobHash,
  piece: { readonly offset: number; readonly maxBytes: number },
): Promise<BlobPiece | "never" | undefined> {
  if (!isPlace(workspace, hash)) return "never"
  try {
    return await store.peek(workspace, hash, piece)
  } catch (error) {
    if (error instanceof BlobError && error.code === "erased") return "never"
    throw error
  }
}

async function isLacking(store: BlobStore, workspace: string, hash: BlobHash): Promise<boolean> {
  try {
    return (await store.find(workspace, hash)) === undefined
  } catch (error) {
    if (error instanceof BlobError && error.code === "erased") return false
    throw error
  }
}

async function take(
  store: BlobStore,
  blob: Parameters<BlobHolder["take"]>[0],
  pieces: (offset: number) => AsyncIterable<Uint8Array>,
): Promise<BlobTaking> {
  const { workspace, hash, total, kind } = blob
  if (!isPlace(workspace, hash)) return "refused"
  try {
    const offset = await store.offset(workspace, hash, LINKS)
    const append = (from: number): ReturnType<BlobStore["append"]> =>
      store.append({ workspace, hash, principal: LINKS, offset: from, totalBytes: total, body: pieces(from) })
    const outcome = await append(offset).catch((error: unknown) => {
      // What another source had begun was wrong, perhaps: it is gone now.
      if (offset > 0 && error instanceof BlobError && error.code === "mismatch") return append(0)
      throw error
    })
    if (typeof outcome === "number") return "cut"
    if (outcome === "stored" && kind === "mirrored") await store.shorten(workspace, hash, MIRRORED_GRACE_MS)
    return "stored"
  } catch (error) {
    if (error instanceof BlobError) return TAKING[error.code]
    throw error
  }
}
