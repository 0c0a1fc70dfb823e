import { existsSync } from "node:fs"
import { join } from "node:path"
import { CommandError, EXIT_CODES } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { settingsAlone } from "./link-settings.ts"
import { openRelayNode } from "./relay-node.ts"

/** Milliseconds for a relay to answer. */
const PATIENCE_MS = 30_000

/**
 * `polylogue peer forget`: tells relays that another one is gone for good, so that nothing waits for it any more. Each relay is told, by `--relay`, or the one of a folder that
 * does not run. Exit code 1 when one does not do it.
 * @throws CommandError
 */
export async function forgetRelay(call: Call): Promise<number> {
  const [asked, second] = call.files
  if (asked === undefined || second !== undefined) throw new CommandError("usage", "Name one relay, by its name or its id.")
  const addresses = call.list("relay")
  if (addresses.length === 0) {
    console.log(`forgotten  ${await inFolder(call, asked)}`)
    return 0
  }
  let missing = 0
  for (const address of addresses) {
    try {
      console.log(`forgotten  ${await at(address, call.flag("token"), asked)} at ${address}`)
    } catch (error) {
      if (!(error instanceof CommandError) || addresses.length === 1) throw error
      missing++
      console.error(`missing    ${address}: ${error.message}`)
    }
  }
  return missing > 0 ? EXIT_CODES.failure : 0
}

async function inFolder(call: Call, asked: string): Promise<string> {
  const data = call.flag("data")!
  if (!existsSync(join(data, "store")))
    throw new CommandError("usage", `There is no store in ${data}. Name the folder with --data, or running relays with --relay.`)
  const node = await openRelayNode({ data, host: "127.0.0.1", port: 0, links: settingsAlone(data), journal: () => undefined })
  try {
    return await at(node.url, undefined, asked)
  } finally {
    await node.close()
  }
}

/** @returns the relay that was forgotten. */
async function at(address: string, token: string | undefined, asked: string): Promise<string> {
  const url = new URL(address.replace(/^ws/, "http"))
  url.pathname = url.pathname.replace(/\/(?:sync)?$/, `/api/relays/${encodeURIComponent(asked)}`)
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { method: "DELETE", headers, redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
    (error: unknown) => {
      throw new CommandError("failure", `No relay answers at ${address}. Is it running there?`, { cause: error })
    },
  )
  const text = await response.text().catch(() => "")
  const body = parse(text)
  if (response.ok && typeof body["relay"] === "string") return `${String(body["name"])} (${body["relay"]})`
  const why = typeof body["message"] === "string" ? body["message"] : (text.split("\n", 1)[0] ?? "")
  throw new CommandError("failure", `The relay at ${address} forgets nobody: ${why === "" ? response.status : why}`)
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
