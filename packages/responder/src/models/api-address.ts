import type { ModelApi } from "./model-settings.ts"

/** Where an API is, and which it seems to be. */
export interface ApiAddress {
  readonly url: string
  readonly api: ModelApi
}

/** What stands behind the address of an API when a request is named, and which API that is. */
const REQUESTS: readonly (readonly [string, ModelApi])[] = [
  ["/chat/completions", "chat"],
  ["/responses", "responses"],
  ["/messages", "anthropic"],
]

/** Hosts that speak something else than most. */
const HOSTS: Readonly<Record<string, ModelApi>> = { "api.openai.com": "responses", "api.anthropic.com": "anthropic" }

/** Reads an address as people write it; a text says what is wrong with it. */
export function readAddress(text: string): ApiAddress | string {
  if (!URL.canParse(text)) return "is no address; give one such as http://127.0.0.1:11434/v1"
  const { protocol, username, password, search, hash, host, hostname, origin, pathname } = new URL(text)
  if (protocol !== "http:" && protocol !== "https:") return "begins with neither http:// nor https://; give the address of the API"
  if (username !== "" || password !== "") return 'holds a name or a password; give the key by "key" instead'
  if (search !== "" || hash !== "") return 'holds a ? or a #; give the address up to there, and what the API wants besides in "headers"'
  if (host === "") return "names no host; give one such as http://127.0.0.1:11434/v1"
  const path = pathname.replace(/\/+$/u, "")
  const request = REQUESTS.find(([ending]) => path.endsWith(ending))
  const base = request === undefined ? path : path.slice(0, -request[0].length)
  return { url: `${origin}${base === "" ? "/v1" : base}`, api: request?.[1] ?? HOSTS[hostname] ?? "chat" }
}
