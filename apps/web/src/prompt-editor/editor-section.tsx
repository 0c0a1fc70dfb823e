import { type ReactNode, useState } from "react"
import { readStored, writeStored } from "../device/stored-value.ts"

interface EditorSectionProps {
  /** Names it among the settings of this device. */
  readonly id: string
  readonly title: string
  readonly children: ReactNode
}

/** A part of the editor that folds; whether it is unfolded is remembered on this device. Folded, it is not rendered: it would read the draft at every key. */
export function EditorSection({ id, title, children }: EditorSectionProps) {
  const key = `polylogue.prompt-section.${id}`
  const [open, setOpen] = useState(() => readStored(key) === "open")
  const toggled = (next: boolean): void => {
    setOpen(next)
    writeStored(key, next ? "open" : null)
  }
  return (
    <details className="editor-section" open={open} onToggle={({ currentTarget }) => toggled(currentTarget.open)}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {open && children}
    </details>
  )
}
