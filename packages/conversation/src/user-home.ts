import * as Y from "yjs"
import { SCHEMA_VERSION } from "./conversation-layout.ts"
import { ConversationError } from "./conversation-error.ts"
import { isSegment } from "./document-id.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { ConversationOrigin } from "./origin.ts"
import { wellFormed } from "./well-formed.ts"

const DRAFT = "draft:"
const EDIT = "edit:"

/**
 * The private document of one person, `u/<user>/home`: what belongs to them and not to a conversation. It holds the drafts:
 * of new messages, one per conversation, and of new versions of messages, one per message.
 *
 * A draft is a top-level `Y.Text`, so that two devices of one person that write on offline both keep their words. Clear it in
 * the turn in which its message is written: a replica commits what happens in one turn together, so a crash leaves one or the other.
 */
export class UserHome {
  readonly ydoc: Y.Doc
  readonly #listeners = new Listeners()
  readonly #detach: () => void

  /** Attaches to `ydoc`, which stays the caller's. */
  constructor(ydoc: Y.Doc) {
    this.ydoc = ydoc
    const notify = (transaction: Y.Transaction): void => {
      for (const type of transaction.changed.keys()) {
        const name = rootName(ydoc, type)
        if (name?.startsWith(DRAFT) || name?.startsWith(EDIT)) this.#listeners.notify(name)
        if (name?.startsWith(EDIT)) this.#listeners.notify(name.slice(0, name.indexOf("/") + 1))
      }
    }
    ydoc.on("afterTransaction", notify)
    this.#detach = (): void => ydoc.off("afterTransaction", notify)
  }

  /** The draft in a conversation; the empty string when there is none. @throws ConversationError `bad-id`. */
  getDraft(conversationId: string): string {
    return this.#read(draftName(conversationId))
  }

  /**
   * Makes `text` the draft, by the least insertion and deletion, so that what another device adds elsewhere in it stays. Writes nothing when it is
   * the draft already. Lone surrogates become U+FFFD.
   * @throws ConversationError `bad-id`.
   */
  setDraft(conversationId: string, text: string): void {
    this.#write(draftName(conversationId), text)
  }

  /** Calls `listener` after each transaction that changed the draft of a conversation. Returns the unsubscription. */
  subscribeDraft(conversationId: string, listener: Listener): () => void {
    return this.#listeners.add(draftName(conversationId), listener)
  }

  /** The new version of a message that is being written; the empty string when there is none. @throws ConversationError `bad-id`. */
  getEdit(conversationId: string, messageId: string): string {
    return this.#read(editName(conversationId, messageId))
  }

  /** Makes `text` the new version being written, as `setDraft` does; the empty string ends it. @throws ConversationError `bad-id`. */
  setEdit(conversationId: string, messageId: string, text: string): void {
    this.#write(editName(conversationId, messageId), text)
  }

  /** The messages of a conversation that have a new version being written, sorted. @throws ConversationError `bad-id`. */
  getEdits(conversationId: string): string[] {
    const start = editName(conversationId, "")
    const names = [...this.ydoc.share.keys()].filter((name) => name.startsWith(start) && this.#read(name) !== "")
    return names.map((name) => name.slice(start.length)).sort()
  }

  /** Calls `listener` after each transaction that changed the new version of a message being written. Returns the unsubscription. */
  subscribeEdit(conversationId: string, messageId: string, listener: Listener): () => void {
    return this.#listeners.add(editName(conversationId, messageId), listener)
  }

  /** Calls `listener` for each new version being written in a conversation that a transaction changed. Returns the unsubscription. */
  subscribeEdits(conversationId: string, listener: Listener): () => void {
    return this.#listeners.add(editName(conversationId, ""), listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    this.#detach()
    this.#listeners.clear()
  }

  #read(name: string): string {
    // Asking a Y.Doc for a type defines it; a conversation that nobody writes in leaves no trace.
    return this.ydoc.share.has(name) ? this.ydoc.getText(name).toJSON() : ""
  }

  #write(name: string, text: string): void {
    const old = this.#read(name)
    const next = wellFormed(text)
    if (next === old) return
    const start = commonStart(old, next)
    const end = commonEnd(old, next, start)
    const draft = this.ydoc.getText(name)
    this.ydoc.transact(() => {
      const meta = this.ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      draft.delete(start, old.length - start - end)
      draft.insert(start, next.slice(start, next.length - end))
    }, new ConversationOrigin("draft"))
  }
}

function draftName(conversationId: string): string {
  return DRAFT + checked(conversationId)
}

/** The id of a conversation has no slash, so what follows the first one is the message's, whatever characters it has. */
function editName(conversationId: string, messageId: string): string {
  return `${EDIT}${checked(conversationId)}/${wellFormed(messageId)}`
}

function checked(conversationId: string): string {
  const valid: boolean = isSegment(conversationId)
  if (!valid) throw new ConversationError("bad-id", `${JSON.stringify(conversationId.slice(0, 80))} cannot be the id of a conversation`)
  return conversationId
}

function rootName(ydoc: Y.Doc, type: unknown): string | undefined {
  for (const [name, root] of ydoc.share) if (root === type) return name
  return undefined
}

/** Units that both texts begin with, never half a character: Yjs makes U+FFFD of halves. */
function commonStart(left: string, right: string): number {
  const most = Math.min(left.length, right.length)
  let length = 0
  while (length < most && left[length] === right[length]) length++
  return length > 0 && isHigh(left.charCodeAt(length - 1)) ? length - 1 : length
}

/** Units that both texts end with, beyond their common start, never half a character. */
function commonEnd(left: string, right: string, start: number): number {
  const most = Math.min(left.length, right.length) - start
  let length = 0
  while (length < most && left[left.length - 1 - length] === right[right.length - 1 - length]) length++
  return length > 0 && isLow(left.charCodeAt(left.length - length)) ? length - 1 : length
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
