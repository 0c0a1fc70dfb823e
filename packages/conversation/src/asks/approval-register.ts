import { isObject } from "../formats/json-value.ts"
import type { AuthorityRegister, RegisterClient } from "../publishing/register-client.ts"

/*
 * What people answer to a tool stands in the conversation, and adds up (see `approval.ts`). What counts of it when two answer at once, and that a call runs at most once, needs one winner: registers of
 * the authority. They hold no words of people, for they stay when the conversation is erased.
 */

/** The answer to the call of a tool that counts, as its register has it. */
export interface ApprovalDecision {
  readonly approved: boolean
  /** User id of who answered. */
  readonly by: string
}

/**
 * What came of answering. `decided`: what counts, by whomever. After `unavailable` it may count all the same: say it again. `refused`: one may not answer here, as things are.
 */
export type ApprovalOutcome =
  | { readonly state: "decided"; readonly decision: ApprovalDecision }
  | { readonly state: "unavailable" }
  | { readonly state: "refused"; readonly code: string }

/** The key of the register that says which answer counts for the call in part `pid` of message `messageId`. @param conversationDocument - id of the document of segment 0. */
export function approvalKey(conversationDocument: string, messageId: string, pid: string): string {
  return `${conversationDocument}#approval/${encodeURIComponent(messageId)}/${encodeURIComponent(pid)}`
}

/** The key of the register that is set before that call runs, by whoever runs it, and never again. */
export function runKey(conversationDocument: string, messageId: string, pid: string): string {
  return `${conversationDocument}#run/${encodeURIComponent(messageId)}/${encodeURIComponent(pid)}`
}

/** Answers a call of a tool at the authority. The first answer counts, for good; who comes later is told which it is. */
export async function decideApproval(registers: RegisterClient, key: string, { approved, by }: ApprovalDecision): Promise<ApprovalOutcome> {
  const answer = await registers.cas(key, { expected: null, value: JSON.stringify({ approved, by }) })
  if (answer.outcome === "refused") return { state: "refused", code: answer.code }
  const decision = answer.outcome === "unavailable" ? undefined : readDecision(answer.register)
  return decision === undefined ? { state: "unavailable" } : { state: "decided", decision }
}

/** The answer that counts; undefined when nobody has answered at the authority yet. What nobody here understands is a denial: nothing runs because of it. */
export function readDecision(register: Pick<AuthorityRegister, "value" | "principal"> | undefined): ApprovalDecision | undefined {
  if (register === undefined || register.value === null) return undefined
  let value: unknown
  try {
    value = JSON.parse(register.value)
  } catch {
    value = undefined
  }
  const { approved, by } = isObject(value) ? value : {}
  return { approved: approved === true, by: typeof by === "string" ? by : register.principal }
}
