import { readFileSync } from "node:fs"
import process from "node:process"
import type { KeyPlace } from "@polylogue/responder/models"

/** The key that stands at `place` now. @throws Error that does not say what stands there. */
export function readKey(place: KeyPlace): string {
  if ("file" in place) return readFileSync(place.file, "utf8")
  const key = process.env[place.env]
  if (key === undefined) throw new Error(`${place.env} is not set`)
  return key
}
