import { isObject } from "../formats/json-value.ts"
import type { AuthorityRegister } from "../publishing/register-client.ts"
import type { Ask } from "./ask-records.ts"

/**
 * Who writes the answer of a slot, as the authority's register `<conversation>#gen/<message>/<slot>` has it. While an answer is `writing` or `waiting` for people the register is a lease: it goes by
 * itself when its holder does not renew it. At its end it says so for as long as a lease can last, so that a responder that has not heard of the answer yet does not begin another.
 */
export interface Generation {
  /** The responder that has the lease, or had it last. */
  readonly holder: string
  /** What people read of it. */
  readonly holderName: string
  /** `waiting`: for what people say to a tool; nobody writes. */
  readonly state: "writing" | "waiting" | "done" | "stopped" | "failed"
  /** The reply, as soon as there is one. */
  readonly replyId: string | null
  /** A session token: the conversation as its holder had stored it, so that the next one reads all of it before it goes on. */
  readonly stored: string | null
}

/** The key of the register of an ask. @param conversationDocument - id of the document of segment 0. */
export function generationKey(conversationDocument: string, { messageId, slot }: Pick<Ask, "messageId" | "slot">): string {
  return `${conversationDocument}#gen/${encodeURIComponent(messageId)}/${encodeURIComponent(slot)}`
}

/** The value of a register that says `generation`. */
export function generationValue(generation: Generation): string {
  return JSON.stringify(generation)
}

/** What a register says; undefined when it is absent, or holds something else. */
export function readGeneration(register: Pick<AuthorityRegister, "value"> | undefined): Generation | undefined {
  let value: unknown
  try {
    value = JSON.parse(register?.value ?? "null")
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { holder, holderName, state, replyId, stored } = value
  const known = STATES.find((one) => one === state)
  if (typeof holder !== "string" || known === undefined) return undefined
  return {
    holder,
    holderName: typeof holderName === "string" ? holderName : "",
    state: known,
    replyId: typeof replyId === "string" ? replyId : null,
    stored: typeof stored === "string" ? stored : null,
  }
}

const STATES = ["writing", "waiting", "done", "stopped", "failed"] as const
