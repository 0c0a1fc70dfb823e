import type { ConversationCard } from "@polylogue/conversation"
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react"
import { cardTitle } from "../conversation-list/card-text.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon, type IconName } from "../frame/icon.tsx"
import { navigate } from "../frame/route.ts"
import { bestMatches } from "./match.ts"
import "./palette.css"

/** Something one can do from the palette. */
export interface Action {
  readonly name: string
  readonly icon: IconName
  readonly keys?: string
  readonly run: () => void
}

interface PaletteProps {
  readonly cards: readonly ConversationCard[]
  readonly actions: readonly Action[]
  readonly onClose: () => void
}

interface Choice {
  readonly key: string
  readonly text: string
  readonly hint: string
  readonly icon: IconName | undefined
  readonly run: () => void
}

const MAX_SHOWN = 50

/** Mod+K: finds conversations and actions by name. The field keeps the focus; arrows choose, Enter does. */
export function Palette({ cards, actions, onClose }: PaletteProps) {
  const [query, setQuery] = useState("")
  const [at, setAt] = useState(0)
  const list = useRef<HTMLUListElement>(null)
  const id = useId()
  const choices = useMemo(() => choicesOf(cards, actions), [cards, actions])
  const found = useMemo(() => bestMatches(choices, query, ({ text }) => text, MAX_SHOWN), [choices, query])
  const run = (choice: Choice | undefined): void => {
    if (choice === undefined) return
    onClose()
    choice.run()
  }
  const move = (to: number): void => {
    const next = found.length === 0 ? 0 : (to + found.length) % found.length
    setAt(next)
    list.current?.children[next]?.scrollIntoView({ block: "nearest" })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === "ArrowDown") move(at + 1)
    else if (event.key === "ArrowUp") move(at - 1)
    else if (event.key === "Enter") run(found[at])
    else return
    event.preventDefault()
  }
  return (
    <Dialog label="Find conversations and actions" onClose={onClose} className="palette">
      <input
        className="palette-field"
        dir="auto"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found[at] === undefined ? undefined : `${id}-${at}`}
        aria-label="Find conversations and actions"
        placeholder="Find a conversation or an action"
        autoComplete="off"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      {/* reason: the combobox pattern has no element of its own for a list that is filtered. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role */}
      <ul ref={list} id={id} className="palette-list" role="listbox" aria-label="Found">
        {found.map((choice, place) => (
          // reason: the combobox pattern keeps the focus in the field, where the keys are handled.
          // oxlint-disable jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-to-interactive-role
          <li
            key={choice.key}
            id={`${id}-${place}`}
            role="option"
            aria-selected={place === at}
            className="palette-item"
            onClick={() => run(choice)}
            onPointerMove={() => setAt(place)}
          >
            {choice.icon === undefined ? <span className="palette-dot" aria-hidden="true" /> : <Icon name={choice.icon} />}
            <span className="palette-text" dir="auto">
              {choice.text}
            </span>
            {choice.hint !== "" && <kbd>{choice.hint}</kbd>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="palette-none">Nothing matches “{query}”.</p>}
    </Dialog>
  )
}

function choicesOf(cards: readonly ConversationCard[], actions: readonly Action[]): readonly Choice[] {
  return [
    ...actions.map(({ name, icon, keys = "", run }) => ({ key: `action ${name}`, text: name, hint: keys, icon, run })),
    ...cards.map((card) => ({ key: card.id, text: cardTitle(card), hint: "", icon: undefined, run: () => navigate(card.id) })),
  ]
}
