import { type KeyboardEvent, useEffect, useRef } from "react"
import { Icon } from "../frame/icon.tsx"
import "./find-bar.css"

interface FindBoxProps {
  /** What is looked through: "Find in this conversation". */
  readonly label: string
  readonly text: string
  readonly onText: (text: string) => void
  /** How much was found, and at which of it one is; "" for nothing to say. */
  readonly status: string
  /** Whether there is anything to go to. */
  readonly found: boolean
  readonly onGo: (step: 1 | -1) => void
  /** How often somebody asked for it: at each time the field takes the focus. */
  readonly asked: number
  readonly onClose: () => void
}

/** The bar in which one looks for words in what is on screen: Enter leads to the next place, Shift+Enter to the one before, Escape closes it. */
export function FindBox({ label, text, onText, status, found, onGo, asked, onClose }: FindBoxProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (asked > 0) field.current?.select()
  }, [asked])
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === "Enter") onGo(event.shiftKey ? -1 : 1)
    else if (event.key === "Escape") onClose()
    else return
    event.preventDefault()
  }
  return (
    <search className="find-bar" aria-label={label}>
      <Icon name="search" />
      <input
        ref={field}
        className="find-field"
        dir="auto"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="next"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <span role="status" className="find-count">
        {status}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label="Previous place"
        title="Previous place"
        disabled={!found}
        onClick={() => onGo(-1)}
      >
        <Icon name="up" />
      </button>
      <button type="button" className="icon-button" aria-label="Next place" title="Next place" disabled={!found} onClick={() => onGo(1)}>
        <Icon name="down" />
      </button>
      <button type="button" className="icon-button" aria-label="Close" title="Close" onClick={onClose}>
        <Icon name="close" />
      </button>
    </search>
  )
}
