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
  const { author, pool, user } = usePolylogue()
  const document = useDocument(userHomeDocumentId(user ?? author.id))
  return useMemo(
    () => (document.state === "open" ? pool.view(document, UserHome, ({ ydoc }) => new UserHome(ydoc)) : undefined),
    [document, pool],
  )
}

/** The draft in a conversation; as durable as a message, and the same in all tabs. What is typed before the store has opened is put behind what it holds. */
export function useDraft(conversationId: string): Draft {
  return useStoredText(
    useMemo(
      () => ({
        read: (home) => home.getDraft(conversationId),
        write: (home, text) => home.setDraft(conversationId, text),
        subscribe: (home, listener) => home.subscribeDraft(conversationId, listener),
      }),
      [conversationId],
    ),
  )
}

/** The new version of a message that is being written, kept as the draft of a conversation is; the empty text while there is none. */
export function useEdit(conversationId: string, messageId: string): Draft {
  return useStoredText(
    useMemo(
      () => ({
        read: (home) => home.getEdit(conversationId, messageId),
        write: (home, text) => home.setEdit(conversationId, messageId, text),
        subscribe: (home, listener) => home.subscribeEdit(conversationId, messageId, listener),
      }),
      [conversationId, messageId],
    ),
  )
}

/** The messages of a conversation that have a new version being written; the same array until it changes. */
export function useEdits(conversationId: string): readonly string[] {
  const home = useUserHome()
  const subscribe = useCallback((listener: () => void) => home?.subscribeEdits(conversationId, listener) ?? NOTHING, [home, conversationId])
  const edits = useSyncExternalStore(subscribe, () => JSON.stringify(home?.getEdits(conversationId) ?? []))
  return useMemo(() => JSON.parse(edits) as string[], [edits])
}

interface StoredText {
  readonly read: (home: UserHome) => string
  readonly write: (home: UserHome, text: string) => void
  readonly subscribe: (home: UserHome, listener: () => void) => () => void
}

function useStoredText(place: StoredText): Draft {
  const home = useUserHome()
  const [early, setEarly] = useState("")
  const earlyNow = useRef("")
  const subscribe = useCallback((listener: () => void) => (home === undefined ? NOTHING : place.subscribe(home, listener)), [home, place])
  const stored = useSyncExternalStore(subscribe, () => (home === undefined ? undefined : place.read(home)))
  const setText = useCallback(
    (text: string) => {
      if (home !== undefined) return place.write(home, text)
      earlyNow.current = text
      setEarly(text)
    },
    [home, place],
  )
  useEffect(() => {
    if (home === undefined || earlyNow.current === "") return
    const before = place.read(home)
    place.write(home, before === "" ? earlyNow.current : `${before}\n${earlyNow.current}`)
    earlyNow.current = ""
  }, [home, place])
  return useMemo(() => ({ text: stored ?? early, setText }), [stored, early, setText])
}
