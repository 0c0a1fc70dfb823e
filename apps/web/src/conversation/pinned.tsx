import { type OpenConversation, usePinned } from "@polylogue/react"
import { Suspense, useCallback, useRef, useState } from "react"
import { Floating } from "../frame/floating.tsx"
import { Icon } from "../frame/icon.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import { counted } from "../frame/relative-time.ts"
import { useCommands } from "../palette/commands.ts"
import "./pinned.css"

const PinnedList = lazyPart(() => import("./pinned-list.tsx"))

/** What is pinned in a conversation: a button that is there while something is, and the way to each. */
export function Pinned({ held }: { readonly held: OpenConversation }) {
  const ids = usePinned(held.conversation)
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = useCallback(() => setOpen(false), [])
  useCommands(
    ids.length === 0
      ? []
      : [{ id: "pinned", name: "Pinned messages", icon: "pin", group: "This conversation", words: "marked", run: () => setOpen(true) }],
  )
  if (ids.length === 0) return null
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button pinned-button"
        aria-label={counted(ids.length, "pinned message")}
        title="Pinned messages"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="pin" />
        <span aria-hidden="true">{ids.length}</span>
      </button>
      {open && (
        <Floating anchor={button} onClose={close} className="pinned" role="group" aria-label="Pinned messages">
          <Suspense>
            <PinnedList
              held={held}
              ids={ids}
              onLeave={() => {
                close()
                button.current?.focus()
              }}
            />
          </Suspense>
        </Floating>
      )}
    </>
  )
}
