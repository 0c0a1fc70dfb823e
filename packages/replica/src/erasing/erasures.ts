import { coversStamp, type DocumentId, type RowId, type VersionVector } from "@polylogue/protocol"
import type { Change } from "@polylogue/storage"
import type { Environment } from "../environment.ts"
import { documentsWithErasures, erasureChange, type ErasureRecord, type ErasingRelay, readErasures } from "./erasure-record.ts"

/** How far an erasure of this device has come. Immutable. */
export interface ErasureStatus {
  /** Names it among the erasures of this device. */
  readonly row: RowId
  /**
   * - `pending`: on this device, not acknowledged by a relay;
   * - `stored`: on a relay's disk; it holds for all who sync, and the relays that are not `missing` have carried it out;
   * - `done`: every relay has carried it out: of those that are linked with the one that this device speaks with, or else every configured one;
   * - `refused`: a relay refused it, and nothing was erased.
   */
  readonly state: "pending" | "stored" | "done" | "refused"
  /** The relays that reported it carried out: nothing of it is in any file of theirs. Their names where relays have told of each other, else addresses. */
  readonly done: readonly string[]
  /** Those that have not, likewise. */
  readonly missing: readonly string[]
  /** Addresses of the relays that have told this device themselves. */
  readonly confirmed: readonly string[]
}

/** Who says how far it is: the relay at an address, or, of one among others, its id and name. */
export type Reporter = string | Pick<ErasingRelay, "relay" | "name">

/** Finished erasures of one document that are remembered for telling. */
const MAX_FINISHED = 32

/** Makes {@link Erasures}, or loads their code first: no message needs it to be read. `changed` is called when what `of` answers for a document has changed. */
export type MakeErasures = (
  environment: Environment,
  relays: readonly string[],
  changed: (documentId: DocumentId) => void,
) => Promise<Erasures>

/** Follows the erasures that this device has asked for, over restarts. */
export class Erasures {
  readonly #environment: Environment
  readonly #relays: readonly string[]
  readonly #changed: (documentId: DocumentId) => void
  #documents: Set<DocumentId> | undefined

  /** @param changed - called when what `of` answers for a document has changed. */
  constructor(environment: Environment, relays: readonly string[], changed: (documentId: DocumentId) => void) {
    this.#environment = environment
    this.#relays = relays
    this.#changed = changed
  }

  /** The erasures of `documentId` by this device, those of other tabs included, in no particular order. @throws StorageError */
  async of(documentId: DocumentId): Promise<readonly ErasureStatus[]> {
    const { store } = this.#environment
    const waiting = new Set((await store.outbox(documentId)).map(({ row }) => row))
    const records = await readErasures(store, documentId)
    return [...records].map(([row, record]) => this.#statusOf(row, record, waiting.has(row)))
  }

  /** An erasure of this device in the document is about to be durable. */
  noted(documentId: DocumentId): void {
    this.#documents?.add(documentId)
  }

  /** A relay has carried out every erasure that `vector` covers, or is one that has not yet. Never rejects: it is said again in the next session. */
  async reported(documentId: DocumentId, vector: VersionVector, by: Reporter): Promise<void> {
    const { store } = this.#environment
    try {
      this.#documents ??= await documentsWithErasures(store)
      if (!this.#documents.has(documentId)) return
      const records = await readErasures(store, documentId)
      const changes: Change[] = []
      for (const [row, record] of records) {
        const { stamp } = record
        const next = stamp && withReport(record, by, coversStamp(vector, stamp))
        if (next !== undefined) changes.push(erasureChange(documentId, row, next))
      }
      const finished = [...records].filter(([row, record]) => this.#statusOf(row, record, false).state === "done")
      for (const [row] of finished.slice(0, -MAX_FINISHED)) changes.push(erasureChange(documentId, row, null))
      if (changes.length === 0) return
      await store.commit(changes)
      this.#changed(documentId)
    } catch (error) {
      this.#environment.report({ kind: "store-failed", documentId, error })
    }
  }

  /** Nothing of it goes on by itself. */
  stop(): void {}

  #statusOf(row: RowId, { stamp, done: addresses, relays = [] }: ErasureRecord, waits: boolean): ErasureStatus {
    const linked = relays.length > 0
    const namesOf = (isDone: boolean): string[] => relays.flatMap(({ relay, name, done }) => (done === isDone ? [name || relay] : []))
    const done = linked ? namesOf(true) : addresses
    const missing = linked ? namesOf(false) : this.#relays.filter((address) => !addresses.includes(address))
    const acknowledged = missing.length === 0 && done.length > 0 ? "done" : "stored"
    const state = stamp !== undefined ? acknowledged : waits ? "pending" : "refused"
    return Object.freeze({ row, state, done, missing, confirmed: addresses })
  }
}

/** `record` with what was said; `undefined` when that changes nothing. */
function withReport(record: ErasureRecord, by: Reporter, isDone: boolean): ErasureRecord | undefined {
  const { done, relays = [] } = record
  if (typeof by === "string") return isDone && !done.includes(by) ? { ...record, done: [...done, by] } : undefined
  const known = relays.find(({ relay }) => relay === by.relay)
  // What was carried out stays so.
  if (known !== undefined && (known.done || !isDone)) return undefined
  const said = { relay: by.relay, name: by.name, done: isDone }
  return { ...record, relays: known === undefined ? [...relays, said] : relays.map((one) => (one === known ? said : one)) }
}
