import { isObject } from "./formats/json-value.ts"
import type { MessagePart } from "./message.ts"

/** Field in the details of the state with which the answer of a slot is over, whichever part it stands at. */
export const ENDS = "ends"

/** How the answer of which these are the parts is over; null while it is not. Of several ends that writers noted without knowing of each other, the last part's. */
export function answerEnd(parts: readonly MessagePart[]): "done" | "stopped" | "failed" | null {
  const state = parts.findLast(endsAnswer)?.state
  return state === "done" || state === "stopped" || state === "failed" ? state : null
}

/** Whether the answer of its slot is over with this part, as far as its writer goes. */
export function endsAnswer({ type, state, details }: Pick<MessagePart, "type" | "state" | "details">): boolean {
  if (type === "tool") return false
  return state === "stopped" || state === "failed" || (state === "done" && isObject(details) && details[ENDS] === true)
}
