import type { LogId } from "@polylogue/protocol"
import type { Register, RegisterAnswer } from "./register.ts"

/** A `cas` as it is sent: with its attempt, and nothing left to a default. */
export interface StatedChange {
  readonly expected: string | null
  readonly value: string | null
  readonly ttlMs: number
  /** `undefined`: as it is. */
  readonly guarded: boolean | undefined
  readonly attempt: string
}

/**
 * What tabs say to each other of registers; hints, as all that tabs say. A request that is said twice is asked twice, with the same attempt, which
 * is harmless.
 * - `ask`: the sender has no socket; who holds it asks the relay within `leftMs`. Without `change` it is a `get`.
 * - `answer`: what came of the `ask` with this id; `start` is the start of the relay that said so, where that is known.
 * - `values`: what the sender's relay said, in its start `start`; to put right what another tab said that had not noticed that its socket is out of date, `again`.
 * - `forgotten`: registers that are absent, or may not be read any more.
 * - `watching`: all prefixes that the sender watches.
 */
export type RegisterMessage =
  | { readonly kind: "ask"; readonly id: string; readonly key: string; readonly change: StatedChange | undefined; readonly leftMs: number }
  | { readonly kind: "answer"; readonly id: string; readonly answer: RegisterAnswer; readonly start: LogId | undefined }
  | { readonly kind: "values"; readonly registers: readonly Register[]; readonly again: boolean; readonly start: LogId | undefined }
  | { readonly kind: "forgotten"; readonly keys: readonly string[] }
  | { readonly kind: "watching"; readonly prefixes: readonly string[] }
