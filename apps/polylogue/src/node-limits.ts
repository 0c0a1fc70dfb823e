import { DEFAULT_RELAY_LIMITS, type RelayLimits, relayLimits } from "@polylogue/relay"
import { type AnswerLimits, answerLimits, DEFAULT_ANSWER_LIMITS } from "./answering-limits.ts"
import type { BackupLimits } from "./backup-endpoint.ts"
import { type BlobLimits, blobLimits, DEFAULT_BLOB_LIMITS } from "./blob-limits.ts"
import { CommandError, reasonOf } from "./command-error.ts"
import type { LobbyLimits } from "./lobby.ts"
import type { ServerLimits } from "./server.ts"

/** How a relay is stopped. All are finite. */
export interface DrainLimits {
  /** Milliseconds that `/readyz` says `draining` before sessions are told to go elsewhere: time for a load balancer to look. */
  readonly drainNoticeMs: number
  /** Milliseconds for commits under way; what is not durable then was never acknowledged. */
  readonly drainMs: number
  /** Milliseconds for sessions to hear why they end. */
  readonly goodbyeMs: number
}

/** Bounds of the program around the relay. */
export type ProgramLimits = LobbyLimits & ServerLimits & DrainLimits & BackupLimits

/** The defaults of {@link ProgramLimits}. */
const DEFAULT_PROGRAM_LIMITS: ProgramLimits = Object.freeze({
  maxSockets: 25_000,
  maxHeaderBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 3_600_000,
  // Half of the relay's maxHandshakes: who shows no token leaves room for who has shown one.
  maxUnauthenticated: 500,
  maxUnauthenticatedPerAddress: 100,
  drainNoticeMs: 0,
  drainMs: 10_000,
  goodbyeMs: 1_000,
  backupStallMs: 60_000,
})

/** Every limit that `limits` in the configuration may set, by what it bounds. */
export const NODE_LIMITS = Object.freeze({
  relay: DEFAULT_RELAY_LIMITS,
  program: DEFAULT_PROGRAM_LIMITS,
  blobs: DEFAULT_BLOB_LIMITS,
  answers: DEFAULT_ANSWER_LIMITS,
})

/** All limits of a running relay. */
export interface NodeLimits {
  readonly relay: RelayLimits
  readonly program: ProgramLimits
  readonly blobs: BlobLimits
  readonly answers: AnswerLimits
}

/** Those that may be 0. */
const MAY_BE_ZERO: ReadonlySet<string> = new Set<keyof DrainLimits>(["drainNoticeMs", "goodbyeMs"])

/**
 * The limits that `text` sets, a JSON object by name, and the defaults of the others. `"Infinity"` is written as a text, where it is allowed.
 * @throws CommandError `usage` for a name that is none and a value that does not fit.
 */
export function readLimits(text: string | undefined): NodeLimits {
  const given = text === undefined ? {} : parse(text)
  const known = new Set(Object.values(NODE_LIMITS).flatMap((table) => Object.keys(table)))
  for (const name of Object.keys(given)) {
    if (!known.has(name)) throw new CommandError("usage", `limits has "${name}", which is no limit; docs/operations.md lists them.`)
  }
  try {
    return {
      relay: relayLimits(chosen(NODE_LIMITS.relay, given)),
      program: programLimits(chosen(NODE_LIMITS.program, given)),
      blobs: blobLimits(chosen(NODE_LIMITS.blobs, given)),
      answers: answerLimits(chosen(NODE_LIMITS.answers, given)),
    }
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError("usage", `In limits, ${reasonOf(error)}.`, { cause: error })
    throw error
  }
}

/** The values of `given` whose names `defaults` has, and the other defaults. */
function chosen<T extends object>(defaults: T, given: Readonly<Record<string, unknown>>): T {
  const own = Object.entries(given).filter(([name]) => Object.hasOwn(defaults, name))
  return { ...defaults, ...Object.fromEntries(own.map(([name, value]) => [name, value === "Infinity" ? Infinity : value])) }
}

function programLimits(limits: ProgramLimits): ProgramLimits {
  for (const [name, value] of Object.entries(limits)) {
    const least = MAY_BE_ZERO.has(name) ? 0 : 1
    // Timers take no more: a longer one would fire at once.
    if (!Number.isInteger(value) || value < least || value > 2 ** 31 - 1)
      throw new RangeError(`${name} is a whole number from ${least} to 2147483647, not ${JSON.stringify(value)}`)
  }
  if (limits.headersMs > limits.requestMs)
    throw new RangeError(`headersMs is at most requestMs, ${limits.requestMs}, not ${limits.headersMs}`)
  return limits
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let limits: unknown
  try {
    limits = JSON.parse(text)
  } catch (error) {
    throw new CommandError("usage", "limits must be a JSON object of numbers by name.", { cause: error })
  }
  if (typeof limits === "object" && limits !== null && !Array.isArray(limits)) return limits as Record<string, unknown>
  throw new CommandError("usage", "limits must be a JSON object of numbers by name.")
}
