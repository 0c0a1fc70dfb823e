import { MAX_DRAFT_PARTS } from "@polylogue/conversation"
import { DEFAULT_REPLICA_LIMITS } from "@polylogue/replica"

/** Largest file that is taken, in bytes. */
export const MAX_FILE_BYTES = DEFAULT_REPLICA_LIMITS.maxBlobBytes

/** Why a file was not attached, and what to do. */
export function attachProblem(error: unknown): string {
  switch ((error as { code?: unknown } | null)?.code) {
    case "too-large":
      return `Too large: a file has at most ${MAX_FILE_BYTES / 1024 / 1024} MB.`
    case "storage":
      return "This device has no room for it. Free some space, then try again."
    case "too-many":
      return `A message holds at most ${MAX_DRAFT_PARTS} quotes and files. Send these first.`
    default:
      return "The browser cannot read it. A folder cannot be attached; anything else can be tried again."
  }
}

/** Recognised by `attachProblem`. */
export function attachError(code: "too-large" | "too-many"): Error {
  return Object.assign(new Error(code), { code })
}
