import type { ConversationCard, Folder, FolderForest } from "@polylogue/conversation"
import {
  type OtherPresence,
  useBeginReading,
  useConversationList,
  useFolders,
  usePresence,
  useTags,
  type WorkspaceState,
} from "@polylogue/react"
import { type ReactNode, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import { Menu } from "../frame/menu.tsx"
import { counted } from "../frame/relative-time.ts"
import { Skeleton } from "../frame/skeleton.tsx"
import { PartSwitch } from "../frame/part-switch.tsx"
import { quoted } from "./card-text.ts"
import type { ListActions } from "./list-actions.ts"
import { useListCommands } from "./list-commands.ts"
import { ListGrid } from "./list-grid.tsx"
import type { ListCommand } from "./list-keys.ts"
import { ListFilter, ViewHead } from "./list-pieces.tsx"
import { listRows, type ListView } from "./list-rows.ts"
import { EmptyList, SelectionBar, TagBar } from "./list-tools.tsx"
import type { RowHandlers } from "./row-handlers.ts"
import { useCollapsed } from "./use-collapsed.ts"
import { useFocusAfter } from "./use-focus-after.ts"
import { useRowFocus } from "./use-row-focus.ts"
import { conversationsOf, type Selection, useSelection } from "./use-selection.ts"
import "./list-plane.css"
import "./list-rows.css"

const FolderPicker = lazyPart(() => import("./pickers.tsx").then(({ FolderPicker }) => ({ default: FolderPicker })))
const ExportDialog = lazyPart(() => import("../export/export-dialog.tsx").then(({ ExportDialog }) => ({ default: ExportDialog })))
const TagPicker = lazyPart(() => import("./pickers.tsx").then(({ TagPicker }) => ({ default: TagPicker })))

interface ListPlaneProps {
  readonly workspace: WorkspaceState
  readonly chosenId: string | undefined
  readonly actions: ListActions
  readonly onImport: () => void
  /** What stands in the head beside the name: the status, when one plane is shown at a time. */
  readonly status: ReactNode
  /** What is to be said over the list, while there is no text plane to say it over. */
  readonly notices: ReactNode
  /** What stands at the foot: who writes here. */
  readonly foot: ReactNode
}

type Choosing =
  | { readonly kind: "folder"; readonly what: { readonly cards: readonly ConversationCard[] } | { readonly folder: Folder } }
  | { readonly kind: "tags"; readonly ids: readonly string[] }
  | { readonly kind: "export"; readonly ids: readonly string[]; readonly title: string }

/** The plane with all conversations in their folders: find, open, rename, move, tag, archive, delete, restore. */
export function ListPlane(props: ListPlaneProps) {
  const { workspace, chosenId, actions } = props
  useBeginReading()
  const cards = useConversationList(workspace)
  const deleted = useConversationList(workspace, "deleted")
  const forest = useFolders(workspace) ?? NO_FOREST
  const tags = useTags(workspace)
  const others = usePresence(workspace.state === "open" ? workspace.open : undefined)
  const present = useMemo(() => byConversation(others), [others])
  const [collapsed, fold] = useCollapsed()
  const [view, setView] = useState<ListView>("all")
  const [query, setQuery] = useState("")
  const [tag, setTag] = useState("")
  const [renaming, setRenaming] = useState<string>()
  const [choosing, setChoosing] = useState<Choosing>()
  const sought = useDeferredValue(query)
  const rows = useMemo(
    () => listRows({ cards, deleted, forest, view, query: sought, tag, collapsed }),
    [cards, deleted, forest, view, sought, tag, collapsed],
  )
  const selection = useSelection(useMemo(() => conversationsOf(rows), [rows]))
  const scroller = useRef<HTMLDivElement>(null)
  const focus = useRowFocus(scroller, rows)
  const show = useCallback((next: ListView) => {
    setView(next)
    setQuery("")
    setTag("")
  }, [])
  const handlers = useRowHandlers({ actions, fold, show, selection, cards, chosenId, setRenaming, setChoosing })
  const select = (): void => selection.begin()
  const shown = chosenId === undefined ? undefined : cards.find(({ id }) => id === chosenId)
  useListCommands({ open: workspace.state === "open", shown, handlers, select })
  useFocusAfter(choosing !== undefined, () => focus.focus(focus.key))

  const selected = useMemo(() => cards.filter(({ id }) => selection.ids.has(id)), [cards, selection.ids])
  const onKey = (command: ListCommand): void => runCommand(command, { handlers, selection, selected, forest, view })
  const openFolder = (id: string): void => {
    for (const { id: above } of forest.pathTo(id)) fold(above, false)
    show("all")
    requestAnimationFrame(() => focus.focus(id))
  }
  const filtered = sought.trim() !== "" || tag !== ""
  const nothing = cards.length === 0 && deleted.length === 0 && forest.folders.size === 0 && forest.deleted.length === 0
  const found = rows.filter(({ kind }) => kind === "conversation").length

  return (
    <nav className="list-plane" data-view={view} aria-label="Conversations">
      <ListHead {...props} onView={show} onNewFolder={() => handlers.newFolder(null)} onSelect={select} />
      <PartSwitch at="conversations" />
      {props.notices}
      {view !== "all" && !selection.active && <ViewHead view={view} all="All conversations" onBack={() => show("all")} />}
      {selection.active ? (
        <SelectionBar cards={selected} handlers={handlers} onAll={selection.selectAll} onEnd={selection.end} />
      ) : (
        !nothing && <ListFilter id="conversation-filter" by="title, tag or folder" what="conversation" query={query} onQuery={setQuery} />
      )}
      {view === "all" && !selection.active && tags.length > 0 && <TagBar tags={tags} tag={tag} onTag={setTag} actions={actions} />}
      {workspace.state === "opening" && <Skeleton rows={6} label="Opening conversations" />}
      {workspace.state === "failed" && <p className="list-note">The list cannot be read from this device. Reload the page to try again.</p>}
      {workspace.state === "open" && (filtered || rows.length === 0) && (
        <p className="list-note" role={filtered ? "status" : undefined}>
          {found === 0 ? (
            <EmptyList open={workspace.open} view={view} query={sought} tag={tag} />
          ) : (
            `${counted(found, "conversation")} found`
          )}
        </p>
      )}
      <ListGrid
        rows={rows}
        view={view}
        forest={forest}
        chosenId={chosenId}
        renaming={renaming}
        present={present}
        selection={selection}
        focus={focus}
        handlers={handlers}
        scroller={scroller}
        onOpenFolder={filtered ? openFolder : undefined}
        onKey={onKey}
      >
        {sought.trim() !== "" && view === "all" && <SearchMessages query={sought.trim()} />}
      </ListGrid>
      <footer className="list-foot">{props.foot}</footer>
      <Suspense>
        {choosing?.kind === "folder" && (
          <FolderPicker what={choosing.what} forest={forest} actions={actions} onClose={() => setChoosing(undefined)} />
        )}
        {choosing?.kind === "tags" && (
          <TagPicker
            cards={cards.filter(({ id }) => choosing.ids.includes(id))}
            tags={tags}
            actions={actions}
            onClose={() => setChoosing(undefined)}
          />
        )}
        {choosing?.kind === "export" && <ExportDialog ids={choosing.ids} title={choosing.title} onClose={() => setChoosing(undefined)} />}
      </Suspense>
    </nav>
  )
}

interface ListHeadProps extends ListPlaneProps {
  readonly onView: (view: ListView) => void
  readonly onNewFolder: () => void
  readonly onSelect: () => void
}

function ListHead({ status, actions, onImport, onView, onNewFolder, onSelect }: ListHeadProps) {
  return (
    <header className="list-head">
      <h1 className="list-name">Polylogue</h1>
      {status}
      <Menu
        label="List actions"
        items={[
          { label: "New folder", icon: "folder", run: onNewFolder },
          { label: "Select conversations", icon: "check", run: onSelect },
          { label: "Archive", icon: "archive", run: () => onView("archive") },
          { label: "Deleted", icon: "trash", run: () => onView("deleted") },
          { label: "Import conversations", icon: "import", run: onImport },
        ]}
      />
      <button
        type="button"
        className="icon-button icon-button-accent"
        data-testid="new-conversation"
        aria-label="New conversation"
        title="New conversation (N)"
        onClick={() => actions.create()}
      >
        <Icon name="plus" />
      </button>
    </header>
  )
}

/** Hands what was sought among titles to the search in what was written. */
function SearchMessages({ query }: { readonly query: string }) {
  return (
    <button
      type="button"
      className="search-messages"
      onClick={() => window.dispatchEvent(new CustomEvent("polylogue:search", { detail: { query } }))}
    >
      <Icon name="search" size={14} />
      <span>Search in messages for {quoted(query)}</span>
    </button>
  )
}

interface RowHandlersOptions {
  readonly actions: ListActions
  readonly fold: (key: string, collapsed: boolean) => void
  readonly show: (view: ListView) => void
  readonly selection: Selection
  readonly cards: readonly ConversationCard[]
  readonly chosenId: string | undefined
  readonly setRenaming: (key: string | undefined) => void
  readonly setChoosing: (choosing: Choosing) => void
}

/** What rows may do: one object as long as the actions are the same, which asks for what is selected when it is needed. */
function useRowHandlers(options: RowHandlersOptions): RowHandlers {
  const { actions, fold, show, setRenaming, setChoosing } = options
  const latest = useRef(options)
  useEffect(() => {
    latest.current = options
  }, [options])
  return useMemo(
    () => ({
      actions,
      fold,
      show,
      rename: setRenaming,
      select: (id) => latest.current.selection.begin(id),
      press: (event, id) => {
        const { selection, chosenId } = latest.current
        if (event.shiftKey) selection.extend(id, chosenId)
        else if (selection.active || event.metaKey || event.ctrlKey) selection.toggle(id)
        else return false
        return true
      },
      meant: (card) => {
        const { selection, cards } = latest.current
        return selection.ids.has(card.id) ? cards.filter(({ id }) => selection.ids.has(id)) : [card]
      },
      chooseFolder: (what) => setChoosing({ kind: "folder", what }),
      chooseTags: (cards) => setChoosing({ kind: "tags", ids: cards.map(({ id }) => id) }),
      chooseExport: (cards) => setChoosing({ kind: "export", ids: cards.map(({ id }) => id), title: cards[0]?.title ?? "" }),
      newFolder: (parentId) => {
        show("all")
        if (parentId !== null) fold(parentId, false)
        setRenaming(actions.createFolder("New folder", parentId))
      },
    }),
    [actions, fold, show, setRenaming, setChoosing],
  )
}

interface CommandContext {
  readonly handlers: RowHandlers
  readonly selection: Selection
  readonly selected: readonly ConversationCard[]
  readonly forest: FolderForest
  readonly view: ListView
}

function runCommand(command: ListCommand, { handlers, selection, selected, forest, view }: CommandContext): void {
  const { actions } = handlers
  if (command.kind === "select-all") return selection.selectAll()
  if (!("row" in command)) return selection.end()
  const { row } = command
  if (command.kind === "fold" || command.kind === "unfold") return handlers.fold(row.key, command.kind === "fold")
  if (row.kind === "conversation" && command.kind === "toggle") return selection.toggle(row.card.id)
  // What was deleted is not renamed, moved or deleted again.
  if (view === "deleted") return
  if (command.kind === "rename") return handlers.rename(row.key)
  if (command.kind === "reorder" && row.kind === "folder") return reorder(row.folder, command.down, forest, actions)
  if (command.kind !== "remove") return
  if (row.kind === "folder") return actions.deleteFolder(row.folder)
  if (selected.length > 0) {
    actions.remove(selected)
    selection.end()
  } else if (row.kind === "conversation") actions.remove([row.card])
}

/** Puts a folder one place up or down among those beside it. */
function reorder(folder: Folder, down: boolean, forest: FolderForest, actions: ListActions): void {
  const beside = forest.childrenOf(folder.parentId)
  const at = beside.findIndex(({ id }) => id === folder.id)
  const to = down ? at + 2 : at - 1
  if (to < 0 || to > beside.length) return
  actions.moveFolder(folder, folder.parentId, beside[to]?.id ?? null)
}

function byConversation(others: readonly OtherPresence[]): ReadonlyMap<string, readonly OtherPresence[]> {
  const found = new Map<string, OtherPresence[]>()
  for (const other of others) {
    if (other.conversationId === undefined) continue
    const known = found.get(other.conversationId) ?? []
    if (!known.some(({ userId }) => userId === other.userId)) known.push(other)
    found.set(other.conversationId, known)
  }
  return found
}

const NO_FOREST: FolderForest = Object.freeze({
  folders: new Map(),
  deleted: [],
  childrenOf: () => [],
  placeOf: () => null,
  pathTo: () => [],
})
