import type * as Y from "yjs"
import { ownerOf } from "../conversation-view.ts"
import { type Listener, Listeners } from "../listeners.ts"
import { CITATIONS } from "../message-annotations.ts"
import { KeyIndex } from "../record-key.ts"
import { type Citation, readCitations } from "./citation-records.ts"

/** Reads the citations in one document of a conversation and says which messages' changed. What it gives is immutable, and the same until it changes. */
export class CitationIndex {
  readonly #records: KeyIndex
  readonly #read = new Map<string, readonly Citation[]>()
  readonly #listeners = new Listeners()
  readonly #detach: () => void

  /** Attaches to `ydoc`, which stays the caller's. */
  constructor(ydoc: Y.Doc) {
    const map = ydoc.getMap<unknown>(CITATIONS)
    this.#records = new KeyIndex(map)
    const observer = ({ keysChanged }: Y.YMapEvent<unknown>): void => this.#changed(keysChanged)
    map.observe(observer)
    this.#detach = () => map.unobserve(observer)
  }

  /** As `citationsOf`; the same array until one changes. */
  getCitations(messageId: string): readonly Citation[] {
    const known = this.#read.get(messageId)
    if (known !== undefined) return known
    const read = readCitations(this.#records, messageId)
    this.#read.set(messageId, read)
    return read
  }

  /** Calls `listener` when the citations of a message changed. Returns the unsubscription. */
  subscribe(messageId: string, listener: Listener): () => void {
    return this.#listeners.add(ownerOf(messageId), listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    this.#detach()
    this.#listeners.clear()
  }

  #changed(keys: ReadonlySet<string>): void {
    const owners = new Set([...keys].map((key) => this.#records.add(key)))
    for (const messageId of this.#read.keys()) if (owners.has(ownerOf(messageId))) this.#read.delete(messageId)
    for (const owner of owners) this.#listeners.notify(owner)
  }
}
