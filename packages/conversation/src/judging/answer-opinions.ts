import * as Y from "yjs"
import { ConversationError } from "../conversation-error.ts"
import { SCHEMA_VERSION } from "../conversation-layout.ts"
import { readClock } from "../hybrid-clock.ts"
import { mintId, type RandomBytes } from "../identifier.ts"
import { type Listener, Listeners } from "../listeners.ts"
import { boundedText } from "../prompt/prompt-limits.ts"
import { readRootText } from "../prompt/prompt-layout.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { readRegister } from "../register.ts"
import { RegisterWriter, type RegisterWriterOptions } from "../register-writer.ts"
import { textDigest } from "../text/text-digest.ts"
import { editText } from "../text/text-edit.ts"
import type { Judgement, JudgementChange } from "./judgement.ts"
import { JudgementSheet } from "./judgement-sheet.ts"
import { checkAnnotator } from "./round-settings.ts"

/** Who rates and corrects, and the environment. */
export interface AnswerOpinionsOptions extends RegisterWriterOptions {
  /** By which name this person judges, as in `RoundOptions`. */
  readonly annotator: string
  readonly randomBytes: RandomBytes
}

/** What somebody thinks an answer should say. Immutable, and the same object until something of it changes. */
export interface Correction {
  readonly id: string
  readonly messageId: string
  readonly annotator: string
  /** The whole answer as it should be; several may write in it. */
  readonly text: string
  /** Digest of the text: what is accepted is these words. */
  readonly digest: string
  readonly createdAt: number
  /** Taken back by somebody; its words stay. */
  readonly withdrawn: boolean
}

/** Longest correction in UTF-16 units, when it is suggested. */
export const MAX_CORRECTION_LENGTH = 200_000

const TEXT = "correction:"
const ANY = "\0any"

/**
 * Ratings, labels, notes and corrections of a conversation's answers, in a document that annotators may write in, beside the conversation. Which correction was
 * accepted stands in the authority's register `correctionKey`; the others keep their words.
 *
 * Maps: `opinions` as `judgements` of a round, items being messages; `corrections`, `<message>/<correction>/made` and `…/withdrawn/<writer>`; the words of a correction are the
 * text `correction:<id>`.
 */
export class AnswerOpinions {
  readonly ydoc: Y.Doc
  readonly annotator: string
  readonly #options: AnswerOpinionsOptions
  readonly #writer: RegisterWriter
  readonly #corrections: KeyIndex
  readonly #sheet: JudgementSheet
  readonly #listeners = new Listeners()
  readonly #detach: (() => void)[]
  readonly #known = new Map<string, readonly Correction[]>()
  readonly #changed = new Set<string>()

  /** Attaches to `ydoc`, which stays the caller's. @throws TypeError for a writer that is none; ConversationError `bad-id` for an annotator that is none. */
  constructor(ydoc: Y.Doc, options: AnswerOpinionsOptions) {
    this.ydoc = ydoc
    this.annotator = checkAnnotator(options.annotator)
    this.#options = options
    this.#writer = new RegisterWriter(ydoc, options)
    const [opinions, corrections] = [ydoc.getMap<unknown>("opinions"), ydoc.getMap<unknown>("corrections")]
    this.#sheet = new JudgementSheet(opinions)
    this.#corrections = new KeyIndex(corrections)
    const opined = (event: Y.YMapEvent<unknown>): void => this.#sheet.changed(event.keysChanged).forEach((id) => this.#changed.add(id))
    const corrected = (event: Y.YMapEvent<unknown>): void => event.keysChanged.forEach((key) => this.#mark(this.#corrections.add(key)))
    const after = (transaction: Y.Transaction): void => this.#after(transaction)
    opinions.observe(opined)
    corrections.observe(corrected)
    ydoc.on("afterTransaction", after)
    this.#detach = [
      (): void => opinions.unobserve(opined),
      (): void => corrections.unobserve(corrected),
      (): void => ydoc.off("afterTransaction", after),
    ]
  }

  /** What people think of a message, by annotator; `grade` is their rating. The same array until it changes. */
  opinionsOf(messageId: string): readonly Judgement[] {
    return this.#sheet.ofItem(messageId)
  }

  /** What was suggested to say instead, oldest first, what was withdrawn included. The same array until it changes. */
  correctionsOf(messageId: string): readonly Correction[] {
    const known = this.#known.get(messageId)
    if (known !== undefined) return known
    const found = Object.freeze(this.#read(messageId))
    this.#known.set(messageId, found)
    return found
  }

  /** The messages about which something is said here. */
  messageIds(): readonly string[] {
    const ids = new Set([...this.#corrections.owners(), ...this.#sheet.all().map(({ itemId }) => itemId)])
    return [...ids].sort((left, right) => (left < right ? -1 : 1))
  }

  /** The words of a correction, to be written in by many hands. @throws ConversationError `unknown-correction`. */
  correctionText(id: string): Y.Text {
    if (!this.#hasCorrection(id))
      throw new ConversationError("unknown-correction", `correction ${JSON.stringify(id.slice(0, 80))} is not here, or has not arrived yet`)
    return this.ydoc.getText(TEXT + id)
  }

  /** Sets what `change` names of one's own opinion of a message. @throws RangeError, ConversationError as {@link JudgementSheet.judge}. */
  rate(messageId: string, change: JudgementChange): void {
    this.#write("rate", () => this.#sheet.judge(this.#writer, { itemId: messageId, chunkId: null }, this.annotator, change, ""))
  }

  /** Suggests what a message should say, and returns the correction's id. @throws ConversationError `too-large`. */
  suggest(messageId: string, text: string): string {
    const { now, randomBytes } = this.#options
    const words = boundedText(text, MAX_CORRECTION_LENGTH, "a correction")
    const id = mintId(now(), randomBytes)
    this.#write("suggest", () => {
      const made = { by: this.annotator, clock: this.#writer.clock(this.correctionsOf(messageId).map(({ createdAt }) => createdAt)) }
      const key = recordKey(messageId, id, "made")
      this.#corrections.map.set(key, made)
      this.#mark(this.#corrections.add(key))
      if (words !== "") this.ydoc.getText(TEXT + id).insert(0, words)
    })
    return id
  }

  /** Makes a correction say `text` by the least edits. @throws ConversationError `unknown-correction`, `too-large`. */
  rewrite(id: string, text: string): void {
    const words = boundedText(text, MAX_CORRECTION_LENGTH, "a correction")
    const held = this.correctionText(id)
    this.#writer.transact("rewrite", () => editText(held, words))
  }

  /** Takes a correction back, or brings it back. @throws ConversationError `unknown-correction`. */
  setWithdrawn(messageId: string, id: string, withdrawn: boolean): void {
    const known = this.correctionsOf(messageId).find((correction) => correction.id === id)
    if (known === undefined)
      throw new ConversationError(
        "unknown-correction",
        `correction ${JSON.stringify(id.slice(0, 80))} is not of this message, or has not arrived yet`,
      )
    if (known.withdrawn !== withdrawn) this.#writer.set("withdraw", this.#corrections, [messageId, id, "withdrawn"], withdrawn)
  }

  /** Calls `listener` after each transaction that changed what is said about a message. Returns the unsubscription. */
  subscribeMessage(messageId: string, listener: Listener): () => void {
    return this.#listeners.add(messageId, listener)
  }

  /** Calls `listener` after each transaction that changed anything here. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(ANY, listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  #read(messageId: string): Correction[] {
    const found: Correction[] = []
    for (const [[id = "", field, ...rest], value] of this.#corrections.records(messageId)) {
      if (field !== "made" || rest.length > 0 || typeof value !== "object" || value === null) continue
      const { by, clock } = value as { by?: unknown; clock?: unknown }
      const text = readRootText(this.ydoc, TEXT + id)
      found.push(
        Object.freeze({
          id,
          messageId,
          annotator: typeof by === "string" ? by : "unknown",
          text,
          digest: textDigest(text),
          createdAt: readClock(clock),
          withdrawn: readRegister(this.#corrections, messageId, id, "withdrawn")[0]?.value === true,
        }),
      )
    }
    return found.sort((left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1))
  }

  #hasCorrection(id: string): boolean {
    return [...this.#corrections.owners()].some((messageId) => this.#corrections.map.has(recordKey(messageId, id, "made")))
  }

  #write(operation: string, write: () => unknown): void {
    this.#writer.transact(operation, () => {
      const meta = this.ydoc.getMap<unknown>("meta")
      if (write() !== false && meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
    })
  }

  #mark(messageId: string): void {
    this.#known.delete(messageId)
    this.#changed.add(messageId)
  }

  #after(transaction: Y.Transaction): void {
    const texts = new Set<unknown>([...transaction.changedParentTypes.keys()].filter((type) => type instanceof Y.Text))
    if (texts.size > 0) this.#textsChanged(texts)
    if (this.#changed.size === 0) return
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const messageId of changed) this.#listeners.notify(messageId)
    this.#listeners.notify(ANY)
  }

  #textsChanged(texts: ReadonlySet<unknown>): void {
    for (const messageId of this.#corrections.owners()) {
      const ids = [...this.#corrections.records(messageId)].map(([[id = ""]]) => id)
      if (ids.some((id) => this.ydoc.share.has(TEXT + id) && texts.has(this.ydoc.share.get(TEXT + id)))) this.#mark(messageId)
    }
  }
}
