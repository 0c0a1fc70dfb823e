import { type KeyboardEvent, useId, useState } from "react"

interface CommittedFieldProps {
  readonly label: string
  /** What everybody has. */
  readonly value: string
  /** What is wrong with a text, in words; undefined when it may be taken. */
  readonly check?: (text: string) => string | undefined
  readonly onCommit: (text: string) => void
  readonly readOnly: boolean
  readonly hint?: string
  readonly lines?: boolean
  readonly mono?: boolean
  readonly inputMode?: "text" | "decimal" | "numeric"
}

/** A field that is taken as a whole, when one leaves it. What cannot be taken stays in it, with the reason, until it can; what others set meanwhile waits behind. */
export function CommittedField({
  label,
  value,
  check,
  onCommit,
  readOnly,
  hint,
  lines = false,
  mono = false,
  inputMode,
}: CommittedFieldProps) {
  const [typed, setTyped] = useState<string>()
  const id = useId()
  const problem = typed === undefined || typed === value ? undefined : check?.(typed)
  const commit = (): void => {
    if (typed === undefined || problem !== undefined) return
    setTyped(undefined)
    if (typed !== value) onCommit(typed)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === "Enter" && (!lines || event.metaKey || event.ctrlKey)) commit()
    if (event.key === "Escape" && typed !== undefined) {
      event.stopPropagation()
      setTyped(undefined)
    }
  }
  const said = problem ?? hint
  const field = {
    id,
    className: mono ? "field field-mono" : "field",
    dir: mono ? "ltr" : "auto",
    value: typed ?? value,
    readOnly,
    spellCheck: !mono,
    "aria-invalid": problem !== undefined,
    "aria-describedby": said === undefined ? undefined : `${id}-said`,
    onBlur: commit,
    onKeyDown,
  } as const
  return (
    <div className="prompt-field">
      <label htmlFor={id}>{label}</label>
      {lines ? (
        <textarea {...field} rows={2} onChange={({ target }) => setTyped(target.value)} />
      ) : (
        <input {...field} inputMode={inputMode} onChange={({ target }) => setTyped(target.value)} />
      )}
      {said !== undefined && (
        <span id={`${id}-said`} className={problem === undefined ? "prompt-field-hint" : "prompt-field-problem"}>
          {said}
        </span>
      )}
    </div>
  )
}
