import type { BranchChoices } from "@polylogue/conversation"
import type { OpenConversation } from "@polylogue/react"
import { Suspense, useCallback, useEffect, useState } from "react"
import { lazyPart } from "../frame/lazy-part.tsx"
import { useCommands } from "../palette/commands.ts"

const FindBar = lazyPart(() => import("./find-bar.tsx").then(({ FindBar }) => ({ default: FindBar })))

/** The event that opens the bar, for whoever offers it by other means than keys. */
const FIND_EVENT = "polylogue:find"

interface ConversationFindProps {
  readonly held: OpenConversation
  readonly choices: BranchChoices
}

/** Opens what finds words in the conversation on screen. */
export function ConversationFind({ held, choices }: ConversationFindProps) {
  const [open, setOpen] = useState(false)
  // How often it was asked for: asked again, the field has the focus again.
  const [asked, setAsked] = useState(0)
  const ask = useCallback(() => {
    setOpen(true)
    setAsked((count) => count + 1)
  }, [])
  useCommands([
    {
      id: "find",
      group: "This conversation",
      name: "Find in this conversation",
      icon: "search",
      keys: "Mod+f",
      words: "search text",
      run: ask,
    },
  ])
  useEffect(() => {
    window.addEventListener(FIND_EVENT, ask)
    return () => window.removeEventListener(FIND_EVENT, ask)
  }, [ask])
  if (!open) return null
  return (
    <Suspense>
      <FindBar held={held} choices={choices} asked={asked} onClose={() => setOpen(false)} />
    </Suspense>
  )
}

/** Asks for the bar from elsewhere on the page. */
export function openFind(): void {
  window.dispatchEvent(new Event(FIND_EVENT))
}
