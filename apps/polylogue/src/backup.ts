import { createReadStream, existsSync } from "node:fs"
import { open, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { backupReasonOf, readBackup, writeBackup } from "./backup-format.ts"
import { backupParts } from "./backup-parts.ts"
import { CommandError, fileReasonOf, reasonOf } from "./command-error.ts"
import { syncFolder } from "./durable-file.ts"
import type { Call } from "./flags.ts"
import { bytesText, Progress } from "./progress.ts"
import { openStore } from "./store.ts"

/**
 * `polylogue backup`: writes all that a relay has to one file, which appears whole, read back and on the disk, or not at all; an older one of its name is
 * replaced then. Of a running relay the state is that of one instant, and the relay goes on meanwhile.
 * @throws CommandError `usage` without `--out` and for a folder without a store, `failure` when relay, folder or file are not to be had.
 */
export async function backup(call: Call): Promise<number> {
  const out = call.flag("out")
  if (out === undefined || out === "" || out === "-") throw new CommandError("usage", "Name the file to write with --out.")
  const [address, second] = call.list("relay")
  if (second !== undefined) throw new CommandError("usage", "This command talks to one relay: name one with --relay.")
  const bytes =
    address === undefined
      ? await ofFolder(call.flag("data")!, (chunks) => writeWhole(out, chunks))
      : await writeWhole(out, await ofRelay(address, call.flag("token")))
  console.log(`${bytesText(bytes)} written to ${out}`)
  return 0
}

async function ofFolder(data: string, write: (chunks: AsyncIterable<Uint8Array>) => Promise<number>): Promise<number> {
  if (!existsSync(join(data, "store")))
    throw new CommandError("usage", `There is no store in ${data}. Name the folder with --data, or a running relay with --relay.`)
  const log = await openStore(data, { create: false })
  try {
    return await write(writeBackup(backupParts(data, log)))
  } finally {
    await log.close()
  }
}

/** What a running relay answers. @throws CommandError */
async function ofRelay(address: string, token: string | undefined): Promise<AsyncIterable<Uint8Array>> {
  const url = new URL(address.replace(/^ws/, "http"))
  url.pathname = url.pathname.replace(/\/(?:sync)?$/, "/backup")
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers, redirect: "error" }).catch((error: unknown) => {
    throw new CommandError("failure", `No relay answers at ${address}. Is it running there?`, { cause: error })
  })
  if (response.ok && response.body !== null) return response.body
  const line = (await response.text().catch(() => "")).split("\n", 1)[0]
  throw new CommandError("failure", `The relay at ${address} gives no backup: ${line === "" ? response.status : line}`)
}

/** Writes beside the target, reads it back, and renames it. @returns its bytes. */
async function writeWhole(out: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const partial = `${out}.partial`
  try {
    const bytes = await write(partial, chunks)
    await readBack(partial)
    await rename(partial, out)
    syncFolder(dirname(out))
    return bytes
  } catch (error) {
    await rm(partial, { force: true })
    if (error instanceof CommandError) throw error
    throw new CommandError("failure", `${out} cannot be written: ${fileReasonOf(error)}. There is no backup.`, { cause: error })
  }
}

async function write(partial: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const progress = new Progress("backup")
  const file = await open(partial, "w", 0o600)
  let bytes = 0
  try {
    for await (const chunk of readable(chunks)) {
      await file.writeFile(chunk)
      bytes += chunk.length
      progress.tell(() => `${bytesText(bytes)} written`)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return bytes
}

/** Tells what cannot be read from what cannot be written. */
async function* readable(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* chunks
  } catch (error) {
    throw new CommandError("failure", `The backup broke off: ${reasonOf(error)}. Nothing was written.`, { cause: error })
  }
}

async function readBack(partial: string): Promise<void> {
  try {
    for await (const _ of readBackup(createReadStream(partial)));
  } catch (error) {
    throw new CommandError("failure", `The backup cannot be used: ${backupReasonOf(error)}. Nothing was written.`, { cause: error })
  }
}
