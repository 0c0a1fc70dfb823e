import type { RelayId } from "@polylogue/protocol"
import type { RelayCore } from "../relay-core.ts"

/** What is kept of each relay by its id: what it has said of erasures, how far its feeds were read, and what was refused of it. */
const PREFIXES = ["erased-by/", "link-feed/", "link-refused/"]
/** Records that are removed together. */
const PAGE = 256

/** Removes what is kept of relays that were forgotten: of a fleet whose disks are replaced it would only become more. */
export class ForgottenRecords {
  readonly #core: () => RelayCore
  readonly #isForgotten: (relay: RelayId) => boolean
  readonly #removing = new Set<RelayId>()

  constructor(core: () => RelayCore, isForgotten: (relay: RelayId) => boolean) {
    this.#core = core
    this.#isForgotten = isForgotten
  }

  /** Of a relay that was forgotten, now or before an earlier start. Ends when it is known again. */
  remove(relay: RelayId): void {
    if (this.#removing.has(relay)) return
    this.#removing.add(relay)
    const removed = Promise.all(PREFIXES.map((prefix) => this.#remove(relay, `${prefix}${relay}/`)))
    void removed
      .catch((error: unknown) => this.#core().events({ type: "failed", where: "forgotten-records", error }))
      .finally(() => this.#removing.delete(relay))
  }

  async #remove(relay: RelayId, prefix: string): Promise<void> {
    const { store, committer } = this.#core()
    for (let keys: readonly string[] = [prefix]; keys.length > 0;) {
      keys = await store.read((log) => log.recordKeys(prefix, { limit: PAGE }))
      if (!this.#isForgotten(relay)) return
      await Promise.all(keys.map((key) => committer.write({ type: "record", key, value: null }, () => undefined)))
    }
  }
}
