import type { ReactNode } from "react"
import { readStored, writeStored } from "../device/stored-value.ts"

interface EditorSectionProps {
  /** Names it among the settings of this device. */
  readonly id: string
  readonly title: string
  readonly children: ReactNode
}

/** A part of the editor that folds; whether it is unfolded is remembered on this device. */
export function EditorSection({ id, title, children }: EditorSectionProps) {
  const key = `polylogue.prompt-section.${id}`
  return (
    <details
      className="editor-section"
      open={readStored(key) === "open"}
      onToggle={({ currentTarget }) => writeStored(key, currentTarget.open ? "open" : null)}
    >
      <summary>
        <h2>{title}</h2>
      </summary>
      {children}
    </details>
  )
}
