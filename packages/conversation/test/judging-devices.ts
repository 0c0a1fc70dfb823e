import * as Y from "yjs"
import { AnswerOpinions, BlindJudgements, type NewRoundItem, Round } from "@polylogue/conversation"
import { seededBytes, seededRandom } from "./devices.ts"

export const START = 1_700_000_000_000

export interface RoundDevice {
  readonly ydoc: Y.Doc
  readonly round: Round
  readonly clock: { now: number }
}

/** A device of `annotator` with a round of its own; `clock.now` is its wall clock. */
export function roundDevice(annotator: string, roundId = "r1", writer = annotator): RoundDevice {
  const ydoc = new Y.Doc()
  const clock = { now: START }
  return { ydoc, clock, round: new Round(ydoc, { writer, annotator, roundId, now: () => clock.now }) }
}

/** A device of `annotator` with a document for judging blind. */
export function blindDevice(
  annotator: string,
  roundId = "blind.r1",
  writer = annotator,
): { ydoc: Y.Doc; blind: BlindJudgements; clock: { now: number } } {
  const ydoc = new Y.Doc()
  const clock = { now: START }
  const randomBytes = seededBytes(seededRandom(annotator.charCodeAt(0) * 7919 + writer.charCodeAt(0) * 31 + writer.length))
  return { ydoc, clock, blind: new BlindJudgements(ydoc, { writer, annotator, roundId, now: () => clock.now, randomBytes }) }
}

export function opinionsDevice(annotator: string): { ydoc: Y.Doc; opinions: AnswerOpinions; clock: { now: number } } {
  const ydoc = new Y.Doc()
  const clock = { now: START }
  const randomBytes = seededBytes(seededRandom(annotator.charCodeAt(0)))
  return { ydoc, clock, opinions: new AnswerOpinions(ydoc, { writer: annotator, annotator, now: () => clock.now, randomBytes }) }
}

/** An item with passages `<name>-0`, `<name>-1` … */
export function item(name: string, chunks = 3, answer = false): NewRoundItem {
  return {
    conversationId: "conv",
    messageId: `ask-${name}`,
    retrievalId: `found-${name}`,
    query: `What is ${name}?`,
    chunks: Array.from({ length: chunks }, (_, at) => ({ sourceId: "source", chunkId: `${name}-${at}`, rank: at + 1, score: 9 - at })),
    ...(answer ? { answer: { messageId: `answer-${name}` } } : {}),
  }
}

/** What was judged, short: `item-index/chunk annotator grade`. */
export function saidIn(round: Round, annotator?: string): string[] {
  const items = round.getItems().map(({ id }) => id)
  return round
    .getJudgements(annotator)
    .map(({ itemId, chunkId, annotator, grade }) => `${items.indexOf(itemId)}/${chunkId ?? "answer"} ${annotator} ${grade}`)
}
