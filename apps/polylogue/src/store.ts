import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { StorageError } from "@polylogue/storage"
import { LEVEL_FORMAT, LevelEntryLog } from "@polylogue/storage/level"
import { CommandError, fileReasonOf, reasonOf } from "./command-error.ts"
import { syncFolder, writeDurably } from "./durable-file.ts"

/**
 * Opens the store in a data folder. The folder is made when `create` says so; one that was copied in part, that may not be written or that a
 * newer version wrote is refused before anything in it is touched, for opening a LevelDB database writes files.
 * @throws CommandError `failure`, with what to do, when another process has it open, it was written by a newer version, or cannot be read.
 */
export async function openStore(data: string, { create }: { readonly create: boolean }): Promise<LevelEntryLog> {
  const folder = storeFolder(data)
  const format = check(data)
  if (!isWhole(folder)) throw notWhole(data)
  try {
    if (create && !existsSync(folder)) makeDurably(folder)
  } catch (error) {
    throw new CommandError("failure", `The folder ${data} cannot be made: ${fileReasonOf(error)}.`, { cause: error })
  }
  const store = new LevelEntryLog({ location: folder })
  try {
    await store.open()
    if (create && format !== LEVEL_FORMAT) noteFormat(data)
  } catch (error) {
    await store.close()
    throw new CommandError("failure", adviceFor(data, error), { cause: error })
  }
  return store
}

/** Says which format the store is in, beside it: the store itself cannot be asked without being written to. */
function formatFile(data: string): string {
  return join(data, "format")
}

/** Notes beside the store the format that this version has brought it to. */
export function noteFormat(data: string): void {
  writeDurably(formatFile(data), `${LEVEL_FORMAT}\n`)
}

/** Stands in a folder as long as a restore into it is not finished. */
export function restoringFile(data: string): string {
  return join(data, "restoring")
}

/** The folder of the entry log in a data folder. */
export function storeFolder(data: string): string {
  return join(data, "store")
}

/**
 * Looks at a data folder without touching it. @returns the format that it names, `undefined` for none.
 * @throws CommandError `failure` when it is not to be opened, whoever asks: it is of a newer version, may not be written, or was not restored to the end.
 */
function check(data: string): number | undefined {
  const folder = storeFolder(data)
  if (existsSync(restoringFile(data))) {
    throw new CommandError("failure", `A restore into ${data} did not end. Remove the folder and restore again; nothing was changed.`)
  }
  let format: number | undefined
  try {
    if (existsSync(folder)) accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    format = existsSync(formatFile(data)) ? Number(readFileSync(formatFile(data), "utf8")) : undefined
  } catch (error) {
    throw new CommandError("failure", `The store in ${data} cannot be used: ${fileReasonOf(error)}. Nothing was changed.`, { cause: error })
  }
  // What is no number says nothing: then the store is asked.
  if (format !== undefined && format > LEVEL_FORMAT) throw new CommandError("failure", newer(data))
  return format
}

/**
 * Opens what LevelDB may be unable to open.
 * @param act - reads the folder given, or writes to it.
 * @param repair - makes a folder that can be opened of one that cannot, when the error says that it may help.
 * @throws CommandError `failure`.
 */
export async function actOnStore<T>(data: string, act: (folder: string) => Promise<T>, repair?: () => Promise<void>): Promise<T> {
  check(data)
  const folder = storeFolder(data)
  const whole = isWhole(folder)
  if (!whole && repair === undefined) throw notWhole(data)
  try {
    if (!whole) await repair?.()
    try {
      return await act(folder)
    } catch (error) {
      if (repair === undefined || !(error instanceof StorageError) || !REPAIRABLE.has(error.code)) throw error
      await repair()
      return await act(folder)
    }
  } catch (error) {
    throw new CommandError("failure", adviceFor(data, error), { cause: error })
  }
}

/** What LevelDB says of a folder whose files are damaged, or missing. */
const REPAIRABLE: ReadonlySet<string> = new Set(["corrupt", "unavailable", "io"])

/** Makes the folder, and has the disk know its name: after a power cut, files in a folder that nobody names are gone with it. */
function makeDurably(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const parent of [dirname(folder), dirname(dirname(folder))]) syncFolder(parent)
}

/** LevelDB would take a folder without its CURRENT file for a new database, and what is in it would be gone without a word. */
function isWhole(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0 || existsSync(join(folder, "CURRENT"))
}

function adviceFor(data: string, error: unknown): string {
  switch (error instanceof StorageError ? error.code : undefined) {
    case "locked":
      return `${data} is in use by another process. Stop that relay first; import, export, prompt, source, erase and backup can also talk to it, with --relay.`
    case "newer":
      return newer(data)
    default:
      return `The store in ${data} cannot be opened: ${reasonOf(error)}. Keep a copy of it; see polylogue doctor --repair, or go on with a backup, or with an empty folder: devices hand over what they have.`
  }
}

function notWhole(data: string): CommandError {
  return new CommandError(
    "failure",
    `The store in ${data} lacks its CURRENT file: it was copied in part, or damaged. Restore it from a backup, or see polylogue doctor --repair; nothing was changed.`,
  )
}

function newer(data: string): string {
  return `${data} was written by a newer version of polylogue. Use that version; nothing was changed.`
}
