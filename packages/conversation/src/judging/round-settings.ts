import { ConversationError } from "../conversation-error.ts"
import { isSegment } from "../document-id.ts"
import { boundedLine, boundedText } from "../prompt/prompt-limits.ts"
import type { KeyIndex } from "../record-key.ts"
import { readRegister } from "../register.ts"
import { textDigest } from "../text/text-digest.ts"
import { checkedLabels } from "./judgement-sheet.ts"
import { type RoundKind, roundKindOf } from "./judging-ids.ts"
import { isGrade, MAX_GRADE, readLabels } from "./judgement.ts"
import { fieldsOf, textOf } from "../stored-value.ts"

/*
 * The map `meta` of a round: `schema`, `made` (`{ by, at }`, written once), and registers: `name/<writer>`, `guideline/<writer>`, `scale/<writer>`,
 * `labels/<writer>`, `perItem/<writer>`, `annotator/<annotator>/<writer>` (a name to show, or null for who is not of the round).
 */

/** One grade of a scale. */
export interface ScaleGrade {
  readonly grade: number
  readonly name: string
}

/** Somebody who judges in a round. */
export interface Annotator {
  /** The name by which a relay knows them; without authentication the id of the author. One segment of a document id. */
  readonly id: string
  /** What to show; may be the empty string. */
  readonly name: string
}

/** What a round asks, and of whom. Immutable, and the same object until something of it changes. */
export interface RoundSettings {
  readonly name: string
  /** What to go by, in plain words. */
  readonly guideline: string
  /** Digest of the guideline; stands with each grade that is given. */
  readonly guidelineVersion: string
  /** As the round's id says. */
  readonly kind: RoundKind
  /** Lowest grade first. */
  readonly scale: readonly ScaleGrade[]
  /** Labels that are offered. */
  readonly labels: readonly string[]
  /** Who is to judge, by id. */
  readonly annotators: readonly Annotator[]
  /** How many annotators each item is to get; 0: all. */
  readonly perItem: number
  /** Who began the round; the empty string while that has not arrived. */
  readonly owner: string
  /** When, in ms since 1970. */
  readonly createdAt: number
}

/** What may be changed of the settings; annotators with `setAnnotator`. */
export interface RoundChange {
  readonly name?: string
  readonly guideline?: string
  readonly scale?: readonly ScaleGrade[]
  readonly labels?: readonly string[]
  readonly perItem?: number
}

/** The scale of a round that says no other: TREC's, as it is used for passages. */
export const DEFAULT_SCALE: readonly ScaleGrade[] = Object.freeze(
  ["Not relevant", "Related", "Relevant", "Answers it"].map((name, grade) => Object.freeze({ grade, name })),
)

/** Longest name of a round in UTF-16 units. */
export const MAX_ROUND_NAME_LENGTH = 100
/** Longest guideline in UTF-16 units. */
export const MAX_GUIDELINE_LENGTH = 20_000
/** Most grades of a scale; they are given by keys. */
export const MAX_SCALE = 10
/** Most annotators of a round. */
export const MAX_ANNOTATORS = 100

/** The settings in a round's map `meta`, whatever stands there. */
export function readSettings(meta: KeyIndex, roundId: string): RoundSettings {
  const value = (field: string): unknown => readRegister(meta, field)[0]?.value
  const text = (field: string): string => textOf(value(field))
  const made = fieldsOf(meta.map.get("made"))
  const guideline = text("guideline").slice(0, MAX_GUIDELINE_LENGTH)
  const perItem = value("perItem")
  return Object.freeze({
    name: text("name").slice(0, MAX_ROUND_NAME_LENGTH),
    guideline,
    guidelineVersion: textDigest(guideline),
    kind: roundKindOf(roundId),
    scale: readScale(value("scale")),
    labels: Object.freeze(readLabels(value("labels"))),
    annotators: Object.freeze(readAnnotators(meta)),
    perItem: Number.isSafeInteger(perItem) && (perItem as number) > 0 ? (perItem as number) : 0,
    owner: textOf(made["by"]),
    createdAt: typeof made["at"] === "number" && Number.isFinite(made["at"]) ? made["at"] : 0,
  })
}

/** The registers that a change sets. @throws RangeError for a scale or a number that is none. ConversationError `too-large`. */
export function checkedSettings({
  name,
  guideline,
  scale,
  labels,
  perItem,
}: RoundChange): readonly (readonly [field: string, value: unknown])[] {
  const fields: [string, unknown][] = []
  if (name !== undefined) fields.push(["name", boundedLine(name, MAX_ROUND_NAME_LENGTH, "the name of a round")])
  if (guideline !== undefined) fields.push(["guideline", boundedText(guideline, MAX_GUIDELINE_LENGTH, "a guideline")])
  if (scale !== undefined) fields.push(["scale", checkedScale(scale)])
  if (labels !== undefined) fields.push(["labels", checkedLabels(labels)])
  if (perItem !== undefined) {
    if (!Number.isSafeInteger(perItem) || perItem < 0 || perItem > MAX_ANNOTATORS)
      throw new RangeError(`an item gets 0 to ${MAX_ANNOTATORS} annotators, 0 being all`)
    fields.push(["perItem", perItem])
  }
  return fields
}

/** @throws ConversationError `bad-id` for what cannot be the name of an annotator. */
export function checkAnnotator(id: string): string {
  if (!isSegment(id))
    throw new ConversationError("bad-id", `${JSON.stringify(String(id).slice(0, 80))} cannot be an annotator: A-Z a-z 0-9 . _ ~ - only`)
  return id
}

function checkedScale(scale: readonly ScaleGrade[]): readonly ScaleGrade[] {
  const grades = new Set(scale.map(({ grade }) => grade))
  if (scale.length < 2 || scale.length > MAX_SCALE || grades.size < scale.length)
    throw new RangeError(`a scale has 2 to ${MAX_SCALE} grades, each once`)
  if (![...grades].every(isGrade)) throw new RangeError(`a grade is a whole number from -${MAX_GRADE} to ${MAX_GRADE}`)
  return scale
    .map(({ grade, name }) => ({ grade, name: boundedLine(name, MAX_ROUND_NAME_LENGTH, "the name of a grade") }))
    .sort((left, right) => left.grade - right.grade)
}

function readScale(value: unknown): readonly ScaleGrade[] {
  if (!Array.isArray(value)) return DEFAULT_SCALE
  const grades = new Map<number, ScaleGrade>()
  for (const item of value.slice(0, MAX_SCALE)) {
    const { grade, name } = fieldsOf(item)
    if (isGrade(grade) && !grades.has(grade))
      grades.set(grade, Object.freeze({ grade, name: textOf(name).slice(0, MAX_ROUND_NAME_LENGTH) }))
  }
  if (grades.size < 2) return DEFAULT_SCALE
  return Object.freeze([...grades.values()].sort((left, right) => left.grade - right.grade))
}

function readAnnotators(meta: KeyIndex): Annotator[] {
  const ids = new Set([...meta.records("annotator")].map(([[id = ""]]) => id).filter((id) => isSegment(id)))
  const annotators: Annotator[] = []
  for (const id of [...ids].sort((left, right) => (left < right ? -1 : 1))) {
    const name = readRegister(meta, "annotator", id)[0]?.value
    if (typeof name === "string" && annotators.length < MAX_ANNOTATORS)
      annotators.push(Object.freeze({ id, name: name.slice(0, MAX_ROUND_NAME_LENGTH) }))
  }
  return annotators
}
