import { useSourceList, type WorkspaceState } from "@polylogue/react"
import type { ReactNode } from "react"
import { CardListPlane } from "../card-list/card-list-plane.tsx"
import { quoted } from "../conversation-list/card-text.ts"
import { SOURCE_LIST } from "./source-list-kind.tsx"
import { namedSources } from "./source-words.ts"
import type { SourceWork } from "./use-source-work.ts"

interface SourceListPlaneProps {
  readonly workspace: WorkspaceState
  readonly chosenId: string | undefined
  readonly work: SourceWork
  /** Lets the person choose files to add. */
  readonly onAdd: () => void
  /** Looks for words in the texts of all sources. */
  readonly onSearch: (query: string) => void
  readonly status: ReactNode
  readonly notices: ReactNode
  readonly foot: ReactNode
}

/** The plane with all sources: find, open, rename, tag, archive, delete, restore, add. */
export function SourceListPlane({ workspace, work, onAdd, onSearch, ...rest }: SourceListPlaneProps) {
  const cards = useSourceList(workspace)
  const deleted = useSourceList(workspace, "deleted")
  return (
    <CardListPlane
      kind={SOURCE_LIST}
      {...{ workspace, cards, deleted, work }}
      {...rest}
      named={namedSources}
      create={{ label: "Add files", words: "source pdf html markdown text upload", run: onAdd }}
      items={{ first: [{ label: "Write a source", icon: "edit", run: work.write }], last: [] }}
      actions={[]}
      commands={[
        { id: "write-source", group: "Sources", name: "Write a source", icon: "edit", words: "create new text", run: work.write },
        { id: "search-sources", group: "Sources", name: "Search in sources", icon: "search", words: "passages", run: () => onSearch("") },
      ]}
      searching={{
        label: (query) => (query === "" ? "Search in all texts" : `Search for ${quoted(query)} in all texts`),
        run: onSearch,
      }}
    />
  )
}
