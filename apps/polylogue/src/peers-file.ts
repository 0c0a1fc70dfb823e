import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { CommandError, fileReasonOf } from "./command-error.ts"
import { isRelayUrl, syncUrl } from "./relay-address.ts"

/*
 * <data>/peers is a text file, one address of a relay a line; what follows a # at the beginning of a line or after a space is a remark:
 *
 *   wss://hub.example        # Frankfurt
 *   ws://10.0.0.7:4400/sync
 */

/** Most relays that one relay dials. */
export const MAX_PEERS = 64

/**
 * The addresses in the text of a peers file, as they are dialled, each once.
 * @throws TypeError that names the line that is none, or says that there are more than {@link MAX_PEERS}.
 */
export function parsePeers(text: string): readonly string[] {
  const urls = new Set<string>()
  for (const [index, line] of text.split("\n").entries()) {
    const address = addressIn(line)
    if (address === "") continue
    if (!isRelayUrl(address)) throw new TypeError(`line ${index + 1} is no address of a relay such as wss://hub.example`)
    urls.add(syncUrl(address))
  }
  if (urls.size > MAX_PEERS) throw new TypeError(`it names ${urls.size} relays, and a relay dials at most ${MAX_PEERS}`)
  return [...urls]
}

/** Where the peers of a data folder are named. */
export function peersFile(data: string): string {
  return join(data, "peers")
}

/** What the file of a data folder says. @throws CommandError `failure` when it cannot be read, or holds what it should not. */
export function readPeers(data: string): { readonly text: string; readonly urls: readonly string[] } {
  const path = peersFile(data)
  try {
    const text = existsSync(path) ? readFileSync(path, "utf8") : ""
    return { text, urls: parsePeers(text) }
  } catch (error) {
    throw new CommandError("failure", `${path} cannot be used: ${fileReasonOf(error)}. Nothing was changed.`, { cause: error })
  }
}

/** `text` with a line for each of `urls` that it does not name yet. */
export function withPeers(text: string, urls: readonly string[]): string {
  const known = new Set(parsePeers(text))
  const lines = urls.filter((url) => !known.has(url)).map((url) => `${url}\n`)
  return (text === "" || text.endsWith("\n") ? text : `${text}\n`) + lines.join("")
}

/** `text` without the lines that name one of `urls`; remarks on lines of their own stay. */
export function withoutPeers(text: string, urls: readonly string[]): string {
  const gone = new Set(urls)
  const stays = (line: string): boolean => {
    const address = addressIn(line)
    return address === "" || !isRelayUrl(address) || !gone.has(syncUrl(address))
  }
  return text.split("\n").filter(stays).join("\n")
}

function addressIn(line: string): string {
  return line.replace(/(?:^|\s)#.*/, "").trim()
}
