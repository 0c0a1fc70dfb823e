import { isObject } from "./formats/json-value.ts"
import type { MessagePart } from "./message.ts"

/** Field in the details of the state with which the answer of a slot is over, whichever part it stands at. */
export const ENDS = "ends"

/** How the answer of which these are the parts is over; null while it is not. Of several ends that writers noted without knowing of each other, the last part's. */
export function answerEnd(parts: readonly MessagePart[]): "done" | "stopped" | "failed" | null {
  for (const { type, state, details } of parts.toReversed()) {
    if (type === "tool") continue
    if (state === "stopped" || state === "failed") return state
    if (state === "done" && isObject(details) && details[ENDS] === true) return "done"
  }
  return null
}
