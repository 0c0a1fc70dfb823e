import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react"
import type { OpenDocument } from "./document-pool.ts"
import { usePolylogue } from "./polylogue.ts"

/** What a person shows of themselves while a document is open. Soft state: it goes when the session does, and is never stored. */
export interface Presence {
  readonly userId: string
  readonly name: string
  /** By which name the relay knows them, as they say; announced by itself. Absent where a relay lets everyone in. */
  readonly user?: string
  /** A presence colour, 1 to 8. */
  readonly colour: number
  /** The conversation they have on screen. */
  readonly conversationId?: string
  readonly typing?: boolean
  /** What kind of voice it is, as `Author.kind`; absent for a person. */
  readonly kind?: string
}

/** Another session's presence. */
export interface OtherPresence extends Presence {
  /** Names the session: one person may have several. */
  readonly clientId: number
}

type Awareness = OpenDocument["document"]["awareness"]

const FIELD = "presence"
const NOBODY: readonly OtherPresence[] = Object.freeze([])
const NOTHING = (): void => {}
const MAX_TEXT_LENGTH = 120
const MAX_OTHERS = 64

/** The others in an open document, by client id, without other sessions of the author who writes here; the same array until one of them changes. At most 64 are told apart. */
export function usePresence(open: OpenDocument | undefined): readonly OtherPresence[] {
  const polylogue = usePolylogue()
  const store = useMemo(
    () => (open === undefined ? undefined : presenceStore(open.document.awareness, () => polylogue.author.id)),
    [open, polylogue],
  )
  const subscribe = useCallback((listener: () => void) => store?.subscribe(listener) ?? NOTHING, [store])
  return useSyncExternalStore(subscribe, () => store?.read() ?? NOBODY)
}

/** Shows `presence` to the others in an open document until the component goes or `undefined` is passed. */
export function useAnnouncePresence(open: OpenDocument | undefined, presence: Presence | undefined): void {
  const { user } = usePolylogue()
  const text = presence === undefined ? undefined : JSON.stringify({ ...presence, user })
  useEffect(() => {
    if (open === undefined || text === undefined) return
    open.document.awareness.setLocalStateField(FIELD, JSON.parse(text))
  }, [open, text])
  useEffect(() => {
    if (open === undefined) return
    const { awareness } = open.document
    return () => {
      // A destroyed awareness has no local state left to clear.
      if (awareness.getLocalState() !== null) awareness.setLocalStateField(FIELD, null)
    }
  }, [open])
}

interface PresenceStore {
  subscribe(listener: () => void): () => void
  read(): readonly OtherPresence[]
}

function presenceStore(awareness: Awareness, ownId: () => string): PresenceStore {
  let current = NOBODY
  const refresh = (): boolean => {
    const next = readOthers(awareness, ownId())
    if (JSON.stringify(next) === JSON.stringify(current)) return false
    current = next
    return true
  }
  refresh()
  return {
    subscribe(listener) {
      const changed = (): void => {
        if (refresh()) listener()
      }
      awareness.on("change", changed)
      changed()
      return () => awareness.off("change", changed)
    },
    read: () => current,
  }
}

/** What other sessions say about themselves is from outside: texts are cut, colours and ids checked. */
function readOthers(awareness: Awareness, ownId: string): readonly OtherPresence[] {
  const others: OtherPresence[] = []
  for (const [clientId, state] of awareness.getStates()) {
    if (clientId === awareness.clientID || others.length >= MAX_OTHERS) continue
    const presence = readPresence(state[FIELD])
    if (presence !== undefined && presence.userId !== ownId) others.push({ ...presence, clientId })
  }
  return others.length === 0 ? NOBODY : others.sort((left, right) => left.clientId - right.clientId)
}

/** The presence in a value from another session, or `undefined` when it is none. */
function readPresence(value: unknown): Presence | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { userId, name, user, colour, conversationId, typing, kind } = value as Record<string, unknown>
  if (typeof userId !== "string" || typeof name !== "string") return undefined
  const whole = typeof colour === "number" && Number.isInteger(colour) && colour >= 1 && colour <= 8
  return {
    userId: userId.slice(0, MAX_TEXT_LENGTH),
    name: name.slice(0, MAX_TEXT_LENGTH),
    colour: whole ? colour : 1,
    ...(typeof user === "string" ? { user: user.slice(0, MAX_TEXT_LENGTH) } : {}),
    ...(typeof conversationId === "string" ? { conversationId: conversationId.slice(0, MAX_TEXT_LENGTH) } : {}),
    ...(typing === true ? { typing } : {}),
    ...(typeof kind === "string" ? { kind: kind.slice(0, MAX_TEXT_LENGTH) } : {}),
  }
}
