import { createHash } from "node:crypto"
import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { type FileHandle, open, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { LevelEntryLog, restoreLevel } from "@polylogue/storage/level"
import { type BackupPart, backupReasonOf, BackupError, readBackup } from "./backup-format.ts"
import { REVOKED, STORE } from "./backup-parts.ts"
import { MACHINE_FILES, makeFolders, syncFolder as syncBlobFolder } from "./blob-files.ts"
import { BlobPlace, isWorkspaceName, parseBlobFileName } from "./blob-place.ts"
import { CommandError, fileReasonOf } from "./command-error.ts"
import { syncFolder, writeDurably } from "./durable-file.ts"
import type { Call } from "./flags.ts"
import { bytesText, Progress } from "./progress.ts"
import { noteFormat, restoringFile } from "./store.ts"

/**
 * `polylogue restore`: makes a data folder of a backup. Until all of it is there, compared with its checksum and on the disk, no relay starts on the folder;
 * when it fails nothing is left, when the process ends before, the folder says so and is to be removed.
 * @throws CommandError `usage` for a folder that is not empty, `failure` for a file that is no whole backup, and for a disk that does not take it.
 */
export async function restore(call: Call): Promise<number> {
  const [file, second] = call.files
  if (file === undefined || second !== undefined) throw new CommandError("usage", "Name one backup: polylogue restore <file> --data <dir>.")
  const data = call.flag("data")!
  const handle = await open(file).catch((error: unknown) => {
    throw new CommandError("usage", `${file} cannot be read: ${fileReasonOf(error)}.`, { cause: error })
  })
  const made = claim(data)
  try {
    const restoring = new Restoring(data)
    const restored = await restoring.read(handle)
    finish(data)
    for (const name of restoring.damaged) console.error(`polylogue: ${name} was damaged when the backup was made, and is left out`)
    console.log(`${restored.documents} documents and ${restored.blobs} blobs restored to ${data}`)
    return 0
  } catch (error) {
    // Last of all goes what keeps a relay from starting on it.
    for (const name of readdirSync(data)) if (join(data, name) !== restoringFile(data)) rmSync(join(data, name), { recursive: true })
    rmSync(restoringFile(data), { force: true })
    if (made !== undefined) rmSync(made, { recursive: true })
    const why = error instanceof BackupError ? backupReasonOf(error) : fileReasonOf(error)
    throw new CommandError("failure", `${file} cannot be restored: ${why}. Nothing was left in ${data}.`, { cause: error })
  } finally {
    await handle.close()
  }
}

/** Takes an empty folder and marks it. @returns the first folder that had to be made. */
function claim(data: string): string | undefined {
  try {
    if (existsSync(restoringFile(data)))
      throw new CommandError("usage", `An earlier restore into ${data} did not end. Remove the folder first; nothing was changed.`)
    if (existsSync(data) && readdirSync(data).length > 0)
      throw new CommandError("usage", `${data} is not empty: a backup is restored to a folder of its own. Nothing was changed.`)
    const made = mkdirSync(data, { recursive: true, mode: 0o700 })
    if (made !== undefined) syncFolder(dirname(made))
    writeDurably(restoringFile(data), "This folder is being made of a backup. If nothing does that any more, remove it.\n")
    return made
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError("failure", `The folder ${data} cannot be made: ${fileReasonOf(error)}.`, { cause: error })
  }
}

function finish(data: string): void {
  noteFormat(data)
  rmSync(restoringFile(data))
  syncFolder(data)
}

/** One folder that is being made. */
class Restoring {
  readonly #data: string
  readonly #place: BlobPlace
  readonly #folders = new Set<string>()
  /** Names of the blobs whose bytes are not what their names promise. */
  readonly damaged: string[] = []
  readonly #progress = new Progress("restore")
  #bytes = 0
  #blobs = 0

  constructor(data: string) {
    this.#data = data
    this.#place = new BlobPlace(data)
  }

  /** Reads the backup to its end, and opens the store to see that it is one. */
  async read(file: FileHandle): Promise<{ readonly documents: number; readonly blobs: number }> {
    let first = true
    for await (const part of readBackup(createReadStream("", { fd: file, autoClose: false, highWaterMark: 1024 * 1024 }))) {
      if (first !== (part.name === STORE)) throw new BackupError("the store is not its first part")
      first = false
      await this.#take(part)
    }
    if (first) throw new BackupError("it holds no store")
    for (const folder of this.#folders) await syncBlobFolder(MACHINE_FILES, folder)
    const log = new LevelEntryLog({ location: join(this.#data, "store") })
    try {
      await log.open()
      return { documents: (await log.documents()).length, blobs: this.#blobs }
    } finally {
      await log.close()
    }
  }

  async #take({ name, bytes }: BackupPart): Promise<void> {
    const told = this.#told(bytes)
    if (name === STORE) return await restoreLevel(join(this.#data, "store"), told)
    if (name === REVOKED) return void (await writeFile(join(this.#data, REVOKED), told))
    const [root, workspace, fileName, more] = name.split("/")
    const file = parseBlobFileName(fileName ?? "")
    if (root !== "blobs" || more !== undefined || !isWorkspaceName(workspace!) || (file?.kind !== "blob" && file?.kind !== "erased"))
      throw new BackupError(`it holds ${JSON.stringify(name.slice(0, 200))}, which this version does not know`)
    const shard = this.#place.shard(workspace!, file.hash)
    if (!this.#folders.has(shard)) await makeFolders(MACHINE_FILES, [this.#place.root, this.#place.workspace(workspace!), shard])
    this.#folders.add(shard)
    const path = join(shard, fileName!)
    const hash = await writeFile(path, told)
    if (file.kind === "erased") return
    if (hash === file.hash) this.#blobs++
    else {
      // It was damaged when the backup was made. One that is missing is sent again by devices that have it; one that is wrong never would be.
      await rm(path)
      this.damaged.push(name)
    }
  }

  async *#told(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of chunks) {
      this.#bytes += chunk.length
      this.#progress.tell(() => `${bytesText(this.#bytes)} read`)
      yield chunk
    }
  }
}

/** Writes a new file and has the disk know its bytes. @returns their SHA-256. */
async function writeFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const sha = createHash("sha256")
  const file = await open(path, "wx", 0o600)
  try {
    for await (const chunk of chunks) {
      await file.writeFile(chunk)
      sha.update(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return sha.digest("hex")
}
