import { UserHome, userHomeDocumentId } from "@polylogue/conversation"
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react"
import { usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

const NOTHING = (): void => {}

/** What is being written in a conversation and not sent yet. */
export interface Draft {
  readonly text: string
  /** Replaces the text. Clear it in the turn in which its message is written: both go to disk together. */
  readonly setText: (text: string) => void
}

/** The private document of whoever writes here, kept open as long as a component uses it; `undefined` while it opens, or if it cannot. */
export function useUserHome(): UserHome | undefined {
  const { author, pool } = usePolylogue()
  const document = useDocument(userHomeDocumentId(author.id))
  return useMemo(
    () => (document.state === "open" ? pool.view(document, UserHome, ({ ydoc }) => new UserHome(ydoc)) : undefined),
    [document, pool],
  )
}

/** The draft in a conversation; as durable as a message, and the same in all tabs. What is typed before the store has opened is put behind what it holds. */
export function useDraft(conversationId: string): Draft {
  const home = useUserHome()
  const [early, setEarly] = useState("")
  const earlyNow = useRef("")
  const subscribe = useCallback((listener: () => void) => home?.subscribeDraft(conversationId, listener) ?? NOTHING, [home, conversationId])
  const stored = useSyncExternalStore(subscribe, () => home?.getDraft(conversationId))
  const setText = useCallback(
    (text: string) => {
      if (home !== undefined) return home.setDraft(conversationId, text)
      earlyNow.current = text
      setEarly(text)
    },
    [home, conversationId],
  )
  useEffect(() => {
    if (home === undefined || earlyNow.current === "") return
    const before = home.getDraft(conversationId)
    home.setDraft(conversationId, before === "" ? earlyNow.current : `${before}\n${earlyNow.current}`)
    earlyNow.current = ""
  }, [home, conversationId])
  return useMemo(() => ({ text: stored ?? early, setText }), [stored, early, setText])
}
