/** Presence that is remembered per document, in updates and in bytes of one. */
const MAX_RECENT = 64
const MAX_RECENT_BYTES = 4096

/** Presence heard lately in a document: for a tab that begins to look now. Everybody present says so again every 15 s. */
export class RecentAwareness {
  #updates: Uint8Array[] = []

  /** Oldest first. */
  get updates(): readonly Uint8Array[] {
    return this.#updates
  }

  heard(update: Uint8Array): void {
    if (update.length > MAX_RECENT_BYTES) return
    this.#updates.push(update.slice())
    if (this.#updates.length > MAX_RECENT) this.#updates = this.#updates.slice(-MAX_RECENT / 2)
  }
}
