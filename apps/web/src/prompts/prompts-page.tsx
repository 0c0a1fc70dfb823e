import type { WorkspaceState } from "@polylogue/react"
import type { ReactNode } from "react"
import { usePhone } from "../frame/use-media.ts"
import type { Identity } from "../identity/identity.ts"
import { usePromptRoute } from "./prompt-route.ts"

interface PromptsPageProps {
  readonly workspace: WorkspaceState
  readonly identity: Identity
  /** Says where words are safe; opens the details. */
  readonly status: ReactNode
  /** What is to be said over the planes. */
  readonly notices: ReactNode
  /** Who writes here; for the foot of the list. */
  readonly foot: ReactNode
  /** The details on safety, where they are open; they take the margin. */
  readonly margin: ReactNode
  readonly onSignIn: () => void
  /** What lies over the page. */
  readonly children: ReactNode
}

/** The prompts of the workspace: the list, and the one that is open. */
export function PromptsPage({ workspace, status, notices, foot, margin, children }: PromptsPageProps) {
  const { promptId } = usePromptRoute()
  const phone = usePhone()
  const list = (
    <nav className="list-plane" aria-label="Prompts">
      <header className="list-head">
        <h1 className="list-name">Prompts</h1>
        {phone && status}
      </header>
      <footer className="list-foot">{foot}</footer>
    </nav>
  )
  const shownPlane = promptId === undefined ? "list" : "text"
  return (
    <div className="frame" data-plane={shownPlane} data-margin={margin !== undefined || undefined}>
      {(!phone || shownPlane === "list") && list}
      {(!phone || shownPlane === "text") && (
        <main className="text-plane" data-workspace={workspace.state}>
          {notices}
          {!phone && <header className="text-head text-head-end">{status}</header>}
        </main>
      )}
      {margin}
      {children}
    </div>
  )
}
