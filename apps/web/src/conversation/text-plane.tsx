import type { LineEntry, Message } from "@polylogue/conversation"
import { type OpenConversation, type OpenWorkspace, useConversationStatus, usePolylogue } from "@polylogue/react"
import type { DocumentStatus } from "@polylogue/replica"
import { branchesTo, chooseBranch } from "@polylogue/conversation"
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react"
import { autoTitle } from "../conversation-list/card-text.ts"
import { later } from "../frame/later.ts"
import { lazyPart } from "../frame/lazy-part.tsx"
import { Skeleton } from "../frame/skeleton.tsx"
import { navigateToMessage } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import type { Identity } from "../identity/identity.ts"
import { type ConversationScope, ConversationScopeContext, type Excerpt } from "./conversation-scope.ts"
import { emptyConversationWords } from "./empty-words.ts"
import { MessageList } from "./message-list.tsx"
import type { RowHandlers } from "./message-row.tsx"
import { messageSummary } from "./message-summary.ts"
import { useBranchesToMessage } from "../search/use-shown-message.ts"
import { useBegun } from "./use-begun.ts"
import { type Choices, useChoices, useViewedTip } from "./use-choices.ts"
import { useSteadyLine } from "./use-steady-line.ts"

// One reads before one writes or looks for something: these come beside the messages, asked for at the same moment.
const writing = import("./writing.tsx")
const Writing = lazyPart(async () => ({ default: (await writing).Writing }))
const bars = import("./line-bars.tsx")
const NewVersion = later(bars.then((module) => module.NewVersion))
const UnfinishedEdit = later(bars.then((module) => module.UnfinishedEdit))
const ConversationFind = later(import("../search/conversation-find.tsx").then((module) => module.ConversationFind))
const Beside = lazyPart(() => import("../citations/conversation-beside.tsx"))

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
  const { conversation, conversationId } = held
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
  useBranchesToMessage(held, line, choices, setChoices, status.synced && !status.relayAwaits)
  const choicesNow = useLatest(choices)
  const lineNow = useLatest(line)
  const mayWrite = useMayWrite(status.mayWrite !== false)
  const { handlers, wrote } = useHandlers(held, workspace, mayWrite, choicesNow, setChoices, setEditingId)
  const editLast = (): void => {
    const own = lineNow.current.findLast(({ id }) => conversation.getMessage(id)?.authorId === identity.id)
    if (own !== undefined) setEditingId(own.id)
  }
  const show = (id: string): void => setChoices(branchesTo(conversation.getTree(), id, choices))
  const newer = steady.newer.at(-1)
  const { scope, offerQuote } = useScope(held, mayWrite)

  return (
    <ConversationScopeContext value={scope}>
      <Suspense>
        <ConversationFind held={held} choices={choices} />
      </Suspense>
      {line.length === 0 ? (
        <EmptyConversation status={status} />
      ) : (
        <MessageList held={held} line={line} handlers={handlers} editingId={editingId} />
      )}
      <Suspense>
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
      </Suspense>
      <Suspense>
        <Beside scope={scope} mayWrite={status.mayWrite !== false} />
      </Suspense>
      <Suspense fallback={<div className="composer-awaited" />}>
        <Writing
          held={held}
          identity={identity}
          mayWrite={status.mayWrite !== false}
          tip={line.at(-1)?.id}
          lastId={() => lineNow.current.at(-1)?.id ?? null}
          onWrote={wrote}
          onEditLast={editLast}
          offerQuote={offerQuote}
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

interface OwnScope {
  readonly scope: ConversationScope
  /** For whoever holds the message being written: what puts an excerpt into it. */
  readonly offerQuote: (quote: ((excerpt: Excerpt) => void) | undefined) => void
}

/** What parts of messages may ask for: the same object as long as the conversation is, so that no row renders for it. */
function useScope(held: OpenConversation, mayWrite: () => boolean): OwnScope {
  const quote = useRef<(excerpt: Excerpt) => void>(undefined)
  return useMemo(
    () => ({
      scope: {
        held,
        mayWrite,
        showMessage: (id) => navigateToMessage(held.conversationId, id),
        quote: (excerpt) => quote.current?.(excerpt),
      },
      offerQuote: (offered) => {
        quote.current = offered
      },
    }),
    [held, mayWrite],
  )
}

function EmptyConversation({ status }: { readonly status: DocumentStatus }) {
  return (
    <div className="empty-conversation">
      <p>{emptyConversationWords(status)}</p>
    </div>
  )
}

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
        return id
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

function useLatest<Value>(value: Value): { readonly current: Value } {
  const latest = useRef(value)
  useEffect(() => {
    latest.current = value
  }, [value])
  return latest
}
