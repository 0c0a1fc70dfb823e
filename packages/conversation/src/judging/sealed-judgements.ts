import { ConversationError } from "../conversation-error.ts"
import { canonicalJson, textHash } from "../text/canonical-json.ts"
import { compareJudgements, type Judgement, judgementOf, isSomething } from "./judgement.ts"
import { fieldsOf, parsedJson } from "../stored-value.ts"

/*
 * What an annotator of a blind round judged is *sealed* when they have finished: written down as one text, of which only the hash is shown. The text holds a
 * random salt, for there are few grades and whoever has a bare hash of them could try all. When everybody has finished, the text is put into the round's document
 * under its hash: it proves by itself that it is what was sealed, so nobody has to trust the device that brings it.
 */

/** Judgements as they were when their annotator had finished. */
export interface SealedJudgements {
  readonly round: string
  readonly annotator: string
  readonly judgements: readonly Judgement[]
}

/** Longest text of sealed judgements in UTF-16 units: some 10,000 judgements with a note on every tenth. */
export const MAX_SEALED_LENGTH = 2 * 1024 * 1024

/** The text of sealed judgements, and its hash, which is shown instead of it. @throws ConversationError `too-large`. */
export function sealJudgements(
  { round, annotator, judgements }: SealedJudgements,
  salt: string,
): { readonly commitment: string; readonly text: string } {
  const said = judgements.toSorted(compareJudgements).map(({ itemId, chunkId, grade, labels, confidence, note, guideline, at }) => ({
    itemId,
    ...(chunkId === null ? {} : { chunkId }),
    ...(grade === null ? {} : { grade, guideline }),
    ...(labels.length === 0 ? {} : { labels }),
    ...(confidence === null ? {} : { confidence }),
    ...(note === "" ? {} : { note }),
    at,
  }))
  const text = canonicalJson({ annotator, judgements: said, round, salt })
  if (text.length > MAX_SEALED_LENGTH)
    throw new ConversationError(
      "too-large",
      `the judgements of one annotator have at most ${MAX_SEALED_LENGTH} characters, not ${text.length}`,
    )
  return { commitment: textHash(text), text }
}

/** The judgements in a sealed text; undefined when it is not the one that was shown by its hash, or of another round or annotator. */
export function openSealed(commitment: string, text: unknown, round: string, annotator: string): SealedJudgements | undefined {
  if (typeof text !== "string" || text.length > MAX_SEALED_LENGTH || textHash(text) !== commitment) return undefined
  const sealed = fieldsOf(parsedJson(text))
  if (sealed["round"] !== round || sealed["annotator"] !== annotator || !Array.isArray(sealed["judgements"])) return undefined
  const judgements: Judgement[] = []
  for (const value of sealed["judgements"]) {
    const { itemId, chunkId = null, grade, labels, confidence, note, guideline, at } = fieldsOf(value)
    if (typeof itemId !== "string" || (chunkId !== null && typeof chunkId !== "string")) continue
    const judgement = judgementOf({ itemId, chunkId, annotator, grade, labels, confidence, note, guideline, at })
    if (isSomething(judgement)) judgements.push(judgement)
  }
  return Object.freeze({ round, annotator, judgements: Object.freeze(judgements.sort(compareJudgements)) })
}

/** Whether two annotators' sheets, or one's at two times, say the same. */
export function saysTheSame(one: readonly Judgement[], other: readonly Judgement[]): boolean {
  const said = (judgements: readonly Judgement[]): string =>
    canonicalJson(
      judgements
        .toSorted(compareJudgements)
        .map(({ itemId, chunkId, grade, labels, confidence, note }) => [itemId, chunkId, grade, labels, confidence, note]),
    )
  return said(one) === said(other)
}
