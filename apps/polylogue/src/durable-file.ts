import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import process from "node:process"

/** Has the disk know the names in a folder: after a power cut, files in a folder that nobody names are gone with it. */
export function syncFolder(folder: string): void {
  // Windows cannot open folders; it writes their entries through.
  if (process.platform === "win32") return
  const handle = openSync(folder, "r")
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Writes a small file that only this user may read, whole or not at all, also when the power is cut. Replaces one that is there. */
export function writeDurably(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const handle = openSync(temporary, "w", 0o600)
    try {
      writeSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncFolder(dirname(path))
}
