import { MAX_COMMENT_LENGTH } from "@polylogue/conversation"
import { useEffect, useId, useRef, useState } from "react"
import { readStored, writeStored } from "../device/stored-value.ts"
import { counted } from "../frame/relative-time.ts"

interface CommentFieldProps {
  /** Where what is written is kept on this device until it is said. */
  readonly storeKey: string
  readonly label: string
  /** What the button that says it does. */
  readonly action: string
  /** What stands there when nothing was begun. */
  readonly initial?: string
  /** Whether it takes the focus when it appears. */
  readonly focused: boolean
  /** Says it, and answers whether it was said: what is kept is let go then. */
  readonly onSay: (text: string) => boolean
  /** Somebody leaves it, and goes on later or discards it. */
  readonly onLeave: (how: "later" | "discarded") => void
}

/** A field to write a comment in. What stands in it is kept on this device from key to key. */
export function CommentField({ storeKey, label, action, initial = "", focused, onSay, onLeave }: CommentFieldProps) {
  const [text, setText] = useState(() => readStored(storeKey) ?? initial)
  const field = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  useEffect(() => {
    if (!focused) return
    field.current?.focus()
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length)
  }, [focused])
  const excess = text.length - MAX_COMMENT_LENGTH
  const ready = text.trim() !== "" && text !== initial && excess <= 0
  const change = (next: string): void => {
    setText(next)
    writeStored(storeKey, next === initial ? null : next)
  }
  const say = (): void => {
    if (ready && onSay(text)) writeStored(storeKey, null)
  }
  return (
    <form
      className="comment-field"
      onSubmit={(event) => {
        event.preventDefault()
        say()
      }}
    >
      <textarea
        ref={field}
        className="field grows"
        dir="auto"
        rows={2}
        aria-label={label}
        aria-invalid={excess > 0}
        aria-describedby={excess > 0 ? id : undefined}
        placeholder={label}
        value={text}
        onChange={({ target }) => change(target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
            event.preventDefault()
            say()
          }
          if (event.key !== "Escape") return
          event.preventDefault()
          event.stopPropagation()
          onLeave("later")
        }}
      />
      {excess > 0 && (
        <span id={id} className="comment-problem">
          Too long by {counted(excess, "character")}.
        </span>
      )}
      <span className="comment-buttons">
        <button type="submit" className="button button-primary" disabled={!ready}>
          {action}
        </button>
        <button
          type="button"
          className="button button-quiet"
          onClick={() => {
            writeStored(storeKey, null)
            onLeave("discarded")
          }}
        >
          {text.trim() === "" || text === initial ? "Cancel" : "Discard"}
        </button>
      </span>
    </form>
  )
}
