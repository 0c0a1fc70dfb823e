import { isId, MAX_RELAYS, type RelayId } from "@polylogue/protocol"
import { decodeUtf8, encodeUtf8 } from "lib0/string"
import { RelayError } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"

/*
 * A relay's id is its own word. What it is known by besides:
 *
 *   token     whose token it showed; kept in the store: <id> is theirs until the operator forgets it
 *   address   under which it was dialled
 *   name      what it calls itself, where nobody is asked for a token
 *
 * One that comes with another id than the last time has lost its disk: the id that it had is superseded, and its disk counts no more. As the one of the two
 * may only seem to be linked still, that is so whatever links stand; where two machines share a token, or a name, only the one that linked last counts.
 */

/** Holds, by relay, whose token introduced it first. */
const HOLDERS = "relay-holder/"

/** By what a relay is known, apart from its id. */
export type Introduction = `token ${string}` | `address ${string}` | `name ${string}`

/** Who is behind the ids that relays say. */
export class Introductions {
  readonly #core: () => RelayCore
  /** At most {@link MAX_RELAYS}; ids beyond belong to nobody. */
  readonly #holders = new Map<RelayId, Introduction>()
  /** The id with which each came last; as many as relays are known, the oldest going first. */
  readonly #last = new Map<Introduction, RelayId>()
  /** Ids that gave way to another; those of late. */
  readonly #superseded = new Set<RelayId>()
  /** What was refused last, so that a refusal that is repeated is told once. */
  #refused = ""

  constructor(core: () => RelayCore) {
    this.#core = core
  }

  /** Takes up what earlier starts knew. @throws StorageError */
  async start(): Promise<void> {
    const { store } = this.#core()
    for (const key of await store.read((log) => log.recordKeys(HOLDERS))) {
      const value = await store.read((log) => log.record(key))
      const relay = key.slice(HOLDERS.length)
      if (isId(relay) && value !== undefined) this.#holders.set(relay, `token ${decodeUtf8(value)}`)
    }
  }

  /** Somebody says that they are `relay`. @throws RelayError `forbidden` when another holder of a token is */
  admit(relay: RelayId, by: Introduction): void {
    const holder = this.#holders.get(relay)
    if (holder === undefined || holder === by || !by.startsWith("token ")) return
    const claim = `${relay} ${by}`
    if (claim !== this.#refused) this.#core().events({ type: "relay-refused", relay, holder: by.slice("token ".length) })
    this.#refused = claim
    throw new RelayError("forbidden", "this relay is known under the token of another one, and has to be forgotten first")
  }

  /** A link to `relay` stands. */
  met(relay: RelayId, by: Introduction): void {
    const before = this.#last.get(by)
    if (before !== undefined && before !== relay) keepLatest(this.#superseded, before)
    this.#superseded.delete(relay)
    this.#last.delete(by)
    this.#last.set(by, relay)
    const [oldest] = this.#last.keys()
    if (this.#last.size > MAX_RELAYS) this.#last.delete(oldest!)
    if (!by.startsWith("token ") || this.#holders.has(relay) || this.#holders.size >= MAX_RELAYS) return
    this.#holders.set(relay, by)
    this.#write(relay, encodeUtf8(by.slice("token ".length)))
  }

  /** Whether another id has come in its place: what it had is on no disk any more, as far as it is known here. */
  isSuperseded(relay: RelayId): boolean {
    return this.#superseded.has(relay)
  }

  /** The operator says that `relay` is gone: whoever says so next is it. */
  forget(relay: RelayId): void {
    if (this.#holders.delete(relay)) this.#write(relay, null)
  }

  #write(relay: RelayId, value: Uint8Array | null): void {
    const { committer, events } = this.#core()
    const written = committer.write({ type: "record", key: HOLDERS + relay, value }, () => undefined)
    written.catch((error: unknown) => events({ type: "failed", where: "introductions", error }))
  }
}

function keepLatest(relays: Set<RelayId>, relay: RelayId): void {
  relays.delete(relay)
  relays.add(relay)
  const [oldest] = relays
  if (relays.size > MAX_RELAYS) relays.delete(oldest!)
}
