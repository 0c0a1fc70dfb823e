import { isIPv4 } from "node:net"

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

/**
 * Why a request may not come in, or `undefined`. A relay without authentication trusts whoever reaches it on this machine, so a web page
 * from elsewhere must not reach it through the visitor's browser: its `Origin` differs from `Host`; and a name that was made to point here (DNS
 * rebinding) is no loopback name. Programs send no `Origin` and are let in.
 */
export function refusalOf({ host, origin }: RequestHeaders): string | undefined {
  const name = host === undefined ? undefined : hostName(host)
  if (name === undefined || !isLoopback(name)) return "This relay answers on loopback names only."
  if (origin === undefined) return undefined
  if (!URL.canParse(origin) || new URL(origin).host !== new URL(`http://${host}`).host) return "Pages of another origin may not connect."
  return undefined
}
