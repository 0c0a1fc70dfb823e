/** Bounds on blobs (I5). All are at least 1 and may be `Infinity`, which means no bound; intervals are milliseconds. */
export interface BlobLimits {
  /** Bytes of one blob; a larger one is refused with 413. Default 256 MiB. */
  readonly maxBlobBytes: number
  /** Bytes of all blobs of one workspace, unfinished uploads included; what goes beyond is refused with 507. Default 10 GiB. */
  readonly maxWorkspaceBytes: number
  /** Blobs of one workspace, unfinished uploads included; one more is refused with 507. Default 100 000. */
  readonly maxWorkspaceBlobs: number
  /** Bytes that an upload leaves free on the disk, so that blobs never take from entries the room to be written; else 507. Default 256 MiB. */
  readonly minFreeBytes: number
  /** Bodies on their way in at once; one more is refused with 503. Default 64. */
  readonly maxUploads: number
  /** Of those, bodies of one principal. Default 16. */
  readonly maxUploadsPerPrincipal: number
  /** Bodies on their way out at once; one more is refused with 503. Default 512. */
  readonly maxDownloads: number
  /** Of those, bodies for one principal. Default 64. */
  readonly maxDownloadsPerPrincipal: number
  /** Milliseconds without a byte of a body, in or out, after which it is ended. Default 30 000. */
  readonly blobIdleMs: number
  /** Uploads of one workspace that were begun and wait to be resumed; the one that has waited longest makes room for one more. Default 64. */
  readonly maxUnfinished: number
  /** Milliseconds that an unfinished upload waits to be resumed. Default 24 hours. */
  readonly unfinishedMs: number
  /** Milliseconds since a blob was last stored, sent again or read before it is removed when no document refers to it. Default 30 days. */
  readonly blobGraceMs: number
  /** Milliseconds between two searches for blobs that nothing refers to, the first ten minutes after a start; `Infinity` for the first only. Default 24 hours. */
  readonly collectBlobsMs: number
}

const MIB = 1024 * 1024
const HOUR_MS = 3_600_000

/** What holds unless the configuration says otherwise. */
export const DEFAULT_BLOB_LIMITS: BlobLimits = Object.freeze({
  maxBlobBytes: 256 * MIB,
  maxWorkspaceBytes: 10 * 1024 * MIB,
  maxWorkspaceBlobs: 100_000,
  minFreeBytes: 256 * MIB,
  maxUploads: 64,
  maxUploadsPerPrincipal: 16,
  maxDownloads: 512,
  maxDownloadsPerPrincipal: 64,
  blobIdleMs: 30_000,
  maxUnfinished: 64,
  unfinishedMs: 24 * HOUR_MS,
  blobGraceMs: 30 * 24 * HOUR_MS,
  collectBlobsMs: 24 * HOUR_MS,
})

/**
 * The limits given, and the defaults of the others.
 * @throws RangeError for a value that is no whole number of at least 1, nor `Infinity`.
 */
export function blobLimits(given: Partial<BlobLimits>): BlobLimits {
  const limits = { ...DEFAULT_BLOB_LIMITS, ...given }
  for (const [name, value] of Object.entries(limits)) {
    if (value !== Infinity && !(Number.isSafeInteger(value) && value >= 1))
      throw new RangeError(`${name} is a whole number of at least 1, or "Infinity", not ${JSON.stringify(value)}`)
  }
  return Object.freeze(limits)
}
