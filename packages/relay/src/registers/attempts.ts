import { encodeBytes, idToBytes, type RegisterKey } from "@polylogue/protocol"
import { toHexString } from "lib0/buffer"
import * as encoding from "lib0/encoding"
import * as sha256 from "lib0/hash/sha256"

/*
 * An attempt is one change that somebody asked for, and may ask for again because the answer was lost. Remembered is what took effect; a conflict
 * had none, and is judged anew. Digests name the attempt together with who made it and all that it says: the same id with other fields, or from
 * somebody else, is another attempt.
 */

/** What a `cas` asks for. */
export interface RegisterChange {
  /** Of the register as it is believed to be; `null` for absent. */
  readonly expected: string | null
  /** `null` makes it absent. */
  readonly value: string | null
  /** Milliseconds; 0 for ever. */
  readonly ttlMs: number
  /** `undefined` leaves the guard as it is. */
  readonly guarded: boolean | undefined
  /** 16 hex digits, chosen by who asks. */
  readonly attempt: string
}

/** A change that took effect. */
export interface Attempt {
  /** See {@link attemptDigest}. */
  readonly digest: string
  /** The start of the relay in which it took effect, and what it counted then; 0 when it made the register absent. */
  readonly start: string
  readonly count: number
  readonly guarded: boolean
  /** Milliseconds since 1970; 0 when it made the register absent. */
  readonly setAt: number
  /** When it took effect, in monotonic milliseconds of that start. */
  readonly at: number
}

/** Bytes of a digest. */
export const DIGEST_BYTES = 16

/** Names the change that `principal` asks for, in hex digits. */
export function attemptDigest(key: RegisterKey, principal: string, { attempt, expected, value, ttlMs, guarded }: RegisterChange): string {
  const bytes = encodeBytes((encoder) => {
    encoding.writeUint8Array(encoder, idToBytes(attempt))
    encoding.writeVarString(encoder, key)
    encoding.writeVarString(encoder, principal)
    encoding.writeAny(encoder, [expected, value, ttlMs, guarded ?? null])
  })
  return toHexString(sha256.digest(bytes).slice(0, DIGEST_BYTES))
}

/** Those of `attempts` that took effect after `at`, as the start `start`, which began at `began`, counts time: what an earlier start has done is as old as this one. */
export function attemptsSince(
  attempts: readonly Attempt[],
  at: number,
  { start, began }: { readonly start: string; readonly began: number },
): readonly Attempt[] {
  const kept = attempts.filter((attempt) => (attempt.start === start ? attempt.at : began) > at)
  return kept.length === attempts.length ? attempts : kept
}
