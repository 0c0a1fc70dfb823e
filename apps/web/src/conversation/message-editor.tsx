import { useEffect, useRef, useState } from "react"

interface MessageEditorProps {
  readonly text: string
  /** Called with the new text, or with `undefined` when the person gave up or changed nothing. */
  readonly onDone: (text: string | undefined) => void
}

/** One's own message being written anew. The old version stays beside the new one. */
export function MessageEditor({ text, onDone }: MessageEditorProps) {
  const [value, setValue] = useState(text)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    field.current?.focus()
    field.current?.setSelectionRange(text.length, text.length)
  }, [text])
  const changed = value.trim() !== "" && value !== text
  return (
    <form
      className="message-editor"
      onSubmit={(event) => {
        event.preventDefault()
        onDone(changed ? value : undefined)
      }}
    >
      <textarea
        ref={field}
        className="field grows"
        dir="auto"
        aria-label="New version of the message"
        value={value}
        rows={3}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return
          if (event.key === "Escape") {
            event.stopPropagation()
            onDone(undefined)
          }
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault()
            onDone(changed ? value : undefined)
          }
        }}
      />
      <span className="message-editor-actions">
        <span className="quiet">The old version stays as a branch.</span>
        <button type="button" className="button button-quiet" onClick={() => onDone(undefined)}>
          Cancel
        </button>
        <button type="submit" className="button button-primary" disabled={!changed}>
          Keep as new version
        </button>
      </span>
    </form>
  )
}
