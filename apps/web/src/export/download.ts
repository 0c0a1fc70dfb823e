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
