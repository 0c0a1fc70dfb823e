import { isJudged, type JudgedTarget, type Judgement, type RoundItem, targetsOf } from "@polylogue/conversation"

/** What of a question is judged, by the passage's id; the answer has none and stands under "". */
export type JudgedOf = ReadonlyMap<string, Judgement>

/** How what is judged is named among the rest of a question: the id of the passage, "" for the answer. */
export function targetKey(chunkId: string | null): string {
  return chunkId ?? ""
}

/** What is judged of a question as it is shown: the answer, where there is one, then the passages from the first found. */
export function shownTargets(item: RoundItem): readonly (string | null)[] {
  const chunks = targetsOf(item).filter((chunkId) => chunkId !== null)
  return item.answer === undefined ? chunks : [null, ...chunks]
}

/** Whether nothing of a question is left to judge. */
export function isItemDone(item: RoundItem, judged: JudgedOf): boolean {
  return targetsOf(item).every((chunkId) => {
    const judgement = judged.get(targetKey(chunkId))
    return judgement !== undefined && isJudged(judgement)
  })
}

/** The question to which one goes on from the one at `at`: the next that is not done, from the beginning again after the last; none when all are done. */
export function nextOpen(items: readonly RoundItem[], at: number, isDone: (item: RoundItem) => boolean): RoundItem | undefined {
  return [...items.slice(at + 1), ...items.slice(0, Math.max(0, at))].find((item) => !isDone(item))
}

/** Names what people differ about, among all of a round. */
export function disagreementKey({ itemId, chunkId }: JudgedTarget): string {
  return `${itemId} ${targetKey(chunkId)}`
}
