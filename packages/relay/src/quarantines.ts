import type { Clock, DocumentId } from "@polylogue/protocol"
import type { Committer } from "./committer.ts"
import { codeOf, RelayError } from "./errors.ts"
import type { RelayEvents } from "./events.ts"
import { type Quarantine, quarantineRecord, type QuarantineScope } from "./quarantine.ts"

/** Codes of failures that pass, and say nothing of a document. */
const PASSING = new Set(["closed", "io", "unavailable"])

/** The documents of a relay that are in quarantine, in memory and at rest. What is said here is durable soon, not at once: it is found again. */
export class Quarantines {
  readonly #clock: Clock
  readonly #committer: Committer
  readonly #events: RelayEvents
  readonly #quarantineMs: number
  readonly #known = new Map<DocumentId, Quarantine>()

  constructor(clock: Clock, committer: Committer, events: RelayEvents, quarantineMs: number) {
    this.#clock = clock
    this.#committer = committer
    this.#events = events
    this.#quarantineMs = quarantineMs
  }

  /** What earlier starts have found. */
  restore(quarantines: readonly Quarantine[]): void {
    for (const quarantine of quarantines) this.#known.set(quarantine.documentId, quarantine)
  }

  count(scope: QuarantineScope): number {
    let count = 0
    for (const quarantine of this.#known.values()) if (quarantine.scope === scope) count++
    return count
  }

  /** Whether the document was closed, and has to be found sound before it is opened. @throws RelayError `quarantined` while it is too early for that. */
  mustBeSound(documentId: DocumentId): boolean {
    const quarantine = this.#known.get(documentId)
    if (quarantine?.scope !== "document") return false
    const passedMs = this.#clock.now() - quarantine.at
    // A clock that was set back keeps nothing closed.
    if (passedMs >= 0 && passedMs < this.#quarantineMs) throw new RelayError("quarantined", "the document needs an operator")
    return true
  }

  /** The document failed with `error`: it is closed. */
  close(documentId: DocumentId, error: unknown): void {
    this.#set({ documentId, scope: "document", code: codeOf(error) ?? "internal", at: this.#clock.now() })
  }

  /** The document cannot be compacted. */
  keepWhole(documentId: DocumentId, error: unknown): void {
    if (PASSING.has(codeOf(error) ?? "") || this.#known.get(documentId)?.scope === "document") return
    this.#set({ documentId, scope: "compaction", code: codeOf(error) ?? "internal", at: this.#clock.now() })
  }

  /** The document is sound in the sense of `scope`. */
  lift(documentId: DocumentId, scope: QuarantineScope): void {
    if (this.#known.get(documentId)?.scope !== scope) return
    this.#known.delete(documentId)
    this.#write({ documentId })
  }

  #set(quarantine: Quarantine): void {
    this.#known.set(quarantine.documentId, quarantine)
    this.#write(quarantine)
  }

  #write(quarantine: Parameters<typeof quarantineRecord>[0]): void {
    const written = this.#committer.write({ type: "record", ...quarantineRecord(quarantine) }, () => undefined)
    written.catch((error: unknown) => {
      if (codeOf(error) !== "closed") this.#events({ type: "failed", where: "quarantine", error })
    })
  }
}
