import { OTHER_RELAYS_KEY } from "./other-relays.ts"
import { writeStored } from "./stored-value.ts"

/** Relays that a device remembers beside its own; further ones are left out. */
export const MAX_OTHER_RELAYS = 16
/** Characters of an address; a longer one is left out. */
export const MAX_ADDRESS_LENGTH = 1_024

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
  if (!Array.isArray(relays)) return
  const addresses = [...new Set(relays.filter(isAddress))].slice(0, MAX_OTHER_RELAYS)
  writeStored(OTHER_RELAYS_KEY, addresses.length === 0 ? null : addresses.join("\n"))
}

function isAddress(value: unknown): value is string {
  if (typeof value !== "string" || value.length > MAX_ADDRESS_LENGTH || /\s/.test(value) || !URL.canParse(value)) return false
  return ["ws:", "wss:"].includes(new URL(value).protocol)
}
