import type { RoundCard } from "@polylogue/conversation"
import { type OpenRound, useRoundSettings } from "@polylogue/react"
import { type ReactNode, useState } from "react"
import { TitleField } from "../conversation-list/title-field.tsx"
import { Icon } from "../frame/icon.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { usePhone } from "../frame/use-media.ts"
import { Present } from "../identity/present.tsx"
import { useCommands } from "../palette/commands.ts"
import { judgingHref, type JudgingRoute } from "./judging-route.ts"
import { roundName } from "./round-words.ts"
import "./round-header.css"

interface RoundHeaderProps {
  readonly roundId: string
  readonly view: JudgingRoute["view"]
  readonly held: OpenRound | undefined
  readonly card: RoundCard | undefined
  readonly status: ReactNode
  readonly items: readonly MenuItem[]
  /** Absent where it may not be renamed. */
  readonly onRename: ((name: string) => void) | undefined
}

/** The head of a round: its name, who else is here, how safe everything is, and the way between judging and comparing. */
export function RoundHeader({ roundId, view, held, card, status, items, onRename }: RoundHeaderProps) {
  const [renaming, setRenaming] = useState(false)
  const phone = usePhone()
  const rename: readonly MenuItem[] = onRename === undefined ? [] : [{ label: "Rename", icon: "edit", run: () => setRenaming(true) }]
  const all = [...rename, ...items]
  useCommands(all.map(({ label, icon = "more", run }) => ({ id: `round ${label}`, group: "This round", name: label, icon, run })))
  return (
    <>
      {/* Beside the list the name of the app stands above; on a phone nothing else does. */}
      {phone && <h1 className="visually-hidden">Judging</h1>}
      <header className="text-head">
        {phone && (
          <a className="icon-button" href={judgingHref()} aria-label="All rounds" title="All rounds">
            <Icon name="back" />
          </a>
        )}
        {renaming && onRename !== undefined ? (
          <TitleField
            title={card?.name ?? held?.round.getSettings().name ?? ""}
            label="Name"
            onDone={(name) => {
              setRenaming(false)
              if (name !== undefined) onRename(name)
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
              {held === undefined ? roundName(card?.name) : <Name held={held} card={card} />}
            </button>
          </h2>
        )}
        {held !== undefined && <Present open={held.open} />}
        {status}
        {all.length > 0 && <Menu label="Round actions" items={all} />}
      </header>
      <nav className="round-tabs" aria-label="In this round">
        <a href={judgingHref(roundId)} aria-current={view === "judge" ? "page" : undefined}>
          Judge
        </a>
        <a href={judgingHref(roundId, { view: "agreement" })} aria-current={view === "agreement" ? "page" : undefined}>
          Agreement
        </a>
      </nav>
    </>
  )
}

/** The name on the list, else that in the round itself: who was let into the round alone has no list. */
function Name({ held, card }: { readonly held: OpenRound; readonly card: RoundCard | undefined }) {
  const { name } = useRoundSettings(held)
  return roundName(card === undefined || card.name === "" ? name : card.name)
}
