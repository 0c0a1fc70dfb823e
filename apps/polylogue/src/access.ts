import { isIP, isIPv4 } from "node:net"

/** Whether `host` is this machine and nothing else. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, "$1").toLowerCase()
  return name === "localhost" || name === "::1" || (isIPv4(name) && name.startsWith("127."))
}

/** The host of a URL or of a `Host` header, as listening addresses are written: `[::1]` in brackets, no port. */
function hostName(authority: string): string | undefined {
  return URL.canParse(`http://${authority}`) ? new URL(`http://${authority}`).hostname : undefined
}

/** The two headers that tell where a browser thinks it is. */
export interface RequestHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
}

/** By which names a relay is reached, and which pages may use it. */
export interface AccessPolicy {
  /** Names besides those of this machine, in lower case. */
  readonly hosts: ReadonlySet<string>
  /** Whether any IP address is a name: nobody can make an address point elsewhere, and without authentication even the right one is too many. */
  readonly addresses: boolean
  /** Origins of pages besides the relay's own, such as `https://chat.example`. */
  readonly origins: ReadonlySet<string>
}

/** Loopback names, and pages of the relay itself. */
export const LOOPBACK_ONLY: AccessPolicy = Object.freeze({ hosts: new Set<string>(), addresses: false, origins: new Set<string>() })

/** What `--host`, `--public-url` and `--origin` say. Names count only with authentication; origins always. */
export function accessPolicy(
  given: { readonly host: string; readonly publicUrl: string | undefined; readonly origins: readonly string[] },
  { authenticated }: { readonly authenticated: boolean },
): AccessPolicy {
  const origins = new Set([...given.origins, given.publicUrl].filter((url) => url !== undefined).map((url) => new URL(url).origin))
  const names = [given.host, ...[...origins].map((origin) => new URL(origin).host)].map(hostName).filter((name) => name !== undefined)
  return { hosts: new Set(authenticated ? names : []), addresses: authenticated, origins }
}

/**
 * Why a request may not come in, or `undefined`. A relay without authentication trusts whoever reaches it on this machine, so a web page
 * from elsewhere must not reach it through the visitor's browser: its `Origin` differs from `Host`; and a name that was made to point here (DNS
 * rebinding) is no name of the relay. Programs send no `Origin` and are let in.
 */
export function refusalOf({ host, origin }: RequestHeaders, { hosts, addresses, origins }: AccessPolicy): string | undefined {
  const name = host === undefined ? undefined : hostName(host)
  const known = name !== undefined && (isLoopback(name) || hosts.has(name) || (addresses && isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0))
  if (!known)
    return addresses ? "This relay does not answer to that name; --public-url gives it one." : "This relay answers on loopback names only."
  if (origin === undefined || (URL.canParse(origin) && origins.has(new URL(origin).origin))) return undefined
  if (!URL.canParse(origin) || new URL(origin).host !== new URL(`http://${host}`).host) return "Pages of another origin may not connect."
  return undefined
}

/** The headers that tell who sent a request, and the address of the other end. */
export interface RequestSource {
  readonly remoteAddress: string | undefined
  readonly forwardedFor: string | undefined
}

/** The address that sent a request. A proxy on this machine says for whom it speaks; others could say anything and are taken for themselves. */
export function addressOf({ remoteAddress = "unknown", forwardedFor }: RequestSource): string {
  const address = remoteAddress.replace(/^::ffff:/, "")
  if (!isLoopback(address) || forwardedFor === undefined) return address
  const last = forwardedFor.split(",").at(-1)!.trim()
  return isIP(last) === 0 ? address : last
}
