import { once } from "node:events"
import type { ServerResponse } from "node:http"
import type { LevelEntryLog } from "@polylogue/storage/level"
import { writeBackup } from "./backup-format.ts"
import { backupParts } from "./backup-parts.ts"
import { answerText, type Endpoint } from "./endpoint.ts"
import type { Journal } from "./journal.ts"

/** Bounds of a backup that is taken over HTTP. */
export interface BackupLimits {
  /** Milliseconds without a byte of a backup taken; then it is cut: while the store is read, what is erased stays in its files. */
  readonly backupStallMs: number
}

/** What the endpoint reads, and whom it tells. */
export interface BackupEndpointOptions {
  readonly data: string
  readonly log: LevelEntryLog
  readonly journal: Journal
  readonly stallMs: number
}

/**
 * `GET /backup`: everything, at the pace of who takes it, for the operator. One at a time; another is answered with 503. An answer that was cut lacks its
 * checksum, and so is no backup.
 */
export function backupEndpoint({ data, log, journal, stallMs }: BackupEndpointOptions): Endpoint {
  let underWay = false
  return {
    access: "operator",
    methods: ["GET"],
    matches: (path) => path === "/backup",
    async answer({ response }) {
      if (underWay) return answerText(response, 503, "Another backup is under way.", { "Retry-After": "60" })
      underWay = true
      try {
        response.setTimeout(stallMs, () => response.destroy())
        const bytes = await send(response, writeBackup(backupParts(data, log)))
        if (bytes === undefined) journal("backup-cut", {}, "warning")
        else journal("backup-taken", { bytes })
      } finally {
        underWay = false
      }
    },
  }
}

/** Sends all, waiting whenever the socket is full. @returns the bytes sent, `undefined` when the connection ended before. */
async function send(response: ServerResponse, chunks: AsyncIterable<Uint8Array>): Promise<number | undefined> {
  // However it ends: what went wrong shows in the response.
  const closed = once(response, "close").catch(() => undefined)
  let bytes = 0
  for await (const chunk of chunks) {
    if (bytes === 0) response.writeHead(200, { "Content-Type": "application/octet-stream", "Cache-Control": "no-store" })
    if (response.destroyed) return undefined
    bytes += chunk.length
    // A connection that ends while it is full never drains.
    if (!response.write(chunk)) await Promise.race([once(response, "drain"), closed])
  }
  if (response.destroyed) return undefined
  response.end()
  await closed
  return response.writableFinished ? bytes : undefined
}
