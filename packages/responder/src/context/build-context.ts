import { type Message, pathTo, readMessagePrompt, renderPrompt } from "@polylogue/conversation"
import { AnswerError, type Question } from "../answer.ts"
import type { ModelMessage } from "../models/model-message.ts"
import type { Context, ContextOptions, ContextPiece, ContextPieces } from "./context-types.ts"
import { fitContext } from "./fit-context.ts"
import { CallNames, filesOf, leftOutBecause, personWords, saidPiece, type Telling, toldParts } from "./said-pieces.ts"
import { partWords } from "./part-words.ts"

/*
 * What a model is told, by these rules:
 *
 * - The line is that of the message asked about: the message, the one it follows, and so on to the first.
 * - Left out are messages that were deleted, erased or hidden, and those of other roles than `user` and `assistant`: nobody but the ask's prompt and who runs the responder instructs a model.
 * - Left out of the others are thoughts of a model, what broke off and was written anew, calls of tools that have not ended, and those of tools that the model cannot call now.
 *   What was stopped, failed or broke off for good is told as far as it was written: people read it, too.
 * - Of a prompt that was used to begin the conversation only the instructions are told: its other messages stand in the line.
 * - Files are told as text, or named. What was said before goes first when there is no room, oldest first.
 *
 * It is made of the document and the options alone: responders with the same state of both tell a model the same, byte by byte.
 */

const NO_TOOLS: ReadonlySet<string> = new Set()
const GO_ON = "Your last message broke off. Go on exactly where it ends, without repeating anything of it."

/**
 * What a model is told to answer the question.
 * @throws AnswerError `bad-request` when the message cannot be answered, or the prompt cannot be followed; `context-overflow` when instructions and question alone have no room.
 */
export async function buildContext(question: Question, options: ContextOptions): Promise<Context> {
  return fitContext(await piecesOf(question, options), options.budgetTokens)
}

async function piecesOf(question: Question, options: ContextOptions): Promise<ContextPieces> {
  const { conversation, ask } = question
  const asked = conversation.getMessage(ask.messageId)
  if (asked === undefined || leftOutBecause(asked) !== null || asked.role !== "user")
    throw new AnswerError("bad-request", "There is nothing to answer: the message was deleted, or nobody wrote it. Ask in a new message.")
  const line = pathTo(conversation.getTree(), ask.messageId)
    .slice(0, -1)
    .map((id) => conversation.getMessage(id))
    .filter((message) => message !== undefined)
  const told = line.filter((message) => leftOutBecause(message) === null)
  const people = new Set([...told, asked].filter(({ role }) => role === "user").map(({ authorId }) => authorId))
  const telling: Telling = { tools: options.tools ?? NO_TOOLS, named: people.size > 1, readFile: options.readFile }
  const { instructions, opening } = await promptOf(question, [...line, asked], options)
  const files = filesOf(asked)
  return {
    instructions,
    opening,
    history: await historyOf(told, telling),
    question: {
      messageId: asked.id,
      text: personWords(asked, telling.named),
      files: await Promise.all(files.map(async (file) => ({ file, said: await options.readFile(file) }))),
    },
    passages: options.passages ?? [],
    tail: tailOf(question),
    leftOut: line.length - told.length,
    prompt: ask.prompt === null ? null : { promptId: ask.prompt.promptId, versionId: ask.prompt.versionId },
    retrieval: options.retrieval ?? null,
  }
}

async function historyOf(told: readonly Message[], telling: Telling): Promise<readonly ContextPiece[]> {
  const calls = new CallNames()
  const history: ContextPiece[] = []
  for (const message of told) {
    const piece = await saidPiece(message, telling, calls)
    if (piece !== undefined) history.push(piece)
  }
  return history
}

/** What the ask's prompt says, filled in with its values, as far as it does not stand in the line; without a prompt what the responder says. */
async function promptOf(
  { ask }: Question,
  line: readonly Message[],
  { readPrompt, system = "" }: ContextOptions,
): Promise<Pick<ContextPieces, "instructions" | "opening">> {
  if (ask.prompt === null) return { instructions: system === "" ? [] : [system], opening: [] }
  const content = await readPrompt(ask.prompt)
  const name = JSON.stringify(ask.prompt.name)
  if (content === undefined)
    throw new AnswerError(
      "bad-request",
      `The prompt ${name} is not here in the version that was asked for. Choose a version that is there, and ask again.`,
    )
  const { messages, missing } = renderPrompt(content, ask.values)
  if (missing.length > 0)
    throw new AnswerError(
      "bad-request",
      `The prompt ${name} needs values that are missing: ${missing.join(", ")}. Fill them in, and ask again.`,
    )
  const { versionId } = ask.prompt
  const stands = line.some((message) => readMessagePrompt(message.prompt)?.versionId === versionId)
  const isInstruction = (role: string): boolean => content.kind === "text" || role === "system" || role === "developer"
  return {
    instructions: messages.filter(({ role }) => isInstruction(role)).map(({ content: text }) => text),
    opening: (stands ? [] : messages)
      .filter(({ role, content: text }) => !isInstruction(role) && text !== "")
      .map(({ role, content: text }) => openingMessage(role, text)),
  }
}

function openingMessage(role: string, text: string): ModelMessage {
  return role === "assistant" ? { role, content: [{ type: "text", text }] } : { role: "user", text }
}

/** Of an ask to go on what there is of the reply, as far as it was not written for this ask itself. */
function tailOf({ conversation, ask }: Question): readonly ModelMessage[] {
  const reply = ask.kind === "continue" && ask.replyId !== null ? conversation.getMessage(ask.replyId) : undefined
  if (reply === undefined || leftOutBecause(reply) !== null) return []
  const text = toldParts(reply)
    .filter(({ fields }) => fields["slot"] !== ask.slot)
    .map(partWords)
    .filter((said) => said !== undefined)
    .join("\n\n")
  if (text === "") return []
  return [
    { role: "assistant", content: [{ type: "text", text }] },
    { role: "user", text: GO_ON },
  ]
}
