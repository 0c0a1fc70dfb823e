/** What the authority said of a register. Immutable. */
export interface Register {
  /** `<documentId>#<name>`; who may read the document may read it. */
  readonly key: string
  /** `null`: absent, never set or taken away or expired. */
  readonly value: string | null
  /** Names this value: what `cas` expects. `null` when absent. Never given twice, also not by an authority that was restored from a backup. */
  readonly revision: string | null
  /** Only who may erase in the document may set it. */
  readonly guarded: boolean
  /** When it was set, in the relay's milliseconds since 1970; 0 when absent. */
  readonly setAt: number
  /** Who set it; empty when absent. */
  readonly principal: string
  /** When its lease ends at the earliest, in the relay's milliseconds since 1970; absent without a lease. */
  readonly expiresAt?: number
  /** When the authority said so, in the relay's milliseconds since 1970. */
  readonly asOf: number
}

/**
 * What came of a question:
 * - `ok`: what the register holds; after a `cas`, what was set.
 * - `conflict`: something else stands there than was expected, and nothing was set.
 * - `unavailable`: no authority answered in time. A `cas` may have taken effect all the same: say it again with the same attempt.
 * - `refused`: never, as things are. `forbidden`: the principal may not. `too-large`: the value, or its place, is full. `bad-key`: no register is named so.
 */
export type RegisterAnswer =
  | { readonly outcome: "ok" | "conflict"; readonly register: Register }
  | { readonly outcome: "unavailable" }
  | { readonly outcome: "refused"; readonly code: string }

/** What `cas` is to do. */
export interface RegisterChange {
  /** The revision that has to stand there; `null`: nothing may stand there. */
  readonly expected: string | null
  /** At most 64 KiB of UTF-8; `null` takes the value away. */
  readonly value: string | null
  /** A lease: the value goes so many milliseconds after it was set, or later, never earlier. Default 0: it stays. */
  readonly ttlMs?: number
  /** Whether only who may erase in the document may set it from now on. Default: as it is. */
  readonly guarded?: boolean
  /**
   * Names this attempt, 16 hex digits that nobody else has chosen: said again with the same one, it takes effect once and is answered alike. Give
   * one, and keep it, where an `unavailable` is to be tried again. Default: a fresh one.
   */
  readonly attempt?: string
}

/**
 * Registers: values with exactly one winner, kept by one authority and in no document. Asked when they matter, and remembered as it was last heard.
 * Nothing here rejects but for values outside their range (TypeError, RangeError).
 */
export interface ReplicaRegisters {
  /** What the register holds at a moment between the call and the answer (linearizable). */
  get(key: string): Promise<RegisterAnswer>
  /**
   * Sets the register if it holds what is expected. On a connection that breaks it is said again by itself until its deadline, as the same attempt.
   * @throws TypeError, RangeError for a change that cannot be said.
   */
  cas(key: string, change: RegisterChange): Promise<RegisterAnswer>
  /**
   * What this device last heard of the register, also offline and after a reload; `undefined` when it heard nothing, or has forgotten it. The same
   * object until it hears again. What an earlier run heard is known as soon as something below a watched prefix was, or `get` was answered.
   */
  cached(key: string): Register | undefined
  /**
   * Keeps the registers of the document `prefix` and of those below it fresh while online, and calls `changed` soon for each that is remembered, and
   * after each change of what `cached` gives for one of them. Returns a function that ends it.
   * @throws ReplicaError `bad-document-id`.
   */
  watch(prefix: string, changed: (key: string) => void): () => void
}
