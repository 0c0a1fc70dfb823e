import { join } from "node:path"
import { MACHINE_FILES, namesIn } from "./blob-files.ts"
import { type BlobFileName, BlobPlace, isShard, parseBlobFileName } from "./blob-place.ts"

/** A file below the folder of blobs. */
export type BlobFile =
  | { readonly path: string; readonly workspace: string; readonly file: BlobFileName }
  /** One that the blob store did not make. */
  | { readonly path: string; readonly workspace?: never; readonly file?: never }

/** Every file below the folder of blobs of a data folder, names of one shard at a time. Files may come and go meanwhile. */
export async function* blobFilesOf(data: string): AsyncGenerator<BlobFile, void, void> {
  const place = new BlobPlace(data)
  for (const folder of await namesIn(MACHINE_FILES, place.root)) {
    const workspace = place.workspaceIn(folder)
    if (workspace === undefined) {
      yield { path: join(place.root, folder) }
      continue
    }
    for (const shard of await namesIn(MACHINE_FILES, place.workspace(workspace))) {
      const path = join(place.workspace(workspace), shard)
      if (isShard(shard)) yield* shardFiles(path, workspace)
      else yield { path }
    }
  }
}

async function* shardFiles(shard: string, workspace: string): AsyncGenerator<BlobFile, void, void> {
  for (const name of await namesIn(MACHINE_FILES, shard)) {
    const file = parseBlobFileName(name)
    const path = join(shard, name)
    if (file === undefined || !shard.endsWith(file.hash.slice(0, 2))) yield { path }
    else yield { path, workspace, file }
  }
}
