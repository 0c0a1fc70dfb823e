import type { OpenPrompt } from "@polylogue/react"
import type { ReactNode } from "react"
import { DocumentSafety } from "../sync/document-safety.tsx"
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
      <DocumentSafety open={held.open} />
      {children}
    </div>
  )
}
