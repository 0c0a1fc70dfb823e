import type { Replica, ReplicaDocument } from "@polylogue/replica"

/** A document that hooks may read. The object is replaced when its Y.Doc is, so whatever was built on it is built anew. */
export interface OpenDocument {
  readonly state: "open"
  readonly document: ReplicaDocument
  /** `document.ydoc` at the time this object was made. */
  readonly ydoc: ReplicaDocument["ydoc"]
}

/** Where a document stands on its way from the device's store to the screen. */
export type DocumentState = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenDocument

/** What a view over a Y.Doc must offer to be shared between hooks. */
export interface Destroyable {
  destroy(): void
}

const OPENING: DocumentState = Object.freeze({ state: "opening" })

interface Slot {
  state: DocumentState
  readonly listeners: Set<() => void>
  /** Cancels the close that was scheduled when the last listener went. */
  cancelClose: (() => void) | undefined
  stopReset: (() => void) | undefined
  readonly views: Map<unknown, Destroyable>
  closed: boolean
}

/**
 * The documents that components have on screen, each opened once and counted by its subscriptions.
 *
 * A document stays open `lingerMs` after its last subscription: React takes subscriptions away and adds them again within one
 * moment (strict mode, a key that changes), and a reader goes back and forth between two conversations.
 */
export class DocumentPool {
  readonly #replica: Replica
  readonly #lingerMs: number
  readonly #slots = new Map<string, Slot>()
  readonly #leaving = new WeakMap<OpenDocument, Map<unknown, Destroyable>>()

  constructor(replica: Replica, lingerMs: number) {
    this.#replica = replica
    this.#lingerMs = lingerMs
  }

  /** Keeps `documentId` open and calls `listener` when its state changes. Returns the unsubscription. */
  subscribe(documentId: string, listener: () => void): () => void {
    const slot = this.#slots.get(documentId) ?? this.#open(documentId)
    slot.cancelClose?.()
    slot.cancelClose = undefined
    slot.listeners.add(listener)
    return () => {
      slot.listeners.delete(listener)
      if (slot.listeners.size > 0 || slot.closed || slot.cancelClose !== undefined) return
      const timer = setTimeout(() => this.#close(documentId, slot), this.#lingerMs)
      slot.cancelClose = () => clearTimeout(timer)
    }
  }

  /** The state of `documentId` now; `opening` while nobody is subscribed. The same object until it changes. */
  state(documentId: string): DocumentState {
    return this.#slots.get(documentId)?.state ?? OPENING
  }

  /** Keeps `documentId` open until `close`; `opened` is it, or undefined when it cannot be opened. */
  hold(documentId: string): { readonly opened: Promise<OpenDocument | undefined>; readonly close: () => void } {
    let settle: (open: OpenDocument | undefined) => void
    const opened = new Promise<OpenDocument | undefined>((resolve) => (settle = resolve))
    const look = (): void => {
      const state = this.state(documentId)
      if (state.state !== "opening") settle(state.state === "open" ? state : undefined)
    }
    const close = this.subscribe(documentId, look)
    look()
    return { opened, close }
  }

  /** Every document that is open now. */
  *openDocuments(): Iterable<OpenDocument> {
    for (const slot of this.#slots.values()) if (slot.state.state === "open") yield slot.state
  }

  /** The view that `make` builds over an open document: one per document and `kind`, destroyed with the document or its Y.Doc. */
  view<View extends Destroyable>(open: OpenDocument, kind: unknown, make: (open: OpenDocument) => View): View {
    const slot = this.#slots.get(open.document.documentId)
    const views = slot !== undefined && slot.state === open ? slot.views : this.#leavingViews(open)
    const known = views.get(kind)
    if (known !== undefined) return known as View
    const view = make(open)
    views.set(kind, view)
    return view
  }

  /** Closes everything that is open; later subscriptions open again. */
  clear(): void {
    for (const [documentId, slot] of this.#slots) {
      slot.cancelClose?.()
      this.#close(documentId, slot)
    }
  }

  /** The views of an open document that left the pool: they belong to components on their way out, and go with them. */
  #leavingViews(open: OpenDocument): Map<unknown, Destroyable> {
    const views = this.#leaving.get(open) ?? new Map<unknown, Destroyable>()
    this.#leaving.set(open, views)
    return views
  }

  #open(documentId: string): Slot {
    const slot: Slot = {
      state: OPENING,
      listeners: new Set(),
      cancelClose: undefined,
      stopReset: undefined,
      views: new Map(),
      closed: false,
    }
    this.#slots.set(documentId, slot)
    void this.#load(documentId, slot)
    return slot
  }

  async #load(documentId: string, slot: Slot): Promise<void> {
    try {
      const document = await this.#replica.open(documentId)
      if (slot.closed) {
        await document.close()
        return
      }
      slot.stopReset = document.onReset((ydoc) => this.#settle(slot, { state: "open", document, ydoc }))
      this.#settle(slot, { state: "open", document, ydoc: document.ydoc })
    } catch (error) {
      if (!slot.closed) this.#settle(slot, { state: "failed", error })
    }
  }

  #settle(slot: Slot, state: DocumentState): void {
    destroyViews(slot)
    slot.state = state
    for (const listener of slot.listeners) listener()
  }

  #close(documentId: string, slot: Slot): void {
    slot.closed = true
    if (this.#slots.get(documentId) === slot) this.#slots.delete(documentId)
    slot.stopReset?.()
    destroyViews(slot)
    // Closing flushes to the store; a failure there is in the replica's status, which is on screen.
    if (slot.state.state === "open") slot.state.document.close().catch(() => {})
  }
}

function destroyViews(slot: Slot): void {
  for (const view of slot.views.values()) view.destroy()
  slot.views.clear()
}
