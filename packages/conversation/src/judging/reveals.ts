import type * as Y from "yjs"
import { KeyIndex, recordKey } from "../record-key.ts"
import type { RegisterWriter } from "../register-writer.ts"
import { compareJudgements, type Judgement } from "./judgement.ts"
import { openSealed } from "./sealed-judgements.ts"

/*
 * The map `reveals` of a round:
 *
 * | key | value |
 * |---|---|
 * | `<annotator>/sealed/<commitment>` | the text that was sealed; read only if it has that hash and names the round and the annotator |
 * | `<annotator>/saw/<other>/<commitment>` | true: when this annotator revealed, the other was done with that commitment |
 *
 * A text counts if the authority has its hash as the annotator's; so nobody has to trust whoever brings it, and revealing on two devices at once writes the same. Who changes what they judged after others revealed theirs
 * would have to have another commitment than those others saw.
 */

/** What became known of an annotator's judgements. */
export interface Revealed {
  readonly annotator: string
  /** With which they are done, as the authority has it; null for who took that back. */
  readonly commitment: string | null
  /** Nothing while they are not here. */
  readonly judgements: readonly Judgement[]
  /** Others saw another commitment when they revealed theirs: something was changed after all were done. */
  readonly changed: boolean
}

const NOTHING: readonly Judgement[] = Object.freeze([])

/** What was revealed in a blind round. */
export class Reveals {
  readonly #index: KeyIndex
  readonly #writer: RegisterWriter
  readonly #round: string
  readonly #opened = new Map<string, readonly Judgement[] | null>()
  readonly #byItem = new Map<string, readonly Judgement[]>()
  #claims: ReadonlyMap<string, string> = new Map()
  #revealed: ReadonlyMap<string, Revealed> | undefined
  #all: readonly Judgement[] | undefined

  constructor(map: Y.Map<unknown>, writer: RegisterWriter, round: string) {
    this.#index = new KeyIndex(map)
    this.#writer = writer
    this.#round = round
  }

  /** Notes that records changed under `keys`. */
  changed(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#index.add(key)
      this.#opened.delete(key)
    }
    this.#forget()
  }

  /**
   * Takes what the authority says who is done with which commitment. Only that counts: a document that all annotators write could hold a text in anybody's name.
   * Returns whether it is other than before.
   */
  setClaims(claims: ReadonlyMap<string, string>): boolean {
    if (claims.size === this.#claims.size && [...claims].every(([annotator, commitment]) => this.#claims.get(annotator) === commitment))
      return false
    this.#claims = new Map(claims)
    this.#forget()
    return true
  }

  /** What was revealed, by annotator, of those whom the authority has as done or others saw so. The same map until it changes. */
  get(): ReadonlyMap<string, Revealed> {
    if (this.#revealed === undefined) {
      const found = new Map<string, Revealed>()
      for (const annotator of new Set([...this.#index.owners(), ...this.#claims.keys()])) {
        const revealed = this.#read(annotator)
        if (revealed !== undefined) found.set(annotator, revealed)
      }
      this.#revealed = found
    }
    return this.#revealed
  }

  /** The commitments of an annotator that others saw before they revealed theirs. */
  seenOf(annotator: string): ReadonlySet<string> {
    const seen = new Set<string>()
    for (const owner of this.#index.owners()) {
      if (owner === annotator) continue
      for (const [[other, commitment], value] of this.#index.records(owner, "saw")) {
        if (other === annotator && commitment !== undefined && value === true) seen.add(commitment)
      }
    }
    return seen
  }

  /** All judgements that were revealed and count, by item, chunk and annotator. The same array until it changes. */
  getJudgements(): readonly Judgement[] {
    this.#all ??= Object.freeze([...this.get().values()].flatMap(({ judgements }) => judgements).sort(compareJudgements))
    return this.#all
  }

  /** Those about one item. The same array until it changes. */
  judgementsOf(itemId: string): readonly Judgement[] {
    const known = this.#byItem.get(itemId)
    if (known !== undefined) return known
    const found = this.getJudgements().filter((judgement) => judgement.itemId === itemId)
    this.#byItem.set(itemId, Object.freeze(found))
    return found
  }

  /**
   * Reveals a sealed text, and notes with it which commitments of others were seen. Writes nothing when both stand here already.
   * @param seen - commitment by annotator, of all the others who are done.
   */
  reveal(annotator: string, commitment: string, text: string, seen: ReadonlyMap<string, string>): void {
    const records = new Map<string, unknown>([[recordKey(annotator, "sealed", commitment), text]])
    for (const [other, theirs] of seen) if (other !== annotator) records.set(recordKey(annotator, "saw", other, theirs), true)
    const missing = [...records].filter(([key, value]) => this.#index.map.get(key) !== value)
    if (missing.length === 0) return
    this.#writer.transact("reveal", () => {
      for (const [key, value] of missing) this.#index.map.set(key, value)
    })
  }

  #forget(): void {
    this.#byItem.clear()
    this.#revealed = undefined
    this.#all = undefined
  }

  #read(annotator: string): Revealed | undefined {
    const commitment = this.#claims.get(annotator) ?? null
    const text = commitment === null ? undefined : this.#index.map.get(recordKey(annotator, "sealed", commitment))
    const judgements = commitment === null ? undefined : this.#open(annotator, commitment, text)
    const changed = [...this.seenOf(annotator)].some((seen) => seen !== commitment)
    return judgements === undefined && !changed
      ? undefined
      : Object.freeze({ annotator, commitment, judgements: judgements ?? NOTHING, changed })
  }

  #open(annotator: string, commitment: string, text: unknown): readonly Judgement[] | undefined {
    const key = recordKey(annotator, "sealed", commitment)
    const known = this.#opened.get(key)
    if (known !== undefined) return known ?? undefined
    const judgements = openSealed(commitment, text, this.#round, annotator)?.judgements
    this.#opened.set(key, judgements ?? null)
    return judgements
  }
}
