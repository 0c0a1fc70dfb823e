/**
 * What the authority said of one of its registers. A register of the authority has one value and one winner, and stands in no document; it is not the
 * per-writer register of the documents, where every writer has a value and readers take the greatest.
 */
export interface AuthorityRegister {
  /** `<document id>#<name>`. */
  readonly key: string
  /** `null`: absent. */
  readonly value: string | null
  /** Names this value; never given twice. `null` when absent. */
  readonly revision: string | null
  /** Only who may erase in the document may set it. */
  readonly guarded: boolean
  /** When it was set, in the relay's ms since 1970; 0 when absent. */
  readonly setAt: number
  /** Who set it; empty when absent. */
  readonly principal: string
  /** When its lease ends at the earliest, in the relay's ms since 1970; absent without a lease. */
  readonly expiresAt?: number
  /** When the authority said so, in the relay's ms since 1970. */
  readonly asOf: number
}

/**
 * What came of a question. After `unavailable` a `cas` may have taken effect all the same: say it again with the same attempt. `refused` is for good, as
 * things are: `forbidden`, `too-large`, `bad-key`.
 */
export type AuthorityAnswer =
  | { readonly outcome: "ok" | "conflict"; readonly register: AuthorityRegister }
  | { readonly outcome: "unavailable" }
  | { readonly outcome: "refused"; readonly code: string }

/** The registers of the authority as a replica gives them (`replica.registers`), a relay in the same process, or a test. */
export interface RegisterClient {
  /** What the register holds at a moment between the call and the answer. */
  get(key: string): Promise<AuthorityAnswer>
  /** Sets the register if it has the revision that is expected. With the same `attempt` it takes effect at most once and is answered alike. */
  cas(
    key: string,
    change: {
      readonly expected: string | null
      readonly value: string | null
      readonly guarded?: boolean
      readonly attempt?: string
      /** A lease: the value goes so many ms after it was set, or later, never earlier. Default 0: it stays. */
      readonly ttlMs?: number
    },
  ): Promise<AuthorityAnswer>
  /** What was last heard of the register, also offline; `undefined`: nothing. The same object until more is heard. */
  cached(key: string): AuthorityRegister | undefined
  /** Keeps the registers of the document `prefix` and of those below it fresh; `changed` after each change of a cached one. Returns what ends it. */
  watch(prefix: string, changed: (key: string) => void): () => void
}
