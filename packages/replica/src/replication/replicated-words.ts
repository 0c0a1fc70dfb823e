import { covers, type DocumentId, EMPTY_VECTOR, unionVectors, type VersionVector } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import { readLog } from "../log-reader.ts"
import { structRanges } from "../update.ts"

/*
 * A relay tells which stamps other relays have; people ask about words. What leads from one to the other is the device's log:
 *
 *   log ─ read on ─▶ waiting: (vector, per Yjs client where its structs end) ─ told vector covers it ─▶ ends: per client, how far
 *
 * Every log is closed, so a relay that has an entry has all earlier structs of the same Yjs clients: one number a client says it all.
 */

/** An entry, a snapshot, or several joined: on other relays as a whole or not. */
interface Piece {
  readonly vector: VersionVector
  readonly ends: ReadonlyMap<number, number>
}

/** Pieces that wait are joined in pairs when there are more: they count as replicated later then, never sooner. */
export const MAX_WAITING_PIECES = 1_024

/** Who waits for a vector to be on other relays. */
interface Waiter {
  readonly vector: VersionVector
  resolve(): void
  reject(error: Error): void
}

/** Which words of one document's log are on other relays, as far as was told. Reads the log when something is told, or comes of which it was told. */
export class ReplicatedWords {
  readonly #store: EntryLog
  readonly #documentId: DocumentId
  readonly #waiters = new Set<Waiter>()
  #told: VersionVector = EMPTY_VECTOR
  /** What stands in the log as far as it was read. */
  #read: VersionVector = EMPTY_VECTOR
  #others = 0
  #resets: number | undefined
  #position = 0
  #through = -1
  #waiting: Piece[] = []
  readonly #ends = new Map<number, number>()

  constructor(store: EntryLog, documentId: DocumentId) {
    this.#store = store
    this.#documentId = documentId
  }

  /** The least number of other relays that was told of; 0 before. */
  get others(): number {
    return this.#others
  }

  /** The position of the log up to which all is on other relays; -1 before anything was read. */
  get through(): number {
    return this.#through
  }

  /** Whether something was told of what the log did not hold when it was read: a relay may tell of it before the device has it on its disk. */
  get awaits(): boolean {
    return !covers(this.#read, this.#told)
  }

  /** At least `others` other relays have what `vector` covers. Whether that is news. */
  told(others: number, vector: VersionVector): boolean {
    if (this.#others > 0 && others >= this.#others && covers(this.#told, vector)) return false
    this.#others = this.#others === 0 ? others : Math.min(this.#others, others)
    this.#told = unionVectors(this.#told, vector)
    for (const waiter of this.#waiters) {
      if (!covers(this.#told, waiter.vector)) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
    return true
  }

  has(client: number, clock: number): boolean {
    return clock < (this.#ends.get(client) ?? 0)
  }

  /** Resolves when what was told covers `vector`. */
  when(vector: VersionVector): Promise<void> {
    if (covers(this.#told, vector)) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.add({ vector, resolve, reject }))
  }

  /** Whoever waits is told `error`. */
  end(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error)
    this.#waiters.clear()
  }

  /** Reads what the log holds beyond what was read, and sees what of it was told to be elsewhere. @throws StorageError */
  async readOn(): Promise<void> {
    for await (const { head, updates, position } of readLog(this.#store, this.#documentId, this.#position)) {
      if (this.#resets !== undefined && head.resets !== this.#resets) {
        // What was read of the document is void. It has another log now.
        this.#restart()
        return this.readOn()
      }
      this.#resets = head.resets
      for (const { update, vector } of updates) {
        this.#read = unionVectors(this.#read, vector)
        this.#waiting.push({ vector, ends: new Map([...structRanges(update)].map(([client, { to }]) => [client, to])) })
      }
      this.#position = Math.max(this.#position, position)
      this.#settle()
      while (this.#waiting.length > MAX_WAITING_PIECES) this.#waiting = joinPairs(this.#waiting)
    }
  }

  #restart(): void {
    this.#resets = undefined
    this.#position = 0
    this.#through = -1
    this.#read = EMPTY_VECTOR
    this.#waiting = []
    this.#ends.clear()
  }

  #settle(): void {
    this.#waiting = this.#waiting.filter(({ vector, ends }) => {
      if (!covers(this.#told, vector)) return true
      for (const [client, end] of ends) if (end > (this.#ends.get(client) ?? 0)) this.#ends.set(client, end)
      return false
    })
    if (this.#waiting.length === 0) this.#through = this.#position
  }
}

/** Half as many pieces, each of two that follow each other. */
function joinPairs(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = []
  for (let at = 0; at < pieces.length; at += 2) {
    const [first, second] = [pieces[at]!, pieces[at + 1]]
    joined.push(second === undefined ? first : join(first, second))
  }
  return joined
}

function join(first: Piece, second: Piece): Piece {
  const ends = new Map(first.ends)
  for (const [client, end] of second.ends) ends.set(client, Math.max(end, ends.get(client) ?? 0))
  return { vector: unionVectors(first.vector, second.vector), ends }
}
