/**
 * What a format of evaluations or annotations could not hold, or holds in another form. Codes are API, texts are not: `id` a name that is written in another form;
 * `line` something that would have been a line by itself; `passage` words that are not here; `ungraded` somebody looked and gave no grade; `grade` a grade that is no whole number;
 * `annotator`, `labels`, `confidence`, `note`, `score`, `rank`, `turns`, `answer`, `author`, `extra`, `place`: that much of an item.
 */
export type AnnotationLeftCode =
  | "id"
  | "line"
  | "passage"
  | "ungraded"
  | "grade"
  | "annotator"
  | "labels"
  | "confidence"
  | "note"
  | "score"
  | "rank"
  | "turns"
  | "answer"
  | "author"
  | "extra"
  | "place"

/** One thing that is in a set and not in its export. */
export interface AnnotationLeft {
  /** What it belongs to, by the name that the file would have for it. */
  readonly item: string
  readonly code: AnnotationLeftCode
  /** For people. */
  readonly what: string
}
