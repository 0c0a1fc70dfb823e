import { canonicalJson, textHash } from "@polylogue/conversation"
import { AnswerError } from "../answer.ts"
import type { ModelMessage } from "../models/model-message.ts"
import type { FoundPassage } from "../sources/source-shelf.ts"
import type { Context, ContextPiece, ContextPieces, FileRecord } from "./context-types.ts"
import { DATA_RULE } from "./data-block.ts"
import { passageBlock, PASSAGES_RULE } from "./passage-block.ts"
import { fileBlock, MESSAGE_TOKENS, tokensOf } from "./said-pieces.ts"
import { estimateTokens } from "./token-estimate.ts"

/** Of the room that instructions and question leave, so much at most is for files of the question, and of what is left then for passages. The rest is what was said before. */
const FILES_SHARE = 0.6
const PASSAGES_SHARE = 0.5
/** A file or passage with less room than this says nothing. */
const MIN_BLOCK_TOKENS = 16
/** What the lines around a block take, and what stands between two. */
const BLOCK_TOKENS = 60
const JOINT_TOKENS = 2
/** So often a context is made shorter for a model that says that it is too long. */
const MAX_SHRINKS = 2

/** A context out of its pieces within a budget: instructions and question whole, then files of the question, passages, and of what was said before as much as there is room for, the newest. @throws AnswerError `context-overflow` */
export function fitContext(pieces: ContextPieces, budget: number, shrunk = 0): Context {
  const room = new Room(budget)
  const { question, opening, tail } = pieces
  room.take(tokensOf([...opening, ...tail]) + MESSAGE_TOKENS + estimateTokens(question.text))
  room.take(MESSAGE_TOKENS + estimateTokens(pieces.instructions.join("\n\n")))
  const hasBlocks = question.files.length > 0 || pieces.passages.length > 0 || pieces.history.some(({ files }) => files.length > 0)
  if (hasBlocks) room.take(estimateTokens(`${DATA_RULE}${PASSAGES_RULE}`))
  if (room.left < 0) throw tooLong()
  const files = fitFiles(pieces, Math.floor(room.left * FILES_SHARE))
  room.take(blockTokens(files.blocks))
  const passages = fitPassages(pieces.passages, Math.floor(room.left * PASSAGES_SHARE))
  room.take(blockTokens(passages.blocks))
  const history = fitHistory(pieces.history, room)
  const rules = [...(hasBlocks ? [DATA_RULE] : []), ...(passages.taken.length > 0 ? [PASSAGES_RULE] : [])]
  const system = [...pieces.instructions, ...rules].filter((text) => text !== "").join("\n\n")
  const asked = [...passages.blocks, ...files.blocks, question.text].filter((text) => text !== "").join("\n\n")
  const messages: readonly ModelMessage[] = Object.freeze([
    ...(system === "" ? [] : [{ role: "system", text: system } as const]),
    ...opening,
    ...history.flatMap((piece) => piece.messages),
    { role: "user", text: asked } as const,
    ...tail,
  ])
  const record = {
    messages: {
      first: history[0]?.messageId ?? question.messageId,
      last: question.messageId,
      count: history.length + 1,
      cutOff: pieces.history.length - history.length,
      leftOut: pieces.leftOut,
    },
    prompt: pieces.prompt,
    files: [...history.flatMap((piece) => piece.files), ...files.records],
    passages: passages.taken.length,
    retrieval: pieces.retrieval,
    tokens: tokensOf(messages),
    budget,
    shrunk,
    hash: textHash(canonicalJson(messages)),
  }
  return Object.freeze({ messages, passages: passages.taken, record: Object.freeze(record), pieces })
}

/**
 * The same context in half of the room that it took, for a model that says that it is too long; at most twice.
 * @throws AnswerError `context-overflow` the third time, and when instructions and question alone are too long.
 */
export function shrinkContext({ pieces, record }: Context): Context {
  if (record.shrunk >= MAX_SHRINKS) throw tooLong()
  return fitContext(pieces, Math.floor(Math.min(record.budget, record.tokens) / 2), record.shrunk + 1)
}

function tooLong(): AnswerError {
  return new AnswerError(
    "context-overflow",
    "The question is too long for this model. Ask in fewer words, or choose a model that takes more.",
  )
}

class Room {
  left: number

  constructor(tokens: number) {
    this.left = tokens
  }

  take(tokens: number): void {
    this.left -= tokens
  }
}

function blockTokens(blocks: readonly string[]): number {
  return blocks.reduce((sum, block) => sum + estimateTokens(block) + JOINT_TOKENS, 0)
}

/** The files of the question, in equal shares; what the short ones do not need is for those behind them. */
function fitFiles(
  { question }: ContextPieces,
  room: number,
): { readonly blocks: readonly string[]; readonly records: readonly FileRecord[] } {
  const blocks: string[] = []
  const records: FileRecord[] = []
  let left = room
  for (const [at, { file, said }] of question.files.entries()) {
    const share = Math.floor(left / (question.files.length - at)) - BLOCK_TOKENS
    const isRoom = share >= MIN_BLOCK_TOKENS || "problem" in said
    const { block, record } = fileBlock(file, isRoom ? said : { problem: "there is no room for it beside the question" }, share)
    blocks.push(block)
    records.push(record)
    left -= estimateTokens(block) + JOINT_TOKENS
  }
  return { blocks, records }
}

/** The best passages for which there is room: up to the first that has none, so that their numbers stay. */
function fitPassages(
  passages: readonly FoundPassage[],
  room: number,
): { readonly blocks: readonly string[]; readonly taken: readonly FoundPassage[] } {
  const blocks: string[] = []
  let left = room
  for (const [at, passage] of passages.entries()) {
    const block = passageBlock(passage, at + 1)
    left -= estimateTokens(block) + JOINT_TOKENS
    if (left < 0) break
    blocks.push(block)
  }
  return { blocks, taken: Object.freeze(passages.slice(0, blocks.length)) }
}

/** The newest messages for which there is room, without a gap, from one of a person on. */
function fitHistory(history: readonly ContextPiece[], room: Room): readonly ContextPiece[] {
  let first = history.length
  for (; first > 0 && history[first - 1]!.tokens <= room.left; first--) room.take(history[first - 1]!.tokens)
  while (first < history.length && history[first]!.messages[0]?.role !== "user") first++
  return history.slice(first)
}
