import type { RelayId } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"

/** Through how many relays it is asked for what somebody watches, or has open, or mirrors. */
export const MAX_HOPS = 16

/** Somebody who is to be told what changes below a prefix. */
interface Ask {
  /** Absent for a device of this relay. */
  readonly relay: RelayId | undefined
  /** How many relays may be asked further on because of it. */
  readonly hops: number
}

interface Asked {
  readonly asks: Set<Ask>
  /** Since nobody asks any more, until it is forgotten. */
  lingering: { readonly hops: number; readonly cancel: () => void } | undefined
}

/**
 * Of which prefixes a relay wants to hear what changes: those that it mirrors, and those that devices here or relays below ask for. What relays below
 * ask for is asked for further on with one hop less, so that in a circle of relays, where each hears its own question again, it ends with who began it.
 */
export class AskedPrefixes {
  readonly #core: () => RelayCore
  readonly #mirror: readonly string[]
  readonly #isBelow: (relay: RelayId) => boolean
  readonly #changed: () => void
  /** In the order in which they were first asked for. */
  readonly #byPrefix = new Map<string, Asked>()
  #closed = false

  /** `isBelow` says whose asks count; `changed` is told when {@link wanted} may have. */
  constructor(core: () => RelayCore, mirror: readonly string[], isBelow: (relay: RelayId) => boolean, changed: () => void) {
    this.#core = core
    this.#mirror = mirror
    this.#isBelow = isBelow
    this.#changed = changed
  }

  /** What is to be asked for, and how many relays further on: no prefix below one that is asked for as far. */
  get wanted(): ReadonlyMap<string, number> {
    const all = new Map(this.#mirror.map((prefix) => [prefix, MAX_HOPS]))
    for (const [prefix, asked] of this.#byPrefix) {
      const hops = this.#hops(asked)
      if (hops > (all.get(prefix) ?? 0)) all.set(prefix, hops)
    }
    return new Map(
      [...all]
        .filter(([prefix, hops]) => ![...pathsAbove(prefix)].some((above) => (all.get(above) ?? 0) >= hops))
        .map(([prefix, hops]) => [prefix, hops - 1]),
    )
  }

  /** Whether a document, or what lies below a prefix, is mirrored whoever asks. */
  mirrors(path: string): boolean {
    return this.#mirror.some((mirrored) => liesBelow(path, mirrored))
  }

  /**
   * Somebody asks, until the function that is returned is called, and for a while after.
   * @throws RelayError `too-many-documents` when so many are asked for as may be
   */
  ask(prefix: string, relay?: RelayId, hops = MAX_HOPS): () => void {
    if (this.mirrors(prefix)) return () => undefined
    const ask: Ask = { relay, hops: Math.min(hops, MAX_HOPS) }
    const asked = this.#byPrefix.get(prefix) ?? { asks: new Set(), lingering: undefined }
    const before = this.#hops(asked)
    if (before === 0 && this.#counts(ask)) this.#makeRoom()
    this.#byPrefix.set(prefix, asked)
    asked.asks.add(ask)
    if (asked.lingering !== undefined && this.#counts(ask) && ask.hops >= asked.lingering.hops) {
      asked.lingering.cancel()
      asked.lingering = undefined
    }
    if (this.#hops(asked) !== before) this.#changed()
    return () => this.#release(prefix, asked, ask)
  }

  /** Nothing is forgotten, or told, any more. */
  close(): void {
    this.#closed = true
    for (const { lingering } of this.#byPrefix.values()) lingering?.cancel()
    this.#byPrefix.clear()
  }

  #release(prefix: string, asked: Asked, ask: Ask): void {
    const before = this.#hops(asked)
    if (this.#closed || !asked.asks.delete(ask)) return
    const after = this.#hops(asked)
    // Devices come and go, and links break: to begin anew costs a comparison of everything below the prefix.
    if (before > 0 && after === 0) asked.lingering = { hops: before, cancel: this.#forgetLater(prefix, asked) }
    else if (after !== before) this.#changed()
    this.#forgetUnused(prefix, asked)
  }

  #forgetLater(prefix: string, asked: Asked): () => void {
    const { clock, limits } = this.#core()
    if (limits.followGraceMs === Infinity) return () => undefined
    return clock.setTimer(() => {
      asked.lingering = undefined
      this.#forgetUnused(prefix, asked)
      this.#changed()
    }, limits.followGraceMs)
  }

  #forgetUnused(prefix: string, asked: Asked): void {
    if (asked.asks.size === 0 && asked.lingering === undefined) this.#byPrefix.delete(prefix)
  }

  /** Room for one more: what nobody asks for any more goes before its time. @throws RelayError `too-many-documents` */
  #makeRoom(): void {
    const counted = [...this.#byPrefix].filter(([, asked]) => this.#hops(asked) > 0)
    if (counted.length < this.#core().limits.maxFollowed) return
    const oldest = counted.find(([, { lingering }]) => lingering !== undefined)
    if (oldest === undefined)
      throw new RelayError("too-many-documents", "too much is brought from other relays because somebody asks for it")
    const [prefix, asked] = oldest
    asked.lingering?.cancel()
    asked.lingering = undefined
    this.#forgetUnused(prefix, asked)
  }

  #hops({ asks, lingering }: Asked): number {
    let most = lingering?.hops ?? 0
    for (const ask of asks) if (this.#counts(ask)) most = Math.max(most, ask.hops)
    return most
  }

  #counts({ relay, hops }: Ask): boolean {
    return hops > 0 && (relay === undefined || this.#isBelow(relay))
  }
}

/** Whether `path` is `prefix`, or lies below it, by whole segments; below the empty one lies everything. */
export function liesBelow(path: string, prefix: string): boolean {
  return prefix === "" || path === prefix || path.startsWith(`${prefix}/`)
}

/** Whether `path` is one of `prefixes`, or lies below one. */
export function isCovered(prefixes: ReadonlyMap<string, unknown>, path: string): boolean {
  return prefixes.has(path) || [...pathsAbove(path)].some((above) => prefixes.has(above))
}

/** Those below which `path` lies, by whole segments. */
function* pathsAbove(path: string): Generator<string, void> {
  if (path === "") return
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) yield path.slice(0, end)
  yield ""
}
