import { type MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { IdRanges } from "../src/yjs/id-ranges.ts"

/** The erasure of `length` ids of `client` from `clock` on. */
export function erasureOf(client: number, clock: number, length: number): Uint8Array {
  const ranges = new IdRanges()
  ranges.add(client, clock, length)
  return Uint8Array.from([0, ...ranges.encode()])
}

/** Everything that rests in memory, as one text. */
export async function restingIn(disk: MemoryDisk): Promise<string> {
  const log = new MemoryEntryLog({ disk })
  await log.open()
  const chunks: Uint8Array[] = []
  for (const documentId of await log.documents()) {
    const { base } = await log.head(documentId)
    const page = await log.read(documentId, base, { maxItems: Infinity, maxBytes: Infinity })
    if (page.kind === "items") for (const item of page.items) chunks.push(item.kind === "entry" ? item.entry.update : item.snapshot.update)
    const snapshot = await log.snapshot(documentId)
    if (snapshot !== undefined) chunks.push(snapshot.update, snapshot.stateVector)
  }
  for (const key of await log.recordKeys("")) chunks.push((await log.record(key))!)
  return Buffer.concat(chunks).toString("latin1")
}
