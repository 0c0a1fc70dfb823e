import type { PromptCard } from "@polylogue/conversation"
import { quoted } from "../conversation-list/card-text.ts"
import { BarButton, VIEWS } from "../conversation-list/list-pieces.tsx"
import type { ListView } from "../conversation-list/list-rows.ts"
import { counted } from "../frame/relative-time.ts"

/** What the list says of what it shows; `undefined` when the rows say it all. */
export function promptListNote(view: ListView, query: string, tag: string, found: number): string | undefined {
  const sought = query.trim()
  if (found > 0) return sought === "" && tag === "" ? undefined : `${counted(found, "prompt")} found`
  if (sought !== "") return `No prompt matches ${quoted(sought)}.`
  if (tag !== "") return `No prompt has the tag ${quoted(tag)}.`
  return view === "all" ? "No prompts yet. Begin one with the plus above." : VIEWS[view].empty
}

interface PromptSelectionBarProps {
  readonly cards: readonly PromptCard[]
  readonly onAll: () => void
  readonly onTags: () => void
  readonly onArchive: (archived: boolean) => void
  readonly onExport: () => void
  readonly onDelete: () => void
  readonly onEnd: () => void
}

/** What can be done with all that is selected. */
export function PromptSelectionBar({ cards, onAll, onTags, onArchive, onExport, onDelete, onEnd }: PromptSelectionBarProps) {
  const none = cards.length === 0
  const archived = !none && cards.every((card) => card.archived)
  return (
    <div className="selection-bar" role="toolbar" aria-label="Selected prompts">
      <span className="selection-count" role="status">
        {none ? "Select prompts" : `${cards.length.toLocaleString("en")} selected`}
      </span>
      <BarButton icon="check" label="Select all" onPress={onAll} />
      <BarButton icon="tag" label="Tags…" disabled={none} onPress={onTags} />
      <BarButton
        icon="archive"
        label={archived ? "Take out of the archive" : "Archive"}
        disabled={none}
        onPress={() => onArchive(!archived)}
      />
      <BarButton icon="export" label="Export" disabled={none} onPress={onExport} />
      <BarButton icon="trash" label="Delete" disabled={none} onPress={onDelete} />
      <BarButton icon="close" label="End selecting" onPress={onEnd} />
    </div>
  )
}
