import type { Conversation, LineEntry } from "@polylogue/conversation"
import { useEffect, useRef, useState } from "react"
import { nextAnnouncement, spokenText, type SpokenMessage } from "./announcements.ts"
import { authorOf } from "./message-author.ts"

/** Between two announcements: time to listen, and for sentences to become whole. */
const REST_MS = 1_500
/** Announcements that stay on the page, so that none goes before it was read out. */
const MAX_KEPT = 3

interface AnnouncerProps {
  readonly conversation: Conversation
  readonly line: readonly LineEntry[]
  readonly ownId: string
  /** Whether the end of the line is on screen. */
  readonly atEnd: boolean
}

interface Said {
  readonly key: number
  readonly words: string
}

/** Tells a screen reader what others write, in sentences. The messages themselves are silent, for they change token by token. */
export function Announcer({ conversation, line, ownId, atEnd }: AnnouncerProps) {
  const [said, setSaid] = useState<readonly Said[]>([])
  const known = useRef<ReadonlySet<string>>(undefined)
  const waiting = useRef<ReadonlyMap<string, SpokenMessage>>(new Map())
  const along = useRef(atEnd)
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    along.current = atEnd
  }, [atEnd])
  useEffect(() => {
    const before = known.current
    known.current = new Set(line.map(({ id }) => id))
    if (before === undefined) return
    const fresh = line.filter(({ id, alternatives }) => !before.has(id) && !alternatives.some((other) => before.has(other)))
    const next = new Map(waiting.current)
    for (const { id } of fresh) {
      const message = conversation.getMessage(id)
      if (message === undefined || message.authorId === ownId || message.deletedAt !== null) continue
      next.set(id, { author: authorOf(message), text: "", streaming: message.streaming, said: -1 })
    }
    waiting.current = next
    if (next.size > 0) setBusy(true)
  }, [conversation, line, ownId])
  useEffect(() => {
    if (!busy) return
    const timer = setInterval(() => {
      const { words, rest } = nextAnnouncement(asTheyStand(conversation, waiting.current), along.current)
      waiting.current = rest
      if (words !== undefined) setSaid((before) => [...before, { key: (before.at(-1)?.key ?? 0) + 1, words }].slice(-MAX_KEPT))
      if (rest.size === 0) setBusy(false)
    }, REST_MS)
    return () => clearInterval(timer)
  }, [busy, conversation])
  return (
    <div className="visually-hidden" role="log" aria-live="polite" aria-relevant="additions" aria-label="New messages">
      {said.map(({ key, words }) => (
        <p key={key}>{words}</p>
      ))}
    </div>
  )
}

function asTheyStand(conversation: Conversation, waiting: ReadonlyMap<string, SpokenMessage>): ReadonlyMap<string, SpokenMessage> {
  const now = new Map<string, SpokenMessage>()
  for (const [id, before] of waiting) {
    const message = conversation.getMessage(id)
    if (message === undefined || message.deletedAt !== null) continue
    now.set(id, { ...before, text: spokenText(message), streaming: message.streaming })
  }
  return now
}
