import * as promises from "node:fs/promises"
import { dirname } from "node:path"
import process from "node:process"

/** What the blob store asks of the file system. Tests pass one that fails. */
export type BlobFiles = Pick<typeof promises, "mkdir" | "open" | "readdir" | "rename" | "stat" | "statfs" | "unlink" | "utimes">

/** The machine's file system. */
export const MACHINE_FILES: BlobFiles = promises

/** Has the disk know the names in `folder`: what was renamed, made or removed in it stays so after a power cut. */
export async function syncFolder(files: BlobFiles, folder: string): Promise<void> {
  // Windows cannot open folders; it writes their entries through.
  if (process.platform === "win32") return
  const handle = await files.open(folder, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes `folders`, each within the one before it, and has the disk know their names. */
export async function makeFolders(files: BlobFiles, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    await files.mkdir(folder, { mode: 0o700 }).catch(unless("EEXIST"))
    await syncFolder(files, dirname(folder))
  }
}

/** Removes a file that may be gone already. */
export async function removeFile(files: BlobFiles, path: string): Promise<void> {
  await files.unlink(path).catch(unless("ENOENT"))
}

/** Bytes and time of the last use of a file, or `undefined` when there is none. */
export async function lookAt(files: BlobFiles, path: string): Promise<{ bytes: number; usedMs: number } | undefined> {
  try {
    const { size, mtimeMs } = await files.stat(path)
    return { bytes: size, usedMs: mtimeMs }
  } catch (error) {
    return unless("ENOENT")(error)
  }
}

/** When a file came to its name or was last changed, in any way; `-Infinity` when there is none. */
export async function changedAt(files: BlobFiles, path: string): Promise<number> {
  try {
    const { ctimeMs, mtimeMs } = await files.stat(path)
    return Math.max(ctimeMs, mtimeMs)
  } catch (error) {
    return unless("ENOENT")(error) ?? -Infinity
  }
}

/** Names in a folder; none when there is no such folder, or something else of that name. */
export async function namesIn(files: BlobFiles, folder: string): Promise<readonly string[]> {
  return (await files.readdir(folder).catch(unless("ENOENT", "ENOTDIR"))) ?? []
}

/** Passes over some failures, throws every other. */
function unless(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? "")) throw error
    return undefined
  }
}
