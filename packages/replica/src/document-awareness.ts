import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness"
import type * as Y from "yjs"

/** Awareness changes that came from outside this tab. */
const REMOTE = Object.freeze({ kind: "polylogue-replica", source: "awareness" })

interface Change {
  readonly added: number[]
  readonly updated: number[]
  readonly removed: number[]
}

/**
 * The awareness of one Y.Doc: passes on what this tab says, at most once a turn, and takes in what others say. Made only when somebody asks for
 * it, because y-protocols starts a timer in its constructor.
 */
export class DocumentAwareness {
  readonly awareness: Awareness
  readonly #send: (update: Uint8Array) => void
  readonly #remote = new Set<number>()
  readonly #changed = new Set<number>()
  #scheduled = false
  #destroyed = false

  constructor(ydoc: Y.Doc, send: (update: Uint8Array) => void) {
    this.awareness = new Awareness(ydoc)
    this.#send = send
    this.awareness.on("update", (change: Change, origin: unknown) => this.#note(change, origin))
  }

  /** Takes in an update of others. Bytes that do not decode are dropped: presence is soft state. */
  receive(update: Uint8Array): void {
    try {
      applyAwarenessUpdate(this.awareness, update, REMOTE)
    } catch {
      // Nothing depends on presence, and the next update replaces this one.
    }
  }

  /** What this tab says now, for a peer that has just appeared; `undefined` when it says nothing. */
  own(): Uint8Array | undefined {
    if (this.awareness.getLocalState() === null) return undefined
    return encodeAwarenessUpdate(this.awareness, [this.awareness.clientID])
  }

  /** Says anew what this tab says, with a later clock: others have heard that it is gone, when its connection broke or it came from another relay. */
  renew(): void {
    const state = this.awareness.getLocalState()
    if (state !== null) this.awareness.setLocalState(state)
  }

  /** The way to the others is cut: they are not seen from now on, and are taken in again when they are heard again. */
  forgetOthers(): void {
    const others = [...this.#remote]
    this.#remote.clear()
    removeAwarenessStates(this.awareness, others, REMOTE)
    // y-protocols ignores a state whose clock it knows; without this a peer would stay unseen until its next renewal.
    for (const client of others) this.awareness.meta.delete(client)
  }

  /** Says that this tab is gone, and stops. Sent at once: there is no later turn. */
  destroy(): void {
    if (this.#destroyed) return
    if (this.awareness.getLocalState() !== null) this.awareness.setLocalState(null)
    this.#flush()
    this.#destroyed = true
    this.awareness.destroy()
  }

  #note({ added, updated, removed }: Change, origin: unknown): void {
    if (origin === REMOTE) {
      for (const client of [...added, ...updated]) if (client !== this.awareness.clientID) this.#remote.add(client)
      return
    }
    if (origin === "timeout" || this.#destroyed) return
    for (const client of [...added, ...updated, ...removed]) this.#changed.add(client)
    if (this.#scheduled) return
    this.#scheduled = true
    void Promise.resolve().then(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#changed.size === 0 || this.#destroyed) return
    const update = encodeAwarenessUpdate(this.awareness, [...this.#changed])
    this.#changed.clear()
    this.#send(update)
  }
}
