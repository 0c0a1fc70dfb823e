/** Whether `text` is the address of a relay: of one that speaks WebSocket or HTTP, without who asks and without a fragment. */
export function isRelayUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hash, username, password } = new URL(text)
  return ["ws:", "wss:", "http:", "https:"].includes(protocol) && hash === "" && username === "" && password === ""
}

/** The address of a relay's `/sync`: given whole, or without a path. Two ways of writing one address become the same. */
export function syncUrl(address: string): string {
  const url = new URL(address.replace(/^http/i, "ws"))
  if (url.pathname === "/") url.pathname = "/sync"
  return url.href
}
