import type { ConversationCard, Folder, FolderForest } from "@polylogue/conversation"
import { type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from "react"
import { counted } from "../frame/relative-time.ts"
import type { ListActions } from "./list-actions.ts"
import type { ListRow } from "./list-rows.ts"
import type { DropMark } from "./row-handlers.ts"

/** What a drag of rows is called among other drags, such as those of files. */
const TYPE = "application/x-polylogue-rows"
/** Held over a folded folder for so long, it unfolds. */
const UNFOLD_MS = 700
/** The part of a folder's row, from its top, that means "before it". */
const BEFORE = 0.3

/** What is being dragged. */
type Dragged = { readonly cards: readonly ConversationCard[] } | { readonly folder: Folder }

/** Where it would go: into a folder (null: into none), before another folder where that is meant. */
export interface Drop {
  readonly folderId: string | null
  readonly beforeId: string | null
  /** The row that shows it; null for the list as a whole. */
  readonly key: string | null
  readonly mark: DropMark
}

interface ListDragOptions {
  readonly rows: readonly ListRow[]
  readonly forest: FolderForest
  readonly actions: Pick<ListActions, "move" | "moveFolder">
  readonly meant: (card: ConversationCard) => readonly ConversationCard[]
  readonly unfold: (key: string) => void
}

/** Drag and drop of conversations and folders by mouse; the menu's "Move to…" does the same without one. */
export function useListDrag({ rows, forest, actions, meant, unfold }: ListDragOptions) {
  const dragged = useRef<Dragged>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [drop, setDrop] = useState<Drop>()
  const dropKey = useRef<string | null>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const rowOf = useCallback(
    (event: DragEvent) => {
      const element = event.target instanceof Element ? event.target.closest("[data-row]") : null
      const row = rows.find(({ key }) => key === element?.getAttribute("data-row"))
      const box = element?.getBoundingClientRect()
      return { row, height: box === undefined ? 0.5 : (event.clientY - box.top) / Math.max(1, box.height) }
    },
    [rows],
  )
  const end = useCallback(() => {
    clearTimeout(timer.current)
    dragged.current = undefined
    dropKey.current = undefined
    setDrop(undefined)
  }, [])
  const listeners = useMemo(
    () => ({
      onDragStart: (event: DragEvent) => {
        const { row } = rowOf(event)
        if (row?.kind === "conversation") dragged.current = { cards: meant(row.card) }
        else if (row?.kind === "folder") dragged.current = { folder: row.folder }
        else return
        event.dataTransfer.setData(TYPE, row.key)
        event.dataTransfer.effectAllowed = "move"
        if ("cards" in dragged.current && dragged.current.cards.length > 1) showCount(event, dragged.current.cards.length)
      },
      onDragOver: (event: DragEvent) => {
        if (dragged.current === undefined) return
        const { row, height } = rowOf(event)
        const found = dropOf(dragged.current, row, height, forest)
        if (found !== undefined) {
          event.preventDefault()
          event.dataTransfer.dropEffect = "move"
        }
        setDrop((before) => (before?.key === found?.key && before?.mark === found?.mark ? before : found))
        if (dropKey.current === found?.key) return
        dropKey.current = found?.key
        clearTimeout(timer.current)
        if (row?.kind === "folder" && !row.expanded) timer.current = setTimeout(() => unfold(row.key), UNFOLD_MS)
      },
      onDragLeave: (event: DragEvent) => {
        if (event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)) return
        clearTimeout(timer.current)
        dropKey.current = undefined
        setDrop(undefined)
      },
      onDrop: (event: DragEvent) => {
        const what = dragged.current
        const { row, height } = rowOf(event)
        end()
        const place = what === undefined ? undefined : dropOf(what, row, height, forest)
        if (what === undefined || place === undefined) return
        event.preventDefault()
        if ("cards" in what) actions.move(what.cards, place.folderId)
        else actions.moveFolder(what.folder, place.folderId, place.beforeId)
      },
      onDragEnd: end,
    }),
    [rowOf, meant, forest, actions, unfold, end],
  )
  return { drop, listeners }
}

/** Where what is dragged would go if it were let go over `row`, or beside all rows; `undefined` where it cannot. */
export function dropOf(dragged: Dragged, row: ListRow | undefined, height: number, forest: FolderForest): Drop | undefined {
  const moving = "folder" in dragged ? dragged.folder : undefined
  const allowed = (folderId: string | null): boolean => moving === undefined || !forest.pathTo(folderId).some(({ id }) => id === moving.id)
  if (row?.kind === "folder") {
    const { folder } = row
    if (moving !== undefined && height < BEFORE && moving.id !== folder.id) {
      return allowed(folder.parentId) ? { folderId: folder.parentId, beforeId: folder.id, key: row.key, mark: "before" } : undefined
    }
    return allowed(folder.id) ? { folderId: folder.id, beforeId: null, key: row.key, mark: "into" } : undefined
  }
  // A conversation in a folder stands for that folder, any other row for the list outside of all folders.
  const folderId = row?.kind === "conversation" && row.level > 1 && !row.card.pinned ? forest.placeOf(row.card.folderId) : null
  return allowed(folderId) ? { folderId, beforeId: null, key: folderId, mark: "into" } : undefined
}

function showCount(event: DragEvent, count: number): void {
  const label = document.createElement("div")
  label.className = "drag-count"
  label.textContent = counted(count, "conversation")
  document.body.append(label)
  event.dataTransfer.setDragImage(label, 8, 8)
  setTimeout(() => label.remove(), 0)
}
