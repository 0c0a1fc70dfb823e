import type { RelayId } from "@polylogue/protocol"
import type { RelayCore } from "../relay-core.ts"
import type { Link } from "./link-service.ts"

/** What all keys begin with under which it is kept who has carried out what. */
const ALL = "erased"
/** Reports told together, and the milliseconds before the next so many: some 25 KB a second, which a thin link takes. */
const PAGE = 32
const PAUSE_MS = 200
/** What may still wait for a link when the next page is told. */
const NEARLY_NOTHING_BYTES = 1_024
/** The part of the answers that may wait for a link beyond which no more reports are added. */
const MOST_AHEAD = 1 / 4
/** Reports that came last, of which it is known in which order. */
export const MAX_RECENT = 4_096

/** Tells one report over a link, if it is to be told there. */
export type TellReport = (link: Link, key: string) => Promise<void>

/**
 * Tells a link that begins all that is known, a little at a time, for nobody knows what the last one still delivered: first what came last, latest first, and then the
 * rest, from where the last link to that relay broke off and around to there. So what came while it was cut is not behind years of what is known, and links that never
 * stand for long tell everything, too.
 */
export class ErasureRetelling {
  readonly #core: () => RelayCore
  readonly #tell: TellReport
  /** Keys, latest last. */
  readonly #recent = new Set<string>()
  /** By relay, the key that was told last before its link broke off. */
  readonly #places = new Map<RelayId, string>()

  constructor(core: () => RelayCore, tell: TellReport) {
    this.#core = core
    this.#tell = tell
  }

  /** The report at `key` is new. */
  came(key: string): void {
    this.#recent.delete(key)
    this.#recent.add(key)
    const [oldest] = this.#recent
    if (this.#recent.size > MAX_RECENT) this.#recent.delete(oldest!)
  }

  /** Others than these need not be known any more. */
  keep(relays: ReadonlyMap<RelayId, unknown>): void {
    for (const relay of this.#places.keys()) if (!relays.has(relay)) this.#places.delete(relay)
  }

  /** Ends when all is told, or `stands` no longer says so. @throws StorageError */
  async run(link: Link, stands: () => boolean): Promise<void> {
    const recent = [...this.#recent].toReversed()
    for (let at = 0; at < recent.length && stands(); at += PAGE) {
      await this.#tellPage(link, recent.slice(at, at + PAGE), stands)
      await this.#core().store.wait(PAUSE_MS)
    }
    const { relay } = link.peer
    const from = this.#places.get(relay)
    let after = from
    for (let around = from === undefined; stands();) {
      const place = after === undefined ? { limit: PAGE } : { limit: PAGE, after }
      const keys = await this.#core().store.read((log) => log.recordKeys(ALL, place))
      const due = around && from !== undefined ? keys.filter((key) => key <= from) : keys
      await this.#tellPage(link, due, stands)
      if (!stands()) return
      after = due.at(-1)
      if (after !== undefined) this.#places.set(relay, after)
      if (due.length === PAGE) {
        await this.#core().store.wait(PAUSE_MS)
        continue
      }
      if (around) {
        this.#places.delete(relay)
        return
      }
      around = true
      after = undefined
    }
  }
  /** No faster than the other end takes it: more would end the link, and each after it. Between two pages it is the turn of what people have written. */
  async #tellPage(link: Link, keys: readonly string[], stands: () => boolean): Promise<void> {
    await this.#room(link, NEARLY_NOTHING_BYTES, stands)
    for (const key of keys) {
      await this.#room(link, this.#core().limits.maxAnswerBytes * MOST_AHEAD, stands)
      if (!stands()) return
      await this.#tell(link, key)
    }
  }

  /** Waits until no more than `bytes` wait for the other end. */
  async #room({ outlet }: Link, bytes: number, stands: () => boolean): Promise<void> {
    while (stands() && outlet.ownBytes > bytes) await this.#core().store.wait(PAUSE_MS)
  }
}
