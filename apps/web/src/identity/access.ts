import { isSegment } from "@polylogue/conversation"
import type { Replica } from "@polylogue/replica"
import { readStored, watchStored, writeStored } from "../device/stored-value.ts"

/** Where the token is kept among the settings of this device. */
export const TOKEN_KEY = "polylogue.token"
/** What a relay's command prints as a link: `#token=…` behind the address of the page. */
const IN_ADDRESS = /^#token=([^&]+)$/
/** A JWT has no others, and a header takes no others. */
const TOKEN = /^[\w.~+/=-]{1,4096}$/

/** The token of this device; empty for none. */
export function readToken(): string {
  const stored = readStored(TOKEN_KEY)
  return stored !== null && TOKEN.test(stored) ? stored : ""
}

/** Signs this device in with what somebody pasted: a token, or a link that holds one. False, with nothing changed, when it is neither. */
export function signIn(pasted: string): boolean {
  const token = tokenIn(pasted)
  if (token === undefined) return false
  writeStored(TOKEN_KEY, token)
  return true
}

/** Forgets the token on this device. What was written here stays. */
export function signOut(): void {
  writeStored(TOKEN_KEY, null)
}

/** The token in `pasted`, with or without the link around it. */
export function tokenIn(pasted: string): string | undefined {
  const text = pasted.trim()
  const hash = text.indexOf("#token=")
  const token = hash < 0 ? text : text.slice(hash + "#token=".length)
  return TOKEN.test(token) ? token : undefined
}

/**
 * Takes the token out of the address, if it came by a link, before anybody sees or keeps it: the entry in the history is replaced, not added to.
 * True when there was one.
 */
export function takeTokenFromAddress(): boolean {
  const match = IN_ADDRESS.exec(location.hash)
  if (match === null) return false
  history.replaceState(null, "", location.pathname + location.search)
  return signIn(match[1]!)
}

/** Keeps `replica` to the token of this device, also when a link is opened in this tab or another one signs in or out. */
export function followToken(replica: Replica): () => void {
  const follow = (): void => replica.setToken(readToken())
  const arrive = (): void => {
    if (takeTokenFromAddress()) window.dispatchEvent(new HashChangeEvent("hashchange"))
  }
  // It may have changed while the replica opened.
  follow()
  window.addEventListener("hashchange", arrive)
  const unwatch = watchStored(TOKEN_KEY, follow)
  return () => {
    window.removeEventListener("hashchange", arrive)
    unwatch()
  }
}

/** As whom the token of this device lets it in, read from the token unchecked: the relay checks. `undefined` for none, or one that does not say. */
export function signedInUser(): string | undefined {
  try {
    const payload = readToken().split(".")[1] ?? ""
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")))
    const user = typeof claims === "object" && claims !== null && "sub" in claims ? claims.sub : undefined
    return isSegment(user) ? user : undefined
  } catch {
    return undefined
  }
}

/** Calls `changed` when somebody else signs in on this device, or nobody is any more. */
export function watchUser(changed: () => void): () => void {
  let before = signedInUser()
  return watchStored(TOKEN_KEY, () => {
    const now = signedInUser()
    if (now === before) return
    before = now
    changed()
  })
}
