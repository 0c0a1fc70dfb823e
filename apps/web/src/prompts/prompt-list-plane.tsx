import type { PromptCard } from "@polylogue/conversation"
import { usePromptList, useWatchLabels, type WorkspaceState } from "@polylogue/react"
import { type ReactNode, Suspense, useCallback, useDeferredValue, useMemo, useRef, useState } from "react"
import { ListFilter, TagChips, ViewHead } from "../conversation-list/list-pieces.tsx"
import type { ListView } from "../conversation-list/list-rows.ts"
import { useFocusAfter } from "../conversation-list/use-focus-after.ts"
import { useRowFocus } from "../conversation-list/use-row-focus.ts"
import { useSelection } from "../conversation-list/use-selection.ts"
import { Icon } from "../frame/icon.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import { Menu } from "../frame/menu.tsx"
import { Skeleton } from "../frame/skeleton.tsx"
import { useCommands } from "../palette/commands.ts"
import { PartSwitch } from "../frame/part-switch.tsx"
import { PromptGrid } from "./prompt-grid.tsx"
import type { PromptRowHandlers } from "./prompt-item.tsx"
import type { PromptListCommand } from "./prompt-list-keys.ts"
import { promptListNote, PromptSelectionBar } from "./prompt-list-tools.tsx"
import { promptRows, promptTags } from "./prompt-rows.ts"
import type { PromptWork } from "./use-prompt-work.ts"
import "../conversation-list/list-plane.css"
import "../conversation-list/list-rows.css"

const PromptTagPicker = lazyPart(() => import("./prompt-tag-picker.tsx").then((module) => ({ default: module.PromptTagPicker })))

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
export function PromptListPlane(props: PromptListPlaneProps) {
  const { workspace, chosenId, work } = props
  useWatchLabels()
  const cards = usePromptList(workspace)
  const deleted = usePromptList(workspace, "deleted")
  const tags = useMemo(() => promptTags(cards), [cards])
  const [view, setView] = useState<ListView>("all")
  const [query, setQuery] = useState("")
  const [tag, setTag] = useState("")
  const [renaming, setRenaming] = useState<string>()
  const [tagging, setTagging] = useState<readonly string[]>()
  const sought = useDeferredValue(query)
  const rows = useMemo(() => promptRows({ cards, deleted, view, query: sought, tag }), [cards, deleted, view, sought, tag])
  const selection = useSelection(useMemo(() => rows.flatMap((row) => (row.kind === "prompt" ? [row.key] : [])), [rows]))
  const scroller = useRef<HTMLDivElement>(null)
  const focus = useRowFocus(scroller, rows)
  useFocusAfter(tagging !== undefined, () => focus.focus(focus.key))
  const show = useCallback((next: ListView) => {
    setView(next)
    setQuery("")
    setTag("")
  }, [])
  const selected = useMemo(() => cards.filter(({ id }) => selection.ids.has(id)), [cards, selection.ids])
  const handlers = rowHandlers({ ...props, selection, selected, setRenaming, setTagging })
  const onKey = (command: PromptListCommand): void => {
    if (command.kind === "select-all") return selection.selectAll()
    if (!("row" in command)) return selection.end()
    const { card } = command.row
    // What was deleted is not renamed, selected or deleted again.
    if (view === "deleted") return
    if (command.kind === "toggle") return selection.toggle(card.id)
    if (command.kind === "rename") return setRenaming(card.id)
    work.remove(selected.length > 0 ? selected : [card])
    selection.end()
  }
  const end = (run: () => void) => (): void => {
    run()
    selection.end()
  }
  const found = rows.filter(({ kind }) => kind === "prompt").length
  const note = workspace.state === "open" ? promptListNote(view, sought, tag, found) : undefined
  useListCommands(props, show, selection.begin)
  return (
    <nav className="list-plane" data-view={view} aria-label="Prompts">
      <ListHead {...props} onView={show} onSelect={() => selection.begin()} />
      <PartSwitch at="prompts" />
      {props.notices}
      {view !== "all" && !selection.active && <ViewHead view={view} all="All prompts" onBack={() => show("all")} />}
      {selection.active ? (
        <PromptSelectionBar
          cards={selected}
          onAll={selection.selectAll}
          onTags={() => setTagging(selected.map(({ id }) => id))}
          onArchive={(archived) => end(() => work.archive(selected, archived))()}
          onExport={() => props.onExport(selected)}
          onDelete={end(() => work.remove(selected))}
          onEnd={selection.end}
        />
      ) : (
        cards.length + deleted.length > 0 && (
          <ListFilter id="prompt-filter" by="name, tag or words" what="prompt" query={query} onQuery={setQuery} />
        )
      )}
      {view === "all" && !selection.active && tags.length > 0 && (
        <div className="tag-bar" role="group" aria-label="Tags">
          <TagChips tags={tags} tag={tag} what="prompt" onTag={setTag} />
        </div>
      )}
      {workspace.state === "opening" && <Skeleton rows={6} label="Opening prompts" />}
      {workspace.state === "failed" && <p className="list-note">The list cannot be read from this device. Reload the page to try again.</p>}
      {note !== undefined && (
        <p className="list-note" role={query === "" && tag === "" ? undefined : "status"}>
          {note}
        </p>
      )}
      <PromptGrid
        {...{ rows, view, chosenId, renaming, selection, focus, handlers, scroller, onKey }}
        onView={show}
        onRestore={work.restore}
      />
      <footer className="list-foot">{props.foot}</footer>
      <Suspense>
        {tagging !== undefined && (
          <PromptTagPicker
            cards={cards.filter(({ id }) => tagging.includes(id))}
            tags={tags}
            onTag={work.tag}
            onClose={() => setTagging(undefined)}
          />
        )}
      </Suspense>
    </nav>
  )
}

interface ListHeadProps extends PromptListPlaneProps {
  readonly onView: (view: ListView) => void
  readonly onSelect: () => void
}

function ListHead({ status, work, onImport, onView, onSelect }: ListHeadProps) {
  return (
    <header className="list-head">
      <h1 className="list-name">Polylogue</h1>
      {status}
      <Menu
        label="List actions"
        items={[
          { label: "New chat prompt", icon: "plus", run: () => work.create("chat") },
          { label: "New text prompt", icon: "plus", run: () => work.create("text") },
          { label: "Select prompts", icon: "check", run: onSelect },
          { label: "Archive", icon: "archive", run: () => onView("archive") },
          { label: "Deleted", icon: "trash", run: () => onView("deleted") },
          { label: "Import prompts", icon: "import", run: onImport },
        ]}
      />
      <button
        type="button"
        className="icon-button icon-button-accent"
        data-testid="new-prompt"
        aria-label="New prompt"
        title="New prompt (N)"
        onClick={() => work.create("chat")}
      >
        <Icon name="plus" />
      </button>
    </header>
  )
}

interface HandlersOptions extends PromptListPlaneProps {
  readonly selection: ReturnType<typeof useSelection>
  readonly selected: readonly PromptCard[]
  readonly setRenaming: (id: string | undefined) => void
  readonly setTagging: (ids: readonly string[]) => void
}

/** What rows may do: what is done with one that is selected is done with all that are. */
function rowHandlers(options: HandlersOptions): PromptRowHandlers {
  const { work, onExport, chosenId, selection, selected, setRenaming, setTagging } = options
  const meant = (card: PromptCard): readonly PromptCard[] => (selection.ids.has(card.id) ? selected : [card])
  return {
    rename: setRenaming,
    setName: (id, name) => work.rename(id, name),
    press: (event, id) => {
      if (event.shiftKey) selection.extend(id, chosenId)
      else if (selection.active || event.metaKey || event.ctrlKey) selection.toggle(id)
      else return false
      return true
    },
    menuOf: (card) => [
      { label: "Rename", icon: "edit", run: () => setRenaming(card.id) },
      { label: card.pinned ? "Unpin" : "Pin", icon: "pin", run: () => work.pin(meant(card), !card.pinned) },
      { label: "Tags…", icon: "tag", run: () => setTagging(meant(card).map(({ id }) => id)) },
      {
        label: card.archived ? "Take out of the archive" : "Archive",
        icon: "archive",
        run: () => work.archive(meant(card), !card.archived),
      },
      { label: "Export", icon: "export", run: () => onExport(meant(card)) },
      { label: "Select", icon: "check", run: () => selection.begin(card.id) },
      { label: "Delete", icon: "trash", danger: true, run: () => work.remove(meant(card)) },
    ],
  }
}

/** What can be done with the list, by palette and keys; those of the conversations' list give way. */
function useListCommands(props: PromptListPlaneProps, show: (view: ListView) => void, select: () => void): void {
  const { work, workspace, onImport } = props
  const focusOn = (selector: string): void => document.querySelector<HTMLElement>(selector)?.focus()
  const goToList = (): void => focusOn('.conversation-link[aria-current="page"], .conversation-link')
  useCommands(
    workspace.state !== "open"
      ? []
      : [
          { id: "next", group: "Go to", name: "Next prompt in the list", icon: "down", keys: "j", run: goToList },
          { id: "previous", group: "Go to", name: "Prompt before it in the list", icon: "down", keys: "k", run: goToList },
          { id: "filter", group: "Go to", name: "Find in the list", icon: "search", keys: "/", run: () => focusOn("#prompt-filter") },
          {
            id: "create",
            group: "Prompts",
            name: "New prompt",
            icon: "plus",
            keys: "n",
            words: "create chat",
            run: () => work.create("chat"),
          },
          { id: "create-text", group: "Prompts", name: "New text prompt", icon: "plus", words: "create", run: () => work.create("text") },
          {
            id: "import-prompts",
            group: "Prompts",
            name: "Import prompts",
            icon: "import",
            words: "file langfuse csv markdown",
            run: onImport,
          },
          { id: "select", group: "Prompts", name: "Select prompts", icon: "check", words: "several bulk", run: select },
          { id: "archive", group: "Prompts", name: "Show the archive", icon: "archive", run: () => show("archive") },
          {
            id: "deleted",
            group: "Prompts",
            name: "Show what was deleted",
            icon: "trash",
            words: "restore bin",
            run: () => show("deleted"),
          },
        ],
  )
}
