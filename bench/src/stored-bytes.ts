import { join } from "node:path"
import { LevelEntryLog } from "@polylogue/storage/level"
import { ClassicLevel } from "classic-level"
import * as Y from "yjs"
import type { ServerName } from "./workload.ts"

/** Bytes of all keys and values in the store of a server that has ended. */
export async function storedBytes(server: ServerName, data: string): Promise<number> {
  const store = new ClassicLevel<Uint8Array, Uint8Array>(server === "polylogue" ? join(data, "store") : data, {
    keyEncoding: "view",
    valueEncoding: "view",
  })
  let bytes = 0
  for await (const [key, value] of store.iterator()) bytes += key.length + value.length
  await store.close()
  return bytes
}

/** What a compaction of a relay that has ended makes of the document, whether or not one was due. */
export async function snapshotBytes(data: string, documentId: string): Promise<number> {
  const log = new LevelEntryLog({ location: join(data, "store") })
  await log.open()
  const ydoc = new Y.Doc()
  const snapshot = await log.snapshot(documentId)
  if (snapshot !== undefined) Y.applyUpdate(ydoc, snapshot.update)
  const { base } = await log.head(documentId)
  const page = await log.read(documentId, base, { maxItems: Infinity, maxBytes: Infinity })
  if (page.kind === "items")
    for (const item of page.items) Y.applyUpdate(ydoc, item.kind === "entry" ? item.entry.update : item.snapshot.update)
  await log.close()
  return Y.encodeStateAsUpdate(ydoc).length
}
