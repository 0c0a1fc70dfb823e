import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"

const FOLDER = new URL("../../../shared/data/collab/", import.meta.url)

/** Whether the recorded data stand beside the repository, which does not contain them. */
export function hasSharedData(name: string): boolean {
  return existsSync(new URL(name, FOLDER))
}

/** The unpacked bytes of one of the recorded files. */
export function readSharedData(name: string): Uint8Array {
  return gunzipSync(readFileSync(new URL(name, FOLDER)))
}
