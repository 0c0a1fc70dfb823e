import { LaterBlobs } from "../blobs/later-blobs.ts"
import { openWith } from "../open-with.ts"
import type { ReplicaOptions } from "../options.ts"
import type { Replica } from "../replica.ts"

/**
 * As `openReplica`, for a page that shows text first: what attachments need is a part of the program that is loaded when the first of them is
 * asked for, or the replica begins to look after them. Until then nothing is missing; where it cannot be loaded, `blobs` rejects with `unavailable`.
 * @throws as `openReplica`.
 */
export function openPageReplica(options: ReplicaOptions): Promise<Replica> {
  return openWith(options, (host, fetch) => {
    return new LaterBlobs(async () => {
      const { Blobs } = await import("../blobs/blobs.ts")
      return new Blobs(host, fetch)
    })
  })
}
