import { ConversationError } from "../conversation-error.ts"
import { mintId } from "../identifier.ts"
import { recordKey } from "../record-key.ts"
import { boundedText } from "./prompt-limits.ts"
import type { PromptComment, StoredThread } from "./prompt-threads.ts"
import { PromptWriter, unknown } from "./prompt-writer.ts"
import { anchorText, type TextRange } from "../text/text-anchor.ts"

/** Longest comment in UTF-16 units. */
export const MAX_COMMENT_LENGTH = 10_000
/** Most comments of one thread, deleted ones included. */
export const MAX_COMMENTS = 500
/** Most threads of a draft, resolved ones included. */
export const MAX_THREADS = 1000

/** Talking about what a prompt says. Comments stand beside the texts and never in them, and follow what they are about. */
export class PromptDiscussion extends PromptWriter {
  /**
   * Begins a thread about `range` of what a slot says, or with null about the slot, and returns its id.
   * @throws ConversationError `unknown-draft`, `unknown-slot`; `too-large` for a text above 10,000 characters, a range above 8192, or more than 1000 threads.
   *   RangeError unless the text says something and the range is in the slot's text and not empty.
   */
  comment(draftId: string, slotId: string, range: TextRange | null, text: string): string {
    this.knownSlot(draftId, slotId)
    const said = checkText(text)
    const threads = this.storedThreads(draftId)
    if (threads.length >= MAX_THREADS) throw new ConversationError("too-large", `a draft has at most ${MAX_THREADS} threads`)
    const anchor = range === null ? null : anchorText(this.slotText(draftId, slotId), range)
    const threadId = this.#mint()
    this.transact("comment", () => {
      this.indexes.threads.map.set(recordKey(draftId, threadId, "about"), { slotId, anchor })
      this.#say(
        draftId,
        threadId,
        said,
        threads.map(({ clocks }) => clocks[0] ?? 0),
      )
    })
    return threadId
  }

  /**
   * Answers in a thread and returns the comment's id. A resolved thread stays so.
   * @throws ConversationError `unknown-thread`; `too-large` above 10,000 characters or 500 comments. RangeError unless the text says something.
   */
  reply(draftId: string, threadId: string, text: string): string {
    const thread = this.#known(draftId, threadId)
    const said = checkText(text)
    if (thread.comments.length >= MAX_COMMENTS) throw new ConversationError("too-large", `a thread has at most ${MAX_COMMENTS} comments`)
    let id = ""
    this.transact("reply", () => {
      id = this.#say(draftId, threadId, said, thread.clocks)
    })
    return id
  }

  /**
   * Changes one's own comment.
   * @throws ConversationError `unknown-thread`, `unknown-comment` (a deleted one, too); `not-author`; `too-large` above 10,000 characters. RangeError unless the
   *   text says something.
   */
  editComment(draftId: string, threadId: string, commentId: string, text: string): void {
    const known = this.#own(draftId, threadId, commentId)
    const said = checkText(text)
    if (known.text !== said) this.set("threads", [draftId, threadId, "comment", commentId, "text"], said)
  }

  /** Deletes one's own comment; its place in the thread stays. @throws ConversationError `unknown-thread`, `unknown-comment`, `not-author`. */
  deleteComment(draftId: string, threadId: string, commentId: string): void {
    this.#own(draftId, threadId, commentId)
    this.set("threads", [draftId, threadId, "comment", commentId, "deleted"], true)
  }

  /** Calls a thread settled; anybody may. @throws ConversationError `unknown-thread`. */
  resolveThread(draftId: string, threadId: string): void {
    if (this.#known(draftId, threadId).resolvedBy === null)
      this.set("threads", [draftId, threadId, "resolved"], { by: { ...this.options.author } })
  }

  /** @throws ConversationError `unknown-thread`. */
  reopenThread(draftId: string, threadId: string): void {
    if (this.#known(draftId, threadId).resolvedBy !== null) this.set("threads", [draftId, threadId, "resolved"], false)
  }

  #say(draftId: string, threadId: string, text: string, seen: readonly number[]): string {
    const id = this.#mint()
    const { author, now } = this.options
    const made = { author: { ...author }, clock: this.registers.clock(seen), createdAt: now() }
    this.indexes.threads.map.set(recordKey(draftId, threadId, "comment", id, "made"), made)
    this.set("threads", [draftId, threadId, "comment", id, "text"], text)
    return id
  }

  #known(draftId: string, threadId: string): StoredThread {
    this.knownDraft(draftId)
    const thread = this.storedThreads(draftId).find(({ id }) => id === threadId)
    if (thread === undefined) throw unknown("unknown-thread", "thread", threadId, "this draft")
    return thread
  }

  #own(draftId: string, threadId: string, commentId: string): PromptComment {
    const comment = this.#known(draftId, threadId).comments.find(({ id, deleted }) => id === commentId && !deleted)
    if (comment === undefined) throw unknown("unknown-comment", "comment", commentId, "this thread")
    if (comment.author.id !== this.options.author.id) throw new ConversationError("not-author", "a comment is changed by whoever wrote it")
    return comment
  }

  #mint(): string {
    return mintId(this.options.now(), this.options.randomBytes)
  }
}

function checkText(text: string): string {
  if (text.trim() === "") throw new RangeError("a comment says something")
  return boundedText(text, MAX_COMMENT_LENGTH, "a comment")
}
