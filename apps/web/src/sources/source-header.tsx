import type { SourceCard } from "@polylogue/conversation"
import { type OpenSource, useSourceMeta } from "@polylogue/react"
import { type ReactNode, useState } from "react"
import { TitleField } from "../conversation-list/title-field.tsx"
import { Icon } from "../frame/icon.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { usePhone } from "../frame/use-media.ts"
import { Present } from "../identity/present.tsx"
import { useCommands } from "../palette/commands.ts"
import { sourceHref } from "./source-route.ts"
import { sourceTitle } from "./source-words.ts"

/** An entry of the menu of a source, which the palette has too. */
export interface SourceItem extends MenuItem {
  readonly keys?: string
}

interface SourceHeaderProps {
  readonly held: OpenSource | undefined
  readonly card: SourceCard | undefined
  readonly status: ReactNode
  /** What can be done with the source, beside renaming it. */
  readonly items: readonly SourceItem[]
  /** What stands before the menu: how many notes there are. */
  readonly children: ReactNode
  /** Absent where it may not be renamed. */
  readonly onRename: ((title: string) => void) | undefined
}

/** The head of a source: its title, who else is here, how safe everything is, and what one can do with it. */
export function SourceHeader({ held, card, status, items, children, onRename }: SourceHeaderProps) {
  const [renaming, setRenaming] = useState(false)
  const phone = usePhone()
  // Beside the list it stands below the name of the app; on a phone nothing stands above it.
  const Heading = phone ? "h1" : "h2"
  const all: readonly SourceItem[] = [
    ...(onRename === undefined ? [] : [{ label: "Rename", icon: "edit", run: () => setRenaming(true) } satisfies SourceItem]),
    ...items,
  ]
  useCommands(
    all.map(({ label, icon = "more", keys, run }) => ({
      id: `source ${label}`,
      group: "This source",
      name: label,
      icon,
      run,
      ...(keys === undefined ? {} : { keys }),
    })),
  )
  return (
    <header className="text-head">
      {phone && (
        <a className="icon-button" href={sourceHref()} aria-label="All sources" title="All sources">
          <Icon name="back" />
        </a>
      )}
      {renaming && onRename !== undefined ? (
        <TitleField
          title={card?.name ?? held?.source.getMeta().title ?? ""}
          label="Title"
          onDone={(title) => {
            setRenaming(false)
            if (title !== undefined) onRename(title)
          }}
        />
      ) : (
        <Heading className="text-title" dir="auto">
          <button
            type="button"
            className="text-title-button"
            title={onRename === undefined ? undefined : "Rename"}
            disabled={onRename === undefined}
            onClick={() => setRenaming(true)}
          >
            {held === undefined ? sourceTitle(card?.name) : <Title held={held} card={card} />}
          </button>
        </Heading>
      )}
      {held !== undefined && <Present open={held.open} />}
      {status}
      {children}
      {all.length > 0 && <Menu label="Source actions" items={all} />}
    </header>
  )
}

/** The title on the list, else that in the source itself: who was let into one source alone has no list. */
function Title({ held, card }: { readonly held: OpenSource; readonly card: SourceCard | undefined }) {
  const own = useSourceMeta(held.source).title
  if (held.source.getState() === "erased") return "Erased for good"
  return sourceTitle(card === undefined || card.name === "" ? own : card.name)
}
