import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon, type IconName } from "../frame/icon.tsx"
import "./picker.css"

/** Something one can pick. */
export interface PickerOption {
  readonly key: string
  readonly text: string
  /** Where it belongs, in a few words. */
  readonly hint?: string
  readonly icon: IconName
  /** Whether all, some or none of what one is about has it; absent where that is not asked. */
  readonly checked?: boolean | "mixed"
  readonly run: () => void
}

interface PickerProps {
  readonly label: string
  readonly placeholder: string
  readonly maxLength: number
  /** What is offered for what somebody has written. */
  readonly optionsFor: (query: string) => readonly PickerOption[]
  /** Whether it stays open after a choice. */
  readonly several?: boolean
  readonly onClose: () => void
  readonly foot?: ReactNode
}

/** Finds one of many by writing: the field keeps the focus, arrows choose, Enter takes. */
export function Picker({ label, placeholder, maxLength, optionsFor, several = false, onClose, foot }: PickerProps) {
  const [query, setQuery] = useState("")
  const [at, setAt] = useState(0)
  const list = useRef<HTMLUListElement>(null)
  const id = useId()
  const options = optionsFor(query)
  const place = Math.min(at, Math.max(0, options.length - 1))
  const take = (option: PickerOption | undefined): void => {
    if (option === undefined) return
    if (!several) onClose()
    option.run()
    if (query === "") return
    setQuery("")
    setAt(0)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
    if (step !== 0 && options.length > 0) {
      const to = (place + step + options.length) % options.length
      setAt(to)
      list.current?.children[to]?.scrollIntoView({ block: "nearest" })
    } else if (event.key === "Enter") take(options[place])
    else return
    event.preventDefault()
  }
  return (
    <Dialog label={label} onClose={onClose} className="picker">
      <p className="picker-label">{label}</p>
      <input
        className="picker-field"
        dir="auto"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={options[place] === undefined ? undefined : `${id}-${place}`}
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        maxLength={maxLength}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      {/* reason: the combobox pattern has no element of its own for a list that is filtered. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role */}
      <ul ref={list} id={id} className="picker-list" role="listbox" aria-label={placeholder} aria-multiselectable={several || undefined}>
        {options.map((option, index) => (
          // reason: the combobox pattern keeps the focus in the field, where the keys are handled.
          // oxlint-disable jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-to-interactive-role
          <li
            key={option.key}
            id={`${id}-${index}`}
            role="option"
            aria-selected={several ? option.checked === true : index === place}
            className="picker-item"
            data-current={index === place || undefined}
            onClick={() => take(option)}
            onPointerMove={() => setAt(index)}
          >
            <Icon name={option.icon} />
            <span className="picker-text" dir="auto">
              {option.text}
            </span>
            {option.hint !== undefined && option.hint !== "" && (
              <span className="picker-hint" dir="auto">
                {option.hint}
              </span>
            )}
            {option.checked === true && <Icon name="check" />}
            {option.checked === "mixed" && <span className="picker-hint">some</span>}
          </li>
        ))}
      </ul>
      {options.length === 0 && (
        <p className="picker-none">{query.trim() === "" ? "Nothing to choose from yet." : `Nothing matches “${query}”.`}</p>
      )}
      {foot}
    </Dialog>
  )
}
