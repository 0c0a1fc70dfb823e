import { type Approval, decisionOf, type MessagePart } from "@polylogue/conversation"
import { useConversationStatus, useToolAnswer } from "@polylogue/react"
import { useState } from "react"
import { useToast } from "../../frame/toast.tsx"
import { type ConversationScope, useConversationScope } from "../conversation-scope.ts"
import { PartFold } from "./part-fold.tsx"
import { ShownValue } from "./shown-value.tsx"

const MAX_NAME_LENGTH = 80

interface ToolPartProps {
  readonly part: MessagePart
  readonly messageId: string
  /** It came with an import: nobody runs it any more. */
  readonly imported: boolean
}

/** A call of a tool: what it is, how it stands, what went in and came out; and, where it asks, the answer. */
export function ToolPart({ part, messageId, imported }: ToolPartProps) {
  const scope = useConversationScope()
  const { name, input, inputText, output, errorText } = part.fields
  const words = toolWords(part, imported)
  const asks =
    !imported && (part.state === "approval-requested" || part.state === "approval-responded") && decisionOf(part.approvals) !== "denied"
  const shownInput = input ?? (typeof inputText === "string" && inputText !== "" ? inputText : undefined)
  const problem = typeof errorText === "string" && errorText !== "" ? errorText : undefined
  return (
    <div className="tool" data-tool-state={part.state}>
      <PartFold
        summary={
          <>
            <code className="tool-name" dir="auto">
              {typeof name === "string" && name !== "" ? name.slice(0, MAX_NAME_LENGTH) : "a tool"}
            </code>{" "}
            <span className={`tool-state tool-state-${words.tone}`}>{words.text}</span>
          </>
        }
        open={asks && part.state === "approval-requested"}
      >
        {() => (
          <>
            {shownInput !== undefined && <ShownValue label="Input" value={shownInput} />}
            {output !== undefined && <ShownValue label="Output" value={output} />}
            {shownInput === undefined && output === undefined && <p className="quiet">Nothing was noted of it.</p>}
          </>
        )}
      </PartFold>
      {problem !== undefined && (
        <p className="tool-problem" dir="auto">
          {problem.slice(0, MAX_PROBLEM_LENGTH)}
        </p>
      )}
      {part.approvals.map((approval) => (
        <p key={approval.userId} className="tool-answer" dir="auto">
          {answerWords(approval)}
        </p>
      ))}
      {asks && scope !== undefined && part.approvals.length === 0 && <Answer part={part} messageId={messageId} scope={scope} />}
    </div>
  )
}

const MAX_PROBLEM_LENGTH = 1_000

interface AnswerProps {
  readonly part: MessagePart
  readonly messageId: string
  readonly scope: ConversationScope
}

function Answer({ part, messageId, scope }: AnswerProps) {
  const { mayWrite } = useConversationStatus(scope.held)
  const toast = useToast()
  const give = useToolAnswer(scope.held)
  const [reason, setReason] = useState("")
  const [giving, setGiving] = useState(false)
  if (mayWrite === false) return <p className="quiet">It waits for somebody who may write here.</p>
  const answer = async (approved: boolean): Promise<void> => {
    setGiving(true)
    try {
      const outcome = await give({ messageId, pid: part.pid, approved, reason: reason.trim() })
      if (outcome.state === "other") toast({ text: `Somebody else was first and ${outcome.decision.approved ? "allowed" : "denied"} it.` })
      else if (outcome.state === "refused") toast({ text: "The relay takes no answer from you here." })
    } catch {
      // Somebody else was first, or the reply was stopped: the part says so in this very moment.
      toast({ text: "It does not wait for an answer any more." })
    }
    setGiving(false)
  }
  return (
    <div className="tool-ask" role="group" aria-label="May it run?">
      <input
        className="field"
        aria-label="Reason (optional)"
        placeholder="Reason (optional)"
        dir="auto"
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <button type="button" className="button" disabled={giving} onClick={() => void answer(false)}>
        Deny
      </button>
      <button type="button" className="button button-primary" disabled={giving} onClick={() => void answer(true)}>
        Allow
      </button>
    </div>
  )
}

function answerWords({ userName, userId, approved, reason }: Approval): string {
  const who = (userName ?? userId).slice(0, MAX_NAME_LENGTH)
  return `${who} ${approved ? "allowed it" : "denied it"}${reason === null ? "" : `: ${reason.slice(0, MAX_PROBLEM_LENGTH)}`}`
}

interface ToolWords {
  readonly text: string
  readonly tone: "quiet" | "waiting" | "ok" | "danger"
}

/** How a call stands, in words. */
function toolWords({ state, approvals, fields }: Pick<MessagePart, "state" | "approvals" | "fields">, imported: boolean): ToolWords {
  const decision = decisionOf(approvals)
  switch (state) {
    case "input-streaming":
      return { text: "is being prepared", tone: "quiet" }
    case "input-available":
      return imported ? { text: "was not finished", tone: "quiet" } : { text: "runs", tone: "quiet" }
    case "approval-requested":
    case "approval-responded":
      if (decision === "denied") return { text: "was denied", tone: "danger" }
      if (decision === "approved") return { text: "may run", tone: "quiet" }
      return imported ? { text: "was not answered", tone: "quiet" } : { text: "asks before it runs", tone: "waiting" }
    case "output-available":
      return decision === "denied" ? { text: "ran before it was denied", tone: "danger" } : { text: "done", tone: "ok" }
    case "output-error":
    case "failed":
      return { text: "failed", tone: "danger" }
    case "output-denied":
      return { text: "was denied", tone: "danger" }
    case "interrupted":
      return { text: "broke off", tone: "quiet" }
    case "stopped":
      return { text: "was stopped", tone: "quiet" }
    default:
      // An import may say nothing about the state, only what came out.
      if (fields["errorText"] !== undefined) return { text: "failed", tone: "danger" }
      return fields["output"] === undefined ? { text: "was called", tone: "quiet" } : { text: "done", tone: "ok" }
  }
}
