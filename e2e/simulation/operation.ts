import type { DocumentId, Entry } from "@polylogue/protocol"
import * as Y from "yjs"

/** A run of Yjs structs of one client: from clock `from` up to, not including, `to`. */
export interface IdRange {
  readonly client: number
  readonly from: number
  readonly to: number
}

/** One thing that a writer did to a document, in one transaction, and what its replica showed when it did it. */
export interface Operation {
  readonly index: number
  readonly documentId: DocumentId
  /** The tab session that did it. */
  readonly session: string
  readonly kind: string
  /** The structs that it added; empty when it only deleted, and then nobody else ever deletes what it deletes. */
  readonly inserted: IdRange
  readonly deleted: readonly IdRange[]
  /** The operations of the same document that its replica showed at that moment. */
  readonly causes: OperationSet
  /** Whether it is made so that no relay takes it. */
  readonly hopeless: boolean
  /** Of an erasure: the words that no disk may hold once it is carried out, except in a backup. */
  readonly erases?: string
  /** Whether its session still lives, or ended without an accident after it was written. */
  sessionLives: boolean
  /** Whether it was ever durable on a device; on a relay. */
  everLocal: boolean
  everStored: boolean
  /** Whether the last disk that had it was destroyed; then nobody owes it. */
  destroyed: boolean
  /** What the replica said of it. */
  claimed: "nothing" | "local" | "stored"
}

/** A set of operations, by index; quick to compare. */
export class OperationSet {
  #words = new Uint32Array(4)

  add(index: number): void {
    const word = index >>> 5
    if (word >= this.#words.length) {
      const words = new Uint32Array(Math.max(word + 1, this.#words.length * 2))
      words.set(this.#words)
      this.#words = words
    }
    this.#words[word] = this.#words[word]! | (1 << (index & 31))
  }

  has(index: number): boolean {
    return ((this.#words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0
  }

  /** What this set has and `other` has not, ascending. */
  without(other: OperationSet): number[] {
    const missing: number[] = []
    for (let word = 0; word < this.#words.length; word++) {
      const difference = this.#words[word]! & ~(other.#words[word] ?? 0)
      if (difference === 0) continue
      for (let bit = 0; bit < 32; bit++) if ((difference & (1 << bit)) !== 0) missing.push(word * 32 + bit)
    }
    return missing
  }

  copy(): OperationSet {
    const copy = new OperationSet()
    copy.#words = this.#words.slice()
    return copy
  }
}

/** All operations of a run. */
export class Ledger {
  readonly operations: Operation[] = []
  /** What was first seen under each stamp. */
  readonly #stamped = new Map<string, Uint8Array>()
  readonly #handedOver = new Set<string>()
  readonly #byDocument = new Map<DocumentId, Operation[]>()
  /** Operations whose text somebody has set out to delete, and nobody else may. */
  readonly claimed = new Set<number>()

  add(operation: Operation): void {
    this.operations.push(operation)
    const list = this.#byDocument.get(operation.documentId)
    if (list === undefined) this.#byDocument.set(operation.documentId, [operation])
    else list.push(operation)
  }

  /** Whether `entry` brings nothing but what stands under its stamp where it was stored first: what a relay knows already it may have cut off. */
  agrees(documentId: DocumentId, { stamp, update, handOver }: Entry): boolean {
    if (handOver) for (const { id } of Y.decodeUpdate(update).structs) this.#handedOver.add(`${documentId} ${id.client}`)
    const key = `${documentId} ${stamp.log}:${stamp.seq}`
    const first = this.#stamped.get(key)
    if (first === undefined) this.#stamped.set(key, update)
    if (first === undefined || Buffer.from(first).equals(update)) return true
    const places = placesOf(first)
    return [...placesOf(update)].every(([client, [from, to]]) => {
      const [start, end] = places.get(client) ?? [0, 0]
      return start <= from && to <= end
    })
  }

  /** Whether something of `client` came to a relay by a hand-over, which says nothing of its author. */
  wasHandedOver(documentId: DocumentId, client: number): boolean {
    return this.#handedOver.has(`${documentId} ${client}`)
  }

  of(documentId: DocumentId): readonly Operation[] {
    return this.#byDocument.get(documentId) ?? []
  }
}

/** From which clock to which other an update brings something, for each client. */
function placesOf(update: Uint8Array): Map<number, readonly [from: number, to: number]> {
  const places = new Map<number, readonly [from: number, to: number]>()
  for (const { id, length } of Y.decodeUpdate(update).structs) {
    const [from, to] = places.get(id.client) ?? [id.clock, id.clock]
    places.set(id.client, [Math.min(from, id.clock), Math.max(to, id.clock + length)])
  }
  return places
}

/** An operation in words, for a report. */
export function describe(operation: Operation): string {
  const { index, kind, documentId, session, inserted, deleted, claimed, everLocal, everStored } = operation
  const range = ({ client, from, to }: IdRange): string => `${client}:${from}-${to}`
  return (
    `op ${index} (${kind} in ${documentId} by ${session}; inserted ${range(inserted)}, deleted ${deleted.map(range).join(" ") || "nothing"}; ` +
    `claimed ${claimed}${everLocal ? ", was on a device" : ""}${everStored ? ", was on a relay" : ""})`
  )
}
