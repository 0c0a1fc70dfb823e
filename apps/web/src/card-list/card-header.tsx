import type { OpenDocument } from "@polylogue/react"
import { type ReactNode, useState } from "react"
import { TitleField } from "../conversation-list/title-field.tsx"
import { Icon } from "../frame/icon.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { usePhone } from "../frame/use-media.ts"
import { Present } from "../identity/present.tsx"
import { useCommands } from "../palette/commands.ts"

/** An entry of the menu of what is on screen, which the palette has too. */
export interface HeaderItem extends MenuItem {
  readonly keys?: string
}

/** How a part of the app speaks of what stands in its list. */
export interface HeaderWords {
  /** As in "This prompt". */
  readonly thing: "prompt" | "source" | "round"
  /** As in "All prompts". */
  readonly things: string
  /** What its name is called. */
  readonly field: string
  /** Where its list is. */
  readonly list: string
}

interface CardHeaderProps {
  readonly words: HeaderWords
  /** Its document, once it is open: who else is there is shown. */
  readonly open: OpenDocument | undefined
  /** What it is called, as one who renames it finds it in the field. */
  readonly title: string
  /** What it is called, as it is shown. */
  readonly children: ReactNode
  readonly status: ReactNode
  /** What can be done with it, beside renaming it. */
  readonly items: readonly HeaderItem[]
  /** What stands before the menu. */
  readonly tools?: ReactNode
  /** Absent where it may not be renamed. */
  readonly onRename: ((title: string) => void) | undefined
}

/** The head of what was chosen from a list: its name, who else is here, how safe everything is, and what one can do with it. */
export function CardHeader({ words, open, title, children, status, items, tools, onRename }: CardHeaderProps) {
  const { thing, things, field, list } = words
  const [renaming, setRenaming] = useState(false)
  const phone = usePhone()
  const rename: readonly HeaderItem[] = onRename === undefined ? [] : [{ label: "Rename", icon: "edit", run: () => setRenaming(true) }]
  const all = [...rename, ...items]
  useCommands(
    all.map(({ label, icon = "more", keys, run }) => ({
      id: `${thing} ${label}`,
      group: `This ${thing}`,
      name: label,
      icon,
      run,
      ...(keys === undefined ? {} : { keys }),
    })),
  )
  return (
    <>
      {/* Beside the list the name of the app stands above; on a phone nothing else does. */}
      {phone && <h1 className="visually-hidden">{capital(things)}</h1>}
      <header className="text-head">
        {phone && (
          <a className="icon-button" href={list} aria-label={`All ${things}`} title={`All ${things}`}>
            <Icon name="back" />
          </a>
        )}
        {renaming && onRename !== undefined ? (
          <TitleField
            title={title}
            label={field}
            onDone={(next) => {
              setRenaming(false)
              if (next !== undefined) onRename(next)
            }}
          />
        ) : (
          <h2 className="text-title" dir="auto">
            <button
              type="button"
              className="text-title-button"
              title={onRename === undefined ? undefined : "Rename"}
              disabled={onRename === undefined}
              onClick={() => setRenaming(true)}
            >
              {children}
            </button>
          </h2>
        )}
        {open !== undefined && <Present open={open} />}
        {status}
        {tools}
        {all.length > 0 && <Menu label={`${capital(thing)} actions`} items={all} />}
      </header>
    </>
  )
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
