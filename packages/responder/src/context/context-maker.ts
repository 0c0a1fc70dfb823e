import type { Replica } from "@polylogue/replica"
import { AnswerError, type Question } from "../answer.ts"
import type { AnswerContext } from "../answering-model.ts"
import type { BuildOptions } from "../model-answerer.ts"
import { citationsIn } from "../sources/cited-numbers.ts"
import { retrieveFor } from "../sources/retrieve-for.ts"
import type { ShelfClock, ShelfReplica } from "../sources/shelf-documents.ts"
import type { SourceShelf } from "../sources/source-shelf.ts"
import { buildContext } from "./build-context.ts"
import type { Context } from "./context-types.ts"
import { FileReader } from "./file-reader.ts"
import { shrinkContext } from "./fit-context.ts"
import { readPublishedPrompt } from "./prompt-reader.ts"

/** Most passages that a model is given with a question. */
export const MAX_GIVEN_PASSAGES = 8
/** The share of the room that an estimate may fill: what a model counts itself may be more. */
const ESTIMATED_SHARE = 0.9

/** What contexts are made with. */
export interface ContextMakerOptions {
  readonly replica: ShelfReplica & Pick<Replica, "blobs">
  readonly clock: ShelfClock
  /** The sources of a workspace. */
  readonly shelfOf: (workspace: string) => Pick<SourceShelf, "search">
  /** What models are told where an ask names no prompt. Default nothing. */
  readonly system?: string
}

/**
 * Makes what models are told, for `modelAnswerer`: the line of the question with the ask's prompt, its files, and what the workspace's sources say about it, which is noted at the reply. Prompts,
 * files and sources are read through the replica.
 */
export function contextMaker(options: ContextMakerOptions): (question: Question, built: BuildOptions) => Promise<AnswerContext> {
  const { replica, clock, shelfOf, system } = options
  const readers = new Map<string, FileReader>()
  const readerOf = (workspace: string): FileReader => {
    const known = readers.get(workspace) ?? new FileReader(replica.blobs, workspace)
    readers.set(workspace, known)
    return known
  }
  return async (question, { budgetTokens, tools, signal }) => {
    const { workspace } = question
    const { passages, retrieval, searched, unsearched } = await retrieveFor(question, shelfOf(workspace), MAX_GIVEN_PASSAGES, signal)
    signal.throwIfAborted()
    const context = await buildContext(question, {
      budgetTokens: Math.floor(budgetTokens * ESTIMATED_SHARE),
      ...(system === undefined ? {} : { system }),
      readPrompt: (prompt) => readPublishedPrompt({ replica, clock, workspace }, prompt),
      readFile: (file) => readerOf(workspace).read(file),
      passages,
      ...(retrieval === null ? {} : { retrieval }),
      tools,
    })
    return answerContext(context, { searched, unsearched })
  }
}

function answerContext(context: Context, sources: Readonly<Record<string, number>>): AnswerContext {
  const { messages, passages, record } = context
  return {
    messages,
    passages,
    record: { ...record, sources },
    citations: (parts, known) => citationsIn(parts, known),
    shrink: () => {
      const shorter = shorterThan(context)
      return shorter === undefined ? undefined : answerContext(shorter, sources)
    },
  }
}

function shorterThan(context: Context): Context | undefined {
  try {
    return shrinkContext(context)
  } catch (error) {
    if (error instanceof AnswerError && error.code === "context-overflow") return undefined
    throw error
  }
}
