import type { TextRange } from "@polylogue/conversation"
import { useEffect, useRef, useState } from "react"
import { Icon, type IconName } from "../frame/icon.tsx"
import { chosenRange } from "./chosen-range.ts"
import "./source-words-bar.css"

/** Space between the chosen words and the bar, and between it and the edge of the window, in px. */
const GAP = 8

/** Something that can be done with chosen words. */
export interface WordTool {
  readonly label: string
  readonly icon: IconName
  readonly keys: string
  readonly run: (range: TextRange) => void
}

interface Chosen {
  readonly range: TextRange
  readonly end: DOMRect
}

/** A small bar beside the words that are chosen in the text, for fingers and mice; each thing it does has a key. */
export function SourceWordsBar({ tools }: { readonly tools: readonly WordTool[] }) {
  const [chosen, setChosen] = useState<Chosen>()
  const bar = useRef<HTMLDivElement>(null)
  const pressed = useRef(false)
  useEffect(() => {
    const look = (): void => setChosen(pressed.current ? undefined : chosenNow())
    const down = (): void => {
      pressed.current = true
    }
    const up = (): void => {
      pressed.current = false
      look()
    }
    const hide = (): void => setChosen(undefined)
    const listeners: readonly (readonly [string, () => void])[] = [
      ["selectionchange", look],
      ["pointerdown", down],
      ["pointerup", up],
      ["pointercancel", up],
    ]
    for (const [type, listener] of listeners) document.addEventListener(type, listener)
    document.addEventListener("scroll", hide, { capture: true, passive: true })
    window.addEventListener("resize", hide)
    return () => {
      for (const [type, listener] of listeners) document.removeEventListener(type, listener)
      document.removeEventListener("scroll", hide, { capture: true })
      window.removeEventListener("resize", hide)
    }
  }, [])
  if (chosen === undefined) return null
  const { end, range } = chosen
  const width = tools.length * TOOL_WIDTH
  const below = end.bottom + GAP + HEIGHT < window.innerHeight
  return (
    <div
      ref={bar}
      className="source-words-bar"
      role="toolbar"
      aria-label="With the chosen words"
      style={{
        top: below ? end.bottom + GAP : Math.max(GAP, end.top - GAP - HEIGHT),
        left: Math.min(Math.max(GAP, end.right - width / 2), Math.max(GAP, window.innerWidth - width - GAP)),
      }}
    >
      {tools.map(({ label, icon, run }) => (
        <button
          key={label}
          type="button"
          className="button button-quiet"
          // The choice would be gone before the press is over.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            run(range)
            document.getSelection()?.removeAllRanges()
          }}
        >
          <Icon name={icon} size={14} />
          {label}
        </button>
      ))}
    </div>
  )
}

/** About how wide one of the buttons is, and how high all are. */
const TOOL_WIDTH = 112
const HEIGHT = 40

function chosenNow(): Chosen | undefined {
  const range = chosenRange()
  if (range === undefined) return undefined
  const rects = document.getSelection()?.getRangeAt(0).getClientRects()
  const end = rects?.[rects.length - 1]
  return end === undefined ? undefined : { range, end }
}
