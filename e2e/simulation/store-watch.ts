import {
  advanceVector,
  continuesVector,
  type DocumentId,
  EMPTY_VECTOR,
  type RowId,
  unionVectors,
  type VersionVector,
} from "@polylogue/protocol"
import type { Applied, Change, LogItem } from "@polylogue/storage"
import { type Complain, Knowledge } from "./knowledge.ts"
import { type Ledger, type Operation, OperationSet } from "./operation.ts"

/** What is durable on one disk, learnt from every batch at the instant at which it became durable, and checked there. */
export class StoreWatch {
  readonly name: string
  readonly kind: "device" | "relay"
  readonly #ledger: Ledger
  readonly #complain: Complain
  readonly #documents = new Map<DocumentId, Knowledge>()
  #vectors = new Map<DocumentId, VersionVector>()
  /** What was appended one by one: of a batch with several changes of one document the store tells the vector at its end. */
  #stamps = new Map<DocumentId, VersionVector>()
  #resets = new Map<DocumentId, number>()
  #beforeReset = new Map<DocumentId, VersionVector>()
  /** Every row that was ever durable here, and its bytes. */
  #rows = new Map<RowId, Uint8Array>()
  #waiting = new Map<RowId, DocumentId>()
  /** What a reset has taken away: it has to be kept aside on this disk, as long as that is there. */
  #setAside = new OperationSet()

  constructor(name: string, kind: "device" | "relay", ledger: Ledger, complain: Complain) {
    this.name = name
    this.kind = kind
    this.#ledger = ledger
    this.#complain = complain
  }

  /** What a copy of the disk knows. */
  copy(name: string): StoreWatch {
    const copy = new StoreWatch(name, this.kind, this.#ledger, this.#complain)
    for (const [documentId, knowledge] of this.#documents) copy.#documents.set(documentId, knowledge.copy(name))
    copy.#vectors = new Map(this.#vectors)
    copy.#stamps = new Map(this.#stamps)
    copy.#resets = new Map(this.#resets)
    copy.#beforeReset = new Map(this.#beforeReset)
    copy.#rows = new Map(this.#rows)
    copy.#waiting = new Map(this.#waiting)
    copy.#setAside = this.#setAside.copy()
    return copy
  }

  /** What is durable of `documentId`. */
  knowledge(documentId: DocumentId): Knowledge {
    let knowledge = this.#documents.get(documentId)
    if (knowledge === undefined) {
      knowledge = new Knowledge(this.name, documentId, this.#ledger, this.#complain)
      this.#documents.set(documentId, knowledge)
    }
    return knowledge
  }

  documents(): DocumentId[] {
    return [...this.#documents.keys()]
  }

  vector(documentId: DocumentId): VersionVector {
    return this.#vectors.get(documentId) ?? EMPTY_VECTOR
  }

  /** What was durable of `documentId` when it was last reset: a tab that has not heard that another one did so still goes by it. */
  vectorBeforeReset(documentId: DocumentId): VersionVector {
    return this.#beforeReset.get(documentId) ?? EMPTY_VECTOR
  }

  /** How often `documentId` was reset here. */
  resets(documentId: DocumentId): number {
    return this.#resets.get(documentId) ?? 0
  }

  /** The bytes of a row that was ever durable here. */
  row(row: RowId): Uint8Array | undefined {
    return this.#rows.get(row)
  }

  /** Rows of the outbox. */
  get waitingRows(): number {
    return this.#waiting.size
  }

  /** Whether an operation is durable here. */
  has(operation: Operation): boolean {
    return this.#documents.get(operation.documentId)?.visible.has(operation.index) === true
  }

  /** Whether an operation is durable here, if only in a text kept aside. */
  holds(operation: Operation): boolean {
    return this.has(operation) || this.#setAside.has(operation.index)
  }

  /** Learns a batch that is durable from now on. */
  durable(changes: readonly Change[], applied: readonly Applied[]): void {
    for (const [index, change] of changes.entries()) {
      const result = applied[index]!
      if (change.type === "record") continue
      if (change.type === "reset") this.#beforeReset.set(change.documentId, this.vector(change.documentId))
      this.#checkStamps(change.documentId, result.items)
      if (result.head !== undefined) this.#vectors.set(change.documentId, result.head.vector)
      switch (change.type) {
        case "append":
          for (const item of result.items) this.#learn(change.documentId, item.kind === "entry" ? item.entry.update : item.snapshot.update)
          for (const row of change.settled ?? []) this.#waiting.delete(row)
          break
        case "outbox":
          for (const row of result.rows) {
            this.#rows.set(row.row, row.update)
            this.#waiting.set(row.row, change.documentId)
            this.#learn(change.documentId, row.update)
          }
          for (const row of change.settled ?? []) this.#waiting.delete(row)
          break
        case "compact":
          this.#learn(change.documentId, change.snapshot.update)
          break
        case "reset":
          this.#reset(change.documentId)
          break
      }
    }
  }

  /** I4: of each log without gaps, and nothing else than others have under the same stamp. */
  #checkStamps(documentId: DocumentId, items: readonly LogItem[]): void {
    if (items.length === 0) return
    let vector = this.#stamps.get(documentId) ?? EMPTY_VECTOR
    for (const item of items) {
      if (item.kind === "snapshot") {
        vector = unionVectors(vector, item.snapshot.vector)
        continue
      }
      const { stamp } = item.entry
      const named = `${stamp.log}:${stamp.seq} of ${documentId}`
      if (!continuesVector(vector, stamp)) this.#complain("I4", `${this.name} stores ${named} behind ${vector.get(stamp.log) ?? 0}`)
      else vector = advanceVector(vector, stamp)
      // A device may hold more of what it wrote itself than what the relay was left with.
      if (this.kind === "relay" && !this.#ledger.agrees(documentId, item.entry))
        this.#complain("I9", `${this.name} stores ${named} with another content than others`)
    }
    this.#stamps.set(documentId, vector)
  }

  #learn(documentId: DocumentId, update: Uint8Array): void {
    for (const operation of this.knowledge(documentId).learnUpdate(update)) {
      if (this.kind === "device") operation.everLocal = true
      else operation.everStored = true
    }
  }

  #reset(documentId: DocumentId): void {
    for (const operation of this.#ledger.of(documentId)) if (this.has(operation)) this.#setAside.add(operation.index)
    this.#documents.delete(documentId)
    this.#stamps.delete(documentId)
    this.#resets.set(documentId, this.resets(documentId) + 1)
    for (const [row, owner] of this.#waiting) if (owner === documentId) this.#waiting.delete(row)
  }
}
