/** Characters of an address; a longer one is none. */
export const MAX_ADDRESS_LENGTH = 1_024

/** Whether `value` is an address at which a relay can be dialled. */
export function isRelayAddress(value: unknown): value is string {
  if (typeof value !== "string" || value.length > MAX_ADDRESS_LENGTH || /\s/.test(value) || !URL.canParse(value)) return false
  return ["ws:", "wss:"].includes(new URL(value).protocol)
}

/** What somebody typed: the address that it means, or why it is none. */
export type TypedAddress = { readonly url: string } | { readonly problem: string }

const SCHEMES: Readonly<Record<string, string>> = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" }

/**
 * Reads the address of a relay as people write it: with the scheme of the page that it serves, or none; without its path when that is the usual one.
 * @param isSecure - whether the page came over HTTPS: browsers then dial only relays that are as safe, or on the same machine.
 */
export function readTypedAddress(typed: string, isSecure: boolean): TypedAddress {
  const text = typed.trim()
  const whole = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `${isSecure ? "wss" : "ws"}://${text}`
  if (text === "" || /\s/.test(text) || !URL.canParse(whole))
    return { problem: "That is no address. One looks like relay.example, or ws://192.168.1.20:4400." }
  const url = new URL(whole)
  const scheme = SCHEMES[url.protocol]
  if (scheme === undefined) return { problem: "A relay’s address begins with wss:// or ws://." }
  if (url.username !== "" || url.password !== "") return { problem: "Leave out the name and the password; sign in with your link instead." }
  url.hash = ""
  if (url.pathname === "/") url.pathname = "/sync"
  // Between schemes of one kind of ports nothing else changes; the setter refuses to go from http to ws.
  const address = `${scheme}${url.href.slice(url.protocol.length)}`
  if (address.length > MAX_ADDRESS_LENGTH) return { problem: "That address is too long." }
  if (isSecure && scheme === "ws:" && !isLoopback(url.hostname)) {
    return { problem: "This page came over a safe connection, and browsers then allow only relays that have one: wss://." }
  }
  return { url: address }
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname)
}
