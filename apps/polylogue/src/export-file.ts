import { once } from "node:events"
import { createWriteStream, existsSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import type { Writable } from "node:stream"
import { CommandError, fileReasonOf } from "./command-error.ts"

/** An export of a mistyped folder would make that folder, and an empty backup. @throws CommandError `usage` */
export function checkData(data: string): void {
  if (!existsSync(join(data, "store")))
    throw new CommandError("usage", `There is no store in ${data}. Name the folder with --data, or a running relay with --relay.`)
}

/** Writes a piece, at the pace of the file. */
export async function put(file: Writable, piece: string | Uint8Array): Promise<void> {
  if (piece.length > 0 && !file.write(piece)) await once(file, "drain")
}

/** Writes beside the target and renames, so that an interrupted export leaves an older file as it was. */
export async function writeFile(out: string, write: (file: Writable) => Promise<void>): Promise<void> {
  if (out === "-") return write(process.stdout)
  const partial = `${out}.partial`
  try {
    const file = createWriteStream(partial, { mode: 0o600 })
    await once(file, "open")
    await write(file)
    file.end()
    await once(file, "finish")
    renameSync(partial, out)
  } catch (error) {
    rmSync(partial, { force: true })
    if (error instanceof CommandError) throw error
    throw new CommandError("failure", `${out} cannot be written: ${fileReasonOf(error)}.`, { cause: error })
  }
}
