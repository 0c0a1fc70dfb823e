import type * as Y from "yjs"
import { SCHEMA_VERSION } from "./conversation-layout.ts"
import { ConversationError } from "./conversation-error.ts"
import { isSegment } from "./document-id.ts"
import { readClock } from "./hybrid-clock.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { KeyIndex, recordKey } from "./record-key.ts"
import { readRegister } from "./register.ts"
import { RegisterWriter, type RegisterWriterOptions } from "./register-writer.ts"

/** How far somebody has read in a conversation: the clock of the last message they had on screen, and its id where it is known. */
export interface ReadMarker {
  readonly clock: number
  readonly id: string | null
}

// No conversation has this id, which is no segment.
const ALL = "*"
const ANY = "\0any"

/**
 * How far one person has read, in their private document: one top-level map `read`, keys `<conversation id>/seen/<writer>`, of which readers take the
 * greatest clock, so that what was read on one device is read on all; and the register `<conversation id>/unread/<writer>` for what somebody wants
 * to come back to. Conversations without a marker of their own are read up to the one of all of them, `*`.
 */
export class ReadMarkers {
  readonly #ydoc: Y.Doc
  readonly #registers: RegisterWriter
  readonly #index: KeyIndex
  readonly #listeners = new Listeners()
  readonly #detach: (() => void)[]
  readonly #changed = new Set<string>()

  /** Attaches to `ydoc`, a private document, which stays the caller's. @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: RegisterWriterOptions) {
    this.#ydoc = ydoc
    this.#registers = new RegisterWriter(ydoc, options)
    const markers = ydoc.getMap<unknown>("read")
    this.#index = new KeyIndex(markers)
    const observer = (event: Y.YMapEvent<unknown>): void => {
      for (const key of event.keysChanged) this.#changed.add(this.#index.add(key))
    }
    const flush = (): void => {
      const changed = [...this.#changed]
      this.#changed.clear()
      for (const id of changed) this.#listeners.notify(id === ALL ? ANY : id)
    }
    markers.observe(observer)
    ydoc.on("afterTransaction", flush)
    this.#detach = [(): void => markers.unobserve(observer), (): void => ydoc.off("afterTransaction", flush)]
  }

  /** How far the conversation was read on any device; undefined when that was never noted, not even for all of them. */
  get(conversationId: string): ReadMarker | undefined {
    return this.#greatest(conversationId) ?? this.#greatest(ALL)
  }

  /** Whether there is a marker for all conversations. */
  get begun(): boolean {
    return this.#greatest(ALL) !== undefined
  }

  /** Whether the conversation is to be shown as unread: somebody said so, or its latest activity, by somebody else, is beyond the marker. */
  isUnread(conversationId: string, latest: { readonly clock: number; readonly byOneself: boolean }): boolean {
    if (readRegister(this.#index, conversationId, "unread")[0]?.value === true) return true
    if (latest.byOneself) return false
    const marker = this.get(conversationId)
    return marker !== undefined && latest.clock > marker.clock
  }

  /**
   * Notes that a conversation was read up to a message, and that nobody wants to come back to it. Writes nothing that is known: call it as often as
   * one reads, at most every few seconds.
   * @throws ConversationError `bad-id`.
   */
  setRead(conversationId: string, marker: ReadMarker): void {
    checkId(conversationId)
    const known = this.get(conversationId)
    const further = known === undefined || marker.clock > known.clock
    const unread = readRegister(this.#index, conversationId, "unread")[0]?.value === true
    if (!further && !unread) return
    this.#registers.transact("read", () => {
      if (further) this.#write(conversationId, marker)
      if (unread) this.#registers.set("read", this.#index, [conversationId, "unread"], false)
    })
  }

  /** Shows a conversation as unread until it is read again. @throws ConversationError `bad-id`. */
  setUnread(conversationId: string): void {
    checkId(conversationId)
    if (readRegister(this.#index, conversationId, "unread")[0]?.value === true) return
    this.#registers.transact("unread", () => {
      this.#begin()
      this.#registers.set("unread", this.#index, [conversationId, "unread"], true)
    })
  }

  /** Notes that everything up to a clock counts as read where nothing else is known: what was there when somebody came. */
  setAllRead(clock: number): void {
    const known = this.#greatest(ALL)
    if (known === undefined || clock > known.clock) this.#registers.transact("read-all", () => this.#write(ALL, { clock, id: null }))
  }

  /** Calls `listener` after each transaction that changed the marker of a conversation, or that of all. Returns the unsubscription. */
  subscribe(conversationId: string, listener: Listener): () => void {
    const stops = [this.#listeners.add(conversationId, listener), this.#listeners.add(ANY, listener)]
    return () => {
      for (const stop of stops) stop()
    }
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  #write(owner: string, { clock, id }: ReadMarker): void {
    this.#begin()
    const key = recordKey(owner, "seen", this.#registers.writer)
    this.#index.map.set(key, id === null ? { clock } : { clock, id })
    this.#index.add(key)
  }

  #begin(): void {
    const meta = this.#ydoc.getMap<unknown>("meta")
    if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
  }

  #greatest(owner: string): ReadMarker | undefined {
    let greatest: ReadMarker | undefined
    for (const [rest, value] of this.#index.records(owner, "seen")) {
      if (rest.length !== 1 || typeof value !== "object" || value === null) continue
      const { clock, id } = value as { clock?: unknown; id?: unknown }
      const marker = { clock: readClock(clock), id: typeof id === "string" ? id : null }
      if (greatest === undefined || marker.clock > greatest.clock) greatest = marker
    }
    return greatest
  }
}

function checkId(conversationId: string): void {
  if (!isSegment(conversationId))
    throw new ConversationError("bad-id", `${JSON.stringify(String(conversationId).slice(0, 80))} cannot be the id of a conversation`)
}
