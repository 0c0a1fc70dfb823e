import { type OpenPrompt, useDocumentStatus, useReplicaStatus } from "@polylogue/react"
import type { ReactNode } from "react"
import { SafetyMark, safetyWords } from "../sync/safety-mark.tsx"
import { DraftSwitcher } from "./draft-switcher.tsx"

interface PromptFactsProps {
  readonly held: OpenPrompt
  readonly draftId: string
  readonly mayWrite: boolean
  /** Merges another draft into this one. */
  readonly onMerge: () => void
  /** What else is to be known: labels, what waits to be published. */
  readonly children?: ReactNode
}

/** The line above a draft: which one it is, where it is safe, what is published. */
export function PromptFacts({ held, draftId, mayWrite, onMerge, children }: PromptFactsProps) {
  return (
    <div className="prompt-facts">
      <DraftSwitcher held={held} draftId={draftId} mayWrite={mayWrite} onMerge={onMerge} />
      <PromptSafety held={held} />
      {children}
    </div>
  )
}

/** Where the words of a prompt are: it waits as long as anything in it has not reached a relay. */
function PromptSafety({ held }: { readonly held: OpenPrompt }) {
  const { unsavedUpdates, waitingRows } = useDocumentStatus(held.open)
  const { keeps } = useReplicaStatus()
  const safety = unsavedUpdates > 0 ? "memory" : waitingRows > 0 ? "local" : "stored"
  return (
    <span className="prompt-safety" data-safety={safety}>
      <SafetyMark safety={safety} keeps={keeps} />
      {safety === "local" && <span className="prompt-safety-words">{safetyWords(safety, keeps)}</span>}
    </span>
  )
}
