import type { JsonObject } from "../formats/json-value.ts"
import type { TextQuote } from "../text/text-anchor.ts"

/*
 * What files of evaluations and annotations hold, as plain records: readers make them, writers take them, and neither knows how documents store any of it.
 * Names of things are those of the files, so that what came in goes out under the name it had.
 */

/** One passage of a corpus, the unit that is retrieved and judged. */
export interface CorpusPassage {
  readonly id: string
  readonly title?: string
  /** Null when a file names the passage and does not hold its words. */
  readonly text: string | null
  /** Name of the collection that it is of, where a file has several. */
  readonly collection?: string
  /** Fields that have no place here. */
  readonly extra?: JsonObject
  /** The line that it was read from, where another would be written for the same. */
  readonly exact?: string
}

/** One turn before an answer, or the question itself. */
export interface QuestionTurn {
  /** `user`, `assistant`; others are kept. */
  readonly role: string
  readonly text: string
  /** Id, kind and name of who said it, where the file says so. */
  readonly author?: string
  readonly authorKind?: string
  /** Milliseconds since 1970. */
  readonly createdAt?: number
}

/** One question that was put to a corpus. */
export interface CorpusQuestion {
  readonly id: string
  /** What was searched for, word for word. */
  readonly text: string
  /** The dialogue up to the question, oldest first, which stands last. */
  readonly turns: readonly QuestionTurn[]
  readonly extra?: JsonObject
  /** The line that it was read from, where another would be written for the same. */
  readonly exact?: string
}

/** How well one passage serves one question, as somebody judged it: one line of qrels. */
export interface RelevanceGrade {
  readonly questionId: string
  readonly passageId: string
  /** A whole number, 0 for irrelevant; negative ones are kept. Null when somebody looked and gave none. */
  readonly grade: number | null
  /** Who judged; absent where the file does not say, or when it is the agreed one. */
  readonly annotator?: string
  readonly labels?: readonly string[]
  /** From 0 to 1. */
  readonly confidence?: number
  readonly note?: string
  /** Second column of TREC qrels, which nobody reads; absent for the usual `0`. */
  readonly iteration?: string
}

/** One passage in a ranking. */
export interface RankedPassage {
  readonly questionId: string
  readonly passageId: string
  /** Counted from 1. */
  readonly rank: number
  /** Null when the retrieval gave none. */
  readonly score: number | null
  /** Name of the retrieval; absent for the one that the file is about. */
  readonly tag?: string
}

/** An answer to a question, with what it should have been. */
export interface AnsweredQuestion {
  readonly questionId: string
  /** What was answered; null when nothing was. */
  readonly response: string | null
  /** What should have been answered; null when nobody said so. */
  readonly reference: string | null
  readonly labels?: readonly string[]
  /** What people thought of the answer, each in their own words. */
  readonly opinions?: readonly AnswerOpinion[]
  /** Id and kind of whoever wrote the reference, and when in milliseconds since 1970, where the file says so. */
  readonly author?: string
  readonly authorKind?: string
  readonly createdAt?: number
}

/** What somebody thought of an answer. */
export interface AnswerOpinion extends Pick<RelevanceGrade, "grade" | "labels" | "confidence" | "note"> {
  readonly annotator: string
}

/** A corpus with questions to it and all that is known about their answers: one round of judging, or one data set of others. */
export interface EvaluationSet {
  /** Name of the round or of the data set. */
  readonly name: string
  readonly passages: readonly CorpusPassage[]
  readonly questions: readonly CorpusQuestion[]
  readonly grades: readonly RelevanceGrade[]
  readonly rankings: readonly RankedPassage[]
  readonly answers: readonly AnsweredQuestion[]
}

/** A place that an annotation is about. */
export interface AnnotatedPlace {
  /** Address of the thing it is in. */
  readonly source: string
  readonly quote?: TextQuote
  /** From the beginning of the text; `end` is one past the last. The W3C counts characters (code points), Hypothesis UTF-16 units. */
  readonly position?: { readonly start: number; readonly end: number; readonly unit: "code-points" | "utf-16" }
}

/** An annotation as programs exchange it. */
export interface AnnotationRecord {
  /** Its address. */
  readonly id: string
  /** What it was made for, such as `commenting`. */
  readonly motivations: readonly string[]
  /** What it says; the empty string for a mere highlight. */
  readonly text: string
  readonly tags: readonly string[]
  readonly creator: { readonly id: string; readonly name?: string } | null
  /** Milliseconds since 1970; null when nobody said so. */
  readonly createdAt: number | null
  readonly modifiedAt: number | null
  readonly places: readonly AnnotatedPlace[]
  /** Address of something that it quotes from, for a citation: the body, when it is no text. */
  readonly cites?: AnnotatedPlace
  /** The whole as it was read, with all that has no place here. */
  readonly original?: JsonObject
}
