import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"

const DATA = new URL("../../../../shared/data/", import.meta.url)

/** Whether the shared data, which is no part of the project, is here. Tests over it say in their title when they skip. */
export const hasSharedData = existsSync(DATA)

export function readShared(path: string): Uint8Array {
  const bytes = readFileSync(new URL(path, DATA))
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes
}
