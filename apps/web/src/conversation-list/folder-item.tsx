import { type Folder, MAX_FOLDER_NAME_LENGTH } from "@polylogue/conversation"
import { memo } from "react"
import { Icon } from "../frame/icon.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { GridRow } from "./grid-row.tsx"
import type { FolderRow, NoteRow, PinnedRow, ViewRow } from "./list-rows.ts"
import type { DropMark, RowHandlers } from "./row-handlers.ts"
import { TitleField } from "./title-field.tsx"

interface FolderItemProps {
  readonly row: FolderRow
  readonly active: boolean
  readonly renaming: boolean
  readonly drop: DropMark | undefined
  /** Whether it leads to itself in the tree instead of folding: the list shows what was sought. */
  readonly onOpen: ((id: string) => void) | undefined
  readonly handlers: RowHandlers
}

/** A folder in the list: a press folds it and unfolds it. */
export const FolderItem = memo(function FolderItem({ row, active, renaming, drop, onOpen, handlers }: FolderItemProps) {
  const { folder, expanded, count } = row
  if (renaming) {
    return (
      <GridRow row={row} className="folder-item" active={active}>
        <TitleField
          title={folder.name}
          label="Name of the folder"
          maxLength={MAX_FOLDER_NAME_LENGTH}
          onDone={(name) => {
            handlers.rename(undefined)
            if (name !== undefined && name.trim() !== "") handlers.actions.renameFolder(folder, name)
          }}
        />
      </GridRow>
    )
  }
  const folds = onOpen === undefined
  return (
    <GridRow
      row={row}
      className="folder-item"
      testId="folder-item"
      {...(folds ? { expanded } : {})}
      draggable
      drop={drop}
      active={active}
      end={<Menu label={`Actions for the folder ${folder.name}`} items={menuOf(folder, handlers)} />}
    >
      <button
        type="button"
        className="folder-link row-link"
        tabIndex={active ? 0 : -1}
        onClick={() => (onOpen === undefined ? handlers.fold(folder.id, expanded) : onOpen(folder.id))}
        onDoubleClick={() => handlers.rename(folder.id)}
      >
        {folds && <FoldMark expanded={expanded} />}
        <Icon name="folder" size={14} />
        <span className="folder-name" dir="auto">
          {folder.name}
        </span>
        {row.hint !== "" && (
          <span className="conversation-hint" dir="auto">
            {row.hint}
          </span>
        )}
        <span className="visually-hidden">, folder</span>
        {folds && count > 0 && <Count count={count} />}
      </button>
    </GridRow>
  )
})

/** The head of the pinned conversations. */
export const PinnedItem = memo(function PinnedItem(props: {
  readonly row: PinnedRow
  readonly active: boolean
  readonly handlers: RowHandlers
}) {
  const { row, active, handlers } = props
  return (
    <GridRow row={row} className="folder-item" expanded={row.expanded} active={active}>
      <button
        type="button"
        className="folder-link row-link"
        tabIndex={active ? 0 : -1}
        onClick={() => handlers.fold(row.key, row.expanded)}
      >
        <FoldMark expanded={row.expanded} />
        <Icon name="pin" size={14} />
        <span className="folder-name">Pinned</span>
        <Count count={row.count} />
      </button>
    </GridRow>
  )
})

const VIEW_NAMES = { all: "All conversations", archive: "Archive", deleted: "Deleted" } as const

/** A way from the end of the list to what was put away. */
export const ViewItem = memo(function ViewItem(props: { readonly row: ViewRow; readonly active: boolean; readonly handlers: RowHandlers }) {
  const { row, active, handlers } = props
  return (
    <GridRow row={row} className="folder-item view-item" active={active}>
      <button type="button" className="folder-link row-link" tabIndex={active ? 0 : -1} onClick={() => handlers.show(row.view)}>
        <Icon name={row.view === "archive" ? "archive" : "trash"} size={14} />
        <span className="folder-name">{VIEW_NAMES[row.view]}</span>
        <Count count={row.count} />
      </button>
    </GridRow>
  )
})

/** Words in place of rows. */
export function NoteItem({ row }: { readonly row: NoteRow }) {
  return (
    <GridRow row={row} className="note-item" active={false}>
      {row.text}
    </GridRow>
  )
}

/** How many conversations, as a number for the eye and with its word for the ear. */
function Count({ count }: { readonly count: number }) {
  return (
    <>
      <span className="visually-hidden">, </span>
      <span className="folder-count">
        {count.toLocaleString("en")}
        <span className="visually-hidden"> {count === 1 ? "conversation" : "conversations"}</span>
      </span>
    </>
  )
}

function FoldMark({ expanded }: { readonly expanded: boolean }) {
  return (
    <span className="fold-mark" data-expanded={expanded || undefined} aria-hidden="true">
      <Icon name="next" size={12} />
    </span>
  )
}

function menuOf(folder: Folder, handlers: RowHandlers): readonly MenuItem[] {
  const { actions } = handlers
  return [
    { label: "New conversation here", icon: "plus", run: () => actions.create(folder.id) },
    { label: "New folder inside", icon: "folder", run: () => handlers.newFolder(folder.id) },
    { label: "Rename", icon: "edit", run: () => handlers.rename(folder.id) },
    { label: "Move to…", icon: "next", run: () => handlers.chooseFolder({ folder }) },
    { label: "Delete folder", icon: "trash", danger: true, run: () => actions.deleteFolder(folder) },
  ]
}
