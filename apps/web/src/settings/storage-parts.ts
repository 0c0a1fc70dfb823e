import type { ShelvedBlob } from "@polylogue/replica"
import type { StorageState } from "../device/storage-estimate.ts"

/** What takes space on this device. */
export interface StoragePart {
  readonly name: string
  readonly bytes: number
}

/** What the attachments on this device are. */
export interface AttachmentSum {
  readonly bytes: number
  readonly count: number
  /** Of them those that a relay has, which may be cleared here. */
  readonly clearableBytes: number
  readonly clearableCount: number
}

/** Sums up the blobs on this device. */
export function attachmentSum(blobs: readonly ShelvedBlob[]): AttachmentSum {
  const clearable = blobs.filter(({ state }) => state === "stored")
  const bytesOf = (some: readonly ShelvedBlob[]): number => some.reduce((sum, { size }) => sum + size, 0)
  return { bytes: bytesOf(blobs), count: blobs.length, clearableBytes: bytesOf(clearable), clearableCount: clearable.length }
}

/**
 * The space that is used, by kind. The browser tells the sum and, if at all, how much of it the app is; attachments are known; the rest is
 * conversations and what makes them quick to find. Nothing while the browser tells nothing.
 */
export function storageParts(storage: StorageState, attachments: AttachmentSum): readonly StoragePart[] {
  const { usedBytes, appBytes } = storage
  if (usedBytes === undefined) return []
  const app = Math.min(appBytes ?? 0, usedBytes)
  // The browser's sum is an estimate and may lag behind what was just put there.
  const files = Math.min(attachments.bytes, usedBytes - app)
  const parts = [
    { name: "Conversations and search", bytes: usedBytes - app - files },
    { name: "Attachments", bytes: files },
    { name: "The app", bytes: app },
  ]
  return parts.filter(({ bytes }) => bytes > 0)
}
