import type { DocumentId } from "../document-id.ts"
import { labelKey } from "./prompt-registers.ts"
import type { AuthorityRegister, RegisterClient } from "./register-client.ts"
import { askNumber } from "./version-numbers.ts"

/** What a label held when somebody decided to change it: only from there it is changed. */
export interface LabelBase {
  /** `null`: it was not set, as far as was known. */
  readonly revision: string | null
  /** The version that had it; `null`: none. */
  readonly versionId: string | null
}

/** The base of somebody who saw `register`; of somebody who heard of none, that there is none. */
export function labelBase(register: AuthorityRegister | undefined): LabelBase {
  return { revision: register?.revision ?? null, versionId: register?.value ?? null }
}

/**
 * What came of changing a label. `conflict`: it does not stand where it was seen, and nothing was changed; `register` is what stands there.
 * `unavailable`: it may have been changed; try again with the same attempt. `refused`: `forbidden` (the label is protected, or the prompt not to be
 * written in), `no-number` for a version that has none.
 */
export type LabelOutcome =
  | { readonly outcome: "done" | "conflict"; readonly register: AuthorityRegister }
  | { readonly outcome: "unavailable" }
  | { readonly outcome: "refused"; readonly code: string }

/** A change of a label. */
export interface LabelChange {
  readonly registers: RegisterClient
  readonly promptDocument: DocumentId
  readonly label: string
  readonly base: LabelBase
  /** 16 hex digits, chosen at random once for this change and kept over all tries. */
  readonly attempt: string
}

/**
 * Gives a label to a version that has a number already: "staging" to what is in production.
 * @throws ConversationError `bad-label`.
 */
export async function moveLabel(change: LabelChange & { readonly versionId: string }): Promise<LabelOutcome> {
  const { registers, promptDocument, versionId } = change
  const key = labelKey(promptDocument, change.label)
  const number = await askNumber(registers, promptDocument, versionId)
  if (number === undefined) return { outcome: "refused", code: "no-number" }
  return number.outcome === "ok" ? setLabel(change, key, versionId) : number
}

/**
 * Takes a label away; nobody gets anything under it then.
 * @throws ConversationError `bad-label`.
 */
export async function removeLabel(change: LabelChange): Promise<LabelOutcome> {
  return setLabel(change, labelKey(change.promptDocument, change.label), null)
}

/**
 * Lets only owners set a label from now on, or everybody who may write in the prompt. The version that has it keeps it, whichever that is.
 * @throws ConversationError `bad-label`.
 */
export async function protectLabel(
  registers: RegisterClient,
  promptDocument: DocumentId,
  label: string,
  guarded: boolean,
): Promise<LabelOutcome> {
  const key = labelKey(promptDocument, label)
  let answer = await registers.get(key)
  // Whoever comes between moves the label, which is what makes the loop end.
  for (let round = 0; round < MAX_GUARD_ROUNDS; round++) {
    if (answer.outcome === "unavailable" || answer.outcome === "refused") return answer
    const { register } = answer
    if (register.guarded === guarded) return { outcome: "done", register }
    answer = await registers.cas(key, { expected: register.revision, value: register.value, guarded })
    if (answer.outcome === "ok") return { outcome: "done", register: answer.register }
  }
  return { outcome: "unavailable" }
}

const MAX_GUARD_ROUNDS = 100

/** Sets or takes away a label from its base. That it holds the value already counts as done: whoever set it wanted the same. */
export async function setLabel(
  change: Pick<LabelChange, "registers" | "base" | "attempt">,
  key: string,
  versionId: string | null,
): Promise<LabelOutcome> {
  const { registers, base, attempt } = change
  const answer = await registers.cas(key, { expected: base.revision, value: versionId, attempt })
  if (answer.outcome === "unavailable" || answer.outcome === "refused") return answer
  const isDone = answer.outcome === "ok" || answer.register.value === versionId
  return { outcome: isDone ? "done" : "conflict", register: answer.register }
}
