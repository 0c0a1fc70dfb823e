import type { OpenPrompt } from "@polylogue/react"
import { createContext, useContext } from "react"
import type { DraftUndo } from "./draft-undo.ts"
import type { EditorRegistry } from "./editor-registry.ts"
import type { Other } from "./remote-cursors.ts"
import type { SlotExtras } from "./slot-extras.ts"

/** What the parts of an editor share: the draft that they show, and who else is in it. */
export interface DraftScope extends OpenPrompt {
  readonly draftId: string
  readonly mayWrite: boolean
  readonly undo: DraftUndo
  readonly editors: EditorRegistry
  readonly others: readonly Other[]
  readonly extras: SlotExtras | undefined
}

export const DraftScopeContext = createContext<DraftScope | undefined>(undefined)

export function useDraftScope(): DraftScope {
  const scope = useContext(DraftScopeContext)
  if (scope === undefined) throw new TypeError("this belongs into the editor of a prompt")
  return scope
}
