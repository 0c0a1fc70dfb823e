import { useEffect, useRef } from "react"

const MAX_TITLE_LENGTH = 200
/** For so many frames the field tries to get the focus, before somebody else may keep it. */
const MAX_FRAMES = 10

interface TitleFieldProps {
  readonly title: string
  /** Name of the field, in words. Default "Title". */
  readonly label?: string
  /** In UTF-16 units. Default 200. */
  readonly maxLength?: number
  /** Called once: with the new title, or with `undefined` when the person gave up or changed nothing. */
  readonly onDone: (title: string | undefined) => void
}

/** A title being changed in place: Enter or leaving the field keeps it, Escape gives up. */
export function TitleField({ title, label = "Title", maxLength = MAX_TITLE_LENGTH, onDone }: TitleFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  const done = useRef(false)
  useEffect(() => {
    let frame = 0
    let left = MAX_FRAMES
    // A row that has just come into a virtual list is hidden until it is measured, and nothing beside a closing dialog can have the focus.
    const take = (): void => {
      field.current?.focus()
      field.current?.select()
      if (document.activeElement !== field.current && left-- > 0) frame = requestAnimationFrame(take)
    }
    take()
    return () => cancelAnimationFrame(frame)
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
      aria-label={label}
      defaultValue={title}
      maxLength={maxLength}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return
        if (event.key === "Enter") {
          // The focus goes to what the field stood for, and this key must not press that.
          event.preventDefault()
          finish(event.currentTarget.value)
        }
        if (event.key === "Escape") finish(undefined)
        event.stopPropagation()
      }}
    />
  )
}
