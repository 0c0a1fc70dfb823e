import { type FileHandle, open } from "node:fs/promises"
import { join } from "node:path"
import type { LevelEntryLog } from "@polylogue/storage/level"
import type { BackupPart } from "./backup-format.ts"
import { blobFilesOf } from "./blob-walk.ts"

const NOTHING: AsyncIterable<Uint8Array> = Object.freeze({
  async *[Symbol.asyncIterator]() {
    // An empty part.
  },
})

/** Bytes read from a file at once. */
const READ_BYTES = 256 * 1024

/** The list of tokens that count no more, in a data folder and in a backup. */
export const REVOKED = "revoked"
/** The part that is the entry log. */
export const STORE = "store"

/**
 * What a data folder holds, for a backup: the store of one instant while commits go on; then, as they are when their turn comes, revocations and
 * blobs, which never change. One that is erased meanwhile is left out. Keys of tokens are no part: they are kept apart.
 */
export async function* backupParts(data: string, log: LevelEntryLog): AsyncGenerator<BackupPart, void, void> {
  yield { name: STORE, bytes: log.dump() }
  yield* filePart(REVOKED, join(data, REVOKED))
  for await (const { path, workspace, file } of blobFilesOf(data)) {
    if (file === undefined) continue
    const name = `blobs/${workspace}/${file.hash}`
    if (file.kind === "erased") yield { name: `${name}.erased`, bytes: NOTHING }
    else if (file.kind === "blob") yield* filePart(name, path)
  }
}

/** A file as a part; none when there is no such file, as when it was erased since it was listed. */
async function* filePart(name: string, path: string): AsyncGenerator<BackupPart, void, void> {
  const handle = await open(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  })
  if (handle === undefined) return
  try {
    yield { name, bytes: chunksOf(handle) }
  } finally {
    await handle.close()
  }
}

async function* chunksOf(handle: FileHandle): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(READ_BYTES), 0, READ_BYTES)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}
