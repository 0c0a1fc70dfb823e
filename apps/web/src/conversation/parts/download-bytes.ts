const REVOKE_AFTER_MS = 60_000

/** Gives the browser a file to keep. It is never shown as a page, whatever it is: as bytes it has no type that a browser would open. */
export function downloadBytes(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" }))
  const link = document.createElement("a")
  link.href = url
  link.download = name.replaceAll(/[\\/:*?"<>|]+/g, "-")
  link.click()
  // The download reads from the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS)
}
