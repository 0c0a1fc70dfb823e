import type { LineEntry, Message } from "@polylogue/conversation"
import {
  type OpenConversation,
  type OpenWorkspace,
  useAnnouncePresence,
  useConversationStatus,
  useDraft,
  usePolylogue,
  usePresence,
} from "@polylogue/react"
import { branchesTo, chooseBranch, MAX_DRAFT_PARTS } from "@polylogue/conversation"
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react"
import type { WritingRole } from "../composer/composer.tsx"
import { type Attachments, useAttachments } from "../composer/use-attachments.ts"
import { autoTitle } from "../conversation-list/card-text.ts"
import { lazyPart } from "../frame/lazy-part.tsx"
import { Skeleton } from "../frame/skeleton.tsx"
import { navigateToMessage } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import { type Identity, shownName } from "../identity/identity.ts"
import { useRememberPeople } from "../identity/people.ts"
import { type ConversationScope, ConversationScopeContext } from "./conversation-scope.ts"
import { NewVersion, UnfinishedEdit } from "./line-bars.tsx"
import { MessageList } from "./message-list.tsx"
import type { RowHandlers } from "./message-row.tsx"
import { messageSummary } from "./message-summary.ts"
import { ConversationFind } from "../search/conversation-find.tsx"
import { useBranchesToMessage } from "../search/use-shown-message.ts"
import { useBegun } from "./use-begun.ts"
import { type Choices, useChoices, useViewedTip } from "./use-choices.ts"
import { useSteadyLine } from "./use-steady-line.ts"

// One reads before one writes or looks for something: these come beside the messages, asked for at the same moment.
const composer = import("../composer/composer.tsx")
const Composer = lazyPart(async () => ({ default: (await composer).Composer }))
const QuoteButton = lazyPart(() => import("./quote-button.tsx"))

/** Somebody who stopped typing has thought about it for so long. */
const TYPING_MS = 4_000

interface TextPlaneProps {
  readonly held: OpenConversation
  readonly workspace: OpenWorkspace
  readonly identity: Identity
}

/**
 * One conversation: its messages and where one writes. Mounted anew per conversation and after a reset of its document. It begins where one was: on the
 * branch that one looked at last, on whichever device.
 */
export function TextPlane(props: TextPlaneProps) {
  const { held } = props
  const viewed = useChoices(held.conversationId)
  const begun = useBegun(held, viewed)
  return begun ? <Text {...props} viewed={viewed} /> : <Skeleton rows={8} label="Opening the conversation" />
}

function Text({ held, workspace, identity, viewed }: TextPlaneProps & { readonly viewed: Choices }) {
  const { conversation, conversationId, open } = held
  const status = useConversationStatus(held)
  const [editingId, setEditingId] = useState<string>()
  const { choices: stored, choose: setChoices, tip } = viewed
  const steady = useSteadyLine(conversation, conversationId, stored, setChoices, {
    editing: editingId !== undefined,
    synced: status.synced,
    tip: tip?.id,
  })
  const { line, choices } = steady
  useViewedTip(conversation, line, viewed.branch)
  useBranchesToMessage(held, line, choices, setChoices, status.synced)
  const others = usePresence(open)
  useRememberPeople(others)
  const draft = useDraft(conversationId)
  const attachments = useAttachments(conversationId)
  const typing = useTyping()
  const choicesNow = useLatest(choices)
  const lineNow = useLatest(line)
  const mayWrite = useMayWrite(status.mayWrite !== false)
  const { handlers, wrote } = useHandlers(held, workspace, mayWrite, choicesNow, setChoices, setEditingId)
  useAnnouncePresence(
    open,
    useMemo(
      () => ({ userId: identity.id, name: shownName(identity), colour: identity.colour, conversationId, typing: typing.now }),
      [identity, conversationId, typing.now],
    ),
  )

  const send = (text: string, role: WritingRole): void => {
    const parts = attachments.parts.map(({ part }) => part)
    const quotes = parts.filter(({ type }) => type === "quote")
    const files = parts.filter(({ type }) => type !== "quote")
    const words = text.trim() === "" ? [] : [{ type: "text", text }]
    const id = conversation.send({ parts: [...quotes, ...words, ...files], role, parentId: lineNow.current.at(-1)?.id ?? null })
    // In the same turn: message and empty draft go to disk together, so a crash leaves the words in one place or the other.
    draft.setText("")
    attachments.drafts?.clear(conversationId)
    typing.stop()
    wrote(id)
  }
  const editLast = (): void => {
    const own = lineNow.current.findLast(({ id }) => conversation.getMessage(id)?.authorId === identity.id)
    if (own !== undefined) setEditingId(own.id)
  }
  const show = (id: string): void => setChoices(branchesTo(conversation.getTree(), id, choices))
  const newer = steady.newer.at(-1)
  const scope = useScope(held, mayWrite, attachments)

  return (
    <ConversationScopeContext value={scope}>
      <ConversationFind held={held} choices={choices} />
      {line.length === 0 ? (
        <EmptyConversation synced={status.synced} mayWrite={status.mayWrite !== false} />
      ) : (
        <MessageList held={held} line={line} handlers={handlers} editingId={editingId} />
      )}
      {newer !== undefined && <NewVersion message={conversation.getMessage(newer)} onShow={show} onForget={steady.forgetNewer} />}
      <UnfinishedEdit
        conversationId={conversationId}
        line={line}
        editingId={editingId}
        isHere={(id) => conversation.getMessage(id) !== undefined}
        onResume={(id) => {
          show(id)
          setEditingId(id)
        }}
      />
      <Suspense>{status.mayWrite !== false && <QuoteButton scope={scope} />}</Suspense>
      <Suspense fallback={<div className="composer-awaited" />}>
        <Composer
          conversationId={conversationId}
          text={draft.text}
          attachments={attachments}
          name={shownName(identity)}
          mayWrite={status.mayWrite !== false}
          typing={others}
          onText={(text) => {
            draft.setText(text)
            if (text === "") typing.stop()
            else typing.start()
          }}
          onSend={send}
          onEditLast={editLast}
        />
      </Suspense>
    </ConversationScopeContext>
  )
}

/** What tells whether one may write here, and says so to somebody who may not: no relay would take it. The same function as long as the page is. */
function useMayWrite(may: boolean): () => boolean {
  const now = useLatest(may)
  const toast = useToast()
  return useCallback(() => {
    if (!now.current) toast({ text: "You may read this conversation, not change it." })
    return now.current
  }, [now, toast])
}

/** What parts of messages may ask for: the same object as long as the conversation is, so that no row renders for it. */
function useScope(held: OpenConversation, mayWrite: () => boolean, attachments: Attachments): ConversationScope {
  const attachmentsNow = useLatest(attachments)
  const toast = useToast()
  return useMemo(
    () => ({
      held,
      mayWrite,
      showMessage: (id) => navigateToMessage(held.conversationId, id),
      quote: ({ text, messageId, authorName }) => {
        const { drafts, parts } = attachmentsNow.current
        if (drafts === undefined || parts.length >= MAX_DRAFT_PARTS) {
          toast({ text: `A message holds at most ${MAX_DRAFT_PARTS} quotes and files.` })
          return
        }
        drafts.add(held.conversationId, { type: "quote", text, messageId, authorName })
        document.querySelector<HTMLElement>('[data-testid="composer"]')?.focus()
      },
    }),
    [held, mayWrite, attachmentsNow, toast],
  )
}

function EmptyConversation({ synced, mayWrite }: { readonly synced: boolean; readonly mayWrite: boolean }) {
  return (
    <div className="empty-conversation">
      <p>{mayWrite ? (synced ? EMPTY.written : EMPTY.awaited) : EMPTY.closed}</p>
    </div>
  )
}

const EMPTY = Object.freeze({
  written: "Nothing here yet. Write the first message below.",
  awaited: "Nothing here on this device yet. Write the first message below, or wait until the relay has sent what it has.",
  closed: "Nothing here yet.",
})

interface Handlers {
  readonly handlers: RowHandlers
  /** Notes message `id`, just written, in the list of conversations. */
  readonly wrote: (id: string) => void
}

/** What rows may do: the same object as long as the conversation is, so that no row renders for it. */
function useHandlers(
  { conversation, conversationId }: OpenConversation,
  { index }: OpenWorkspace,
  mayWrite: () => boolean,
  choicesNow: { readonly current: ReadonlySet<string> },
  setChoices: (choices: ReadonlySet<string>) => void,
  startEdit: (id: string | undefined) => void,
): Handlers {
  const { author } = usePolylogue()
  const toast = useToast()
  return useMemo(() => {
    const wrote = (id: string): void => {
      const message = conversation.getMessage(id)
      if (message === undefined) return
      index.create({ id: conversationId })
      // Somebody deleted it while it was open here: what is written now must be in a list.
      if (index.getCard(conversationId)?.deletedAt != null) {
        index.restore(conversationId)
        toast({ text: "The conversation was deleted. What you wrote has restored it." })
      }
      index.touch(conversationId, { clock: message.clock, snippet: messageSummary(message), authorId: message.authorId })
      giveTitle(message)
    }
    const giveTitle = (message: Message): void => {
      if (conversation.getTitle() !== "" || (index.getCard(conversationId)?.title ?? "") !== "") return
      const title = autoTitle(messageSummary(message))
      if (title === "") return
      conversation.setAutoTitle(title)
      index.setAutoTitle(conversationId, title)
    }
    const handlers: RowHandlers = {
      ownId: author.id,
      startEdit: (id) => {
        if (id === undefined || mayWrite()) startEdit(id)
      },
      choose: (entry: LineEntry, id: string) => setChoices(chooseBranch(choicesNow.current, entry, id)),
      edit: (entry, text) => {
        const id = conversation.edit(entry.id, text)
        setChoices(chooseBranch(choicesNow.current, entry, id))
        wrote(id)
      },
      react: (id, emoji, on) => {
        if (mayWrite()) conversation.react(id, emoji, on)
      },
      remove: (id) => {
        if (!mayWrite()) return
        conversation.delete(id)
        toast({ text: "Message deleted.", action: { label: "Undo", run: () => conversation.restore(id) } })
      },
      restore: (id) => {
        if (mayWrite()) conversation.restore(id)
      },
    }
    return { handlers, wrote }
  }, [conversation, conversationId, index, author, mayWrite, choicesNow, setChoices, startEdit, toast])
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

function useLatest<Value>(value: Value): { readonly current: Value } {
  const latest = useRef(value)
  useEffect(() => {
    latest.current = value
  }, [value])
  return latest
}
