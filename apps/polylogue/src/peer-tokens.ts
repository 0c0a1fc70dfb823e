import { MAX_TEXT_BYTES } from "@polylogue/protocol"
import { isRelayUrl, syncUrl } from "./relay-address.ts"

/** The tokens that make a relay one at its peers. */
export interface PeerTokens {
  /** For peers that {@link byUrl} does not name. */
  readonly common: string | undefined
  /** By the address that is dialled. */
  readonly byUrl: ReadonlyMap<string, string>
}

/** No peer is shown a token. */
export const NO_PEER_TOKENS: PeerTokens = Object.freeze({ common: undefined, byUrl: new Map<string, string>() })

/** The token that is shown to the peer dialled at `url`, if any. */
export function tokenFor({ common, byUrl }: PeerTokens, url: string): string | undefined {
  return byUrl.get(url) ?? common
}

/** Whether `text` can be a token: what is sent in one field, and printed. */
export function isTokenText(text: string): boolean {
  return text.length <= MAX_TEXT_BYTES && /^[\x21-\x7e]+$/.test(text)
}

/**
 * What a file of tokens says: one token for all peers, or a JSON object of tokens by address.
 * @throws TypeError that says where it is wrong, and never what stands there.
 */
export function parsePeerTokens(text: string): PeerTokens {
  const trimmed = text.trim()
  if (!trimmed.startsWith("{")) {
    if (!isTokenText(trimmed)) throw new TypeError("it holds neither one token nor a JSON object of tokens by address")
    return { common: trimmed, byUrl: new Map() }
  }
  const byUrl = new Map<string, string>()
  for (const [index, [address, token]] of entriesOf(trimmed).entries()) {
    if (!isRelayUrl(address)) throw new TypeError(`name ${index + 1} of the object is no address of a relay`)
    if (typeof token !== "string" || !isTokenText(token)) throw new TypeError(`what stands for address ${index + 1} is no token`)
    byUrl.set(syncUrl(address), token)
  }
  return { common: undefined, byUrl }
}

function entriesOf(text: string): [string, unknown][] {
  try {
    return Object.entries(JSON.parse(text) as object)
  } catch {
    // What the parser says quotes the text, which is a secret.
    throw new TypeError("it is no JSON object")
  }
}
