import type * as Y from "yjs"
import { boundedLine, boundedText } from "../prompt/prompt-limits.ts"
import { ConversationError } from "../conversation-error.ts"
import { KeyIndex } from "../record-key.ts"
import type { RegisterWriter } from "../register-writer.ts"
import {
  compareJudgements,
  isGrade,
  JUDGEMENT_FIELDS,
  type JudgedTarget,
  type Judgement,
  type JudgementChange,
  type JudgementField,
  judgementPath,
  MAX_GRADE,
  MAX_JUDGEMENT_LABEL_LENGTH,
  MAX_JUDGEMENT_LABELS,
  MAX_JUDGEMENT_NOTE_LENGTH,
  readJudgements,
  readOneJudgement,
} from "./judgement.ts"

/** Most characters of the id of an item or a chunk that judgements name. */
const MAX_TARGET_LENGTH = 200

/** The judgements in one document: those of everybody in a round, or of one annotator in a blind one. */
export class JudgementSheet {
  readonly #index: KeyIndex
  readonly #only: string | undefined
  readonly #byItem = new Map<string, readonly Judgement[]>()
  #all: readonly Judgement[] | undefined

  /** @param only - the one whose judgements count here. Default: everybody's. */
  constructor(map: Y.Map<unknown>, only?: string) {
    this.#index = new KeyIndex(map)
    this.#only = only
  }

  /** Notes that records changed under `keys`; returns the items that they are about. */
  changed(keys: Iterable<string>): ReadonlySet<string> {
    const items = new Set<string>()
    for (const key of keys) items.add(this.#index.add(key))
    for (const item of items) this.#byItem.delete(item)
    if (items.size > 0) this.#all = undefined
    return items
  }

  /** What is said about an item. The same array until it changes. */
  ofItem(itemId: string): readonly Judgement[] {
    const known = this.#byItem.get(itemId)
    if (known !== undefined) return known
    const found = Object.freeze(readJudgements(this.#index, itemId, this.#only).sort(compareJudgements))
    this.#byItem.set(itemId, found)
    return found
  }

  /** Everything that is said, by item, chunk and annotator. The same array until it changes. */
  all(): readonly Judgement[] {
    if (this.#all === undefined) {
      const items = [...this.#index.owners()].sort((left, right) => (left < right ? -1 : 1))
      this.#all = Object.freeze(items.flatMap((itemId) => this.ofItem(itemId)))
    }
    return this.#all
  }

  /**
   * Sets what `change` names of the judgement of `annotator`; what it says already is not written again. Returns whether anything was.
   * @throws RangeError for a grade or a confidence that is none. ConversationError `too-large`.
   */
  judge(writer: RegisterWriter, target: JudgedTarget, annotator: string, change: JudgementChange, guideline: string): boolean {
    checkTarget(target)
    const values = checkedChange(change)
    const known = readOneJudgement(this.#index, target, annotator)
    const fields = JUDGEMENT_FIELDS.filter((field) => values[field] !== undefined && differs(known, field, values[field], guideline))
    if (fields.length === 0) return false
    writer.transact("judge", () => {
      for (const field of fields) {
        const said = { by: annotator, value: values[field], ...(field === "grade" ? { guideline } : {}) }
        writer.set("judge", this.#index, [...judgementPath(target, annotator), field], said)
      }
    })
    return true
  }
}

function differs(known: Judgement | undefined, field: JudgementField, value: unknown, guideline: string): boolean {
  // A grade that is given again under another guideline stands under that one: whoever looked once more has said so.
  if (field === "grade" && value !== null && known?.guideline !== guideline) return true
  if (field === "labels") return JSON.stringify(known?.labels ?? []) !== JSON.stringify(value)
  return (known?.[field] ?? (field === "note" ? "" : null)) !== value
}

function checkedChange({ grade, labels, confidence, note }: JudgementChange): Record<JudgementField, unknown> {
  if (grade !== undefined && grade !== null && !isGrade(grade))
    throw new RangeError(`a grade is a whole number from -${MAX_GRADE} to ${MAX_GRADE}, or null`)
  if (confidence !== undefined && confidence !== null && !(confidence >= 0 && confidence <= 1))
    throw new RangeError("a confidence is a number from 0 to 1, or null")
  return {
    grade,
    labels: labels === undefined ? undefined : checkedLabels(labels),
    confidence,
    note: note === undefined ? undefined : boundedText(note, MAX_JUDGEMENT_NOTE_LENGTH, "a note"),
  }
}

/** Labels as they are stored: on one line, sorted, each once. @throws ConversationError `too-large`. */
export function checkedLabels(labels: readonly string[]): readonly string[] {
  const lines = labels.map((label) => boundedLine(label, MAX_JUDGEMENT_LABEL_LENGTH, "a label")).filter((label) => label !== "")
  const own = [...new Set(lines)].sort((left, right) => (left < right ? -1 : 1))
  if (own.length > MAX_JUDGEMENT_LABELS)
    throw new ConversationError("too-large", `at most ${MAX_JUDGEMENT_LABELS} labels stand together, not ${own.length}`)
  return own
}

function checkTarget({ itemId, chunkId }: JudgedTarget): void {
  for (const id of [itemId, chunkId]) {
    if (id !== null && (id === "" || id.length > MAX_TARGET_LENGTH))
      throw new ConversationError("bad-id", `the id of an item or a chunk has 1 to ${MAX_TARGET_LENGTH} characters`)
  }
}
