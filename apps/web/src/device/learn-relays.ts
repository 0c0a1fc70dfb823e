import { rememberTold } from "./own-relays.ts"
import { isRelayAddress } from "./relay-address.ts"

/**
 * Asks the relay that served the page which others there are, and keeps that for the next time that the app opens. Without an answer what was known stays;
 * what is no address of a relay is left out.
 */
export async function learnRelays(ask: (path: string) => Promise<Response> = (path) => fetch(path)): Promise<void> {
  let told: unknown
  try {
    const answer = await ask("/api/relay-urls")
    if (!answer.ok) return
    told = await answer.json()
  } catch {
    // No relay is in reach, or something else answers in its place.
    return
  }
  const relays = (told as { relays?: unknown } | null)?.relays
  if (Array.isArray(relays)) rememberTold(relays.filter(isRelayAddress))
}
