import { ImportProblem } from "../formats/import-item.ts"
import type { AnnotationLeft } from "./annotation-left.ts"
import type { RankedPassage } from "./annotation-records.ts"
import { inOrder } from "./group-by.ts"
import { itemOf } from "./qrels.ts"
import { type LineParser, type ReadLines, readLines } from "./text-lines.ts"
import { ColumnIds, unescapeId } from "./column-id.ts"

/*
 * What a retrieval found, as TREC has it: question, `Q0`, passage, rank, score, name of the run. Programs that score it sort by the score and not by the rank, so scores
 * that say another order than the ranks, or none, are told.
 */

/** Reads a run line by line. */
export function trecRunParser(): LineParser<RankedPassage> {
  return ({ text }) => {
    const columns = text.trim().split(/\s+/u)
    const [questionId, , passageId, rank, score, tag, ...more] = columns
    if (
      questionId === undefined ||
      passageId === undefined ||
      rank === undefined ||
      score === undefined ||
      tag === undefined ||
      more.length > 0
    )
      throw new ImportProblem("bad-record", `it has ${columns.length} columns: question, Q0, passage, rank, score and run are six`)
    if (!/^\d{1,9}$/u.test(rank)) throw new ImportProblem("bad-record", `its rank is "${rank.slice(0, 40)}": a rank is a whole number`)
    const value = Number(score)
    if (!Number.isFinite(value)) throw new ImportProblem("bad-record", `its score is "${score.slice(0, 40)}": a score is a number`)
    return { questionId: unescapeId(questionId), passageId: unescapeId(passageId), rank: Number(rank), score: value, tag: unescapeId(tag) }
  }
}

/** The rankings in a text of a run, and the lines that are none. */
export function readRun(text: string): ReadLines<RankedPassage> {
  return readLines(text, trecRunParser())
}

/** Whether a first line is one of a run. */
export function isTrecRun(firstLine: string): boolean {
  const columns = firstLine.trim().split(/\s+/u)
  return columns.length === 6 && /^Q\d$/iu.test(columns[1] ?? "") && /^\d+$/u.test(columns[3] ?? "") && Number.isFinite(Number(columns[4]))
}

/**
 * Writes rankings as a run, question by question in the order in which they first come, each by its ranks.
 * @param name - of the run, for rankings that have none of their own.
 */
export function* writeRun(rankings: Iterable<RankedPassage>, name: string, left: AnnotationLeft[]): IterableIterator<string> {
  const ids = new ColumnIds(left, "trec")
  for (const [questionId, unsorted] of inOrder(rankings, (ranked) => ranked.questionId)) {
    const sorted = unsorted.toSorted((one, other) => one.rank - other.rank)
    // A passage has one line: programs refuse a second.
    const found = new Set<string>()
    let last = Infinity
    for (const [at, ranked] of sorted.entries()) {
      if (found.has(ranked.passageId)) {
        left.push({ item: itemOf(ranked), code: "line", what: `it was found more than once: its rank ${ranked.rank} is left out` })
        continue
      }
      found.add(ranked.passageId)
      const score = ranked.score ?? sorted.length - at
      if (ranked.score === null)
        left.push({ item: itemOf(ranked), code: "score", what: `it has no score: ${score} is written, by its rank` })
      else if (score > last)
        left.push({
          item: itemOf(ranked),
          code: "rank",
          what: `its score is higher than that of the rank before it: programs that sort by score put it there`,
        })
      last = score
      const [question, passage, tag] = [
        ids.write(questionId),
        ids.write(ranked.passageId),
        ids.write(ranked.tag ?? (name === "" ? "polylogue" : name)),
      ]
      if (question !== undefined && passage !== undefined) yield `${question} Q0 ${passage} ${ranked.rank} ${score} ${tag ?? "polylogue"}\n`
    }
  }
}
