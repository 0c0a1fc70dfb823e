import { type SourceCard, sourceCards } from "@polylogue/conversation"
import { type OpenWorkspace, usePolylogue } from "@polylogue/react"
import { useMemo } from "react"
import { shelfActions, type ShelfActions } from "../card-list/shelf-actions.ts"
import { useToast } from "../frame/toast.tsx"
import { addingProblem } from "./adding-words.ts"
import { navigateToSource } from "./source-route.ts"
import { mayChangeSources, namedSources } from "./source-words.ts"
import { withSource } from "./with-source.ts"

/** What can be done with the sources of a workspace. Who may only read is told so instead, for it would stay on this device for ever. */
export interface SourceWork extends ShelfActions<SourceCard> {
  /** Whether sources may be changed here; says why when not: "You may read these sources, not …". */
  readonly may: (what: string) => boolean
  /** Makes an empty source, and goes there to write. */
  readonly write: () => void
  /** Makes a text a source, and goes there. */
  readonly paste: (text: string) => void
  /** Renames a source on the list and in its own document. */
  readonly rename: (id: string, title: string) => void
}

/** What can be done in `workspace` while it is open; `shownId` is the source on screen. */
export function useSourceWork(
  workspace: OpenWorkspace | undefined,
  shownId: string | undefined,
  onWrite: (sourceId: string) => void,
): SourceWork {
  const polylogue = usePolylogue()
  const toast = useToast()
  return useMemo(() => {
    const may = (what: string): boolean => mayChangeSources(workspace, what, toast)
    const mayChange = (): boolean => may("change the list")
    const make = (text: string | undefined): void => {
      if (workspace === undefined || !may("add others")) return
      const run = async (): Promise<void> => {
        const { addEmpty, addText } = await import("./add-source.ts")
        const { sourceId } = await (text === undefined ? addEmpty(polylogue, workspace) : addText(polylogue, workspace, text))
        if (text === undefined) onWrite(sourceId)
        navigateToSource(sourceId)
      }
      run().catch((error: unknown) => toast({ text: `Nothing was added. ${addingProblem(error)}` }))
    }
    return {
      may,
      write: () => make(undefined),
      paste: make,
      rename: (id, title) => {
        if (workspace === undefined || !mayChange()) return
        const cards = sourceCards(workspace.index)
        if (cards.getCard(id) !== undefined) cards.rename(id, title)
        withSource(polylogue, id, (source) => source.setTitle(title)).catch(() =>
          toast({ text: "The title is in the list, but not in the source itself." }),
        )
      },
      ...shelfActions<SourceCard>(
        workspace === undefined
          ? undefined
          : {
              index: workspace.index,
              shelf: sourceCards(workspace.index),
              mayChange,
              toast,
              what: "source",
              named: namedSources,
              goTo: navigateToSource,
            },
        shownId,
      ),
    }
  }, [polylogue, workspace, shownId, onWrite, toast])
}
