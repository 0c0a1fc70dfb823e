import { existsSync } from "node:fs"
import { join } from "node:path"
import { CommandError, fileReasonOf } from "./command-error.ts"
import { writeDurably } from "./durable-file.ts"
import type { Call } from "./flags.ts"
import { parsePeers, peersFile, readPeers, withoutPeers, withPeers } from "./peers-file.ts"
import { isRelayUrl, syncUrl } from "./relay-address.ts"

/*
 * polylogue peer …: the relays that a data folder names. They touch its file of peers alone, so the relay may be running: it looks every second.
 */

/** Said with the first address in a folder: its relay may be one that decides, and so may the other. */
const FIRST_PEER =
  "Of linked relays exactly one decides who sets a register first (labels of prompts, say). A relay that dialled nobody until now goes on deciding: if the other end " +
  'does so too, nothing is published until one of the two is started with "authority": false in its configuration, or POLYLOGUE_AUTHORITY=false.'

/** `polylogue peer add`: has the relay dial more relays. @throws CommandError */
export async function addPeers(call: Call): Promise<number> {
  const urls = addressesOf(call)
  const { path, text, urls: listed } = peersOf(call)
  const known = new Set(listed)
  change(path, () => withPeers(text, urls))
  for (const url of urls) console.log(`${known.has(url) ? "known" : "added"}    ${url}`)
  if (listed.length === 0) console.error(FIRST_PEER)
  return await Promise.resolve(0)
}

/** `polylogue peer remove`: has the relay dial some no more; one that dials this relay is to be told there. @throws CommandError */
export async function removePeers(call: Call): Promise<number> {
  const urls = addressesOf(call)
  const { path, text, urls: listed } = peersOf(call)
  const known = new Set(listed)
  const strange = urls.find((url) => !known.has(url))
  if (strange !== undefined)
    throw new CommandError("usage", `${path} does not name ${strange}. See polylogue peer list; what --peer names is not in the file.`)
  change(path, () => withoutPeers(text, urls))
  for (const url of urls) console.log(`removed  ${url}`)
  return await Promise.resolve(0)
}

/** `polylogue peer list`: the relays that the data folder names; not those that the relay was called with. @throws CommandError */
export async function listPeers(call: Call): Promise<number> {
  for (const url of peersOf(call).urls) console.log(url)
  return await Promise.resolve(0)
}

function addressesOf(call: Call): readonly string[] {
  if (call.files.length === 0) throw new CommandError("usage", "Name the addresses of relays, such as wss://hub.example.")
  for (const address of call.files)
    if (!isRelayUrl(address)) throw new CommandError("usage", `"${address}" is no address of a relay such as wss://hub.example.`)
  return [...new Set(call.files.map(syncUrl))]
}

/** The file and what it says, which can be read: nothing is added to one that the relay cannot use. */
function peersOf(call: Call): { readonly path: string; readonly text: string; readonly urls: readonly string[] } {
  const data = call.flag("data")!
  if (!existsSync(join(data, "store")))
    throw new CommandError("usage", `There is no store in ${data}. Name the folder of the relay with --data.`)
  return { path: peersFile(data), ...readPeers(data) }
}

function change(path: string, changed: () => string): void {
  try {
    const text = changed()
    parsePeers(text)
    writeDurably(path, text)
  } catch (error) {
    throw new CommandError("failure", `${path} was not changed: ${fileReasonOf(error)}.`, { cause: error })
  }
}
