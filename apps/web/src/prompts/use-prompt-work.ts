import { promptCards, type PromptKind } from "@polylogue/conversation"
import { hasPublishedLabels, type OpenWorkspace, usePolylogue } from "@polylogue/react"
import { useMemo } from "react"
import { useToast } from "../frame/toast.tsx"
import { createPrompt, renamePrompt } from "./begin-prompt.ts"
import { promptActions, type PromptActions } from "./prompt-actions.ts"
import { mayChangePrompts } from "./prompt-words.ts"

/** What can be done with the prompts of a workspace. Who may only read is told so instead, for it would stay on this device for ever. */
export interface PromptWork extends PromptActions {
  /** Whether prompts may be changed here; says why when not: "You may read these prompts, not …". */
  readonly may: (what: string) => boolean
  readonly create: (kind: PromptKind) => void
  /** Renames a prompt on the list and in its own document. */
  readonly rename: (id: string, name: string) => void
}

/** What can be done in `workspace` while it is open; `shownId` is the prompt on screen. */
export function usePromptWork(workspace: OpenWorkspace | undefined, shownId: string | undefined): PromptWork {
  const polylogue = usePolylogue()
  const toast = useToast()
  return useMemo(() => {
    const may = (what: string): boolean => mayChangePrompts(workspace, what, toast)
    const mayChange = (): boolean => may("change the list")
    const isPublished = (id: string): boolean => hasPublishedLabels(polylogue, id)
    return {
      may,
      create: (kind) => {
        if (workspace === undefined || !may("begin new ones")) return
        createPrompt(polylogue, workspace, kind, toast)
      },
      rename: (id, name) => {
        if (workspace === undefined || !mayChange()) return
        const cards = promptCards(workspace.index)
        // Whoever was let into one prompt alone has no card of it to rename.
        if (cards.getCard(id) !== undefined) cards.rename(id, name)
        renamePrompt(polylogue, id, name).catch(() => toast({ text: "The name is in the list, but not in the prompt itself." }))
      },
      ...promptActions(workspace === undefined ? undefined : { index: workspace.index, mayChange, toast, isPublished }, shownId),
    }
  }, [polylogue, workspace, shownId, toast])
}
