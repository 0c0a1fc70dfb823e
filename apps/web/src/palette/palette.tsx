import { Fragment, type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { KeyCaps } from "./key-caps.tsx"
import type { Range } from "./match.ts"
import type { PaletteItem, PaletteSource } from "./palette-source.ts"
import { type PaletteGroup, useFindings } from "./use-findings.ts"
import "./palette.css"

interface PaletteProps {
  /** What it searches, in the order of their headings while nothing is asked for. Keep the array while it is open. */
  readonly sources: readonly PaletteSource[]
  readonly onClose: () => void
}

/** Mod+K: finds conversations, actions and whatever else there is a source for. The field keeps the focus; arrows choose, Enter does. */
export function Palette({ sources, onClose }: PaletteProps) {
  const [query, setQuery] = useState("")
  const sought = useDeferredValue(query)
  const { groups, busy } = useFindings(sources, sought)
  const [chosen, setChosen] = useState<string>()
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const items = groups.flatMap((group) => group.items.map((item) => ({ item, name: nameOf(id, group, item) })))
  // What comes later joins below, so the choice stays with its item; without one it is the first.
  const at = Math.max(
    0,
    items.findIndex(({ name }) => name === chosen),
  )
  const run = (item: PaletteItem | undefined): void => {
    if (item === undefined) return
    onClose()
    item.run()
  }
  // Enter means what one typed, so it waits while the list still answers an earlier query.
  const settled = sought === query && (items.length > 0 || !busy)
  const entered = useRef(false)
  useEffect(() => {
    if (!entered.current || !settled) return
    entered.current = false
    run(items[at]?.item)
  })
  const choose = (to: number): void => {
    const name = items[Math.min(items.length - 1, Math.max(0, to))]?.name
    setChosen(name)
    if (name !== undefined) document.getElementById(name)?.scrollIntoView({ block: "nearest" })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    const page = Math.max(1, Math.floor((list.current?.clientHeight ?? 0) / ROW_PX) - 1)
    if (event.key === "ArrowDown") choose((at + 1) % Math.max(1, items.length))
    else if (event.key === "ArrowUp") choose((at - 1 + items.length) % Math.max(1, items.length))
    else if (event.key === "PageDown") choose(at + page)
    else if (event.key === "PageUp") choose(at - page)
    else if (event.key === "Enter") {
      entered.current = !settled
      if (settled) run(items[at]?.item)
    } else return
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
        aria-activedescendant={items[at]?.name}
        aria-label="Find conversations and actions"
        placeholder="Find a conversation or an action"
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => {
          entered.current = false
          setQuery(event.target.value)
          setChosen(undefined)
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id={id} className="palette-list" role="listbox" aria-label="Found">
        {groups.map((group) => (
          <div key={group.title} role="group" aria-label={group.title}>
            <div className="palette-heading" aria-hidden="true">
              {group.title}
            </div>
            {group.items.map((item) => {
              const name = nameOf(id, group, item)
              return (
                <Line
                  key={item.key}
                  id={name}
                  item={item}
                  selected={name === items[at]?.name}
                  onRun={() => run(item)}
                  onPoint={() => setChosen(name)}
                />
              )
            })}
          </div>
        ))}
      </div>
      <p className="palette-none" role="status">
        {items.length > 0 ? "" : busy ? "Searching" : `Nothing matches “${sought}”.`}
      </p>
    </Dialog>
  )
}

/** Height of a line in px; `palette.css` has the same. */
const ROW_PX = 40

function nameOf(id: string, { title }: PaletteGroup, { key }: PaletteItem): string {
  return `${id}-${title}-${key}`
}

interface LineProps {
  readonly id: string
  readonly item: PaletteItem
  readonly selected: boolean
  readonly onRun: () => void
  readonly onPoint: () => void
}

function Line({ id, item, selected, onRun, onPoint }: LineProps) {
  return (
    // reason: the combobox pattern keeps the focus in the field, where the keys are handled.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div id={id} role="option" aria-selected={selected} className="palette-item" onClick={onRun} onPointerMove={onPoint}>
      {item.icon === undefined ? <span className="palette-dot" aria-hidden="true" /> : <Icon name={item.icon} />}
      <span className="palette-text" dir="auto">
        <Marked text={item.text} marks={item.marks} />
      </span>
      {item.hint !== undefined && <span className="palette-hint">{item.hint}</span>}
      {item.keys !== undefined && <KeyCaps keys={item.keys} />}
    </div>
  )
}

function Marked({ text, marks }: { readonly text: string; readonly marks: readonly Range[] }) {
  return (
    <>
      {marks.map(([start, end], place) => (
        <Fragment key={start}>
          {text.slice(marks[place - 1]?.[1] ?? 0, start)}
          <mark>{text.slice(start, end)}</mark>
        </Fragment>
      ))}
      {text.slice(marks.at(-1)?.[1] ?? 0)}
    </>
  )
}
