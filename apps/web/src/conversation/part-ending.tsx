import type { MessagePart } from "@polylogue/conversation"
import "./part-ending.css"

/** How a part ended, where that was before its end: nothing for one that is whole or still being written. */
export function PartEnding({ part }: { readonly part: MessagePart }) {
  const words = endingWords(part)
  return words === undefined ? null : (
    <p className="part-ending" dir="auto">
      {words}
    </p>
  )
}

/** What people read of a part that was stopped or failed; the reason is its writer's. */
export function endingWords({ state, details }: Pick<MessagePart, "state" | "details">): string | undefined {
  if (state === "stopped") return "Stopped here. What was written until then stays."
  if (state === "interrupted") return "It broke off here."
  if (state !== "failed") return undefined
  const reason = typeof details === "object" && details !== null && "reason" in details ? details.reason : undefined
  return typeof reason === "string" && reason.trim() !== ""
    ? `It ended early: ${reason}`
    : "It ended early. What was written until then stays."
}
