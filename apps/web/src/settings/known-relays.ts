/** A relay of this device, and why it is one. */
export interface KnownRelay {
  readonly url: string
  /** `page`: it serves the page. `you`: added by hand. `relay`: a relay named it. `removed`: no longer remembered, used until the next start. */
  readonly from: "page" | "you" | "relay" | "removed"
  /** The replica has it; else it is used from the next start. */
  readonly isUsed: boolean
}

/** What {@link knownRelays} are made from. */
export interface RelayAddresses {
  /** Those that the replica was opened with. */
  readonly used: readonly string[]
  /** Those that are remembered for the next start. */
  readonly remembered: readonly string[]
  /** Of these, the ones added by hand. */
  readonly own: readonly string[]
  /** Host and port of the page. */
  readonly pageHost: string
}

/** The relays that this device has, and those that it will have from the next start. */
export function knownRelays({ used, remembered, own, pageHost }: RelayAddresses): readonly KnownRelay[] {
  return [...new Set([...used, ...remembered])].map((url) => {
    const from = own.includes(url) ? "you" : remembered.includes(url) ? "relay" : new URL(url).host === pageHost ? "page" : "removed"
    return { url, from, isUsed: used.includes(url) }
  })
}
