import { type Message, type MessagePart, supersededParts } from "@polylogue/conversation"
import type { AssistantContent, ModelMessage, ToolResult } from "../models/model-message.ts"
import type { AttachedFile, ContextPiece, FileRecord, FileText } from "./context-types.ts"
import { dataBlock, onOneLine } from "./data-block.ts"
import { boundedJson, partWords } from "./part-words.ts"
import { cutToTokens, estimateTokens } from "./token-estimate.ts"

/** What a message takes beside its words, in tokens. */
export const MESSAGE_TOKENS = 4
/** Most tokens of one file of a message before the question; of the question itself it depends on the room that there is. */
const MAX_EARLIER_FILE_TOKENS = 2_000

/** How what was said is told. */
export interface Telling {
  readonly tools: ReadonlySet<string>
  /** Whether several people talk: then each message of one begins with the name. */
  readonly named: boolean
  readonly readFile: (file: AttachedFile) => Promise<FileText>
}

/** Why a message is no part of any context; null for one that may be. */
export function leftOutBecause(message: Message): string | null {
  if (message.erased) return "erased"
  if (message.deletedAt !== null) return "deleted"
  if (message.hidden) return "hidden"
  return message.role === "user" || message.role === "assistant" ? null : "role"
}

/** What was said in a message before the question. Undefined where nothing is left to be told. */
export async function saidPiece(message: Message, telling: Telling, calls: CallNames): Promise<ContextPiece | undefined> {
  if (message.role === "assistant") return answered(message, telling, calls)
  const files: FileRecord[] = []
  const blocks: string[] = []
  for (const file of filesOf(message)) {
    const { block, record } = fileBlock(file, await telling.readFile(file), MAX_EARLIER_FILE_TOKENS)
    blocks.push(block)
    files.push(record)
  }
  const text = [...blocks, personWords(message, telling.named)].filter((said) => said !== "").join("\n\n")
  return text === "" ? undefined : pieceOf(message.id, [{ role: "user", text }], files)
}

/** What a person says in words, files aside; with the name before it where several people talk. */
export function personWords(message: Message, named: boolean): string {
  const words = message.parts
    .map(partWords)
    .filter((said) => said !== undefined)
    .join("\n\n")
  if (!named || words === "") return words
  const name = onOneLine(message.authorName ?? "")
  return name === "" ? words : `${name}: ${words}`
}

/** The files of a message, in their order. */
export function filesOf({ parts }: Message): readonly AttachedFile[] {
  return parts
    .filter(({ type }) => type === "file")
    .map(({ fields }) => ({
      sha256: text(fields["sha256"]) ?? null,
      name: onOneLine(text(fields["name"]) ?? text(fields["url"]) ?? "a file"),
      mediaType: text(fields["mediaType"]) ?? "",
    }))
}

/** A file as it is told, cut to so many tokens; one that cannot be read is named all the same. */
export function fileBlock(
  { name, sha256 }: AttachedFile,
  said: FileText,
  maxTokens: number,
): { readonly block: string; readonly record: FileRecord } {
  if ("problem" in said) {
    const block = `(The file ${JSON.stringify(name)} is attached, but cannot be read here: ${said.problem})`
    return { block, record: { name, hash: sha256, characters: 0, problem: said.problem } }
  }
  const cut = cutToTokens(said.text, maxTokens)
  const problem = cut.length === said.text.length ? null : `only the first ${cut.length} of ${said.text.length} characters were read`
  const label = problem === null ? "file" : `file, ${problem}`
  return { block: dataBlock({ label, name, text: cut }), record: { name, hash: sha256, characters: cut.length, problem } }
}

/** Names calls of tools anew: those of other models, and of imports, have forms that a provider may not take. */
export class CallNames {
  #count = 0

  next(): string {
    return `earlier-${++this.#count}`
  }
}

/** What a model said, with the calls of tools that it may call again. Of an answer that broke off and was written anew only the last counts. */
function answered(message: Message, { tools }: Telling, calls: CallNames): ContextPiece | undefined {
  const steps = new Steps()
  for (const part of toldParts(message)) {
    const words = partWords(part)
    if (words !== undefined) steps.say(words)
    else if (part.type === "tool") addCall(steps, part, tools, calls)
  }
  const messages = steps.finish()
  return messages.length === 0 ? undefined : pieceOf(message.id, messages, [])
}

/** The parts of an answer that count. */
export function toldParts({ parts }: Message): readonly MessagePart[] {
  const superseded = supersededParts(parts)
  return parts.filter(({ pid }) => !superseded.has(pid))
}

function addCall(steps: Steps, { state, fields }: MessagePart, tools: ReadonlySet<string>, calls: CallNames): void {
  const name = text(fields["name"])
  if (name === undefined || !tools.has(name)) return
  const ended = resultOf(state, fields)
  if (ended === undefined) return
  const input: unknown = fields["input"]
  const toolCallId = calls.next()
  const isObject = typeof input === "object" && input !== null && !Array.isArray(input)
  steps.call({ type: "tool-call", toolCallId, name, input: isObject ? input : {} }, { toolCallId, name, ...ended })
}

function resultOf(state: string, fields: MessagePart["fields"]): { output: unknown } | { failed: string } | { denied: string } | undefined {
  const why = text(fields["errorText"]) ?? ""
  if (state === "output-available" || (state === "done" && fields["output"] !== undefined))
    return { output: boundedOutput(fields["output"]) }
  if (state === "output-error") return { failed: why }
  return state === "output-denied" ? { denied: why } : undefined
}

function boundedOutput(output: unknown): unknown {
  const json = boundedJson(output)
  return json === JSON.stringify(output) ? output : json
}

/** Steps of an answer: words and calls, then what the calls gave, then the next step. */
class Steps {
  readonly #messages: ModelMessage[] = []
  #content: AssistantContent[] = []
  #results: ToolResult[] = []

  say(words: string): void {
    if (this.#results.length > 0) this.#close()
    this.#content.push({ type: "text", text: words })
  }

  call(call: AssistantContent, result: ToolResult): void {
    this.#content.push(call)
    this.#results.push(result)
  }

  finish(): readonly ModelMessage[] {
    this.#close()
    return this.#messages
  }

  #close(): void {
    if (this.#content.length > 0) this.#messages.push({ role: "assistant", content: this.#content })
    if (this.#results.length > 0) this.#messages.push({ role: "tool", results: this.#results })
    this.#content = []
    this.#results = []
  }
}

function pieceOf(messageId: string, messages: readonly ModelMessage[], files: readonly FileRecord[]): ContextPiece {
  return { messageId, messages, files, tokens: tokensOf(messages) }
}

/** What messages take, as estimated. */
export function tokensOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + MESSAGE_TOKENS + estimateTokens(wordsOf(message)), 0)
}

function wordsOf(message: ModelMessage): string {
  if (message.role === "assistant") return message.content.map((said) => ("text" in said ? said.text : JSON.stringify(said))).join("\n")
  return message.role === "tool" ? JSON.stringify(message.results) : message.text
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined
}
