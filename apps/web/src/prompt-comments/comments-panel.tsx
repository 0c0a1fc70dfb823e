import type { PromptThread } from "@polylogue/conversation"
import { usePolylogue, usePromptDrafts, usePromptMeta } from "@polylogue/react"
import { type RefObject, useEffect, useMemo, useRef, useState } from "react"
import { usePhone } from "../frame/use-media.ts"
import { KeyCaps } from "../palette/key-caps.tsx"
import { useAttempt } from "../prompt-editor/attempt.ts"
import { useSlots } from "../prompt-editor/use-draft-state.ts"
import type { PromptPanelProps } from "../prompts/prompt-panels.ts"
import { boardOf, type CommentBoard, useBoard } from "./comment-board.ts"
import { COMMENT_KEYS } from "./comment-offer.ts"
import { placeWords, slotWords } from "./comment-words.ts"
import { NewComment } from "./new-comment.tsx"
import { ThreadCard, type ThreadActions } from "./thread-card.tsx"
import { inTextOrder } from "./thread-order.ts"
import { useShownThreads } from "./use-shown-threads.ts"
import "./comments-panel.css"

/** What is said of a draft, beside it: open threads in the order of the text, those that were resolved folded away. A version has none. */
export function CommentsPanel(props: PromptPanelProps) {
  if (props.versionId !== undefined) return <p className="quiet">A version has no comments. They stand beside the drafts.</p>
  return <DraftComments key={`${props.held.open.ydoc.guid} ${props.draftId}`} {...props} />
}

function DraftComments({ held, draftId, mayWrite, onClose }: PromptPanelProps) {
  const board = boardOf(held, draftId)
  const { threads, chosenId, begun } = useBoard(board)
  const slots = useSlots({ prompt: held.prompt, draftId })
  const { kind } = usePromptMeta(held)
  const draft = usePromptDrafts(held).find(({ id }) => id === draftId)
  const isOpen = mayWrite && draft?.closed !== true
  const ownId = usePolylogue().author.id
  const list = useRef<HTMLDivElement>(null)
  const [focused, setFocused] = useState(false)
  const { listed, folded } = useShownThreads(inTextOrder(threads, slots), focused)
  const actions = useThreadActions(held, draftId, board, onClose)
  useAsked(board, list)
  useEffect(() => () => board.choose(undefined), [board])
  const removed = useMemo(() => new Set(slots.filter((slot) => slot.removed).map(({ id }) => id)), [slots])
  const card = (thread: PromptThread) => (
    <ThreadCard
      key={thread.id}
      thread={thread}
      slot={slotWords(slots, thread.slotId, kind)}
      note={placeWords(thread, removed.has(thread.slotId))}
      chosen={thread.id === chosenId}
      mayWrite={isOpen}
      ownId={ownId}
      actions={actions}
    />
  )
  return (
    <div
      ref={list}
      className="comments-panel"
      tabIndex={-1}
      onFocus={() => setFocused(true)}
      onBlur={({ currentTarget, relatedTarget }) => setFocused(currentTarget.contains(relatedTarget))}
    >
      {isOpen && begun !== undefined && <NewComment board={board} begun={begun} slot={slotWords(slots, begun.slotId, kind)} />}
      {listed.length === 0 && begun === undefined && <NoComments mayWrite={isOpen} />}
      <ul className="threads">{listed.map(card)}</ul>
      {folded.length > 0 && (
        <details className="threads-folded">
          <summary>{folded.length.toLocaleString("en")} resolved</summary>
          <ul className="threads">{folded.map(card)}</ul>
        </details>
      )}
    </div>
  )
}

function NoComments({ mayWrite }: { readonly mayWrite: boolean }) {
  if (!mayWrite) return <p className="quiet">Nobody has commented on this draft.</p>
  return (
    <div className="comments-none">
      <p>No open comments.</p>
      <p className="quiet">
        Choose words in the text and press Comment, or <KeyCaps keys={COMMENT_KEYS} />. With nothing chosen it is about the whole message.
      </p>
    </div>
  )
}

function useThreadActions(
  held: PromptPanelProps["held"],
  draftId: string,
  board: CommentBoard,
  onClose: () => void,
): ThreadActions<PromptThread> {
  const attempt = useAttempt()
  const phone = usePhone()
  const latest = useRef({ phone, onClose })
  useEffect(() => {
    latest.current = { phone, onClose }
  })
  return useMemo((): ThreadActions<PromptThread> => {
    const { prompt } = held
    const done = (operation: () => void): boolean => {
      let isDone = false
      attempt(() => {
        operation()
        isDone = true
      })
      board.refresh()
      return isDone
    }
    return {
      show: ({ id, slotId, place }) => {
        const lead = (): void => {
          board.choose(id)
          board.lead(slotId, place === null || place.state === "orphan" ? undefined : place)
        }
        if (!latest.current.phone) return lead()
        latest.current.onClose()
        // Behind the panel, which takes the choice along when it closes.
        setTimeout(lead)
      },
      choose: (id) => board.choose(id),
      reply: (id, text) => done(() => prompt.reply(draftId, id, text)),
      edit: (id, commentId, text) => done(() => prompt.editComment(draftId, id, commentId, text)),
      remove: (id, commentId) => void done(() => prompt.deleteComment(draftId, id, commentId)),
      resolve: (id) => void done(() => prompt.resolveThread(draftId, id)),
      reopen: (id) => void done(() => prompt.reopenThread(draftId, id)),
      key: (id) => board.key(id),
    }
  }, [held, draftId, board, attempt])
}

/** Shows what somebody asked for from the text; with the focus only where they asked for it. */
function useAsked(board: CommentBoard, list: RefObject<HTMLElement | null>): void {
  const { asked } = useBoard(board)
  useEffect(() => {
    if (asked === undefined) return
    board.answered()
    const { threadId, focus } = asked
    const card = list.current?.querySelector<HTMLElement>(
      threadId === undefined ? ".comment-new" : `[data-thread-card="${CSS.escape(threadId)}"]`,
    )
    if (card == null) return
    const fold = card.closest("details")
    if (fold !== null) fold.open = true
    card.scrollIntoView({ block: "nearest" })
    if (focus) (card.querySelector<HTMLElement>(threadId === undefined ? "textarea" : "button.thread-about") ?? card).focus()
  }, [asked, board, list])
}
