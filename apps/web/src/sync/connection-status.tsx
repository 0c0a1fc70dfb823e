import { type OpenConversation, useReplicaStatus } from "@polylogue/react"
import { Icon } from "../frame/icon.tsx"
import { usePhone } from "../frame/use-media.ts"
import type { StatusSentence } from "./status-sentence.ts"
import { useMovedWords } from "./use-moved-words.ts"
import { useSentence } from "./use-sentence.ts"
import "./connection-status.css"

interface ConnectionStatusProps {
  /** The conversation on screen, whose waiting messages are counted. */
  readonly held: OpenConversation | undefined
  readonly open: boolean
  readonly onToggle: () => void
}

/** The sentence on safety in the frame; a click opens the details in the margin. */
export function ConnectionStatus({ held, open, onToggle }: ConnectionStatusProps) {
  const { connection, waitingRows } = useReplicaStatus()
  const { sentence } = useSentence(held)
  const moved = useMovedWords()
  const phone = usePhone()
  const text = sentence.tone === "quiet" ? (moved ?? sentence.text) : sentence.text
  return (
    <button
      type="button"
      className={`connection-status connection-status-${sentence.tone}`}
      data-testid="connection-status"
      data-connection={connection}
      data-waiting={waitingRows}
      data-tone={sentence.tone}
      aria-expanded={open}
      aria-label={`${text}. Show sync details`}
      title={sentence.detail}
      onClick={onToggle}
    >
      <StatusShape tone={sentence.tone} />
      <span className="connection-status-text">{phone ? sentence.short : text}</span>
    </button>
  )
}

function StatusShape({ tone }: { readonly tone: StatusSentence["tone"] }) {
  if (tone === "danger")
    return (
      <span className="connection-status-alert" aria-hidden="true">
        !
      </span>
    )
  if (tone === "quiet") return <Icon name="check" size={14} />
  return (
    <svg aria-hidden="true" width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" strokeWidth="1.4">
      <circle cx="7" cy="7" r="5" />
    </svg>
  )
}
