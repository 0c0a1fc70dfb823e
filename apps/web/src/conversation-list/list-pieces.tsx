import { foldTag, type Tag } from "@polylogue/conversation"
import { Icon, type IconName } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import type { ListView } from "./list-rows.ts"

/*
 * What the list of conversations and that of prompts are both made of; the words that differ are given.
 */

interface ListFilterProps {
  /** Of the field, for the key that leads to it. */
  readonly id: string
  /** By what one can look: "title, tag or folder". */
  readonly by: string
  /** What is found: "conversation". */
  readonly what: string
  readonly query: string
  readonly onQuery: (query: string) => void
}

/** Where one writes what one looks for in a list. */
export function ListFilter({ id, by, what, query, onQuery }: ListFilterProps) {
  return (
    <div className="list-filter">
      <Icon name="search" />
      <input
        type="search"
        id={id}
        className="field"
        dir="auto"
        placeholder={`Find by ${by}`}
        aria-label={`Find a ${what} by ${by}`}
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

interface TagChipsProps {
  readonly tags: readonly Pick<Tag, "name" | "count">[]
  /** The one that is shown; empty for none. */
  readonly tag: string
  /** What has them: "conversation". */
  readonly what: string
  readonly onTag: (tag: string) => void
}

/** The tags there are: a press shows what has one, another all again. */
export function TagChips({ tags, tag, what, onTag }: TagChipsProps) {
  return tags.map(({ name, count }) => {
    const pressed = foldTag(name) === foldTag(tag)
    return (
      <button
        key={foldTag(name)}
        type="button"
        className="tag-chip"
        dir="auto"
        aria-pressed={pressed}
        title={`${name}, ${counted(count, what)}`}
        onClick={() => onTag(pressed ? "" : name)}
      >
        {pressed && <Icon name="close" size={12} />}
        {name}
      </button>
    )
  })
}

/** The views beside the usual one, and what each says when it is empty. */
export const VIEWS = {
  archive: { name: "Archive", empty: "Nothing is archived. What you archive stays here, out of the way, and can still be found." },
  deleted: { name: "Deleted", empty: "Nothing was deleted." },
} as const

interface ViewHeadProps {
  readonly view: Exclude<ListView, "all">
  /** What the usual view shows: "All conversations". */
  readonly all: string
  readonly onBack: () => void
}

/** The head of a view that is not the usual one, with the way back. */
export function ViewHead({ view, all, onBack }: ViewHeadProps) {
  return (
    <div className="view-head">
      <button type="button" className="icon-button" aria-label={all} title={all} onClick={onBack}>
        <Icon name="back" />
      </button>
      <h2>{VIEWS[view].name}</h2>
    </div>
  )
}

interface BarButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly disabled?: boolean
  readonly onPress: () => void
}

/** A button of the bar of what is selected. */
export function BarButton({ icon, label, disabled = false, onPress }: BarButtonProps) {
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} disabled={disabled} onClick={onPress}>
      <Icon name={icon} />
    </button>
  )
}
