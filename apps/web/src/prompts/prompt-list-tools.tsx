import { foldTag, type PromptCard } from "@polylogue/conversation"
import { quoted } from "../conversation-list/card-text.ts"
import { Icon, type IconName } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import type { PromptListView } from "./prompt-rows.ts"

/** Where one writes what one looks for among the prompts. */
export function PromptFilter({ query, onQuery }: { readonly query: string; readonly onQuery: (query: string) => void }) {
  return (
    <div className="list-filter">
      <Icon name="search" />
      <input
        type="search"
        id="prompt-filter"
        className="field"
        dir="auto"
        placeholder="Find by name, tag or words"
        aria-label="Find a prompt by name, tag or words"
        aria-keyshortcuts="/"
        autoComplete="off"
        value={query}
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return
          if (query === "") event.currentTarget.blur()
          else onQuery("")
        }}
      />
    </div>
  )
}

interface PromptTagBarProps {
  readonly tags: readonly { readonly name: string; readonly count: number }[]
  readonly tag: string
  readonly onTag: (tag: string) => void
}

/** The tags there are: a press shows what has one, another all again. */
export function PromptTagBar({ tags, tag, onTag }: PromptTagBarProps) {
  return (
    <div className="tag-bar" role="group" aria-label="Tags">
      {tags.map(({ name, count }) => {
        const pressed = foldTag(name) === foldTag(tag)
        return (
          <button
            key={foldTag(name)}
            type="button"
            className="tag-chip"
            dir="auto"
            aria-pressed={pressed}
            title={`${name}, ${counted(count, "prompt")}`}
            onClick={() => onTag(pressed ? "" : name)}
          >
            {pressed && <Icon name="close" size={12} />}
            {name}
          </button>
        )
      })}
    </div>
  )
}

const VIEWS = {
  archive: { name: "Archive", empty: "Nothing is archived. What you archive stays here, out of the way, and can still be found." },
  deleted: { name: "Deleted", empty: "Nothing was deleted." },
} as const

/** The head of a view that is not the usual one, with the way back. */
export function PromptViewHead({ view, onBack }: { readonly view: Exclude<PromptListView, "all">; readonly onBack: () => void }) {
  return (
    <div className="view-head">
      <button type="button" className="icon-button" aria-label="All prompts" title="All prompts" onClick={onBack}>
        <Icon name="back" />
      </button>
      <h2>{VIEWS[view].name}</h2>
    </div>
  )
}

/** What the list says of what it shows; `undefined` when the rows say it all. */
export function promptListNote(view: PromptListView, query: string, tag: string, found: number): string | undefined {
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

interface BarButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly disabled?: boolean
  readonly onPress: () => void
}

function BarButton({ icon, label, disabled = false, onPress }: BarButtonProps) {
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} disabled={disabled} onClick={onPress}>
      <Icon name={icon} />
    </button>
  )
}
