import type { DocumentId } from "../document-id.ts"
import type { AuthorityRegister, RegisterClient } from "../publishing/register-client.ts"
import type { BlindJudgements } from "./blind-judgements.ts"
import { closedKey, doneKey } from "./judging-ids.ts"
import type { Round } from "./round.ts"
import { MAX_ANNOTATORS } from "./round-settings.ts"
import { fieldsOf, parsedJson } from "../stored-value.ts"

/*
 * How a blind round ends. Each annotator says that they are done in a register of the round's document: with the hash of what they judged, which shows nothing and binds
 * them, and with the names of those whom they take to be in the round. When all of these are done, or the round is closed, each one's own device reveals the text.
 *
 *   judging → finished (wish, works offline) → sealed, on a relay's disk → done (register) → revealed
 *
 * A register says who set it. With authentication a claim counts only if its annotator made it; the list of names is each annotator's own as it was when they were done, so
 * that nobody gets to see theirs by taking others out of the round.
 */

/** What an annotator who is done says. */
export interface DoneClaim {
  readonly annotator: string
  /** Hash of the sealed text. */
  readonly commitment: string
  /** How many judgements it holds, as they say. */
  readonly count: number
  /** Who was in the round for them; without who says it. */
  readonly roster: readonly string[]
  /** When the authority took it, in the relay's ms since 1970. */
  readonly at: number
}

/** How far a blind round is, as it was last heard. */
export interface BlindStanding {
  /** By annotator. */
  readonly done: ReadonlyMap<string, DoneClaim>
  /** When it was closed for who was not done, in the relay's ms since 1970; null while it is not. */
  readonly closedAt: number | null
}

/** What ends the work of one annotator in a blind round. */
export interface BlindWork {
  readonly registers: RegisterClient
  readonly roundDocument: DocumentId
  readonly round: Round
  readonly blind: BlindJudgements
  /** Whether the relay knows who writes: then a claim counts only from its own annotator. */
  readonly enforced: boolean
  /** Resolves with true once a relay has what the annotator's document holds now, with false when that cannot be said now. */
  readonly stored: () => Promise<boolean>
}

/**
 * How far an annotator came. `judging`: they have not finished; `waiting`: for others; `unavailable`: not known, the wish stays and is to be tried again;
 * `refused`: with the code of the authority.
 */
export type BlindOutcome =
  | { readonly state: "judging" | "waiting" | "revealed" | "unavailable" }
  | { readonly state: "refused"; readonly code: string }

const COMMITMENT = /^[A-Za-z0-9_-]{43}$/u
/** Times that a register is asked for when somebody else always comes between. */
const MAX_TRIES = 10

/** The claim in a register; undefined when there is none, or somebody else made it. */
function readDone(register: AuthorityRegister | undefined, annotator: string, enforced: boolean): DoneClaim | undefined {
  if (typeof register?.value !== "string" || (enforced && register.principal !== annotator)) return undefined
  const { commitment, count, roster } = fieldsOf(parsedJson(register.value))
  if (typeof commitment !== "string" || !COMMITMENT.test(commitment)) return undefined
  const names = Array.isArray(roster) ? roster.filter((name): name is string => typeof name === "string").slice(0, MAX_ANNOTATORS) : []
  return { annotator, commitment, count: typeof count === "number" ? count : 0, roster: names, at: register.setAt }
}

/** When a round was closed; null while it is not. Only who may erase in the round's document closes it: a register that others could set says nothing. */
function readClosed(register: AuthorityRegister | undefined): number | null {
  return register !== undefined && register.value !== null && register.guarded ? register.setAt : null
}

/** How far a blind round is, as it was last heard, also offline. @param annotators - those of its settings. */
export function blindStanding(
  registers: RegisterClient,
  roundDocument: DocumentId,
  annotators: Iterable<string>,
  enforced: boolean,
): BlindStanding {
  const done = new Map<string, DoneClaim>()
  for (const annotator of annotators) {
    const claim = readDone(registers.cached(doneKey(roundDocument, annotator)), annotator, enforced)
    if (claim !== undefined) done.set(annotator, claim)
  }
  return { done, closedAt: readClosed(registers.cached(closedKey(roundDocument))) }
}

/**
 * Takes an annotator's work as far as it goes: says that they are done when they want to be, takes that back when they do not any more and nobody has revealed
 * anything, and reveals when all are done. Any device of the annotator may do so, at the same time as well, and again after `unavailable`.
 * @throws ConversationError `too-large` for judgements that cannot be sealed.
 */
export async function advanceBlind(work: BlindWork): Promise<BlindOutcome> {
  const { registers, roundDocument, blind, round, enforced } = work
  const key = doneKey(roundDocument, blind.annotator)
  let answer = await registers.get(key)
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (answer.outcome === "unavailable") return { state: "unavailable" }
    if (answer.outcome === "refused") return { state: "refused", code: answer.code }
    const { register } = answer
    const claim = readDone(register, blind.annotator, enforced)
    const isFinal = claim !== undefined && (blind.wantsToBeDone() || round.reveals.seenOf(blind.annotator).size > 0)
    if (isFinal) return reveal(work, claim)
    if (claim === undefined && !blind.wantsToBeDone()) return { state: "judging" }
    const value = claim === undefined ? await claimNow(work) : null
    if (value === undefined) return { state: "unavailable" }
    // While the words went to the relay, the annotator may have gone on judging.
    if (value !== null && !blind.wantsToBeDone()) return { state: "judging" }
    answer = await registers.cas(key, { expected: register.revision, value })
  }
  return { state: "unavailable" }
}

/**
 * Closes a blind round for those who are not done: what the others judged is revealed. Takes the permission to erase in the round's document, so it is for
 * owners. What a latecomer says after that counts as late.
 */
export async function closeRound(registers: RegisterClient, roundDocument: DocumentId): Promise<"closed" | "unavailable" | "forbidden"> {
  const key = closedKey(roundDocument)
  let answer = await registers.get(key)
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (answer.outcome === "unavailable") return "unavailable"
    if (answer.outcome === "refused") return "forbidden"
    if (readClosed(answer.register) !== null) return "closed"
    answer = await registers.cas(key, { expected: answer.register.revision, value: "closed", guarded: true })
  }
  return "unavailable"
}

/** The claim of now, once a relay has what it is a hash of; undefined when that cannot be said. */
async function claimNow({ blind, round, stored }: BlindWork): Promise<string | undefined> {
  const commitment = blind.seal()
  const roster = round
    .getSettings()
    .annotators.map(({ id }) => id)
    .filter((id) => id !== blind.annotator)
  const count = blind.sealedJudgements(commitment)?.length ?? 0
  return (await stored()) ? JSON.stringify({ commitment, count, roster }) : undefined
}

async function reveal({ registers, roundDocument, round, blind, enforced }: BlindWork, claim: DoneClaim): Promise<BlindOutcome> {
  const text = blind.sealed(claim.commitment)
  if (text === undefined) return { state: "waiting" }
  const closing = await registers.get(closedKey(roundDocument))
  if (closing.outcome === "unavailable") return { state: "unavailable" }
  const isClosed = "register" in closing && readClosed(closing.register) !== null
  const seen = new Map<string, string>()
  for (const other of claim.roster) {
    const answer = await registers.get(doneKey(roundDocument, other))
    if (answer.outcome === "unavailable") return { state: "unavailable" }
    const theirs = "register" in answer ? readDone(answer.register, other, enforced) : undefined
    if (theirs !== undefined) seen.set(other, theirs.commitment)
    else if (!isClosed) return { state: "waiting" }
  }
  round.reveals.reveal(blind.annotator, claim.commitment, text, seen)
  return { state: "revealed" }
}
