/** The host of an absolute address, in ASCII letters as the network knows it; undefined when it has none. */
export function hostOf(url: unknown): string | undefined {
  if (typeof url !== "string" || !URL.canParse(url)) return undefined
  return new URL(url).host || undefined
}

/**
 * The address of a link as it stands alone; undefined for one that is relative to a page: there is none here that its writer can have meant. `//host` is
 * the other side's page over the protocol of this one, so it leads away from here without looking like it.
 */
export function absoluteAddress(href: string): string | undefined {
  const address = /^[\\/]{2}/.test(href) ? `https:${href}` : href
  return URL.canParse(address) ? address : undefined
}

/** A word that looks like the name of a host: labels with a top level of letters. */
const HOST = /(?:^|[\s/@(<"'])((?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}{2,})(?=$|[\s/:?#)>"',.!])/giu

/**
 * Whether the words of a link name another place than its address: a host that is neither the one it leads to nor one above it. So is an address
 * with a name before the host, which is there to be taken for one.
 */
export function misleads(text: string, href: string): boolean {
  const host = hostOf(href)
  if (host === undefined) return false
  if (new URL(href).username !== "") return true
  const bare = host.replace(/:\d+$/, "").replace(/^www\./, "")
  for (const [, named = ""] of text.matchAll(HOST)) {
    const said = hostOf(`https://${named}`)?.replace(/^www\./, "") ?? named
    if (said !== bare && !bare.endsWith(`.${said}`) && !isFileName(named)) return true
  }
  return false
}

/** Names of files look like hosts: `index.ts`, `README.md`. */
function isFileName(word: string): boolean {
  return /\.(?:md|ts|tsx|js|jsx|py|rs|go|java|css|html?|json|txt|pdf|sh|yml|yaml|toml|xml|csv|png|jpe?g|svg|c|h|cpp|rb|php)$/i.test(word)
}
