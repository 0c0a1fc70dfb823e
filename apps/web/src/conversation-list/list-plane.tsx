import type { ConversationCard } from "@polylogue/conversation"
import { type OtherPresence, useConversationList, usePresence, type WorkspaceState } from "@polylogue/react"
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react"
import { Virtualizer, type VirtualizerHandle } from "virtua"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { Skeleton } from "../frame/skeleton.tsx"
import { filterCards } from "./card-text.ts"
import { ConversationItem } from "./conversation-item.tsx"
import { DeletedList } from "./deleted-list.tsx"
import "./list-plane.css"

interface ListPlaneProps {
  readonly workspace: WorkspaceState
  readonly chosenId: string | undefined
  readonly onCreate: () => void
  readonly onImport: () => void
  readonly onDelete: (card: ConversationCard) => void
  readonly onRestore: (card: ConversationCard) => void
  readonly onRename: (id: string, title: string) => void
  /** What stands in the head beside the name: the status, when one plane is shown at a time. */
  readonly status: ReactNode
  /** What is to be said over the list, while there is no text plane to say it over. */
  readonly notices: ReactNode
  /** What stands at the foot: who writes here. */
  readonly foot: ReactNode
}

/** The plane with all conversations: filter, create, open, rename, delete, restore. */
export function ListPlane(props: ListPlaneProps) {
  const { workspace, chosenId, onCreate, onImport, onDelete, onRestore, onRename } = props
  const cards = useConversationList(workspace)
  const deleted = useConversationList(workspace, "deleted")
  const others = usePresence(workspace.state === "open" ? workspace.open : undefined)
  const [query, setQuery] = useState("")
  const sought = useDeferredValue(query)
  const [renaming, setRenaming] = useState<string>()
  const shown = useMemo(() => filterCards(cards, sought), [cards, sought])
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useRef<VirtualizerHandle>(null)
  const present = useMemo(() => byConversation(others), [others])
  const keepFocus = useFocusKeeper(scroller)
  const change = useCallback(
    (id: string | undefined) => {
      const field = scroller.current?.querySelector(".title-field")
      if (id === undefined && field != null) keepFocus(field, field.closest("[data-conversation-id]")?.getAttribute("data-conversation-id"))
      setRenaming(id)
    },
    [keepFocus],
  )
  const remove = useCallback(
    (card: ConversationCard) => {
      const rows = [...(scroller.current?.querySelectorAll("[data-conversation-id]") ?? [])]
      const at = rows.findIndex((row) => idOf(row) === card.id)
      const row = rows[at]
      const next = rows[at + 1] ?? rows[at - 1]
      if (row !== undefined) keepFocus(row, next === undefined ? undefined : idOf(next))
      onDelete(card)
    },
    [onDelete, keepFocus],
  )

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = stepOf(event)
    if (step === 0 || renaming !== undefined || shown.length === 0) return
    event.preventDefault()
    const focused = document.activeElement?.closest("[data-conversation-id]")?.getAttribute("data-conversation-id")
    const from = shown.findIndex((card) => card.id === (focused ?? chosenId))
    const to = Math.min(shown.length - 1, Math.max(0, from === -1 ? 0 : from + step))
    virtualizer.current?.scrollToIndex(to, { align: "nearest" })
    const id = shown[to]?.id
    // The row may only come into being with the scroll.
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-conversation-id="${id}"] a`)?.focus())
  }

  return (
    // reason: arrows move within the list wherever the focus in it is.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <nav className="list-plane" aria-label="Conversations" onKeyDown={onKeyDown}>
      <header className="list-head">
        <h1 className="list-name">Polylogue</h1>
        {props.status}
        <button type="button" className="icon-button" aria-label="Import conversations" title="Import conversations" onClick={onImport}>
          <Icon name="import" />
        </button>
        <button
          type="button"
          className="icon-button icon-button-accent"
          data-testid="new-conversation"
          aria-label="New conversation"
          title="New conversation (N)"
          onClick={onCreate}
        >
          <Icon name="plus" />
        </button>
      </header>
      {props.notices}
      {cards.length > 0 && <Filter query={query} onQuery={setQuery} />}
      <div className="list-scroller" ref={scroller}>
        {workspace.state === "opening" && <Skeleton rows={6} label="Opening conversations" />}
        {workspace.state === "failed" && (
          <p className="list-note">The list cannot be read from this device. Reload the page to try again.</p>
        )}
        {workspace.state === "open" && cards.length === 0 && (
          <p className="list-note">No conversations yet. Start one, or import what you have elsewhere.</p>
        )}
        {sought !== "" && (
          <p className="list-note" role="status">
            {shown.length === 0 ? `No conversation matches “${sought}”.` : `${counted(shown.length, "conversation")} found`}
          </p>
        )}
        <Virtualizer ref={virtualizer} scrollRef={scroller} data={shown} itemSize={64} bufferSize={400}>
          {(card) => (
            <ConversationItem
              key={card.id}
              card={card}
              chosen={card.id === chosenId}
              present={present.get(card.id) ?? NOBODY}
              renaming={card.id === renaming}
              onRenaming={change}
              onRename={onRename}
              onDelete={remove}
            />
          )}
        </Virtualizer>
        {deleted.length > 0 && sought === "" && <DeletedList cards={deleted} onRestore={onRestore} />}
      </div>
      <footer className="list-foot">{props.foot}</footer>
    </nav>
  )
}

function idOf(row: Element): string | null {
  return row.getAttribute("data-conversation-id")
}

/**
 * Gives what is called before something in the list goes: once that has left the page, and the focus with it, the focus is taken to the row
 * named, or to the page's first way on. It waits for the page itself, since how many frames React takes until then is nobody's promise.
 */
function useFocusKeeper(scroller: RefObject<HTMLDivElement | null>): (leaving: Element, nextId: string | null | undefined) => void {
  const observer = useRef<MutationObserver>(undefined)
  useEffect(() => () => observer.current?.disconnect(), [])
  return useCallback(
    (leaving, nextId) => {
      observer.current?.disconnect()
      if (scroller.current === null) return
      observer.current = new MutationObserver((_changes, self) => {
        if (leaving.isConnected) return
        self.disconnect()
        if (document.activeElement !== document.body) return
        const row = nextId == null ? null : scroller.current?.querySelector<HTMLElement>(`[data-conversation-id="${nextId}"] a`)
        const target = row ?? document.querySelector<HTMLElement>('[data-testid="new-conversation"]')
        target?.focus()
      })
      observer.current.observe(scroller.current, { childList: true, subtree: true })
    },
    [scroller],
  )
}

const NOBODY: readonly OtherPresence[] = []

function Filter({ query, onQuery }: { readonly query: string; readonly onQuery: (query: string) => void }) {
  return (
    <div className="list-filter">
      <Icon name="search" />
      <input
        type="search"
        id="conversation-filter"
        className="field"
        dir="auto"
        placeholder="Find by title"
        aria-label="Find a conversation by title"
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

/** Where J, K and the arrows go; nothing while somebody writes, but arrows leave the filter. */
function stepOf(event: KeyboardEvent): number {
  const target = event.target as HTMLElement
  const writing = target.matches("input, textarea, select, [contenteditable]")
  if (event.metaKey || event.ctrlKey || event.altKey || target.closest('[role="menu"]') !== null) return 0
  if (event.key === "ArrowDown" || (event.key === "j" && !writing)) return 1
  if (!writing && (event.key === "ArrowUp" || event.key === "k")) return -1
  return 0
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
