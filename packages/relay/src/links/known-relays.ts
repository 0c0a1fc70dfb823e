import { encodeBytes, isId, MAX_RELAYS, type RelayId } from "@polylogue/protocol"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import type { RelayCore } from "../relay-core.ts"
import { ForgottenRecords } from "./forgotten-records.ts"

const KEY = "fleet/"

interface Known {
  readonly name: string
  /** When the operator forgot it, in milliseconds since 1970; 0 when not. */
  readonly forgottenAt: number
  /** When it made the last report that was heard of it, by its own clock; 0 when none was. On disk only of one that was forgotten. */
  readonly reportedAt: number
}

/**
 * The relays that belong together with this one, linked to it at the moment or not: each that was ever linked or heard of, until the operator says
 * that it is gone for good. Kept in the store, a record each. At most {@link MAX_RELAYS}; more are not taken in.
 */
export class KnownRelays {
  readonly #core: () => RelayCore
  readonly #relays = new Map<RelayId, Known>()
  readonly #listeners = new Set<() => void>()
  readonly #records: ForgottenRecords
  #own: RelayId = ""

  constructor(core: () => RelayCore) {
    this.#core = core
    this.#records = new ForgottenRecords(core, (relay) => (this.#relays.get(relay)?.forgottenAt ?? 0) > 0)
  }

  /** Takes up what earlier starts knew; `own` is this relay. @throws StorageError */
  async start(own: RelayId): Promise<void> {
    this.#own = own
    const { store } = this.#core()
    for (const key of await store.read((log) => log.recordKeys(KEY))) {
      const value = await store.read((log) => log.record(key))
      const relay = key.slice(KEY.length)
      const known = value && decode(value)
      if (!isId(relay) || known === undefined) continue
      this.#relays.set(relay, known)
      // What a crash interrupted.
      if (known.forgottenAt > 0) this.#records.remove(relay)
    }
  }

  /** The others, by id, with what their operators call them. */
  get all(): ReadonlyMap<RelayId, string> {
    const known = [...this.#relays].filter(([, { forgottenAt }]) => forgottenAt === 0)
    return new Map(known.map(([relay, { name }]) => [relay, name]))
  }

  has(relay: RelayId): boolean {
    return this.#relays.get(relay)?.forgottenAt === 0
  }

  /** `listener` is called when a relay has become known, or was forgotten. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** A link to `relay` stands: it is there, forgotten or not. */
  met(relay: RelayId, name: string): void {
    this.#learn(relay, name)
  }

  /**
   * Somebody told of `relay`, as of its own time `at` where that is known. One that was forgotten stays so, unless it has reported something since: later by its
   * own clock than all that was heard before, whatever that clock says.
   */
  mentioned(relay: RelayId, name: string, at = 0): void {
    const known = this.#relays.get(relay)
    if (known === undefined || known.forgottenAt === 0) {
      this.#learn(relay, name)
      const learnt = this.#relays.get(relay)
      if (learnt !== undefined && at > learnt.reportedAt) this.#relays.set(relay, { ...learnt, reportedAt: at })
    } else if (at > 0 && known.reportedAt === 0) {
      // Nothing was known of it since the start: what others remember is from before.
      this.#set(relay, { ...known, reportedAt: at })
    } else if (at > known.reportedAt) this.#learn(relay, name)
  }

  /** `relay` is gone for good; `false` when it is not known. It is known again when it is met again. */
  forget(relay: RelayId): boolean {
    const known = this.#relays.get(relay)
    if (known === undefined || known.forgottenAt > 0) return false
    this.#set(relay, { ...known, forgottenAt: Math.max(1, Math.floor(this.#core().clock.now())) })
    this.#records.remove(relay)
    return true
  }

  #learn(relay: RelayId, name: string): void {
    const known = this.#relays.get(relay)
    if (relay === this.#own || (known?.forgottenAt === 0 && (known.name === name || name === ""))) return
    if (known?.forgottenAt !== 0 && this.all.size >= MAX_RELAYS) return
    this.#set(relay, { name: name === "" ? (known?.name ?? "") : name, forgottenAt: 0, reportedAt: known?.reportedAt ?? 0 })
  }

  #set(relay: RelayId, known: Known): void {
    const { committer, events } = this.#core()
    // Those that were forgotten longest ago make room: nobody tells of them any more.
    const forgotten = [...this.#relays].filter(([, { forgottenAt }]) => forgottenAt > 0)
    if (forgotten.length >= MAX_RELAYS) this.#drop(forgotten.toSorted(([, left], [, right]) => left.forgottenAt - right.forgottenAt)[0]![0])
    this.#relays.set(relay, known)
    const written = committer.write({ type: "record", key: KEY + relay, value: encode(known) }, () => undefined)
    written.catch((error: unknown) => events({ type: "failed", where: "fleet", error }))
    for (const listener of this.#listeners) listener()
  }

  #drop(relay: RelayId): void {
    const { committer, events } = this.#core()
    this.#relays.delete(relay)
    const written = committer.write({ type: "record", key: KEY + relay, value: null }, () => undefined)
    written.catch((error: unknown) => events({ type: "failed", where: "fleet", error }))
  }
}

function encode({ name, forgottenAt, reportedAt }: Known): Uint8Array {
  return encodeBytes((encoder) => {
    encoding.writeVarString(encoder, name)
    encoding.writeVarUint(encoder, forgottenAt)
    if (forgottenAt > 0) encoding.writeVarUint(encoder, reportedAt)
  })
}

/** `undefined` for a record that cannot be read: the relay is heard of again. */
function decode(value: Uint8Array): Known | undefined {
  try {
    const decoder = decoding.createDecoder(value)
    const [name, forgottenAt] = [decoding.readVarString(decoder), decoding.readVarUint(decoder)]
    // An earlier version wrote none.
    return { name, forgottenAt, reportedAt: decoding.hasContent(decoder) ? decoding.readVarUint(decoder) : 0 }
  } catch {
    return undefined
  }
}
