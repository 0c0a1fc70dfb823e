import type { Conversation, LineEntry } from "@polylogue/conversation"
import { useCallback, useEffect, useRef, useState } from "react"
import { Floating } from "../frame/floating.tsx"
import { moveByArrows } from "../frame/arrow-keys.ts"
import { Icon } from "../frame/icon.tsx"
import { BranchLabel, branchWords } from "./branch-label.tsx"
import { focusWhenThere } from "./message-keys.ts"
import "./branches.css"

/** Alternatives that the menu lists: the ones next to the one that is shown. */
const MAX_LISTED = 50

interface BranchSwitchProps {
  readonly entry: LineEntry
  readonly conversation: Conversation
  readonly onChoose: (entry: LineEntry, id: string) => void
  /** Opens the outline of all forks. */
  readonly onMap: () => void
}

/** ‹ 2/3 ›: which alternative of a message is shown, and who wrote the ones beside it, and when. */
export function BranchSwitch({ entry, conversation, onChoose, onMap }: BranchSwitchProps) {
  const { alternatives, index } = entry
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const whole = useRef<HTMLSpanElement>(null)
  const close = useCallback(() => setOpen(false), [])
  if (alternatives.length < 2) return null
  // The row of the other version is another row: the focus goes over to the same control there.
  const choose = (id: string, control: string): void => {
    const focused = whole.current?.contains(document.activeElement) === true
    onChoose(entry, id)
    if (!focused) return
    focusWhenThere(
      () => document.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(id)}"] ${control}:not(:disabled)`),
      whole.current,
    )
  }
  const step = (by: -1 | 1) => {
    const id = alternatives[index + by]
    const direction = by === -1 ? "Previous version" : "Next version"
    const words = id === undefined ? "" : branchWords(conversation, id)
    const label = words === "" ? direction : `${direction}: ${words}`
    return (
      <button
        type="button"
        className="icon-button branch-step"
        data-step={by}
        aria-label={label}
        title={label}
        disabled={id === undefined}
        onClick={() => {
          if (id !== undefined) choose(id, alternatives[index + 2 * by] === undefined ? ".branch-place" : `[data-step="${by}"]`)
        }}
      >
        <Icon name={by === -1 ? "previous" : "next"} size={14} />
      </button>
    )
  }
  return (
    <span ref={whole} className="branch-switch" role="group" aria-label={`Version ${index + 1} of ${alternatives.length}`}>
      {step(-1)}
      <button
        ref={button}
        type="button"
        className="branch-place"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={`${index + 1}/${alternatives.length}, choose another version`}
        title="All versions"
        onClick={() => setOpen(!open)}
      >
        {index + 1}/{alternatives.length}
      </button>
      {step(1)}
      {open && (
        <Floating anchor={button} align="start" onClose={close}>
          <BranchMenu
            entry={entry}
            conversation={conversation}
            onLeave={() => {
              close()
              button.current?.focus()
            }}
            onChoose={(id) => choose(id, ".branch-place")}
            onMap={onMap}
          />
        </Floating>
      )}
    </span>
  )
}

interface BranchMenuProps {
  readonly entry: LineEntry
  readonly conversation: Conversation
  readonly onLeave: () => void
  readonly onChoose: (id: string) => void
  readonly onMap: () => void
}

/** All versions, each with who, when and how it begins. */
function BranchMenu({ entry, conversation, onLeave, onChoose, onMap }: BranchMenuProps) {
  const { alternatives, index } = entry
  const first = Math.max(0, Math.min(index - MAX_LISTED / 2, alternatives.length - MAX_LISTED))
  const listed = alternatives.slice(first, first + MAX_LISTED)
  const menu = useRef<HTMLDivElement>(null)
  // Not before the plane around it is shown: what is hidden takes no focus.
  useEffect(() => menu.current?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus(), [])
  return (
    <div
      ref={menu}
      className="menu-items branch-menu"
      role="menu"
      tabIndex={-1}
      aria-label="Versions"
      onKeyDown={(event) => {
        if (event.key === "Escape" || event.key === "Tab") {
          event.preventDefault()
          event.stopPropagation()
          onLeave()
        }
        moveByArrows(event)
      }}
    >
      {listed.map((id, place) => (
        <button
          key={id}
          type="button"
          role="menuitemradio"
          aria-checked={id === entry.id}
          className="menu-item branch-item"
          onClick={() => {
            onLeave()
            if (id !== entry.id) onChoose(id)
          }}
        >
          <span className="branch-number" aria-hidden="true">
            {id === entry.id ? <Icon name="check" size={14} /> : first + place + 1}
          </span>
          <BranchLabel conversation={conversation} id={id} />
        </button>
      ))}
      <button
        type="button"
        role="menuitem"
        className="menu-item branch-all"
        onClick={() => {
          onLeave()
          onMap()
        }}
      >
        <Icon name="branch" />
        All branches of the conversation
      </button>
    </div>
  )
}
