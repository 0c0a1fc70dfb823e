import type { DocumentId } from "@polylogue/protocol"
import * as Y from "yjs"
import { describe, type IdRange, type Ledger, type Operation, OperationSet } from "./operation.ts"

/** Called with what is wrong; the first letters name the invariant. */
export type Complain = (invariant: string, problem: string) => void

/**
 * What one place knows of a document - a log, a store, a Y.Doc - as Yjs ids, learnt step by step, and which operations that makes
 * visible. After every step it checks that no operation is there in part, or before its causes (I4).
 */
export class Knowledge {
  readonly documentId: DocumentId
  visible = new OperationSet()
  readonly #place: string
  readonly #ledger: Ledger
  readonly #complain: Complain
  #clocks = new Map<number, number>()
  #deleted = new Map<number, Ranges>()

  constructor(place: string, documentId: DocumentId, ledger: Ledger, complain: Complain) {
    this.#place = place
    this.documentId = documentId
    this.#ledger = ledger
    this.#complain = complain
  }

  /** The same knowledge at another place. */
  copy(place: string): Knowledge {
    const copy = new Knowledge(place, this.documentId, this.#ledger, this.#complain)
    copy.visible = this.visible.copy()
    copy.#clocks = new Map(this.#clocks)
    copy.#deleted = new Map([...this.#deleted].map(([client, ranges]) => [client, ranges.copy()]))
    return copy
  }

  /** Learns an update, as a relay would: structs that do not continue their client's clock are a fault of their own. Returns what became visible. */
  learnUpdate(update: Uint8Array): Operation[] {
    const { structs, ds } = Y.decodeUpdate(update)
    for (const struct of structs) {
      if (struct instanceof Y.Skip) continue
      const { client, clock } = struct.id
      const known = this.#clocks.get(client) ?? 0
      if (clock > known)
        this.#complain("I4", `${this.#place}: ${this.documentId} has structs of client ${client} from ${clock}, but only ${known} before`)
      this.#clocks.set(client, Math.max(known, clock + struct.length))
    }
    this.#learnDeletes(ds.clients)
    return this.#look()
  }

  /** Learns what a transaction of a Y.Doc added and deleted. */
  learnTransaction(transaction: Y.Transaction): Operation[] {
    for (const [client, clock] of transaction.afterState) this.#clocks.set(client, Math.max(this.#clocks.get(client) ?? 0, clock))
    this.#learnDeletes(transaction.deleteSet.clients)
    this.#learnCollected(transaction)
    return this.#look()
  }

  /** What arrives as garbage already is not in the transaction's delete set. */
  #learnCollected({ doc, beforeState, afterState }: Y.Transaction): void {
    const collected = new Map<number, { clock: number; len: number }[]>()
    for (const [client, clock] of afterState) {
      const before = beforeState.get(client) ?? 0
      if (clock === before) continue
      const structs = doc.store.clients.get(client) ?? []
      const found: { clock: number; len: number }[] = []
      for (let index = structs.length - 1; index >= 0; index--) {
        const struct = structs[index]!
        if (struct.id.clock + struct.length <= before) break
        if (struct instanceof Y.GC) found.push({ clock: struct.id.clock, len: struct.length })
      }
      collected.set(client, found)
    }
    this.#learnDeletes(collected)
  }

  /** Learns everything that `ydoc` shows. */
  learnDocument(ydoc: Y.Doc): Operation[] {
    for (const [client, clock] of Y.decodeStateVector(Y.encodeStateVector(ydoc))) this.#clocks.set(client, clock)
    this.#learnDeletes(Y.createDeleteSetFromStructStore(ydoc.store).clients)
    return this.#look()
  }

  /** Whether all of `range` is known, deleted or not. */
  knows(range: IdRange): boolean {
    return (this.#clocks.get(range.client) ?? 0) >= range.to
  }

  #learnDeletes(clients: Map<number, readonly { readonly clock: number; readonly len: number }[]>): void {
    for (const [client, items] of clients) {
      let ranges = this.#deleted.get(client)
      if (ranges === undefined) this.#deleted.set(client, (ranges = new Ranges()))
      for (const { clock, len } of items) ranges.add(clock, clock + len)
    }
  }

  #look(): Operation[] {
    const found: Operation[] = []
    for (const operation of this.#ledger.of(this.documentId)) {
      if (this.visible.has(operation.index) || !this.#shows(operation)) continue
      this.visible.add(operation.index)
      found.push(operation)
    }
    for (const operation of found) {
      const missing = operation.causes.without(this.visible)
      if (missing.length === 0) continue
      const causes = missing.slice(0, 3).map((index) => describe(this.#ledger.operations[index]!))
      this.#complain("I4", `${this.#place} has ${describe(operation)} before ${missing.length} of its causes: ${causes.join("; ")}`)
    }
    return found
  }

  #shows(operation: Operation): boolean {
    const { inserted, deleted } = operation
    const gone = deleted.every(({ client, from, to }) => this.#deleted.get(client)?.has(from, to) === true)
    if (inserted.from === inserted.to) return gone
    const clock = this.#clocks.get(inserted.client) ?? 0
    if (clock < inserted.to) {
      if (clock > inserted.from) this.#complain("I4", `${this.#place} has a part of ${describe(operation)}, up to clock ${clock}`)
      return false
    }
    if (!gone) this.#complain("I4", `${this.#place} has ${describe(operation)} without what it deleted`)
    return true
  }
}

/** Ranges of numbers, joined where they touch. */
class Ranges {
  /** Ascending, apart from each other: from, to, from, to … */
  #bounds: number[] = []

  add(from: number, to: number): void {
    const joined: number[] = []
    let start = from
    let end = to
    for (let index = 0; index < this.#bounds.length; index += 2) {
      const low = this.#bounds[index]!
      const high = this.#bounds[index + 1]!
      if (high < start || low > end) {
        joined.push(low, high)
      } else {
        start = Math.min(start, low)
        end = Math.max(end, high)
      }
    }
    const at = joined.findIndex((bound, index) => index % 2 === 0 && bound > start)
    joined.splice(at === -1 ? joined.length : at, 0, start, end)
    this.#bounds = joined
  }

  has(from: number, to: number): boolean {
    for (let index = 0; index < this.#bounds.length; index += 2) {
      if (this.#bounds[index]! <= from && to <= this.#bounds[index + 1]!) return true
    }
    return false
  }

  copy(): Ranges {
    const copy = new Ranges()
    copy.#bounds = [...this.#bounds]
    return copy
  }
}
