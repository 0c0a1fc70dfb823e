import { useEffect, useRef } from "react"

const MAX_TITLE_LENGTH = 200

interface TitleFieldProps {
  readonly title: string
  /** Called once: with the new title, or with `undefined` when the person gave up or changed nothing. */
  readonly onDone: (title: string | undefined) => void
}

/** A title being changed in place: Enter or leaving the field keeps it, Escape gives up. */
export function TitleField({ title, onDone }: TitleFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  const done = useRef(false)
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  const finish = (next: string | undefined): void => {
    if (done.current) return
    done.current = true
    onDone(next === undefined || next.trim() === title ? undefined : next.trim())
  }
  return (
    <input
      ref={field}
      className="field title-field"
      dir="auto"
      aria-label="Title"
      defaultValue={title}
      maxLength={MAX_TITLE_LENGTH}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return
        if (event.key === "Enter") finish(event.currentTarget.value)
        if (event.key === "Escape") finish(undefined)
        event.stopPropagation()
      }}
    />
  )
}
