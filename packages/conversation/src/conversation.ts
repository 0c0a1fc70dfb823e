import * as Y from "yjs"
import { toHex } from "./content-hash.ts"
import { ConversationError } from "./conversation-error.ts"
import { SCHEMA_VERSION, TITLE_AUTO, TITLE_USER } from "./conversation-layout.ts"
import { ConversationView, ownerOf, type SegmentDocuments } from "./conversation-view.ts"
import { nextClock } from "./hybrid-clock.ts"
import { mintId, type RandomBytes } from "./identifier.ts"
import type { MessagePrompt } from "./message-prompt.ts"
import { ConversationOrigin } from "./origin.ts"
import { recordKey } from "./record-key.ts"
import { APPROVAL, approvalRecord } from "./approval.ts"
import { MAX_NEW_PARTS, type NewPart, partsWithText, plainJson, storedPart } from "./new-part.ts"
import { checkWriter, readRegister, writeRegister } from "./register.ts"
import { holdsMessages, segmentFill, SEGMENTS } from "./segment.ts"
import type { RecordMap, SegmentStore } from "./segment-store.ts"
import type { Author, MessageCore } from "./stored-message.ts"
import { wellFormed } from "./well-formed.ts"

/** Who writes in a conversation, and the environment: clock and randomness. Kept by the `Conversation` and read at each operation. */
export interface ConversationOptions {
  /** Name of this device in the keys of what it sets: 1 to 64 of `A-Z a-z 0-9 _ -`, the same over reloads, no other device's. */
  readonly writer: string
  /** Who writes here. */
  readonly author: Author
  /** Wall time in ms since 1970. */
  readonly now: () => number
  /** The relay's time in ms since 1970 as far as known; default `now`. */
  readonly relayNow?: () => number
  readonly randomBytes: RandomBytes
}

/** A message as its author gives it; id, clock and time are added when it is written. */
export interface NewMessage {
  /** What people read: stands behind `parts`. Needed where there are none. */
  readonly text?: string
  /** What the message is made of, in order: quotes, files, texts; at most 256. */
  readonly parts?: readonly NewPart[]
  /** The message it follows, usually the last of the visible line; null at the start. */
  readonly parentId: string | null
  /** Default `user`. */
  readonly role?: string
  /** The sibling it is another version of. */
  readonly alternativeOf?: string
  /** Default the author of the options. */
  readonly author?: Author
  /** Which version of a prompt it was made from. A new version of the message, edited by hand, has none. */
  readonly prompt?: MessagePrompt
}

/**
 * A conversation with the operations on it. Each operation is one Yjs transaction whose origin is a
 * {@link ConversationOrigin}, and none reads a record, changes it and writes it back.
 *
 * A new message goes into the last segment in which messages stand; once that is full and the next one is attached, into that one, after a
 * transaction of its own that notes so in segment 0. Everything else is written where its message stands, of several places into the first.
 */
export class Conversation extends ConversationView {
  readonly #options: ConversationOptions
  #lastClock = 0

  /** @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(documents: Y.Doc | SegmentDocuments, options: ConversationOptions) {
    checkWriter(options.writer)
    super(documents)
    this.#options = options
  }

  /**
   * Adds a message and returns its id, under which `getMessage` gives it at once. Lone surrogates become U+FFFD.
   * @throws ConversationError `too-large` for more than 256 parts, or JSON nested deeper than 100. TypeError for neither text nor parts.
   */
  send(message: NewMessage): string {
    const { parentId, role = "user", alternativeOf, author = this.#options.author, text, parts = [], prompt } = message
    if (text === undefined && parts.length === 0) throw new TypeError("a message has a text or parts")
    const all = text === undefined ? parts : [...parts, { type: "text", text }]
    if (all.length > MAX_NEW_PARTS) throw new ConversationError("too-large", `a message is written with at most ${MAX_NEW_PARTS} parts`)
    const fields = {
      parentId,
      role,
      ...(alternativeOf === undefined ? {} : { alternativeOf }),
      ...(prompt === undefined ? {} : { prompt }),
    }
    const core = this.newCore(fields, author)
    const stored = all.map((part, index) => storedPart(String(index), part))
    this.addMessage("send", core, stored)
    return core.id
  }

  /**
   * Writes another version of message `id` beside it, by this author; what answered the old version stays there. One's own message keeps its quotes
   * and files; another's brings nothing along.
   * @throws ConversationError `unknown-message`.
   */
  edit(id: string, text: string): string {
    const { parentId, role } = this.known(id)
    const message = this.getMessage(id)
    const parts = message?.authorId === this.#options.author.id ? partsWithText(message, text) : [{ type: "text", text }]
    return this.send({ parts, parentId, role, alternativeOf: id })
  }

  /**
   * Notes that a part whose writer went away has ended.
   * @throws ConversationError `unknown-message`.
   */
  endPart(id: string, pid: string, state: "done" | "interrupted" | "stopped" | "failed", details: unknown = null): void {
    this.known(id)
    const store = this.storeOf(id)
    this.transact(store, state, () => setState(store, id, pid, state, details))
  }

  /**
   * Lets a tool run that asks for it, as this author. One denial of anybody outweighs all approvals: see `Approval`.
   * @throws ConversationError `unknown-message`; `not-waiting` when it does not ask, has ended, or was denied.
   */
  approve(id: string, pid: string, reason?: string): void {
    this.#answer(id, pid, true, reason)
  }

  /**
   * Keeps a tool from running, as this author, for good: a denial is not taken back. What has run already has run.
   * @throws ConversationError `unknown-message`; `not-waiting` when it does not ask, has ended, or was denied.
   */
  deny(id: string, pid: string, reason?: string): void {
    this.#answer(id, pid, false, reason)
  }

  /**
   * Marks message `id` as deleted. Text and what follows it stay, and `restore` takes the mark back.
   * @throws ConversationError `unknown-message`.
   */
  delete(id: string): void {
    this.#setFlag("delete", id, "deleted", true)
  }

  /** @throws ConversationError `unknown-message`. */
  restore(id: string): void {
    this.#setFlag("restore", id, "deleted", false)
  }

  /** @throws ConversationError `unknown-message`. */
  setPinned(id: string, pinned: boolean): void {
    this.#setFlag("pin", id, "pinned", pinned)
  }

  /**
   * Adds or takes back a reaction of this author.
   * @throws ConversationError `unknown-message`. RangeError unless `emoji` has 1 to 64 characters.
   */
  react(id: string, emoji: string, on = true): void {
    this.known(id)
    if (emoji.length < 1 || emoji.length > 64) throw new RangeError(`a reaction has 1 to 64 characters, not ${emoji.length}`)
    this.#setRecord("react", "reactions", [id, this.#options.author.id, wellFormed(emoji)], on)
  }

  /**
   * Sets this author's feedback on message `id`: any JSON value, null for none.
   * @throws ConversationError `unknown-message`; `too-large` when it nests deeper than 100.
   */
  setFeedback(id: string, value: unknown): void {
    this.known(id)
    this.#setRecord("feedback", "feedback", [id, this.#options.author.id], plainJson(value, "feedback"))
  }

  /** Sets the title a person gave; the empty string gives way to the automatic one. */
  setTitle(title: string): void {
    this.#setTitle("set-title", TITLE_USER, title)
  }

  /** Sets the title made for the conversation; a person's title goes before it, whenever either was set. */
  setAutoTitle(title: string): void {
    this.#setTitle("set-auto-title", TITLE_AUTO, title)
  }

  protected newCore(fields: Pick<MessageCore, "parentId" | "role"> & Partial<MessageCore>, author: Author): MessageCore {
    const now = this.#options.now()
    return {
      id: this.#mintId(),
      ...fields,
      authorId: wellFormed(author.id),
      authorKind: author.kind,
      ...(author.name === undefined ? {} : { authorName: wellFormed(author.name) }),
      clock: this.#clock(this.clocks()),
      createdAt: now,
    }
  }

  protected addMessage(operation: string, core: MessageCore, parts: Y.Map<unknown>[]): SegmentStore {
    const store = this.#openStore()
    const message = new Y.Map<unknown>()
    message.set("core", core)
    message.set("parts", Y.Array.from(parts))
    this.transact(store, operation, () => {
      setSchema(store)
      store.maps.messages.set(core.id, message)
    })
    return store
  }

  /** The segment into which the next message goes. */
  #openStore(): SegmentStore {
    const { first, noted } = this.segments
    let segment = 0
    for (const [number, ydoc] of this.documents) if (number > segment && holdsMessages(ydoc)) segment = number
    const here = this.segments.attached(segment) ?? first
    const next = segmentFill(here.ydoc) >= 1 ? this.segments.attached(segment + 1) : undefined
    const store = next ?? here
    if (store.segment > noted) {
      this.transact(first, "note-segment", () => {
        setSchema(first)
        first.maps.meta.set(recordKey(SEGMENTS, this.#options.writer), store.segment)
      })
    }
    return store
  }

  #setFlag(operation: string, id: string, flag: string, value: boolean): void {
    this.known(id)
    this.#setRecord(operation, "flags", [id, flag], value)
  }

  #setRecord(operation: string, map: RecordMap, path: readonly [id: string, ...field: string[]], value: unknown): void {
    const store = this.storeOf(path[0])
    const [owner, ...field] = path
    const known = this.segments.records[map]
    const clock = this.#clock(readRegister(known, owner, ...field).map((entry) => entry.clock))
    const { writer } = this.#options
    this.transact(store, operation, () => {
      writeRegister(store.records[map], path, writer, clock, value, known)
      // Within a caller's transaction the next operation must know of this one.
      known.note(store.records[map], owner)
    })
  }

  #setTitle(operation: string, field: string, title: string): void {
    const { first } = this.segments
    const clock = this.#clock(readRegister(first.meta, field).map((entry) => entry.clock))
    this.transact(first, operation, () => writeRegister(first.meta, [field], this.#options.writer, clock, wellFormed(title)))
  }

  #answer(id: string, pid: string, approved: boolean, reason = ""): void {
    this.known(id)
    const part = this.getMessage(id)?.parts.find((part) => part.pid === pid)
    const asks = part?.state === "approval-requested" || part?.state === "approval-responded"
    if (part === undefined || !asks || part.approvals.some((approval) => !approval.approved))
      throw new ConversationError("not-waiting", `part ${pid} of message ${id} does not wait for an answer (any more)`)
    const { author, writer, now } = this.#options
    const record = approvalRecord({
      userName: author.name === undefined || author.name === "" ? null : wellFormed(author.name),
      approved,
      reason: reason === "" ? null : wellFormed(reason),
      at: now(),
    })
    const store = this.storeOf(id)
    this.transact(store, approved ? "approve" : "deny", () => {
      store.maps.state.set(recordKey(id, pid, APPROVAL, wellFormed(author.id), writer), record)
      setState(store, id, pid, "approval-responded", null)
    })
  }

  /** Where message `id` stands first. */
  protected storeOf(id: string): SegmentStore {
    return this.segments.holdersOf(ownerOf(id))[0] ?? this.segments.first
  }

  protected known(id: string): { readonly parentId: string | null; readonly role: string; readonly imported: boolean } {
    const node = this.node(id)
    if (node === undefined)
      throw new ConversationError("unknown-message", `message ${id} is not in this conversation, or has not arrived yet`)
    return node
  }

  #clock(seen: Iterable<number>): number {
    const { now, relayNow = now } = this.#options
    // Within a caller's transaction the view does not show yet what was just written.
    this.#lastClock = nextClock(now(), relayNow(), [this.#lastClock, ...seen])
    return this.#lastClock
  }

  #mintId(): string {
    return mintId(this.#options.now(), this.#options.randomBytes)
  }

  protected now(): number {
    return this.#options.now()
  }

  protected mintPid(): string {
    return toHex(this.#options.randomBytes(4))
  }

  protected transact({ ydoc }: SegmentStore, operation: string, write: () => void): void {
    ydoc.transact(write, new ConversationOrigin(operation))
  }
}

function setSchema({ maps }: SegmentStore): void {
  if (maps.meta.get("schema") === undefined) maps.meta.set("schema", SCHEMA_VERSION)
}

/** Notes how a part of message `id` goes on, or has ended. Within a transaction. */
export function setState(store: SegmentStore, id: string, pid: string, state: string, details: unknown): void {
  store.maps.state.set(recordKey(id, pid, state), details)
}

/** The parts of message `id` where it stands in `store`; `undefined` when it is not there, or is no living message. */
export function partsOf(store: SegmentStore, id: string): Y.Array<unknown> | undefined {
  const message = store.maps.messages.get(id)
  const parts = message instanceof Y.Map ? message.get("parts") : undefined
  return parts instanceof Y.Array ? parts : undefined
}
