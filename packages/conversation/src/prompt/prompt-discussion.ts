import { ConversationError } from "../conversation-error.ts"
import { checkComment, MAX_THREADS, ThreadWriter } from "../discussion/thread-writer.ts"
import { notHere } from "../not-here.ts"
import { anchorText, type TextRange } from "../text/text-anchor.ts"
import type { StoredPromptThread } from "./prompt-threads.ts"
import { PromptWriter } from "./prompt-writer.ts"

/** Talking about what a prompt says. Comments stand beside the texts and never in them, and follow what they are about. */
export class PromptDiscussion extends PromptWriter {
  readonly #threads = new ThreadWriter({
    index: this.indexes.threads,
    registers: this.registers,
    options: this.options,
    transact: (operation, write) => this.transact(operation, write),
  })

  /**
   * Begins a thread about `range` of what a slot says, or with null about the slot, and returns its id.
   * @throws ConversationError `unknown-draft`, `unknown-slot`; `too-large` for a text above 10,000 characters, a range above 8192, or more than 1000 threads.
   *   RangeError unless the text says something and the range is in the slot's text and not empty.
   */
  comment(draftId: string, slotId: string, range: TextRange | null, text: string): string {
    this.knownSlot(draftId, slotId)
    const said = checkComment(text)
    const threads = this.storedThreads(draftId)
    if (threads.length >= MAX_THREADS) throw new ConversationError("too-large", `a draft has at most ${MAX_THREADS} threads`)
    const anchor = range === null ? null : anchorText(this.slotText(draftId, slotId), range)
    const seen = threads.map(({ clocks }) => clocks[0] ?? 0)
    return this.#threads.begin(draftId, { slotId, anchor }, said, seen)
  }

  /**
   * Answers in a thread and returns the comment's id. A resolved thread stays so.
   * @throws ConversationError `unknown-thread`; `too-large` above 10,000 characters or 500 comments. RangeError unless the text says something.
   */
  reply(draftId: string, threadId: string, text: string): string {
    return this.#threads.reply(draftId, this.#known(draftId, threadId), text)
  }

  /**
   * Changes one's own comment.
   * @throws ConversationError `unknown-thread`, `unknown-comment` (a deleted one, too); `not-author`; `too-large` above 10,000 characters. RangeError unless the
   *   text says something.
   */
  editComment(draftId: string, threadId: string, commentId: string, text: string): void {
    this.#threads.edit(draftId, this.#known(draftId, threadId), commentId, text)
  }

  /** Deletes one's own comment; its place in the thread stays. @throws ConversationError `unknown-thread`, `unknown-comment`, `not-author`. */
  deleteComment(draftId: string, threadId: string, commentId: string): void {
    this.#threads.delete(draftId, this.#known(draftId, threadId), commentId)
  }

  /** Calls a thread settled; anybody may. @throws ConversationError `unknown-thread`. */
  resolveThread(draftId: string, threadId: string): void {
    this.#threads.resolve(draftId, this.#known(draftId, threadId), true)
  }

  /** @throws ConversationError `unknown-thread`. */
  reopenThread(draftId: string, threadId: string): void {
    this.#threads.resolve(draftId, this.#known(draftId, threadId), false)
  }

  #known(draftId: string, threadId: string): StoredPromptThread {
    this.knownDraft(draftId)
    const thread = this.storedThreads(draftId).find(({ id }) => id === threadId)
    if (thread === undefined) throw notHere("unknown-thread", "thread", threadId, "this draft")
    return thread
  }
}
