import { MAX_DRAFT_PARTS } from "@polylogue/conversation"
import { type OpenConversation, useAnnouncePresence, useAnswering, useDraft, usePresence } from "@polylogue/react"
import { useCallback, useEffect, useMemo, useRef, useState } from "react"
import { followedPrompt } from "../answers/followed-prompt.ts"
import { useOwnAnswer } from "../answers/use-own-answer.ts"
import { useWhoAnswers } from "../answers/use-who-answers.ts"
import { Composer, type WritingRole } from "../composer/composer.tsx"
import { useAttachments } from "../composer/use-attachments.ts"
import { useToast } from "../frame/toast.tsx"
import { type Identity, shownName } from "../identity/identity.ts"
import { useRememberPeople } from "../identity/people.ts"
import type { Excerpt } from "./conversation-scope.ts"

/** Somebody who stopped typing has thought about it for so long. */
const TYPING_MS = 4_000

interface WritingProps {
  readonly held: OpenConversation
  readonly identity: Identity
  readonly mayWrite: boolean
  /** The last message of the line; undefined where nothing stands yet. */
  readonly tip: string | undefined
  /** The last message on screen, which the next one follows; asked for when it is written. */
  readonly lastId: () => string | null
  /** Notes message `id`, just written, in the list of conversations. */
  readonly onWrote: (id: string) => void
  readonly onEditLast: () => void
  /** Is given what puts an excerpt into the message being written, and undefined when this goes. */
  readonly offerQuote: (quote: ((excerpt: Excerpt) => void) | undefined) => void
}

/** Where one writes, with what goes with the message: it comes beside the messages, for one reads before one writes. */
export function Writing({ held, identity, mayWrite, tip, lastId, onWrote, onEditLast, offerQuote }: WritingProps) {
  const { conversation, conversationId, open } = held
  const others = usePresence(open)
  useRememberPeople(others)
  const answering = useAnswering(held)
  const who = useWhoAnswers(conversationId, tip === undefined)
  const answer = useOwnAnswer(held, tip)
  const draft = useDraft(conversationId)
  const attachments = useAttachments(conversationId)
  const toast = useToast()
  const typing = useTyping()
  useAnnouncePresence(
    open,
    useMemo(
      () => ({ userId: identity.id, name: shownName(identity), colour: identity.colour, conversationId, typing: typing.now }),
      [identity, conversationId, typing.now],
    ),
  )
  const { drafts, parts: attached } = attachments
  useEffect(() => {
    offerQuote((excerpt) => {
      if (drafts === undefined || attached.length >= MAX_DRAFT_PARTS) {
        toast({ text: `A message holds at most ${MAX_DRAFT_PARTS} quotes and files.` })
        return
      }
      drafts.add(conversationId, { type: "quote", ...excerpt })
      document.querySelector<HTMLElement>('[data-testid="composer"]')?.focus()
    })
    return () => offerQuote(undefined)
  }, [offerQuote, drafts, attached, conversationId, toast])

  const send = (text: string, role: WritingRole, asks: boolean): void => {
    const parts = attached.map(({ part }) => part)
    const quotes = parts.filter(({ type }) => type === "quote")
    const files = parts.filter(({ type }) => type !== "quote")
    const words = text.trim() === "" ? [] : [{ type: "text", text }]
    const parentId = lastId()
    const id = conversation.send({ parts: [...quotes, ...words, ...files], role, parentId })
    if (asks && who.asked !== undefined) answering.ask({ messageId: id, model: who.asked.id, ...followedPrompt(conversation, parentId) })
    // In the same turn: message, ask and empty draft go to disk together, so a crash leaves the words in one place or the other.
    draft.setText("")
    drafts?.clear(conversationId)
    typing.stop()
    onWrote(id)
  }
  return (
    <Composer
      conversationId={conversationId}
      text={draft.text}
      attachments={attachments}
      who={who}
      onStop={answer?.stop}
      name={shownName(identity)}
      mayWrite={mayWrite}
      typing={others}
      onText={(text) => {
        draft.setText(text)
        if (text === "") typing.stop()
        else typing.start()
      }}
      onSend={send}
      onEditLast={onEditLast}
    />
  )
}

function useTyping(): { readonly now: boolean; readonly start: () => void; readonly stop: () => void } {
  const [now, setNow] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const stop = useCallback(() => {
    clearTimeout(timer.current)
    setNow(false)
  }, [])
  const start = useCallback(() => {
    clearTimeout(timer.current)
    setNow(true)
    timer.current = setTimeout(() => setNow(false), TYPING_MS)
  }, [])
  useEffect(() => () => clearTimeout(timer.current), [])
  return { now, start, stop }
}
