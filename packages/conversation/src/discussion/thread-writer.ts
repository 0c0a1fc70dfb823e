import type { ConversationOptions } from "../conversation.ts"
import { ConversationError } from "../conversation-error.ts"
import { mintId } from "../identifier.ts"
import { notHere } from "../not-here.ts"
import { boundedText } from "../prompt/prompt-limits.ts"
import { type KeyIndex, recordKey } from "../record-key.ts"
import type { RegisterWriter } from "../register-writer.ts"
import type { StoredThread, ThreadComment, ThreadState } from "./thread-records.ts"

/** Longest comment in UTF-16 units. */
export const MAX_COMMENT_LENGTH = 10_000
/** Most comments of one thread, deleted ones included. */
export const MAX_COMMENTS = 500
/** Most threads of a draft of a prompt, of a message, or of a source, resolved ones included. */
export const MAX_THREADS = 1000

/** Where threads are written. */
export interface ThreadPlace {
  /** Of the map that holds them. */
  readonly index: KeyIndex
  readonly registers: RegisterWriter
  readonly options: ConversationOptions
  /** One operation: one transaction with a tagged origin. */
  readonly transact: (operation: string, write: () => void) => void
}

type KnownThread = ThreadState & Pick<StoredThread, "clocks">

/** Writes threads and what is said in them. Everybody changes their own words only. */
export class ThreadWriter {
  readonly #place: ThreadPlace

  constructor(place: ThreadPlace) {
    this.#place = place
  }

  /** Begins a thread with `text`, or with nothing said yet, and returns its id. To be checked before: see {@link checkComment}. */
  begin(owner: string, about: Readonly<Record<string, unknown>>, text: string | undefined, seen: readonly number[]): string {
    const { index, options, transact } = this.#place
    const threadId = mintId(options.now(), options.randomBytes)
    transact("comment", () => {
      const key = recordKey(owner, threadId, "about")
      index.map.set(key, about)
      index.add(key)
      if (text !== undefined) this.#say(owner, threadId, text, seen)
    })
    return threadId
  }

  /** Answers in a thread and returns the comment's id. A resolved thread stays so. @throws ConversationError `too-large`. RangeError for a text without words. */
  reply(owner: string, thread: KnownThread, text: string): string {
    const said = checkComment(text)
    if (thread.comments.length >= MAX_COMMENTS) throw new ConversationError("too-large", `a thread has at most ${MAX_COMMENTS} comments`)
    let id = ""
    this.#place.transact("reply", () => {
      id = this.#say(owner, thread.id, said, thread.clocks)
    })
    return id
  }

  /** Changes one's own comment. @throws ConversationError `unknown-comment` (a deleted one, too), `not-author`, `too-large`. RangeError for a text without words. */
  edit(owner: string, thread: KnownThread, commentId: string, text: string): void {
    const known = this.#own(thread, commentId)
    const said = checkComment(text)
    if (known.text !== said) this.set([owner, thread.id, "comment", commentId, "text"], said)
  }

  /** Deletes one's own comment; its place in the thread stays. @throws ConversationError `unknown-comment`, `not-author`. */
  delete(owner: string, thread: KnownThread, commentId: string): void {
    this.#own(thread, commentId)
    this.set([owner, thread.id, "comment", commentId, "deleted"], true)
  }

  /** Calls a thread settled, or open again; anybody may. */
  resolve(owner: string, { id, resolvedBy }: KnownThread, isResolved: boolean): void {
    if ((resolvedBy !== null) !== isResolved)
      this.set([owner, id, "resolved"], isResolved ? { by: { ...this.#place.options.author } } : false)
  }

  /** Sets a register of a thread, in a transaction of its own or the one that is open. */
  set(path: readonly string[], value: unknown): void {
    const { index, registers, transact } = this.#place
    const operation = `set-${path.at(-1) ?? "thread"}`
    transact(operation, () => registers.set(operation, index, path, value))
  }

  #say(owner: string, threadId: string, text: string, seen: readonly number[]): string {
    const { index, options, registers } = this.#place
    const id = mintId(options.now(), options.randomBytes)
    const made = { author: { ...options.author }, clock: registers.clock(seen), createdAt: options.now() }
    const key = recordKey(owner, threadId, "comment", id, "made")
    index.map.set(key, made)
    index.add(key)
    this.set([owner, threadId, "comment", id, "text"], text)
    return id
  }

  #own(thread: KnownThread, commentId: string): ThreadComment {
    const comment = thread.comments.find(({ id, deleted }) => id === commentId && !deleted)
    if (comment === undefined) throw notHere("unknown-comment", "comment", commentId, "this thread")
    if (comment.author.id !== this.#place.options.author.id)
      throw new ConversationError("not-author", "a comment is changed by whoever wrote it")
    return comment
  }
}

/** What somebody says. @throws RangeError unless it says something. ConversationError `too-large` above {@link MAX_COMMENT_LENGTH}. */
export function checkComment(text: string): string {
  if (text.trim() === "") throw new RangeError("a comment says something")
  return boundedText(text, MAX_COMMENT_LENGTH, "a comment")
}
