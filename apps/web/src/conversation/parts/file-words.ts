import type { BlobProblem } from "@polylogue/react"
import type { BlobRefusal } from "@polylogue/replica"

const UNITS = ["KB", "MB", "GB", "TB"] as const

/** A size as people say it: "812 bytes", "3.4 MB". */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`
  let value = bytes
  let unit: string = ""
  for (const name of UNITS) {
    if (value < 1000) break
    value /= 1000
    unit = name
  }
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`
}

/** What a type of file is called; the ending of its name where there is no word for it. */
export function fileKind(mediaType: string, name: string): string {
  const [family = "", subtype = ""] = mediaType.split("/")
  if (mediaType === "application/pdf") return "PDF"
  if (mediaType === "application/zip") return "Archive"
  if (family === "image") return subtype === "svg+xml" ? "Drawing" : "Picture"
  if (family === "audio") return "Sound"
  if (family === "video") return "Video"
  if (family === "text" && subtype === "plain") return "Text"
  const ending = /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]
  return ending === undefined ? "File" : ending.toUpperCase()
}

/** Why a relay did not take a file, and what to do. */
export const REFUSAL_WORDS: Readonly<Record<BlobRefusal, string>> = {
  "too-large": "The relay takes no file of this size. It stays on this device only.",
  quota: "The relay has no room for it. It stays on this device only; try again when there is room.",
  erased: "It was erased for good at the relay, which does not take it again.",
  forbidden: "The relay does not let you store files. It stays on this device only.",
  mismatch: "It is damaged on this device. Attach it again.",
}

/** Why the bytes of a file are not here. */
export const MISSING_WORDS: Readonly<Record<BlobProblem, string>> = {
  unavailable: "Not on this device yet. It comes when a relay is there.",
  "not-found": "No relay has it yet. It comes when the device that attached it sends it.",
  erased: "Erased for good.",
  forbidden: "You may not read files here.",
  failed: "It cannot be read from this device.",
}
