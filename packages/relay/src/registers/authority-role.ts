import type { RelayCore } from "../relay-core.ts"

/** Holds whether this relay was the authority when it was linked last: one byte, 1 for yes. */
const RECORD = "relay/authority"

/** What says whether a relay is the authority of registers. */
export interface RoleChoice {
  /** What its operator says, if anything. */
  readonly told: boolean | undefined
  /** What counts for one that was told nothing, and was never linked. */
  readonly byDefault: boolean
}

/**
 * Whether this relay is the authority of registers: decided once for each start. A relay that others have met stays what it was to them, until it is told
 * otherwise: were it to follow from whom it dials at the moment, an empty file would make a second authority, and a first peer would take away the only one.
 */
export class AuthorityRole {
  readonly #core: () => RelayCore
  #own = false
  #recorded: boolean | undefined

  constructor(core: () => RelayCore) {
    this.#core = core
  }

  /** Decides. @throws StorageError */
  async start({ told, byDefault }: RoleChoice): Promise<boolean> {
    const value = await this.#core().store.read((log) => log.record(RECORD))
    this.#recorded = value?.length === 1 ? value[0] === 1 : undefined
    this.#own = told ?? this.#recorded ?? byDefault
    return this.#own
  }

  /** A link stands: from now on others go by what this relay is. */
  linked(): void {
    if (this.#recorded === this.#own) return
    this.#recorded = this.#own
    const { committer, events } = this.#core()
    committer
      .write({ type: "record", key: RECORD, value: Uint8Array.of(this.#own ? 1 : 0) }, () => undefined)
      .catch((error: unknown) => {
        this.#recorded = undefined
        events({ type: "failed", where: "authority of registers", error })
      })
  }
}
