import type { Message } from "@polylogue/conversation"
import { useCallback, useRef, useState } from "react"
import { Floating } from "../frame/floating.tsx"
import { Icon } from "../frame/icon.tsx"

/** The reactions that are offered; any other that somebody gave is shown too. */
export const OFFERED_REACTIONS = ["👍", "❤️", "✅", "🎯", "🤔", "👀"] as const

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
  const button = useRef<HTMLButtonElement>(null)
  const close = useCallback(() => setOpen(false), [])
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label="React"
        title="React"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="smile" />
      </button>
      {open && (
        <Floating
          anchor={button}
          onClose={close}
          className="reaction-choices"
          role="group"
          aria-label="Reactions"
          onKeyDown={(event) => {
            if (event.key !== "Escape") return
            close()
            button.current?.focus()
          }}
        >
          {OFFERED_REACTIONS.map((emoji) => (
            <button
              key={emoji}
              type="button"
              className="icon-button"
              aria-label={emoji}
              onClick={() => {
                close()
                onReact(emoji)
              }}
            >
              {emoji}
            </button>
          ))}
        </Floating>
      )}
    </>
  )
}
