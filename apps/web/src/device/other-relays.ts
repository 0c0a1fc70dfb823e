import { readStored } from "./stored-value.ts"

/** Where {@link otherRelays} are kept, one a line. */
export const OTHER_RELAYS_KEY = "polylogue.relays"

/** Addresses of relays beside the one that served the page, as that one last named them: a device must find them when it is gone. */
export function otherRelays(): string[] {
  return readStored(OTHER_RELAYS_KEY)?.split("\n") ?? []
}
