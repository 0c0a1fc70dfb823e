import { createHash } from "node:crypto"
import { join } from "node:path"
import { type BlobHash, isBlobHash } from "@polylogue/protocol"

/*
 * A blob is one file:
 *
 *   <data>/blobs/<workspace>/<first two digits>/<sha256>            the bytes, whole and verified
 *                                               <sha256>.erased     they were erased here for good; empty
 *                                               <sha256>.<id>.part  an upload that can be resumed; the id tells whose
 *                                               <sha256>.<id>.new   an upload under way in one go; rubbish after a crash
 *
 * What stands in a path comes from three sources only: 64 hex digits, a workspace name of a few harmless characters, and ids made here.
 */

/** A file of a workspace, as its name tells. */
export interface BlobFileName {
  readonly hash: BlobHash
  readonly kind: "blob" | "erased" | "part" | "new"
}

const NAME = /^([0-9a-f]{64})(?:\.(erased|[0-9a-f]{16}\.(part|new)))?$/
const SHARD = /^[0-9a-f]{2}$/
const WORKSPACE = /^[A-Za-z0-9._~-]{1,64}$/

/** Whether blobs can be kept for a workspace of this name: 1 to 64 letters, digits, `.`, `_`, `~` or `-`, not dots alone. */
export function isWorkspaceName(value: string): boolean {
  return WORKSPACE.test(value) && !/^\.+$/.test(value)
}

/** The workspace of a document: the first segment of its id. */
export function workspaceOf(documentId: string): string {
  return documentId.split("/", 1)[0]!
}

/** What a file in a shard is, or `undefined` for one that the blob store did not make. */
export function parseBlobFileName(name: string): BlobFileName | undefined {
  const match = NAME.exec(name)
  if (match === null) return undefined
  return { hash: match[1]!, kind: (match[3] ?? match[2] ?? "blob") as BlobFileName["kind"] }
}

/** Whether a folder in a workspace's folder holds blobs. */
export function isShard(name: string): boolean {
  return SHARD.test(name)
}

/** Where the blobs of one data folder are. Every method throws a RangeError for a name that is none, so no path leaves the folder. */
export class BlobPlace {
  readonly root: string

  constructor(data: string) {
    this.root = join(data, "blobs")
  }

  /** Capital letters and dots are written as `%` and hex digits: a disk that takes `Home` for `home`, or `a.` for `a`, would mix two workspaces. */
  workspace(name: string): string {
    if (!isWorkspaceName(name)) throw new RangeError(`${JSON.stringify(name)} is no workspace name`)
    return join(
      this.root,
      name.replaceAll(/[A-Z.]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    )
  }

  /** The workspace whose folder has this name, or `undefined`. */
  workspaceIn(folderName: string): string | undefined {
    if (!/^(?:%[0-9a-f]{2}|[a-z0-9_~-])+$/.test(folderName)) return undefined
    const name = decodeURIComponent(folderName)
    return isWorkspaceName(name) ? name : undefined
  }

  shard(workspace: string, hash: BlobHash): string {
    if (!isBlobHash(hash)) throw new RangeError(`${JSON.stringify(hash)} is no blob hash`)
    return join(this.workspace(workspace), hash.slice(0, 2))
  }

  blob(workspace: string, hash: BlobHash): string {
    return join(this.shard(workspace, hash), hash)
  }

  tombstone(workspace: string, hash: BlobHash): string {
    return join(this.shard(workspace, hash), `${hash}.erased`)
  }

  /** The upload of `principal`: nobody continues, breaks or learns of another's. */
  part(workspace: string, hash: BlobHash, principal: string): string {
    const id = createHash("sha256").update(principal).digest("hex").slice(0, 16)
    return join(this.shard(workspace, hash), `${hash}.${id}.part`)
  }

  /** @param id - 16 random hex digits. */
  fresh(workspace: string, hash: BlobHash, id: string): string {
    return join(this.shard(workspace, hash), `${hash}.${id}.new`)
  }
}
