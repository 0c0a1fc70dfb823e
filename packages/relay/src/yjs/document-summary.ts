import * as Y from "yjs"
import { IdRanges } from "./id-ranges.ts"
import type { UpdateSummary } from "./closed-update.ts"

/** Why an update is not taken. */
export interface Verdict {
  readonly code: "gap" | "client-taken"
  readonly reason: string
}

/** Who brings an update. A hand-over repeats what others wrote: it may, and it makes nobody the owner of a client id. */
export interface Bringer {
  readonly principal: string
  readonly handOver: boolean
}

/**
 * The append door, second half: what the relay knows of a document without holding it - its Yjs state vector, who used each client id
 * first, and, while a y-websocket session needs them, its deletions. Includes entries whose commit is under way.
 */
export class DocumentSummary {
  readonly #clocks: Map<number, number>
  readonly #owners: Map<number, string>
  #deletes: IdRanges | undefined

  /** Begins with what a snapshot says; `stateVector` as Yjs encodes it. @throws Error when it does not decode. */
  constructor(snapshot?: { readonly stateVector: Uint8Array; readonly owners: ReadonlyMap<number, string> }) {
    this.#clocks = snapshot === undefined ? new Map() : Y.decodeStateVector(snapshot.stateVector)
    this.#owners = new Map(snapshot?.owners)
  }

  /** Who used each client id first. */
  get owners(): ReadonlyMap<number, string> {
    return this.#owners
  }

  /** Whether every reader that has the document can apply the update, and the bringer may; `undefined` when so. */
  judge({ runs, needs }: UpdateSummary, { principal, handOver }: Bringer): Verdict | undefined {
    const reached = new Map<number, number>()
    const clockOf = (client: number): number => reached.get(client) ?? this.#clocks.get(client) ?? 0
    for (const { client, from, to } of runs) {
      const clock = clockOf(client)
      if (from > clock) return { code: "gap", reason: `client ${client} is known to ${clock}, the update begins at ${from}` }
      const owner = this.#owners.get(client)
      // What is known already adds nothing, whoever wrote it: providers that replay a stored document send it along.
      if (to > clock && !handOver && owner !== undefined && owner !== principal) {
        return { code: "client-taken", reason: `client ${client} belongs to another principal` }
      }
      reached.set(client, Math.max(clock, to))
    }
    for (const [client, clock] of needs) {
      if (clock > clockOf(client)) return { code: "gap", reason: `client ${client} is known to ${clockOf(client)}, ${clock} is needed` }
    }
    return undefined
  }

  /**
   * The state vector at which the update has to be cut (`cutUpdate`) before it is stored, in Yjs encoding; `undefined` when it need not be.
   * Where a struct is known in part, Yjs splits it at every reader and looks for what stands left of the rest; when that was collected
   * as garbage under another length of the struct, `applyUpdate` throws. Cut, the rest is a struct of its own, as in any difference.
   */
  cutAt({ runs }: UpdateSummary): Uint8Array | undefined {
    const known = new Map<number, number>()
    for (const { client, from, to } of runs) {
      const clock = this.#clocks.get(client) ?? 0
      if (from < clock && clock < to) known.set(client, clock)
    }
    return known.size === 0 ? undefined : Y.encodeStateVector(known)
  }

  /** Takes an update in that {@link judge} let pass. */
  take({ runs, deletes }: UpdateSummary, { principal, handOver }: Bringer): void {
    for (const { client, to } of runs) {
      const clock = this.#clocks.get(client) ?? 0
      if (to <= clock) continue
      this.#clocks.set(client, to)
      if (!handOver && !this.#owners.has(client)) this.#owners.set(client, principal)
    }
    this.#deletes?.addAll(deletes)
  }

  /** Takes in what the maker of a snapshot knew of the client ids in it; who is known to have used one first stays so. */
  learnOwners(owners: ReadonlyMap<number, string> = new Map()): void {
    for (const [client, principal] of owners) if (!this.#owners.has(client)) this.#owners.set(client, principal)
  }

  /** From now on deletions are kept too, beginning with those of `deleteSet` (Yjs v1 encoding) and none that came before it. */
  keepDeletes(deleteSet: Uint8Array): void {
    this.#deletes ??= new IdRanges()
    this.#deletes.addEncoded(deleteSet)
  }

  /** Deletions are no longer needed. */
  dropDeletes(): void {
    this.#deletes = undefined
  }

  /**
   * Whether the update is known to add nothing. May say `false` of one that does not: deletions that follow from others stand in no entry
   * and are known only as far as {@link keepDeletes} told.
   */
  hasAll({ runs, deletes }: UpdateSummary): boolean {
    if (runs.some(({ client, to }) => to > (this.#clocks.get(client) ?? 0))) return false
    return deletes.every(({ client, clock, length }) => this.#deletes?.has(client, clock, length) ?? false)
  }

  /** The state vector in Yjs encoding. */
  stateVector(): Uint8Array {
    return Y.encodeStateVector(this.#clocks)
  }
}
