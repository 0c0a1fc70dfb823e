import { type ReactNode, useEffect, useRef, useState } from "react"
import { readStored, writeStored } from "../device/stored-value.ts"

interface EditorSectionProps {
  /** Names it among the settings of this device. */
  readonly id: string
  readonly title: string
  /** Asked for from elsewhere: unfolds, and gives the focus to the first of these that it has, else to its heading. */
  readonly wanted?: readonly string[] | undefined
  /** Called once it has the focus that was asked for. */
  readonly onShown?: (() => void) | undefined
  readonly children: ReactNode
}

/** A part of the editor that folds; whether it is unfolded is remembered on this device. Folded, it is not rendered: it would read the draft at every key. */
export function EditorSection({ id, title, wanted, onShown, children }: EditorSectionProps) {
  const key = `polylogue.prompt-section.${id}`
  const [open, setOpen] = useState(() => readStored(key) === "open")
  const toggled = (next: boolean): void => {
    setOpen(next)
    writeStored(key, next ? "open" : null)
  }
  const section = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    if (wanted === undefined || section.current === null) return
    if (!open) {
      // As a press on the heading does: what is in it is there once the browser has told so.
      section.current.open = true
      return
    }
    const found = [...wanted, "summary"].map((selector) => section.current?.querySelector<HTMLElement>(selector))
    found.find((element) => element != null)?.focus()
    onShown?.()
  })
  return (
    <details ref={section} className="editor-section" open={open} onToggle={({ currentTarget }) => toggled(currentTarget.open)}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {open && children}
    </details>
  )
}
