/** Bounds of a responder: times, counts and sizes. All are finite and at least 1, but for what says 0. */
export interface ResponderLimits {
  /** Milliseconds that nobody else may begin an answer after its writer was last heard of. Default 90 000. */
  readonly leaseMs: number
  /** Milliseconds between two signs of life of who writes an answer; less than half of `leaseMs`. Default 10 000. */
  readonly heartbeatMs: number
  /** The same for the card with which a responder says what it offers. Default 60 000 and 20 000. */
  readonly cardLeaseMs: number
  readonly cardHeartbeatMs: number
  /** Answers that are written at once; of others those go first in whose conversations the fewest are written, then those that were asked for first. Default 8. */
  readonly maxGenerations: number
  /** Asks that are remembered at once, at most a quarter of them, or as many as are written at once, of one document; beyond, their conversations are read again when there is room. Default 1 000. */
  readonly maxAwaited: number
  /** Milliseconds that words are collected before they are written, all in one transaction. Default 50. */
  readonly batchMs: number
  /** Longest answer, in UTF-16 units of text, reasoning and input of tools. Default 1 000 000. */
  readonly maxAnswerLength: number
  /** Of words that were not written yet, in UTF-16 units: beyond, the model is not listened to. Default 256 Ki. */
  readonly maxUnwritten: number
  /** Milliseconds over which responders spread what they ask of the authority for the same ask, so that not all of them do. 0: at once. Default 100. */
  readonly spreadMs: number
  /** Milliseconds to wait for a relay to show a conversation as it has it. Default 15 000. */
  readonly openMs: number
  /** Milliseconds to wait for what the former holder had stored; then the answer is begun with what is here. Default 5 000. */
  readonly catchUpMs: number
  /** Milliseconds after which what did not go is tried again, doubled up to `maxRetryMs`. Default 1 000 and 60 000. */
  readonly minRetryMs: number
  readonly maxRetryMs: number
  /** Longest time that a provider may ask to wait for, in milliseconds, for the answer to be held for it. 0: none is. Default 20 000. */
  readonly maxHeldMs: number
  /** How often an answer is held for its provider. Default 3. */
  readonly maxHolds: number
  /** Writers of one answer that may break off before it is given up as failed: each of them may have cost money. Default 8. */
  readonly maxBrokenOff: number
  /** Milliseconds that an ask for a model which nobody offers waits for a responder that does; then it fails. Default 15 000. */
  readonly noModelMs: number
  /** Documents of conversations that are read from the device's store at once. Default 2. */
  readonly maxReads: number
  /** Least milliseconds between two looks at one document that goes on changing. Default 100. */
  readonly readEveryMs: number
  /** Milliseconds that `close` waits for what was written to be stored at a relay. Default 2 000. */
  readonly drainMs: number
}

/** The defaults of {@link ResponderLimits}. */
export const DEFAULT_RESPONDER_LIMITS: ResponderLimits = Object.freeze({
  leaseMs: 90_000,
  heartbeatMs: 10_000,
  cardLeaseMs: 60_000,
  cardHeartbeatMs: 20_000,
  maxGenerations: 8,
  maxAwaited: 1_000,
  batchMs: 50,
  maxAnswerLength: 1_000_000,
  maxUnwritten: 256 * 1024,
  spreadMs: 100,
  openMs: 15_000,
  catchUpMs: 5_000,
  minRetryMs: 1_000,
  maxRetryMs: 60_000,
  maxHeldMs: 20_000,
  maxHolds: 3,
  maxBrokenOff: 8,
  noModelMs: 15_000,
  maxReads: 2,
  readEveryMs: 100,
  drainMs: 2_000,
})

const MAY_BE_ZERO: ReadonlySet<string> = new Set(["spreadMs", "maxHeldMs", "maxHolds", "batchMs"])

/**
 * Limits with defaults filled in.
 * @throws RangeError naming the limit that is not a finite number in its range, or a lease that is not at least twice as long as the time between two signs of life.
 */
export function checkResponderLimits(limits: Partial<ResponderLimits> = {}): ResponderLimits {
  const checked = { ...DEFAULT_RESPONDER_LIMITS, ...limits }
  for (const [name, value] of Object.entries(checked)) {
    const least = MAY_BE_ZERO.has(name) ? 0 : 1
    if (!Number.isFinite(value) || value < least) throw new RangeError(`limit ${name} is ${value}; it is finite and at least ${least}`)
  }
  if (checked.leaseMs < 2 * checked.heartbeatMs) throw new RangeError("leaseMs is at least twice heartbeatMs")
  if (checked.cardLeaseMs < 2 * checked.cardHeartbeatMs) throw new RangeError("cardLeaseMs is at least twice cardHeartbeatMs")
  return Object.freeze(checked)
}
