/**
 * Why a blob was not taken or given:
 * - `erased`: it was erased in this workspace for good.
 * - `mismatch`: the bytes are not those that the name promises; nothing of them is kept.
 * - `too-large`: more than one blob may have.
 * - `quota`: the workspace has all the bytes or blobs that it may have.
 * - `disk-full`: the disk has no room; nothing of the upload is kept.
 * - `wrong-offset`: the upload stands elsewhere, at `offset`.
 * - `cut`: the body ended before it was whole, or fell silent.
 * - `superseded`: a newer attempt at the same upload took over.
 * - `overloaded`: as many bodies as may be are on their way; later there will be room.
 * - `io`: the disk failed; nothing of the upload is kept.
 */
export type BlobErrorCode =
  | "erased"
  | "mismatch"
  | "too-large"
  | "quota"
  | "disk-full"
  | "wrong-offset"
  | "cut"
  | "superseded"
  | "overloaded"
  | "io"

/** An expected failure of the blob store. */
export class BlobError extends Error {
  override readonly name = "BlobError"
  readonly code: BlobErrorCode
  /** With `wrong-offset`: the bytes of the upload that are there. */
  readonly offset: number | undefined
  constructor(code: BlobErrorCode, message: string, { cause, offset }: { cause?: unknown; offset?: number } = {}) {
    super(message, { cause })
    this.code = code
    this.offset = offset
  }
}

/** What the disk said, as the failure of the blob store that it means. What is neither a BlobError nor from the disk is a mistake and is thrown on. */
export function blobErrorOf(error: unknown): BlobError {
  if (error instanceof BlobError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") return new BlobError("disk-full", "the disk is full", { cause: error })
  if (typeof code !== "string" || code.startsWith("ERR_")) throw error
  return new BlobError("io", "the disk failed", { cause: error })
}
