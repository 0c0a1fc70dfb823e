import type { AuthorityRegister, RegisterClient } from "../publishing/register-client.ts"
import { isGrade, MAX_JUDGEMENT_NOTE_LENGTH, readLabels } from "./judgement.ts"

/** What is to be decided, once and for all who look: an accepted correction, a grade where annotators disagree. */
export interface Decision {
  readonly registers: RegisterClient
  /** `goldKey`, `correctionKey`. */
  readonly key: string
  /** What was decided, by `goldValue`, `correctionValue`; null takes a decision back. */
  readonly value: string | null
  /** The revision that whoever decides saw; null: nothing was decided, as far as they knew. */
  readonly base: string | null
  /** 16 hex digits, chosen at random once for this decision and kept over all tries. */
  readonly attempt?: string
}

/**
 * What came of a decision. `conflict`: somebody decided first, `register` is what stands there, and nothing was changed. `unavailable`: it may have taken effect; try
 * again with the same attempt.
 */
export type DecisionOutcome =
  | { readonly outcome: "done" | "conflict"; readonly register: AuthorityRegister }
  | { readonly outcome: "unavailable" }
  | { readonly outcome: "refused"; readonly code: string }

/** Decides, if nobody has since `base`. That somebody decided the same counts as done. */
export async function decide({ registers, key, value, base, attempt }: Decision): Promise<DecisionOutcome> {
  const answer = await registers.cas(key, { expected: base, value, ...(attempt === undefined ? {} : { attempt }) })
  if (answer.outcome === "unavailable" || answer.outcome === "refused") return answer
  const isDone = answer.outcome === "ok" || answer.register.value === value
  return { outcome: isDone ? "done" : "conflict", register: answer.register }
}

/** The grade that was decided on where annotators disagree. */
export interface Gold {
  readonly grade: number
  readonly labels: readonly string[]
  readonly note: string
  /** Who decided, as the relay knows them. */
  readonly by: string
  /** When, in the relay's ms since 1970. */
  readonly at: number
  readonly revision: string | null
}

/** What the register `goldKey` holds for a decision. @throws RangeError for a grade that is none. */
export function goldValue({
  grade,
  labels = [],
  note = "",
}: {
  readonly grade: number
  readonly labels?: readonly string[]
  readonly note?: string
}): string {
  if (!isGrade(grade)) throw new RangeError("a decision holds a grade")
  return JSON.stringify({ grade, labels: readLabels(labels), note: note.slice(0, MAX_JUDGEMENT_NOTE_LENGTH) })
}

/** The decision in a register; undefined when there is none. */
export function readGold(register: AuthorityRegister | undefined): Gold | undefined {
  const { grade, labels, note } = valueOf(register)
  if (register === undefined || !isGrade(grade)) return undefined
  const { principal, setAt, revision } = register
  return { grade, labels: readLabels(labels), note: typeof note === "string" ? note : "", by: principal, at: setAt, revision }
}

/** The correction of an answer that was accepted. */
export interface AcceptedCorrection {
  readonly correctionId: string
  /** Digest of the words that were accepted; a correction that says something else now was changed since. */
  readonly digest: string
  readonly by: string
  readonly at: number
  readonly revision: string | null
}

/** What the register `correctionKey` holds for a correction with these words. @param digest - `Correction.digest` as whoever accepts it saw it. */
export function correctionValue(correctionId: string, digest: string): string {
  return JSON.stringify({ correctionId, digest })
}

/** The accepted correction in a register; undefined when there is none. */
export function readAccepted(register: AuthorityRegister | undefined): AcceptedCorrection | undefined {
  const { correctionId, digest } = valueOf(register)
  if (register === undefined || typeof correctionId !== "string" || typeof digest !== "string") return undefined
  const { principal, setAt, revision } = register
  return { correctionId, digest, by: principal, at: setAt, revision }
}

function valueOf(register: AuthorityRegister | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(register?.value ?? "null")
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
