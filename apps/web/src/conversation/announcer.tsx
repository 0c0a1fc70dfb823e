import type { Conversation, LineEntry } from "@polylogue/conversation"
import { useEffect, useRef, useState } from "react"
import { authorOf } from "./message-author.ts"

const MAX_LENGTH = 200
/** A message being streamed is announced once it has rested for so long, not token by token. */
const REST_MS = 1_200

interface AnnouncerProps {
  readonly conversation: Conversation
  readonly ids: ReadonlySet<string>
  readonly line: readonly LineEntry[]
  readonly ownId: string
}

/** Tells a screen reader what others wrote, in sentences and when they are whole. */
export function Announcer({ conversation, line, ownId }: AnnouncerProps) {
  const [said, setSaid] = useState("")
  const known = useRef<Set<string> | undefined>(undefined)
  const lastId = line.at(-1)?.id
  useEffect(() => {
    const before = known.current
    known.current = new Set(line.map(({ id }) => id))
    if (before === undefined || lastId === undefined || before.has(lastId)) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const announce = (): void => {
      const message = conversation.getMessage(lastId)
      if (message === undefined || message.authorId === ownId) return
      if (message.streaming) {
        timer = setTimeout(announce, REST_MS)
        return
      }
      setSaid(`${authorOf(message)}: ${message.text.slice(0, MAX_LENGTH)}`)
    }
    timer = setTimeout(announce, REST_MS)
    return () => clearTimeout(timer)
  }, [conversation, line, lastId, ownId])
  return (
    <div className="visually-hidden" role="log" aria-live="polite" aria-label="New messages">
      {said}
    </div>
  )
}
