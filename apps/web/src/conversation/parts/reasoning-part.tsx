import type { MessagePart } from "@polylogue/conversation"
import type { ReactNode } from "react"
import { duration } from "../../frame/relative-time.ts"
import { PartFold } from "./part-fold.tsx"

/** What a model thought: open while it thinks, folded away afterwards. */
export function ReasoningPart({ part, children }: { readonly part: MessagePart; readonly children: ReactNode }) {
  const thinking = part.state === "streaming"
  return (
    <PartFold summary={thinking ? "Thinking" : thoughtWords(part)} open={thinking}>
      {() => children}
    </PartFold>
  )
}

/** How long it took, where that was noted. */
function thoughtWords({ fields, details }: Pick<MessagePart, "fields" | "details">): string {
  const noted = typeof details === "object" && details !== null ? (details as Record<string, unknown>) : {}
  const ms = fields["durationMs"] ?? noted["durationMs"]
  return typeof ms === "number" && Number.isFinite(ms) && ms > 0 ? `Thought for ${duration(ms)}` : "Thoughts"
}
