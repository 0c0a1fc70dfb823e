import { existsSync } from "node:fs"
import { examineRegisters, liftQuarantine, type Quarantine, readQuarantines, removeRegister } from "@polylogue/relay"
import { type Examination, examineLevel, repairLevel } from "@polylogue/storage/level"
import { type BlobCheck, verifyBlobs } from "./blob-check.ts"
import { CommandError } from "./command-error.ts"
import { DamagedFolder } from "./damaged-folder.ts"
import type { Call } from "./flags.ts"
import { bytesText, Progress } from "./progress.ts"
import { actOnStore, openStore, storeFolder } from "./store.ts"
import { systemClock } from "./system.ts"
import { updateChecker } from "./update-checker.ts"

/**
 * `polylogue doctor`: reads everything in a data folder and says what is wrong. Changes nothing, unless `--repair` says so: then what is damaged is put aside
 * and the rest goes on, each step named. `--lift` takes a document out of quarantine, and does nothing else.
 * Exit code 0 when all is well, or all is well again; 1 when something is not.
 * @throws CommandError `usage` when there is no such folder, `failure` when it is in use or cannot be opened.
 */
export async function doctor(call: Call): Promise<number> {
  const data = call.flag("data")!
  if (!existsSync(storeFolder(data))) throw new CommandError("usage", `There is no store in ${data}. Name the folder with --data.`)
  const lifted = call.flag("lift")
  if (lifted !== undefined) return await lift(data, lifted)
  const damaged = call.on("repair") ? new DamagedFolder(data, systemClock.now()) : undefined
  const store = await examineStore(data, damaged)
  const well = [store, await registersAreWell(data, damaged), await examineQuarantines(data), await examineBlobs(data, damaged)]
  return well.every(Boolean) ? 0 : 1
}

async function lift(data: string, documentId: string): Promise<number> {
  const log = await openStore(data, { create: false })
  try {
    if (!(await liftQuarantine(log, documentId)))
      throw new CommandError("usage", `${documentId} is not in quarantine. Nothing was changed.`)
    console.log(`${documentId}: out of quarantine; a relay that finds it broken once more closes it once more`)
    return 0
  } finally {
    await log.close()
  }
}

/** @returns whether all is well, or well again. */
async function examineStore(data: string, damaged: DamagedFolder | undefined): Promise<boolean> {
  const repair = async (): Promise<void> => {
    console.log(`store: cannot be opened; a copy of it as it was is in ${await damaged!.keepStore()}`)
    await repairLevel(storeFolder(data))
    console.log("store: LevelDB has repaired it with what can be read")
  }
  const { documents, bytes, sick, left } = await actOnStore(data, (folder) => readStore(folder, damaged), damaged && repair)
  const verdict = sick === 0 ? "all well" : left > 0 ? `${sick} with problems; nothing was changed` : `${sick} with problems, repaired`
  console.log(`${documents} documents, ${bytes} bytes: ${verdict}`)
  return left === 0
}

interface Count {
  documents: number
  bytes: number
  /** What has problems, and what has them still. */
  sick: number
  left: number
}

async function readStore(folder: string, damaged: DamagedFolder | undefined): Promise<Count> {
  const progress = new Progress("reading the store")
  const aside = damaged && {
    aside: (documentId: string | undefined, chunks: AsyncIterable<Uint8Array>) => damaged.keep(documentId, chunks),
  }
  const count = { documents: 0, bytes: 0, sick: 0, left: 0 }
  for await (const examination of examineLevel(folder, { checker: updateChecker, ...aside })) {
    if (examination.documentId !== undefined) count.documents++
    count.bytes += examination.bytes
    tell(examination)
    if (examination.problems.length > 0) count.sick++
    if (examination.problems.length > 0 && examination.mended === undefined) count.left++
    progress.tell(() => `${count.documents} documents, ${bytesText(count.bytes)}`)
  }
  return count
}

function tell({ documentId = "store", problems, mended }: Examination): void {
  for (const problem of problems) console.log(`${documentId}: ${problem}`)
  if (mended !== undefined) console.log(`${documentId}: repaired: ${mended}`)
}

/** Reads every register. A damaged one that is put aside is absent then, and not guarded: whoever may set it sets it anew. @returns whether all is well, or well again. */
async function registersAreWell(data: string, aside: DamagedFolder | undefined): Promise<boolean> {
  const progress = new Progress("reading registers")
  let [registers, damaged] = [0, 0]
  const log = await openStore(data, { create: false })
  try {
    for await (const { key, damaged: record } of examineRegisters(log)) {
      registers++
      progress.tell(() => `${registers} registers`)
      if (record === undefined) continue
      damaged++
      console.log(`${key}: its record does not decode`)
      if (aside === undefined) continue
      const place = await aside.keepRegister(key, record)
      await removeRegister(log, key)
      console.log(`${key}: repaired: it is absent now, and not guarded; set it anew. As it was, it is in ${place}`)
    }
  } finally {
    await log.close()
  }
  if (registers > 0)
    console.log(
      `${registers} registers: ${damaged === 0 ? "all well" : `${damaged} with problems${aside ? ", repaired" : "; nothing was changed"}`}`,
    )
  return damaged === 0 || aside !== undefined
}

/** Names every document in quarantine. Of a store that is damaged still nothing can be said. */
async function examineQuarantines(data: string): Promise<boolean> {
  let quarantines: readonly Quarantine[]
  const log = await openStore(data, { create: false })
  try {
    quarantines = await readQuarantines(log)
  } finally {
    await log.close()
  }
  for (const { documentId, scope, code, at } of quarantines) {
    const what = scope === "document" ? "in quarantine, closed to everybody" : "in quarantine, not compacted any more"
    console.log(`${documentId}: ${what} since ${new Date(at).toISOString()}: ${code}; --lift ${documentId} opens it again`)
  }
  return quarantines.length === 0
}

/** Compares every blob with its name. @returns whether all is well, or well again. */
async function examineBlobs(data: string, aside: DamagedFolder | undefined): Promise<boolean> {
  const progress = new Progress("reading blobs")
  const check = await verifyBlobs(data, { progress: ({ blobs, bytes }) => progress.tell(() => `${blobs} blobs, ${bytesText(bytes)}`) })
  const { blobs, bytes, damaged } = check
  for (const { path, problem } of damaged) console.log(`${path}: ${problem}`)
  const left = aside === undefined ? damaged.length : moveAside(aside, damaged)
  const problems = damaged.length === 0 ? "all well" : `${damaged.length} with problems`
  const verdict =
    left < damaged.length ? "moved aside; devices that have them send them again" : "--repair moves those aside that are no blobs"
  console.log(`${blobs} blobs, ${bytes} bytes: ${damaged.length === 0 ? problems : `${problems}; ${verdict}`}`)
  return left === 0
}

/** @returns how many cannot be moved: those that the blob store did not make. */
function moveAside(aside: DamagedFolder, damaged: BlobCheck["damaged"]): number {
  let left = 0
  for (const { path, stray } of damaged) {
    if (stray) left++
    else console.log(`${path}: repaired: moved to ${aside.move(path)}`)
  }
  return left
}
