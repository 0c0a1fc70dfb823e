import type { Message } from "@polylogue/conversation"
import { useEffect, useRef, useState } from "react"
import { Icon } from "../frame/icon.tsx"

const OFFERED = ["👍", "❤️", "✅", "🎯", "🤔", "👀"] as const

interface ReactionsProps {
  readonly message: Message
  readonly ownId: string
  readonly onReact: (id: string, emoji: string, on: boolean) => void
}

/** The reactions on a message; a click adds or takes back one's own. */
export function Reactions({ message, ownId, onReact }: ReactionsProps) {
  return message.reactions.map(({ emoji, userIds }) => {
    const own = userIds.includes(ownId)
    return (
      <button
        key={emoji}
        type="button"
        className="reaction"
        aria-pressed={own}
        aria-label={`${emoji}, ${userIds.length}`}
        title={own ? "Take back" : "Agree"}
        onClick={() => onReact(message.id, emoji, !own)}
      >
        {emoji} <span>{userIds.length}</span>
      </button>
    )
  })
}

/** A button that offers a few reactions. */
export function ReactionPicker({ onReact }: { readonly onReact: (emoji: string) => void }) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    if (!open) return
    const outside = (event: PointerEvent): void => {
      if (!(event.target instanceof Node) || !root.current?.contains(event.target)) setOpen(false)
    }
    document.addEventListener("pointerdown", outside)
    return () => document.removeEventListener("pointerdown", outside)
  }, [open])
  return (
    <span
      className="reaction-picker"
      ref={root}
      role="presentation"
      onKeyDown={(event) => {
        if (event.key === "Escape") setOpen(false)
      }}
    >
      <button type="button" className="icon-button" aria-label="React" title="React" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="smile" />
      </button>
      {open && (
        <span className="reaction-choices" role="group" aria-label="Reactions">
          {OFFERED.map((emoji) => (
            <button
              key={emoji}
              type="button"
              className="icon-button"
              aria-label={emoji}
              onClick={() => {
                setOpen(false)
                onReact(emoji)
              }}
            >
              {emoji}
            </button>
          ))}
        </span>
      )}
    </span>
  )
}
