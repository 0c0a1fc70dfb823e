import {
  type Approval,
  approvalKey,
  decideApproval,
  decisionOf,
  type MessagePart,
  readDecision,
  type RegisterClient,
  runKey,
} from "@polylogue/conversation"
import type { Clock } from "@polylogue/protocol"
import { AnswerError } from "../answer.ts"
import { pause } from "../pause.ts"

/*
 * Whether the call of a tool that asked may run, and that it runs at most once.
 *
 *     asked ──▶ register #approval: the first answer ──▶ approved ──▶ register #run: the first claim ──▶ it runs ──▶ its output
 *                                                └────▶ denied                             └─▶ somebody else's: whether it ran is not known
 *
 * Both registers are set from nothing, once, and stay. The claim is made before the tool runs, so a responder that dies in between leaves a call of which nobody knows whether it ran; it is said so, and it
 * never runs again. The document adds a denial that the registers cannot see: one that was given offline, and has come by the time the call is to be run.
 */

/** The authority, and the call that is looked at there. */
export interface CallPlace {
  readonly registers: RegisterClient
  readonly clock: Clock
  /** Document of segment 0 of the conversation. */
  readonly conversationDocument: string
  readonly messageId: string
  readonly pid: string
}

/** Milliseconds before the authority is asked again when it did not answer. */
export const AUTHORITY_RETRY_MS = 1_000

/**
 * What people decided about a call: null when nobody has answered. What was only said in the document, by people who were offline, is said to the authority first; a denial that stands in the document
 * holds even against an approval that the authority has (see `decisionOf`).
 * @throws the reason of `signal` when it aborts: while the authority does not answer, it is asked again. AnswerError `failed` when it refuses.
 */
export async function settleApproval(
  place: CallPlace,
  approvals: MessagePart["approvals"],
  signal: AbortSignal,
): Promise<"approved" | "denied" | null> {
  const { registers, conversationDocument, messageId, pid } = place
  const key = approvalKey(conversationDocument, messageId, pid)
  const said = decisionOf(approvals)
  if (said === null) {
    const decision = readDecision((await untilAnswered(place, signal, () => registers.get(key))).register)
    return decision === undefined ? null : decision.approved ? "approved" : "denied"
  }
  const answer = { approved: said === "approved", by: speaker(approvals) }
  const { decision } = await untilAnswered(place, signal, async () => {
    const outcome = await decideApproval(registers, key, answer)
    return outcome.state === "decided" ? { outcome: "ok" as const, decision: outcome.decision } : { outcome: outcome.state }
  })
  return answer.approved && decision.approved ? "approved" : "denied"
}

/**
 * Claims the run of a call. Of all who ever do, one gets true.
 * @param claim - names this claim; nobody else has chosen it.
 * @throws the reason of `signal` when it aborts, AnswerError `failed` when the authority refuses; the claim may stand after the first.
 */
export async function claimRun(place: CallPlace, claim: string, signal: AbortSignal): Promise<boolean> {
  const { registers, conversationDocument, messageId, pid } = place
  const key = runKey(conversationDocument, messageId, pid)
  const value = JSON.stringify({ claim })
  const answer = await untilAnswered(place, signal, () => registers.cas(key, { expected: null, value }))
  // An answer that was lost on its way leaves the own claim there, and a conflict with it.
  return answer.register.value === value
}

/** The first who said what counts. */
function speaker(approvals: readonly Approval[]): string {
  return (approvals.find(({ approved }) => !approved) ?? approvals[0])?.userId ?? ""
}

async function untilAnswered<A extends { readonly outcome: string }>(
  { clock }: CallPlace,
  signal: AbortSignal,
  ask: () => Promise<A | { readonly outcome: "unavailable" | "refused" }>,
): Promise<Extract<A, { readonly outcome: "ok" | "conflict" }>> {
  for (;;) {
    signal.throwIfAborted()
    const answer = await ask()
    signal.throwIfAborted()
    if (answer.outcome === "refused")
      throw new AnswerError(
        "failed",
        "The relay does not let this responder run tools here. Let it write in this workspace, and try again.",
      )
    if (answer.outcome !== "unavailable") return answer as Extract<A, { readonly outcome: "ok" | "conflict" }>
    await pause(clock, AUTHORITY_RETRY_MS, signal)
  }
}
