import { readClock } from "../hybrid-clock.ts"
import type { KeyIndex, RecordReader } from "../record-key.ts"
import { readEntries, type RegisterEntry } from "../register.ts"

/*
 * Judgements stand in the map `judgements`, of a round that is open in its own document, of a blind one in each annotator's:
 *
 * | key | value |
 * |---|---|
 * | `<item>/chunk/<chunk>/<annotator>/<field>/<writer>` | register of `{ by, value, guideline? }` |
 * | `<item>/answer//<annotator>/<field>/<writer>` | likewise |
 *
 * The annotator is part of the key, so no two people share one; `by` repeats it, and a value under another's name is none.
 */

/** What somebody thinks of one passage for one question, or of one answer. Immutable. */
export interface Judgement {
  readonly itemId: string
  /** `null`: it is about the item's answer. */
  readonly chunkId: string | null
  readonly annotator: string
  /** A grade of the round's scale; null where none was given, or it was taken back. */
  readonly grade: number | null
  /** Sorted, each once. */
  readonly labels: readonly string[]
  /** 0 to 1; null where it was not said. */
  readonly confidence: number | null
  readonly note: string
  /** Digest of the guideline that stood in the round when the grade was given. */
  readonly guideline: string | null
  /** Clock of the latest word on it. */
  readonly at: number
}

/** What is judged: a passage of an item, or with null its answer. */
export interface JudgedTarget {
  readonly itemId: string
  readonly chunkId: string | null
}

/** What is to be set of a judgement; what is left out stays. `grade: null` takes the grade back, and so on. */
export interface JudgementChange {
  readonly grade?: number | null
  readonly labels?: readonly string[]
  readonly confidence?: number | null
  readonly note?: string
}

/** The fields of a judgement, each a register of its own. */
export const JUDGEMENT_FIELDS = ["grade", "labels", "confidence", "note"] as const

export type JudgementField = (typeof JUDGEMENT_FIELDS)[number]

/** Longest note on a judgement in UTF-16 units. */
export const MAX_JUDGEMENT_NOTE_LENGTH = 10_000
/** Most labels of one judgement. */
export const MAX_JUDGEMENT_LABELS = 50
/** Longest label in UTF-16 units. */
export const MAX_JUDGEMENT_LABEL_LENGTH = 60
/** Grades are whole numbers from minus this to this: TREC's for spam are below zero. */
export const MAX_GRADE = 100

/** Whether `value` can be a grade. */
export function isGrade(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= MAX_GRADE
}

/** Whether somebody has said what they think: a grade, or a label in its place. */
export function isJudged({ grade, labels }: Pick<Judgement, "grade" | "labels">): boolean {
  return grade !== null || labels.length > 0
}

/** The path of a judgement in the map `judgements`, without its field. */
export function judgementPath({ itemId, chunkId }: JudgedTarget, annotator: string): readonly [string, string, string, string] {
  return chunkId === null ? [itemId, "answer", "", annotator] : [itemId, "chunk", chunkId, annotator]
}

/**
 * The judgements about an item in a document: those that say something, in no particular order.
 * @param only - whose; others' in the document are passed over. Default: everybody's.
 */
export function readJudgements(index: KeyIndex, itemId: string, only?: string): Judgement[] {
  const groups = new Map<string, { target: JudgedTarget; annotator: string; fields: Map<string, [string[], unknown][]> }>()
  for (const [[kind, chunkId = "", annotator, field, ...rest], value] of index.records(itemId)) {
    if ((kind !== "chunk" && kind !== "answer") || (kind === "answer" && chunkId !== "")) continue
    if (annotator === undefined || field === undefined || (only !== undefined && annotator !== only)) continue
    const key = JSON.stringify([kind, chunkId, annotator])
    const group = groups.get(key) ?? {
      target: { itemId, chunkId: kind === "answer" ? null : chunkId },
      annotator,
      fields: new Map<string, [string[], unknown][]>(),
    }
    groups.set(key, group)
    const records = group.fields.get(field) ?? []
    group.fields.set(field, records)
    records.push([rest, value])
  }
  return [...groups.values()]
    .map(({ target, annotator, fields }) => readJudgement(target, annotator, fields))
    .filter((judgement) => judgement !== undefined)
}

/** The judgement of `annotator` about `target`; undefined when it says nothing. */
export function readOneJudgement(reader: RecordReader, target: JudgedTarget, annotator: string): Judgement | undefined {
  const [itemId, ...path] = judgementPath(target, annotator)
  const fields = new Map<string, [string[], unknown][]>()
  for (const [[field = "", ...rest], value] of reader.records(itemId, ...path)) {
    const records = fields.get(field) ?? []
    fields.set(field, records)
    records.push([rest, value])
  }
  return readJudgement(target, annotator, fields)
}

function readJudgement(
  { itemId, chunkId }: JudgedTarget,
  annotator: string,
  fields: ReadonlyMap<string, readonly (readonly [string[], unknown])[]>,
): Judgement | undefined {
  const entries = new Map<JudgementField, RegisterEntry>()
  for (const field of JUDGEMENT_FIELDS) {
    const entry = readEntries(fields.get(field) ?? []).find(({ value }) => partsOf(value)["by"] === annotator)
    if (entry !== undefined) entries.set(field, entry)
  }
  const said = (field: JudgementField): unknown => partsOf(entries.get(field)?.value)["value"]
  const { guideline } = partsOf(entries.get("grade")?.value)
  const judgement = judgementOf({
    itemId,
    chunkId,
    annotator,
    grade: said("grade"),
    labels: said("labels"),
    confidence: said("confidence"),
    note: said("note"),
    guideline,
    at: Math.max(0, ...[...entries.values()].map(({ clock }) => clock)),
  })
  return isSomething(judgement) ? judgement : undefined
}

/** A judgement made of values from outside: what is none is read as not said. */
export function judgementOf(
  fields: JudgedTarget & { readonly annotator: string } & Readonly<
      Record<"grade" | "labels" | "confidence" | "note" | "guideline" | "at", unknown>
    >,
): Judgement {
  const { itemId, chunkId, annotator, grade, labels, confidence, note, guideline, at } = fields
  const isGraded = isGrade(grade)
  return Object.freeze({
    itemId,
    chunkId,
    annotator,
    grade: isGraded ? grade : null,
    labels: Object.freeze(readLabels(labels)),
    confidence: typeof confidence === "number" && confidence >= 0 && confidence <= 1 ? confidence : null,
    note: typeof note === "string" ? note.slice(0, MAX_JUDGEMENT_NOTE_LENGTH) : "",
    guideline: isGraded && typeof guideline === "string" ? guideline : null,
    at: readClock(at),
  })
}

/** Whether a judgement says anything at all. */
export function isSomething(judgement: Judgement): boolean {
  return isJudged(judgement) || judgement.note !== "" || judgement.confidence !== null
}

/** Labels from outside: texts, sorted, each once, bounded. */
export function readLabels(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  const labels = value.filter(
    (label): label is string => typeof label === "string" && label !== "" && label.length <= MAX_JUDGEMENT_LABEL_LENGTH,
  )
  return [...new Set(labels)].sort((left, right) => (left < right ? -1 : 1)).slice(0, MAX_JUDGEMENT_LABELS)
}

/** Order of judgements in what is exported and compared: by item, the answer before chunks, by annotator. */
export function compareJudgements(left: Judgement, right: Judgement): number {
  const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
  return order(left.itemId, right.itemId) || order(left.chunkId ?? "", right.chunkId ?? "") || order(left.annotator, right.annotator)
}

function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}
}
