import * as Y from "yjs"
import { toHex } from "../content-hash.ts"
import { SCHEMA_VERSION } from "../conversation-layout.ts"
import type { RandomBytes } from "../identifier.ts"
import { type Listener, Listeners } from "../listeners.ts"
import { RegisterWriter, type RegisterWriterOptions } from "../register-writer.ts"
import { KeyIndex } from "../record-key.ts"
import { readRegister } from "../register.ts"
import type { Judgement, JudgementChange, JudgedTarget } from "./judgement.ts"
import { JudgementSheet } from "./judgement-sheet.ts"
import { checkAnnotator } from "./round-settings.ts"
import { openSealed, sealJudgements } from "./sealed-judgements.ts"

/** Who judges, and the environment. */
export interface BlindJudgementsOptions extends RegisterWriterOptions {
  /** Whose document it is, and who judges here. */
  readonly annotator: string
  readonly roundId: string
  readonly randomBytes: RandomBytes
}

const ANY = "\0any"

/**
 * What one annotator of a blind round judges, in a document that is theirs alone. Only the judgements of its annotator count in it.
 *
 * Maps: `judgements` as in a round; `seals`, text by hash; `meta` with `schema` and the register `finished/<writer>`, which says that the annotator wants to be done.
 */
export class BlindJudgements {
  readonly ydoc: Y.Doc
  readonly annotator: string
  readonly roundId: string
  readonly #options: BlindJudgementsOptions
  readonly #writer: RegisterWriter
  readonly #meta: KeyIndex
  readonly #seals: Y.Map<unknown>
  readonly #sheet: JudgementSheet
  readonly #listeners = new Listeners()
  readonly #detach: (() => void)[]
  #dirty = false

  /** Attaches to `ydoc`, which stays the caller's. @throws TypeError for a writer that is none; ConversationError `bad-id` for an annotator that is none. */
  constructor(ydoc: Y.Doc, options: BlindJudgementsOptions) {
    this.ydoc = ydoc
    this.annotator = checkAnnotator(options.annotator)
    this.roundId = options.roundId
    this.#options = options
    this.#writer = new RegisterWriter(ydoc, options)
    const [meta, judgements] = [ydoc.getMap<unknown>("meta"), ydoc.getMap<unknown>("judgements")]
    this.#meta = new KeyIndex(meta)
    this.#seals = ydoc.getMap<unknown>("seals")
    this.#sheet = new JudgementSheet(judgements, this.annotator)
    const observed: readonly (readonly [Y.Map<unknown>, (event: Y.YMapEvent<unknown>) => void])[] = [
      [judgements, (event): void => this.#mark(() => this.#sheet.changed(event.keysChanged))],
      [meta, (event): void => this.#mark(() => [...event.keysChanged].forEach((key) => this.#meta.add(key)))],
      [this.#seals, (): void => this.#mark(() => {})],
    ]
    const flush = (): void => this.#flush()
    for (const [map, observe] of observed) map.observe(observe)
    ydoc.on("afterTransaction", flush)
    this.#detach = [
      ...observed.map(
        ([map, observe]) =>
          (): void =>
            map.unobserve(observe),
      ),
      (): void => ydoc.off("afterTransaction", flush),
    ]
  }

  /** What the annotator judged so far. The same array until it changes. */
  getJudgements(): readonly Judgement[] {
    return this.#sheet.all()
  }

  /** What they judged of an item. The same array until it changes. */
  judgementsOf(itemId: string): readonly Judgement[] {
    return this.#sheet.ofItem(itemId)
  }

  /** Whether the annotator wants to be done; it counts once the authority has it. */
  wantsToBeDone(): boolean {
    return readRegister(this.#meta, "finished")[0]?.value === true
  }

  /** Calls `listener` after each transaction that changed something here. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(ANY, listener)
  }

  /**
   * Sets what `change` names of the judgement about a passage, or with `chunkId: null` about the answer.
   * @param guideline - `RoundSettings.guidelineVersion` of now.
   * @throws RangeError, ConversationError as {@link JudgementSheet.judge}.
   */
  judge(target: JudgedTarget, change: JudgementChange, guideline: string): void {
    this.#write("judge", () => this.#sheet.judge(this.#writer, target, this.annotator, change, guideline))
  }

  /** Notes whether the annotator wants to be done. `sayDone` tells the authority. */
  setFinished(finished: boolean): void {
    if (this.wantsToBeDone() === finished) return
    this.#write("finish", () => {
      this.#writer.set("finish", this.#meta, ["finished"], finished)
      return true
    })
  }

  /**
   * Seals what the annotator judged so far and returns the hash that is shown of it. Sealing the same judgements again gives the seal that is there.
   * @throws ConversationError `too-large`.
   */
  seal(): string {
    const judgements = this.getJudgements()
    for (const [commitment, text] of this.#seals.entries()) {
      const known = this.#open(commitment, text)
      if (known !== undefined && JSON.stringify(known) === JSON.stringify(judgements)) return commitment
    }
    const salt = toHex(this.#options.randomBytes(16))
    const { commitment, text } = sealJudgements({ round: this.roundId, annotator: this.annotator, judgements }, salt)
    this.#write("seal", () => this.#seals.set(commitment, text) !== "")
    return commitment
  }

  /** The text that was sealed under `commitment`; undefined when it is not here, or not yet. */
  sealed(commitment: string): string | undefined {
    const text = this.#seals.get(commitment)
    return this.#open(commitment, text) === undefined ? undefined : (text as string)
  }

  /** What was sealed under `commitment`. */
  sealedJudgements(commitment: string): readonly Judgement[] | undefined {
    return this.#open(commitment, this.#seals.get(commitment))
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  #open(commitment: string, text: unknown): readonly Judgement[] | undefined {
    return openSealed(commitment, text, this.roundId, this.annotator)?.judgements
  }

  #write(operation: string, write: () => boolean): void {
    this.#writer.transact(operation, () => {
      if (write() && this.#meta.map.get("schema") === undefined) this.#meta.map.set("schema", SCHEMA_VERSION)
    })
  }

  #mark(note: () => void): void {
    note()
    this.#dirty = true
  }

  #flush(): void {
    if (!this.#dirty) return
    this.#dirty = false
    this.#listeners.notify(ANY)
  }
}
