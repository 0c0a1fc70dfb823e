import type { PromptCard } from "@polylogue/conversation"
import { usePromptList, useWatchLabels, type WorkspaceState } from "@polylogue/react"
import type { ReactNode } from "react"
import { CardListPlane } from "../card-list/card-list-plane.tsx"
import { PROMPT_LIST } from "./prompt-list-kind.tsx"
import { namedPrompts } from "./prompt-words.ts"
import type { PromptWork } from "./use-prompt-work.ts"

interface PromptListPlaneProps {
  readonly workspace: WorkspaceState
  readonly chosenId: string | undefined
  readonly work: PromptWork
  readonly onImport: () => void
  readonly onExport: (cards: readonly PromptCard[]) => void
  /** What stands in the head beside the name: the status, when one plane is shown at a time. */
  readonly status: ReactNode
  /** What is to be said over the list, while there is no text plane to say it over. */
  readonly notices: ReactNode
  /** What stands at the foot: who writes here. */
  readonly foot: ReactNode
}

/** The plane with all prompts: find, open, rename, tag, archive, delete, restore, export. */
export function PromptListPlane({ workspace, work, onImport, onExport, ...rest }: PromptListPlaneProps) {
  useWatchLabels()
  const cards = usePromptList(workspace)
  const deleted = usePromptList(workspace, "deleted")
  const text = (): void => work.create("text")
  return (
    <CardListPlane
      kind={PROMPT_LIST}
      {...{ workspace, cards, deleted, work }}
      {...rest}
      named={namedPrompts}
      create={{ label: "New prompt", words: "create chat", run: () => work.create("chat") }}
      items={{
        first: [
          { label: "New chat prompt", icon: "plus", run: () => work.create("chat") },
          { label: "New text prompt", icon: "plus", run: text },
        ],
        last: [{ label: "Import prompts", icon: "import", run: onImport }],
      }}
      actions={[{ label: "Export", icon: "export", run: onExport }]}
      commands={[
        { id: "create-text", group: "Prompts", name: "New text prompt", icon: "plus", words: "create", run: text },
        {
          id: "import-prompts",
          group: "Prompts",
          name: "Import prompts",
          icon: "import",
          words: "file langfuse csv markdown",
          run: onImport,
        },
      ]}
    />
  )
}
