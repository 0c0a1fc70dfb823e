import { OTHER_RELAYS_KEY, otherRelays } from "./other-relays.ts"
import { readStored, writeStored } from "./stored-value.ts"

/** Where addresses are kept that somebody added by hand, one a line. */
export const OWN_RELAYS_KEY = "polylogue.own-relays"
/** Relays that a device remembers beside the one that served the page; further ones are left out. */
export const MAX_OTHER_RELAYS = 16
/** Of these, as many at most are added by hand, so that there is room for what relays name. */
export const MAX_OWN_RELAYS = 8

/** Addresses that somebody added by hand on this device. */
export function ownRelays(): readonly string[] {
  return readStored(OWN_RELAYS_KEY)?.split("\n") ?? []
}

/** Remembers what the relay names, beside what was added by hand. */
export function rememberTold(told: readonly string[]): void {
  remember(ownRelays(), told)
}

/** Adds an address by hand; one that is there already, or would be one too many, changes nothing. It is used from the next start of the app. */
export function addOwnRelay(url: string): void {
  const own = ownRelays()
  if (own.length >= MAX_OWN_RELAYS || otherRelays().includes(url)) return
  change([...own, url])
}

/** Takes one away that was added by hand; others are none of this. */
export function removeOwnRelay(url: string): void {
  change(ownRelays().filter((own) => own !== url))
}

function change(own: readonly string[]): void {
  const before = ownRelays()
  const told = otherRelays().filter((url) => !before.includes(url))
  keep(OWN_RELAYS_KEY, own)
  remember(own, told)
}

function remember(own: readonly string[], told: readonly string[]): void {
  keep(OTHER_RELAYS_KEY, [...new Set([...own, ...told])].slice(0, MAX_OTHER_RELAYS))
}

function keep(key: string, addresses: readonly string[]): void {
  writeStored(key, addresses.length === 0 ? null : addresses.join("\n"))
}
