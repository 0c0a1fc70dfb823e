import type * as Y from "yjs"
import { hexHash } from "../content-hash.ts"
import type { ConversationOptions } from "../conversation.ts"
import { ConversationError } from "../conversation-error.ts"
import { ownerOf } from "../conversation-view.ts"
import { type Listener, Listeners } from "../listeners.ts"
import { ASKS } from "../message-annotations.ts"
import type { MessagePrompt } from "../message-prompt.ts"
import { plainJson } from "../new-part.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { RegisterWriter } from "../register-writer.ts"
import { canonicalJson } from "../text/canonical-json.ts"
import { wellFormed } from "../well-formed.ts"
import { type Ask, ASKED, type AskOptions, readAsks, STOPPED } from "./ask-records.ts"

/** An ask that is about to be written. */
export interface NewAsk {
  /** The message that is to be answered. */
  readonly messageId: string
  /** Default `answer`. */
  readonly kind?: Ask["kind"]
  /** See `Ask.replyId`; needed for `continue`. */
  readonly replyId?: string
  readonly model?: string
  readonly prompt?: MessagePrompt
  readonly values?: Readonly<Record<string, string>>
  readonly options?: AskOptions
}

/** Most slots of one message. */
export const MAX_ASKS = 1_000
/** Longest JSON text of what is asked, in UTF-16 units. */
export const MAX_ASK_LENGTH = 64 * 1024

/**
 * Asks for an answer, in one transaction in the segment of its message, and returns the ask as it stands there.
 * @param ydoc - the document of the segment in which the message stands.
 * @throws ConversationError `too-large` above {@link MAX_ASKS} of the message or {@link MAX_ASK_LENGTH} of what is asked. Nothing is written then.
 */
export function addAsk(ydoc: Y.Doc, options: ConversationOptions, { messageId, kind = "answer", replyId, ...given }: NewAsk): Ask {
  const index = indexOf(ydoc)
  const known = index.get(messageId)
  if (known.length >= MAX_ASKS) throw new ConversationError("too-large", `a message is asked about at most ${MAX_ASKS} times`)
  if (kind === "continue" && replyId === undefined) throw new TypeError("what goes on is named")
  const { author, now } = options
  const asked = plainJson({ kind, ...(replyId === undefined ? {} : { replyId }), ...given }, "what is asked") as Readonly<
    Record<string, unknown>
  >
  const text = canonicalJson(asked)
  if (text.length > MAX_ASK_LENGTH) throw new ConversationError("too-large", `what is asked has at most ${MAX_ASK_LENGTH} characters`)
  const slot = nextSlot(known, hexHash(text).slice(0, 8))
  const registers = new RegisterWriter(ydoc, options)
  const record = { ...asked, ...person(author), clock: registers.clock(known.map(({ clock }) => clock)), createdAt: now() }
  registers.transact("ask", () => ydoc.getMap(ASKS).set(recordKey(ownerOf(messageId), slot, ASKED, registers.writer), record))
  return index.get(messageId).find((ask) => ask.slot === slot)!
}

/** Says that an answer is not wanted, or no more of it: whoever writes it ends, and nobody begins it. What was written stays. */
export function stopAsk(ydoc: Y.Doc, options: ConversationOptions, { messageId, slot }: Pick<Ask, "messageId" | "slot">): void {
  const registers = new RegisterWriter(ydoc, options)
  const record = { ...person(options.author), at: options.now() }
  registers.transact("stop-ask", () => ydoc.getMap(ASKS).set(recordKey(ownerOf(messageId), slot, STOPPED, registers.writer), record))
}

/** What was asked about a message, in the order of the clocks, as one segment has it. The same array until something of it changes. */
export function asksOf(ydoc: Y.Doc, messageId: string): readonly Ask[] {
  return indexOf(ydoc).get(messageId)
}

/** The messages of a segment that somebody asked about, in no particular order. */
export function askedMessages(ydoc: Y.Doc): Iterable<string> {
  return indexOf(ydoc).messages()
}

/** Calls `listener` after each transaction in which an ask about the message came to this segment, or was stopped. Returns the unsubscription. */
export function subscribeAsks(ydoc: Y.Doc, messageId: string, listener: Listener): () => void {
  return indexOf(ydoc).subscribe(ownerOf(messageId), listener)
}

/** Calls `listener` after each transaction in which any ask of the segment changed. Returns the unsubscription. */
export function subscribeAllAsks(ydoc: Y.Doc, listener: Listener): () => void {
  return indexOf(ydoc).subscribe(ALL, listener)
}

/** A name of a slot that is not taken: also where somebody wrote one whose number nobody counts on from. */
function nextSlot(known: readonly Ask[], what: string): string {
  const taken: ReadonlySet<string> = new Set(known.map(({ slot }) => slot))
  let number = 1 + Math.max(0, ...known.map((ask) => numberOf(ask.slot)))
  while (taken.has(`${number}-${what}`)) number++
  return `${number}-${what}`
}

function numberOf(slot: string): number {
  const number = Number(/^(\d{1,6})-/.exec(slot)?.[1])
  return Number.isSafeInteger(number) ? number : 0
}

function person({ id, name }: ConversationOptions["author"]): Readonly<Record<string, unknown>> {
  return { userId: wellFormed(id), ...(name === undefined || name === "" ? {} : { userName: wellFormed(name) }) }
}

// No message has an id with a NUL.
const ALL = "\0all"

const ofDocument = new WeakMap<Y.Doc, AskIndex>()

function indexOf(ydoc: Y.Doc): AskIndex {
  const known = ofDocument.get(ydoc) ?? new AskIndex(ydoc)
  ofDocument.set(ydoc, known)
  return known
}

/** The asks of a segment by message; attached for as long as its Y.Doc lives. */
class AskIndex {
  readonly #records: KeyIndex
  readonly #listeners = new Listeners()
  readonly #read = new Map<string, readonly Ask[]>()
  readonly #changed = new Set<string>()

  constructor(ydoc: Y.Doc) {
    const map = ydoc.getMap<unknown>(ASKS)
    this.#records = new KeyIndex(map)
    map.observe((event) => {
      for (const key of event.keysChanged) {
        const owner = this.#records.add(key)
        this.#read.delete(owner)
        this.#changed.add(owner)
      }
    })
    ydoc.on("afterTransaction", () => {
      const changed = [...this.#changed]
      this.#changed.clear()
      for (const owner of changed) this.#listeners.notify(owner)
      if (changed.length > 0) this.#listeners.notify(ALL)
    })
  }

  get(messageId: string): readonly Ask[] {
    const owner = ownerOf(messageId)
    const known = this.#read.get(owner) ?? readAsks(this.#records, owner)
    this.#read.set(owner, known)
    return known
  }

  messages(): Iterable<string> {
    return this.#records.owners()
  }

  subscribe(owner: string, listener: Listener): () => void {
    return this.#listeners.add(owner, listener)
  }
}
