import { type ConversationCard, MAX_TAG_LENGTH, type Tag } from "@polylogue/conversation"
import { type OpenDocument, useDocumentStatus } from "@polylogue/react"
import { useState } from "react"
import { Menu } from "../frame/menu.tsx"
import { quoted } from "./card-text.ts"
import type { ListActions } from "./list-actions.ts"
import { BarButton, TagChips, VIEWS } from "./list-pieces.tsx"
import type { ListView } from "./list-rows.ts"
import type { RowHandlers } from "./row-handlers.ts"
import { TitleField } from "./title-field.tsx"

interface TagBarProps {
  readonly tags: readonly Tag[]
  readonly tag: string
  readonly onTag: (tag: string) => void
  readonly actions: ListActions
}

/** The tags there are: a press shows what has one, another all again. The one that is shown can be renamed and taken from everything. */
export function TagBar({ tags, tag, onTag, actions }: TagBarProps) {
  const [renaming, setRenaming] = useState(false)
  if (renaming) {
    return (
      <div className="tag-bar">
        <TitleField
          title={tag}
          label="Name of the tag"
          maxLength={MAX_TAG_LENGTH}
          onDone={(name) => {
            setRenaming(false)
            if (name === undefined || name.trim() === "") return
            actions.renameTag(tag, name)
            onTag(name)
          }}
        />
      </div>
    )
  }
  return (
    <div className="tag-bar" role="group" aria-label="Tags">
      <TagChips tags={tags} tag={tag} what="conversation" onTag={onTag} />
      {tag !== "" && (
        <Menu
          label={`Actions for the tag ${tag}`}
          items={[
            { label: "Rename tag", icon: "edit", run: () => setRenaming(true) },
            {
              label: "Take from all conversations",
              icon: "trash",
              danger: true,
              run: () => {
                onTag("")
                actions.deleteTag(tag)
              },
            },
          ]}
        />
      )}
    </div>
  )
}

/** What the list says instead of rows; that there are none is said only by a relay that has no other to ask. */
export function emptyWords(view: ListView, query: string, tag: string, relayAwaits: boolean): string {
  if (query.trim() !== "") return `No conversation matches ${quoted(query.trim())}.`
  if (tag !== "") return `No conversation has the tag ${quoted(tag)}.`
  if (view === "all" && relayAwaits) return "No conversations yet on this relay. What others have comes when it reaches them."
  return view === "all" ? "No conversations yet. Start one, or import what you have elsewhere." : VIEWS[view].empty
}

interface EmptyListProps {
  readonly open: OpenDocument
  readonly view: ListView
  readonly query: string
  readonly tag: string
}

/** {@link emptyWords}, for what the relay knows of the workspace. */
export function EmptyList({ open, view, query, tag }: EmptyListProps) {
  return emptyWords(view, query, tag, useDocumentStatus(open).relayAwaits)
}

interface SelectionBarProps {
  readonly cards: readonly ConversationCard[]
  readonly handlers: RowHandlers
  readonly onAll: () => void
  readonly onEnd: () => void
}

/** What can be done with all that is selected. */
export function SelectionBar({ cards, handlers, onAll, onEnd }: SelectionBarProps) {
  const { actions } = handlers
  const archived = cards.length > 0 && cards.every((card) => card.archived)
  const act = (run: () => void) => (): void => {
    run()
    onEnd()
  }
  return (
    <div className="selection-bar" role="toolbar" aria-label="Selected conversations">
      <span className="selection-count" role="status">
        {cards.length === 0 ? "Select conversations" : `${cards.length.toLocaleString("en")} selected`}
      </span>
      <BarButton icon="check" label="Select all" onPress={onAll} />
      <BarButton icon="folder" label="Move to…" disabled={cards.length === 0} onPress={() => handlers.chooseFolder({ cards })} />
      <BarButton icon="tag" label="Tags…" disabled={cards.length === 0} onPress={() => handlers.chooseTags(cards)} />
      <BarButton
        icon="archive"
        label={archived ? "Take out of the archive" : "Archive"}
        disabled={cards.length === 0}
        onPress={act(() => actions.archive(cards, !archived))}
      />
      <BarButton icon="export" label="Export" disabled={cards.length === 0} onPress={() => handlers.chooseExport(cards)} />
      <BarButton icon="trash" label="Delete" disabled={cards.length === 0} onPress={act(() => actions.remove(cards))} />
      <BarButton icon="close" label="End selecting" onPress={onEnd} />
    </div>
  )
}
