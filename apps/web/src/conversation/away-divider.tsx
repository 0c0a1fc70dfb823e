import { type RefObject, useCallback } from "react"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { useCommands } from "../palette/commands.ts"
import type { Away } from "./away.ts"
import "./away-divider.css"

interface AwayDividerProps {
  readonly away: Away
  /** Called once it has been on screen. */
  readonly onReached: (away: Away) => void
}

/** The line between what one had read and what came since. */
export function AwayDivider({ away, onReached }: AwayDividerProps) {
  const watch = useCallback(
    (element: HTMLDivElement | null) => {
      if (element === null) return
      const observer = new IntersectionObserver((entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) onReached(away)
      })
      observer.observe(element)
      return () => observer.disconnect()
    },
    [away, onReached],
  )
  return (
    <div ref={watch} className="away-divider" data-testid="away-divider">
      <span>While you were away – {counted(away.count, "message")}</span>
    </div>
  )
}

interface AwayJumpProps {
  readonly away: Away
  readonly scroller: RefObject<HTMLElement | null>
  /** Brings the first of the new messages to the top. */
  readonly onJump: () => void
}

/** Leads from the end of the conversation to the first message that is new, as long as one has not been there. */
export function AwayJump({ away, scroller, onJump }: AwayJumpProps) {
  const jump = (): void => {
    onJump()
    // The button goes once one is there; reading on is for the keys of the plane that scrolls.
    scroller.current?.focus({ preventScroll: true })
  }
  useCommands([
    { id: "first-new", name: "Go to the first new message", icon: "previous", group: "This conversation", keys: "u", run: jump },
  ])
  return (
    <button type="button" className="button away-jump" aria-keyshortcuts="u" data-testid="away-jump" onClick={jump}>
      <span className="away-arrow">
        <Icon name="down" size={14} />
      </span>
      {counted(away.count, "message")} while you were away
    </button>
  )
}
