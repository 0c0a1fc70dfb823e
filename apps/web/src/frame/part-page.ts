import type { WorkspaceState } from "@polylogue/react"
import type { ReactNode } from "react"
import type { Identity } from "../identity/identity.ts"

/** What the app gives the page of each of its parts. */
export interface PartPageProps {
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
