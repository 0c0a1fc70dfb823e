/** The download reads from the address after the click has returned. */
const KEPT_MS = 60_000

/** Gives the browser a file to save under `name`. */
export function downloadFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
}

/** Gives the browser a file that somebody attached. It is never shown as a page, whatever it is: as bytes it has no type that a browser would open. */
export function downloadBytes(bytes: Uint8Array, name: string): void {
  const file = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" })
  downloadFile(file, name.replaceAll(/[\\/:*?"<>|]+/g, "-"))
}
