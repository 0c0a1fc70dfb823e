import type { WorkspaceState } from "@polylogue/react"
import { type ReactNode, Suspense, useCallback, useDeferredValue, useMemo, useRef, useState } from "react"
import { ListFilter, TagChips, ViewHead } from "../conversation-list/list-pieces.tsx"
import type { ListView } from "../conversation-list/list-rows.ts"
import { useFocusAfter } from "../conversation-list/use-focus-after.ts"
import { useRowFocus } from "../conversation-list/use-row-focus.ts"
import { type Selection, useSelection } from "../conversation-list/use-selection.ts"
import { Icon } from "../frame/icon.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { PartSwitch } from "../frame/part-switch.tsx"
import { Skeleton } from "../frame/skeleton.tsx"
import { type Command, useCommands } from "../palette/commands.ts"
import { CardGrid } from "./card-grid.tsx"
import type { CardRowHandlers } from "./card-item.tsx"
import type { CardListCommand } from "./card-list-keys.ts"
import type { CardListKind } from "./card-list-kind.ts"
import { type BarAction, cardListNote, CardSelectionBar } from "./card-list-tools.tsx"
import { cardRows, type ListedCard, tagsOf } from "./card-rows.ts"
import type { ShelfActions } from "./shelf-actions.ts"
import "../conversation-list/list-plane.css"
import "../conversation-list/list-rows.css"

const CardTagPicker = lazyPart(() => import("./card-tag-picker.tsx").then((module) => ({ default: module.CardTagPicker })))

interface CardListPlaneProps<Card extends ListedCard> {
  readonly kind: CardListKind<Card>
  readonly workspace: WorkspaceState
  readonly cards: readonly Card[]
  readonly deleted: readonly Card[]
  readonly chosenId: string | undefined
  readonly work: ShelfActions<Card> & { readonly rename: (id: string, name: string) => void }
  /** How cards are called in a sentence. */
  readonly named: (cards: readonly Card[]) => string
  /** Nothing of the list may be changed here: what would, is not offered. Default false. */
  readonly readOnly?: boolean
  /** What makes a new one: the plus, and `n`. */
  readonly create: { readonly label: string; readonly words: string; readonly run: () => void }
  /** What else the menu of the list has: first what makes new ones, last what brings some from elsewhere. */
  readonly items: { readonly first: readonly MenuItem[]; readonly last: readonly MenuItem[] }
  /** What else can be done with cards, one or several. */
  readonly actions: readonly BarAction<Card>[]
  /** What else the palette and keys can do here. */
  readonly commands: readonly Command[]
  /** What stands in the head beside the name: the status, when one plane is shown at a time. */
  readonly status: ReactNode
  /** What is to be said over the list, while there is no text plane to say it over. */
  readonly notices: ReactNode
  /** Looks for words elsewhere than on the cards: in what they are of. */
  readonly searching?: { readonly label: (query: string) => string; readonly run: (query: string) => void }
  /** What stands at the foot: who writes here. */
  readonly foot: ReactNode
}

/** The plane with all cards of a kind: find, open, rename, tag, archive, delete, restore. */
export function CardListPlane<Card extends ListedCard>(props: CardListPlaneProps<Card>) {
  const { kind, workspace, cards, deleted, chosenId, work, named } = props
  const tags = useMemo(() => tagsOf(cards), [cards])
  const [view, setView] = useState<ListView>("all")
  const [query, setQuery] = useState("")
  const [tag, setTag] = useState("")
  const [renaming, setRenaming] = useState<string>()
  const [tagging, setTagging] = useState<readonly string[]>()
  const sought = useDeferredValue(query)
  const rows = useMemo(
    () => cardRows({ cards, deleted, view, query: sought, tag, nameOf: kind.nameOf }),
    [cards, deleted, view, sought, tag, kind],
  )
  const selection = useSelection(useMemo(() => rows.flatMap((row) => (row.kind === "card" ? [row.key] : [])), [rows]))
  const scroller = useRef<HTMLDivElement>(null)
  const focus = useRowFocus(scroller, rows)
  useFocusAfter(tagging !== undefined, () => focus.focus(focus.key))
  const show = useCallback((next: ListView) => {
    setView(next)
    setQuery("")
    setTag("")
  }, [])
  const selected = useMemo(() => cards.filter(({ id }) => selection.ids.has(id)), [cards, selection.ids])
  const handlers = rowHandlers(props, { selection, selected, setRenaming, setTagging })
  const tagged = cards.filter(({ id }) => tagging?.includes(id) === true)
  const onKey = (command: CardListCommand<Card>): void => {
    if (command.kind === "select-all") return props.readOnly === true ? undefined : selection.selectAll()
    if (!("row" in command)) return selection.end()
    const { card } = command.row
    // What was deleted is not renamed, selected or deleted again.
    if (view === "deleted") return
    if (props.readOnly === true) return
    if (command.kind === "toggle") return selection.toggle(card.id)
    if (command.kind === "rename") return setRenaming(card.id)
    work.remove(selected.length > 0 ? selected : [card])
    selection.end()
  }
  const end = (run: () => void) => (): void => {
    run()
    selection.end()
  }
  const found = rows.filter((row) => row.kind === "card").length
  const note = workspace.state === "open" ? cardListNote(kind, { view, query: sought, tag, found }) : undefined
  useListCommands(props, show, selection.begin)
  return (
    <nav className="list-plane" data-view={view} aria-label={kind.title}>
      <ListHead {...props} onView={show} onSelect={() => selection.begin()} />
      <PartSwitch at={kind.part} />
      {props.notices}
      {view !== "all" && !selection.active && <ViewHead view={view} all={`All ${kind.title.toLowerCase()}`} onBack={() => show("all")} />}
      {selection.active ? (
        <CardSelectionBar
          title={kind.title}
          cards={selected}
          actions={props.actions}
          onAll={selection.selectAll}
          onTags={() => setTagging(selected.map(({ id }) => id))}
          onArchive={(archived) => end(() => work.archive(selected, archived))()}
          onDelete={end(() => work.remove(selected))}
          onEnd={selection.end}
        />
      ) : (
        cards.length + deleted.length > 0 && (
          <ListFilter
            id={`${kind.what}-filter`}
            by={`${kind.nameLabel.toLowerCase()}, tag or words`}
            what={kind.what}
            query={query}
            onQuery={setQuery}
          />
        )
      )}
      {view === "all" && !selection.active && tags.length > 0 && (
        <div className="tag-bar" role="group" aria-label="Tags">
          <TagChips tags={tags} tag={tag} what={kind.what} onTag={setTag} />
        </div>
      )}
      {view === "all" && !selection.active && props.searching !== undefined && cards.length > 0 && (
        <div className="list-searching">
          <button type="button" className="search-messages" onClick={() => props.searching?.run(query.trim())}>
            <Icon name="search" />
            <span>{props.searching.label(sought.trim())}</span>
          </button>
        </div>
      )}
      {workspace.state === "opening" && <Skeleton rows={6} label={`Opening ${kind.title.toLowerCase()}`} />}
      {workspace.state === "failed" && <p className="list-note">The list cannot be read from this device. Reload the page to try again.</p>}
      {note !== undefined && (
        <p className="list-note" role={query === "" && tag === "" ? undefined : "status"}>
          {note}
        </p>
      )}
      <CardGrid
        {...{ kind, rows, view, chosenId, renaming, selection, focus, handlers, scroller, onKey }}
        onView={show}
        onRestore={props.readOnly === true ? undefined : work.restore}
      />
      <footer className="list-foot">{props.foot}</footer>
      <Suspense>
        {tagging !== undefined && (
          <CardTagPicker
            cards={tagged}
            named={named(tagged)}
            what={kind.what}
            tags={tags}
            onTag={(name, on) => work.tag(tagged, name, on)}
            onClose={() => setTagging(undefined)}
          />
        )}
      </Suspense>
    </nav>
  )
}

interface ListHeadProps<Card extends ListedCard> extends CardListPlaneProps<Card> {
  readonly onView: (view: ListView) => void
  readonly onSelect: () => void
}

function ListHead<Card extends ListedCard>({ kind, status, readOnly = false, create, items, onView, onSelect }: ListHeadProps<Card>) {
  return (
    <header className="list-head">
      <h1 className="list-name">Polylogue</h1>
      {status}
      <Menu
        label="List actions"
        items={[
          ...(readOnly ? [] : items.first),
          ...(readOnly ? [] : [{ label: `Select ${kind.title.toLowerCase()}`, icon: "check", run: onSelect } satisfies MenuItem]),
          { label: "Archive", icon: "archive", run: () => onView("archive") },
          { label: "Deleted", icon: "trash", run: () => onView("deleted") },
          ...(readOnly ? [] : items.last),
        ]}
      />
      {!readOnly && (
        <button
          type="button"
          className="icon-button icon-button-accent"
          data-testid={`new-${kind.what}`}
          aria-label={create.label}
          title={`${create.label} (N)`}
          onClick={create.run}
        >
          <Icon name="plus" />
        </button>
      )}
    </header>
  )
}

interface RowState<Card extends ListedCard> {
  readonly selection: Selection
  readonly selected: readonly Card[]
  readonly setRenaming: (id: string | undefined) => void
  readonly setTagging: (ids: readonly string[]) => void
}

/** What rows may do: what is done with one that is selected is done with all that are. */
function rowHandlers<Card extends ListedCard>(
  { work, actions, chosenId, readOnly = false }: CardListPlaneProps<Card>,
  { selection, selected, setRenaming, setTagging }: RowState<Card>,
): CardRowHandlers<Card> {
  const meant = (card: Card): readonly Card[] => (selection.ids.has(card.id) ? selected : [card])
  const own = actions.map(({ label, icon, run }) => ({ label, icon, run: (card: Card) => run(meant(card)) }))
  if (readOnly) {
    const menuOf = (card: Card): MenuItem[] => own.map(({ label, icon, run }) => ({ label, icon, run: () => run(card) }))
    return { rename: () => undefined, setName: () => undefined, press: () => false, menuOf }
  }
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
      ...own.map(({ label, icon, run }): MenuItem => ({ label, icon, run: () => run(card) })),
      { label: "Select", icon: "check", run: () => selection.begin(card.id) },
      { label: "Delete", icon: "trash", danger: true, run: () => work.remove(meant(card)) },
    ],
  }
}

/** What can be done with the list, by palette and keys; those of the conversations' list give way. */
function useListCommands<Card extends ListedCard>(
  { kind, workspace, readOnly = false, create, commands }: CardListPlaneProps<Card>,
  show: (view: ListView) => void,
  select: () => void,
): void {
  const focusOn = (selector: string): void => document.querySelector<HTMLElement>(selector)?.focus()
  const goToList = (): void => focusOn('.conversation-link[aria-current="page"], .conversation-link')
  const { group, what } = kind
  const changing: readonly Command[] = [
    { id: "create", group, name: create.label, icon: "plus", keys: "n", words: create.words, run: create.run },
    { id: "select", group, name: `Select ${kind.title.toLowerCase()}`, icon: "check", words: "several bulk", run: select },
  ]
  const own: readonly Command[] = [
    { id: "next", group: "Go to", name: `Next ${what} in the list`, icon: "down", keys: "j", run: goToList },
    { id: "previous", group: "Go to", name: `${capital(what)} before it in the list`, icon: "down", keys: "k", run: goToList },
    { id: "filter", group: "Go to", name: "Find in the list", icon: "search", keys: "/", run: () => focusOn(`#${what}-filter`) },
    ...(readOnly ? [] : changing),
    ...commands,
    { id: "archive", group, name: "Show the archive", icon: "archive", run: () => show("archive") },
    { id: "deleted", group, name: "Show what was deleted", icon: "trash", words: "restore bin", run: () => show("deleted") },
  ]
  useCommands(workspace.state === "open" ? own : [])
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
