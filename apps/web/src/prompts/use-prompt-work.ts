import { type PromptCard, promptCards, type PromptKind } from "@polylogue/conversation"
import { hasPublishedLabels, type OpenWorkspace, usePolylogue } from "@polylogue/react"
import { useMemo } from "react"
import { shelfActions, type ShelfActions } from "../card-list/shelf-actions.ts"
import { useToast } from "../frame/toast.tsx"
import { createPrompt, renamePrompt } from "./begin-prompt.ts"
import { navigateToPrompt } from "./prompt-route.ts"
import { mayChangePrompts, namedPrompts } from "./prompt-words.ts"

/** What can be done with the prompts of a workspace. Who may only read is told so instead, for it would stay on this device for ever. */
export interface PromptWork extends ShelfActions<PromptCard> {
  /** Whether prompts may be changed here; says why when not: "You may read these prompts, not …". */
  readonly may: (what: string) => boolean
  readonly create: (kind: PromptKind) => void
  /** Renames a prompt on the list and in its own document. */
  readonly rename: (id: string, name: string) => void
}

/** Deleting is for the list of people; programs go on getting what was published for them until somebody decides that. */
const STAYS_PUBLISHED = " What is published stays published; opened among the deleted ones, a prompt says how to stop that."

/** What can be done in `workspace` while it is open; `shownId` is the prompt on screen. */
export function usePromptWork(workspace: OpenWorkspace | undefined, shownId: string | undefined): PromptWork {
  const polylogue = usePolylogue()
  const toast = useToast()
  return useMemo(() => {
    const may = (what: string): boolean => mayChangePrompts(workspace, what, toast)
    const mayChange = (): boolean => may("change the list")
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
      ...shelfActions<PromptCard>(
        workspace === undefined
          ? undefined
          : {
              index: workspace.index,
              shelf: promptCards(workspace.index),
              mayChange,
              toast,
              what: "prompt",
              named: namedPrompts,
              onDeleted: (cards) => (cards.some(({ id }) => hasPublishedLabels(polylogue, id)) ? STAYS_PUBLISHED : ""),
              goTo: (id, options) => navigateToPrompt(id, options),
            },
        shownId,
      ),
    }
  }, [polylogue, workspace, shownId, toast])
}
