import { existsSync } from "node:fs"
import { join } from "node:path"
import { coversStamp, equalVectors, unionVectors, advanceVector, continuesVector, type VersionVector } from "@polylogue/protocol"
import type { EntryLog, LogItem, StoredSnapshot } from "@polylogue/storage"
import * as Y from "yjs"
import { verifyBlobs } from "./blob-check.ts"
import { CommandError, reasonOf } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { openStore } from "./store.ts"

/** What `doctor` found of one document. */
interface Examination {
  readonly documentId: string
  readonly items: number
  readonly bytes: number
  /** What is wrong, one sentence each; empty when all is well. */
  readonly problems: readonly string[]
}

/**
 * `polylogue doctor`: reads everything in a data folder and says what is wrong. Changes nothing.
 * Exit code 0 when all is well, 1 when something is not.
 * @throws CommandError `usage` when there is no such folder, `failure` when it is in use or cannot be opened.
 */
export async function doctor(call: Call): Promise<number> {
  const data = call.flag("data")!
  if (!existsSync(join(data, "store"))) throw new CommandError("usage", `There is no store in ${data}. Name the folder with --data.`)
  const store = await openStore(data, { create: false })
  try {
    let sick = 0
    let bytes = 0
    const documents = await store.documents()
    for (const documentId of documents) {
      const examination = await examine(store, documentId)
      bytes += examination.bytes
      if (examination.problems.length === 0) continue
      sick++
      for (const problem of examination.problems) console.log(`${documentId}: ${problem}`)
    }
    console.log(
      `${documents.length} documents, ${bytes} bytes of updates: ${sick === 0 ? "all well" : `${sick} with problems; nothing was changed`}`,
    )
    const damaged = await examineBlobs(data)
    return sick === 0 && damaged === 0 ? 0 : 1
  } finally {
    await store.close()
  }
}

/** Compares every blob with its name. @returns how many are not what they should be. */
async function examineBlobs(data: string): Promise<number> {
  const { blobs, bytes, damaged } = await verifyBlobs(data)
  for (const { path, problem } of damaged) console.log(`${path}: ${problem}`)
  const verdict =
    damaged.length === 0 ? "all well" : `${damaged.length} with problems; devices that have them send them again once they are moved away`
  console.log(`${blobs} blobs, ${bytes} bytes: ${verdict}`)
  return damaged.length
}

/** Reads one document whole: positions and stamps without gaps, vectors that add up, updates that a reader can apply and walk. */
async function examine(store: EntryLog, documentId: string): Promise<Examination> {
  const problems: string[] = []
  let items: readonly LogItem[] = []
  let bytes = 0
  try {
    const snapshot = await store.snapshot(documentId)
    const head = await store.head(documentId)
    items = await readAll(store, documentId, head.base)
    bytes = items.reduce((sum, item) => sum + updateOf(item).length, snapshot?.update.length ?? 0)
    problems.push(...checkLog(items, head.base, head.head, head.baseVector, head.vector))
    problems.push(...checkContent(snapshot, items))
  } catch (error) {
    problems.push(`cannot be read: ${reasonOf(error)}`)
  }
  return { documentId, items: items.length, bytes, problems }
}

async function readAll(store: EntryLog, documentId: string, base: number): Promise<LogItem[]> {
  const items: LogItem[] = []
  for (let position = base; ;) {
    const page = await store.read(documentId, position)
    if (page.kind === "compacted") throw new Error(`items after position ${position} are gone although the base is ${base}`)
    const last = page.items.at(-1)
    if (last === undefined) return items
    items.push(...page.items)
    position = last.position
  }
}

function updateOf(item: LogItem): Uint8Array {
  return item.kind === "entry" ? item.entry.update : item.snapshot.update
}

function checkLog(items: readonly LogItem[], base: number, head: number, baseVector: VersionVector, vector: VersionVector): string[] {
  const problems: string[] = []
  let known = baseVector
  let position = base
  for (const item of items) {
    if (item.position !== position + 1) problems.push(`position ${position + 1} is missing, the next is ${item.position}`)
    position = item.position
    if (item.kind === "snapshot") {
      known = unionVectors(known, item.snapshot.vector)
    } else if (coversStamp(known, item.entry.stamp)) {
      problems.push(`the entry at position ${position} stands twice`)
    } else {
      const { stamp } = item.entry
      if (!continuesVector(known, stamp)) problems.push(`the entry at position ${position} leaves a gap before ${stamp.log}:${stamp.seq}`)
      known = advanceVector(known, stamp)
    }
  }
  if (position !== head) problems.push(`the log ends at ${position}, its head says ${head}`)
  if (!equalVectors(known, vector)) problems.push("the version vector of the head is not that of the log")
  return problems
}

function checkContent(snapshot: StoredSnapshot | undefined, items: readonly LogItem[]): string[] {
  const ydoc = new Y.Doc()
  const problems: string[] = []
  const apply = (update: Uint8Array, what: string): void => {
    try {
      Y.applyUpdate(ydoc, update)
    } catch (error) {
      problems.push(`${what} cannot be applied: ${reasonOf(error)}`)
    }
  }
  if (snapshot !== undefined) apply(snapshot.update, `the snapshot through ${snapshot.through}`)
  for (const item of items) apply(updateOf(item), `the update at position ${item.position}`)
  if (ydoc.store.pendingStructs !== null || ydoc.store.pendingDs !== null) problems.push("an update builds on something that is not there")
  ydoc.destroy()
  return problems
}
