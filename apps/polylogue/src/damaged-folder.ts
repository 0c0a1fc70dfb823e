import { createHash } from "node:crypto"
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync } from "node:fs"
import { open } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { syncFolder } from "./durable-file.ts"

/*
 * What a repair takes out of a data folder:
 *
 *   <data>/damaged/<time>/<document>.dump   all keys and values of a document as they were: a dump, as packages/storage describes it
 *                         store.dump        the same of what belongs to no document
 *                         store/            the folder of the store, before LevelDB repaired it
 *                         registers/<register>.record   the record of a register that does not decode
 *                         blobs/<workspace>/<sha256>  files that are not what their name says
 *
 * Of the name of a document only letters, digits, `-` and `_` are kept, and 16 digits of its SHA-256 make it one that no other has.
 */

/** Where the repairs of one call put what they take out. Made when the first of it comes. */
export class DamagedFolder {
  readonly #root: string
  readonly #data: string

  /** @param now - milliseconds since 1970. */
  constructor(data: string, now: number) {
    this.#data = data
    this.#root = join(data, "damaged", new Date(now).toISOString().replaceAll(/[:.]/g, "-"))
  }

  /** Writes a dump. Resolves with its path once it is on the disk. */
  async keep(documentId: string | undefined, chunks: AsyncIterable<Uint8Array>): Promise<string> {
    return await writeFile(join(this.#made(this.#root), `${nameOf(documentId)}.dump`), chunks)
  }

  /** Writes the record of a register. Resolves with its path once it is on the disk. */
  async keepRegister(key: string, record: Uint8Array): Promise<string> {
    return await writeFile(join(this.#made(join(this.#root, "registers")), `${nameOf(key)}.record`), [record])
  }

  /** Copies the folder of the store as it is. @returns the path of the copy. */
  async keepStore(): Promise<string> {
    const copy = join(this.#made(this.#root), "store")
    if (existsSync(copy)) return copy
    cpSync(join(this.#data, "store"), copy, { recursive: true, preserveTimestamps: true })
    for (const entry of readdirSync(copy, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue
      const file = await open(join(entry.parentPath, entry.name), "r+")
      await file.sync()
      await file.close()
    }
    syncFolder(copy)
    return copy
  }

  /** Moves a blob. @returns its new path. */
  move(path: string): string {
    const target = join(this.#made(join(this.#root, "blobs", basename(dirname(dirname(path))))), basename(path))
    renameSync(path, target)
    syncFolder(dirname(target))
    syncFolder(dirname(path))
    return target
  }

  /** The folder, whose name the disk knows. */
  #made(folder: string): string {
    if (existsSync(folder)) return folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (let parent = dirname(folder); parent !== dirname(this.#data); parent = dirname(parent)) syncFolder(parent)
    return folder
  }
}

async function writeFile(path: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const file = await open(path, "w", 0o600)
  try {
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.sync()
  } finally {
    await file.close()
  }
  syncFolder(dirname(path))
  return path
}

function nameOf(documentId: string | undefined): string {
  if (documentId === undefined) return "store"
  const digits = createHash("sha256").update(documentId).digest("hex").slice(0, 16)
  return `${documentId.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, 100)}-${digits}`
}
