import { type TextareaHTMLAttributes, useCallback, useEffect, useRef, useState } from "react"

/** After a pause of so many ms what was typed is kept. */
const KEPT_AFTER_MS = 800

interface KeptAreaProps extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "value" | "onChange" | "onBlur"> {
  /** What everybody has. */
  readonly value: string
  readonly onKeep: (text: string) => void
}

/** A field that keeps what is typed after a pause and when one leaves it, also by leaving the page. What others write shows while nobody types here. */
export function KeptArea({ value, onKeep, ...rest }: KeptAreaProps) {
  const [typed, setTyped] = useState<string>()
  const latest = useRef({ typed, onKeep })
  useEffect(() => {
    latest.current = { typed, onKeep }
  })
  const keep = useCallback(() => {
    const { typed: text, onKeep: change } = latest.current
    if (text !== undefined) change(text)
  }, [])
  useEffect(() => {
    if (typed === undefined) return
    const timer = setTimeout(keep, KEPT_AFTER_MS)
    return () => clearTimeout(timer)
  }, [typed, keep])
  useEffect(() => keep, [keep])
  return (
    <textarea
      {...rest}
      dir="auto"
      value={typed ?? value}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => {
        keep()
        setTyped(undefined)
      }}
    />
  )
}
