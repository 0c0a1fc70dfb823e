import { type Citation } from "@polylogue/conversation"
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react"
import { createPortal } from "react-dom"
import { Floating } from "../frame/floating.tsx"
import { besideOf } from "./beside.ts"
import { CitedSource, useCitedTitle } from "./cited-source.tsx"
import "./citations.css"

/** So long the pointer rests on a number before its card opens, and is away before it closes, in ms. */
const OPEN_MS = 200
const CLOSE_MS = 250
/** UTF-16 units around what is cited that a card shows. */
const CARD_CONTEXT = 120

interface CitationMarkerProps {
  readonly conversation: object
  readonly citation: Citation
  readonly number: number
}

/** The number of a source behind the words that rest on it. Pointing at it or the focus shows what is cited; a press shows it in the margin. */
export function CitationMarker({ conversation, citation, number }: CitationMarkerProps) {
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const title = useCitedTitle(citation)
  useEffect(() => () => clearTimeout(timer.current), [])
  const later = (next: boolean, ms: number): void => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setOpen(next), ms)
  }
  const close = useCallback(() => {
    clearTimeout(timer.current)
    setOpen(false)
  }, [])
  const show = (): void => {
    close()
    besideOf(conversation).show({ kind: "citation", messageId: citation.messageId, citationId: citation.id })
  }
  const keyed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !open) return
    event.preventDefault()
    event.stopPropagation()
    close()
  }
  const { source } = citation
  const page = source.kind === "source" && source.page !== undefined ? `, page ${source.page}` : ""
  return (
    <>
      <button
        ref={button}
        type="button"
        className="citation-mark"
        data-number={number}
        data-citation={citation.id}
        aria-label={`Source ${number}: ${title}${page}`}
        onClick={show}
        onKeyDown={keyed}
        onPointerEnter={({ pointerType }) => pointerType === "mouse" && later(true, OPEN_MS)}
        onPointerLeave={() => later(false, CLOSE_MS)}
        onFocus={({ target }) => target.matches(":focus-visible") && later(true, OPEN_MS)}
        onBlur={close}
      />
      {open &&
        createPortal(
          <Floating
            anchor={button}
            align="start"
            onClose={close}
            className="citation-card"
            role="group"
            aria-label={`Source ${number}`}
            onPointerEnter={() => clearTimeout(timer.current)}
            onPointerLeave={() => later(false, CLOSE_MS)}
          >
            <CitedSource citation={citation} context={CARD_CONTEXT} />
            <p className="quiet citation-card-foot">Press for more</p>
          </Floating>,
          document.body,
        )}
    </>
  )
}
