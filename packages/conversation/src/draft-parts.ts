import type * as Y from "yjs"
import { toHex } from "./content-hash.ts"
import { SCHEMA_VERSION } from "./conversation-layout.ts"
import { ConversationError } from "./conversation-error.ts"
import { isSegment } from "./document-id.ts"
import { readClock } from "./hybrid-clock.ts"
import type { RandomBytes } from "./identifier.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { type NewPart, plainJson } from "./new-part.ts"
import { ConversationOrigin } from "./origin.ts"
import { KeyIndex, recordKey } from "./record-key.ts"

/** Most quotes and files that a draft holds. */
export const MAX_DRAFT_PARTS = 32

/** A quote or a file that goes with the next message. */
export interface DraftPart {
  /** Names it within the draft. */
  readonly pid: string
  readonly part: NewPart
}

/** The environment of {@link DraftParts}. */
export interface DraftPartsOptions {
  /** Wall time in ms since 1970: the parts stand in its order. */
  readonly now: () => number
  readonly randomBytes: RandomBytes
}

const NONE: readonly DraftPart[] = Object.freeze([])

/**
 * What goes with the next message of a conversation besides its text, in the private document `u/<user>/home`: quotes and files.
 *
 * The map `draft-parts` holds `<conversation>/<pid>` with `{ clock, part }`, null once it went. A pid is random, so two devices of one person that add
 * at the same time both keep what they added. Clear them in the turn in which the message is written, as the draft's text.
 */
export class DraftParts {
  readonly ydoc: Y.Doc
  readonly #options: DraftPartsOptions
  readonly #map: Y.Map<unknown>
  readonly #index: KeyIndex
  readonly #listeners = new Listeners()
  readonly #known = new Map<string, readonly DraftPart[]>()
  readonly #detach: () => void

  /** Attaches to `ydoc`, which stays the caller's. Asking for the map writes nothing. */
  constructor(ydoc: Y.Doc, options: DraftPartsOptions) {
    this.ydoc = ydoc
    this.#options = options
    this.#map = ydoc.getMap("draft-parts")
    this.#index = new KeyIndex(this.#map)
    const observe = (event: Y.YMapEvent<unknown>): void => {
      const changed = new Set([...event.keysChanged].map((key) => this.#index.add(key)))
      for (const id of changed) this.#known.delete(id)
      for (const id of changed) this.#listeners.notify(id)
    }
    this.#map.observe(observe)
    this.#detach = (): void => this.#map.unobserve(observe)
  }

  /** What goes with the next message, in the order in which it was added; the same array until that changes. @throws ConversationError `bad-id`. */
  get(conversationId: string): readonly DraftPart[] {
    const known = this.#known.get(checked(conversationId))
    if (known !== undefined) return known
    const found: (DraftPart & { readonly clock: number })[] = []
    for (const [[pid], value] of this.#index.records(conversationId)) {
      const read = pid === undefined ? undefined : readRecord(value)
      if (pid !== undefined && read !== undefined) found.push({ pid, ...read })
    }
    found.sort((left, right) => left.clock - right.clock || (left.pid < right.pid ? -1 : 1))
    const parts = found.length === 0 ? NONE : Object.freeze(found.map(({ pid, part }) => Object.freeze({ pid, part })))
    this.#known.set(conversationId, parts)
    return parts
  }

  /**
   * Adds `part` behind the others and returns its pid.
   * @throws ConversationError `bad-id`; `too-large` when there are 32 already, or the part nests deeper than 100.
   */
  add(conversationId: string, part: NewPart): string {
    if (this.get(conversationId).length >= MAX_DRAFT_PARTS)
      throw new ConversationError("too-large", `a draft holds at most ${MAX_DRAFT_PARTS} quotes and files`)
    const pid = toHex(this.#options.randomBytes(8))
    this.#set(conversationId, [pid], { clock: this.#options.now(), part: plainJson(part, "a part of a draft") })
    return pid
  }

  /** Takes one away; nothing when it is not there. @throws ConversationError `bad-id`. */
  remove(conversationId: string, pid: string): void {
    if (this.get(conversationId).some((part) => part.pid === pid)) this.#set(conversationId, [pid], null)
  }

  /** Takes all away, in one transaction. @throws ConversationError `bad-id`. */
  clear(conversationId: string): void {
    const pids = this.get(conversationId).map(({ pid }) => pid)
    if (pids.length > 0) this.#set(conversationId, pids, null)
  }

  /** Calls `listener` after each transaction that changed what goes with the next message. Returns the unsubscription. */
  subscribe(conversationId: string, listener: Listener): () => void {
    return this.#listeners.add(checked(conversationId), listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    this.#detach()
    this.#listeners.clear()
  }

  #set(conversationId: string, pids: readonly string[], value: unknown): void {
    this.ydoc.transact(() => {
      const meta = this.ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      for (const pid of pids) this.#map.set(recordKey(conversationId, pid), value)
    }, new ConversationOrigin("draft-parts"))
  }
}

function readRecord(value: unknown): { readonly clock: number; readonly part: NewPart } | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { clock, part } = value as { clock?: unknown; part?: unknown }
  if (typeof part !== "object" || part === null) return undefined
  const { type, text } = part as { type?: unknown; text?: unknown }
  if (typeof type !== "string" || (text !== undefined && typeof text !== "string")) return undefined
  return { clock: readClock(clock), part: part as NewPart }
}

function checked(conversationId: string): string {
  const valid: boolean = isSegment(conversationId)
  if (!valid) throw new ConversationError("bad-id", `${JSON.stringify(conversationId.slice(0, 80))} cannot be the id of a conversation`)
  return conversationId
}
