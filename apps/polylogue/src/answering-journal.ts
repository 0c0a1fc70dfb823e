import type { AnsweringEvent } from "./answering-event.ts"
import type { Journal } from "./journal.ts"

/** Writes what a responder tells, one line an event. */
export function journalAnswering(journal: Journal, event: AnsweringEvent): void {
  switch (event.type) {
    case "online":
      return journal("responder-online")
    case "offline":
      return journal("responder-offline", { code: event.code }, "warning")
    case "writing":
      return journal("answer-writing", { model: event.model, takesOver: event.takesOver }, "debug")
    case "written": {
      const { model, outcome, code, usage, firstWordMs, tookMs } = event
      const ms = { firstWordMs: firstWordMs === undefined ? undefined : Math.round(firstWordMs), tookMs: Math.round(tookMs) }
      const tokens = { inputTokens: usage?.inputTokens, outputTokens: usage?.outputTokens }
      return journal(
        "answer-written",
        { model, outcome, code, ...ms, ...tokens },
        outcome === "failed" || outcome === "lost" ? "warning" : "info",
      )
    }
    case "held":
      return journal("answer-held", { code: event.code, forMs: event.forMs }, "warning")
    case "problem":
      // Named only where nothing is said to somebody else: an operator has to look at that document.
      return journal("responder-problem", { where: event.where, document: event.document, ...event.crash }, "warning")
    case "model-problem":
      return journal("model-problem", { advice: event.advice }, "warning")
  }
}
