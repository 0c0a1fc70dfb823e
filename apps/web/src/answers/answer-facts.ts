import type { MessagePart } from "@polylogue/conversation"
import { promptHref } from "../prompts/prompt-route.ts"

/** Something that an answer says of itself. */
export interface AnswerFact {
  readonly name: string
  readonly value: string
  /** Where in the page it leads. */
  readonly href?: string
}

/** Most facts that are shown, and the longest of each in UTF-16 units. */
export const MAX_FACTS = 24
export const MAX_FACT_LENGTH = 400

type Fields = Readonly<Record<string, unknown>>

/**
 * What an answer was made from, as those who wrote it noted it, and what it took, as their providers counted. Of several runs the last one's notes, and what all of them took.
 * @param nameOf - what people read of a model by its id.
 */
export function answerFacts(
  parts: readonly Pick<MessagePart, "details" | "fields">[],
  nameOf: (model: string) => string = (model) => model,
): readonly AnswerFact[] {
  const about: Fields = Object.assign({}, ...parts.map(({ fields }) => fieldsOf(fields["about"])))
  const ends = parts.map(({ details }) => fieldsOf(details))
  const facts = [...madeFrom(about, nameOf), ...usage(ends), ...ending(ends)]
  return facts.slice(0, MAX_FACTS).map((fact) => ({ ...fact, value: fact.value.slice(0, MAX_FACT_LENGTH) }))
}

/** Whether the model had more to say when it ended. */
export function isCutShort(parts: readonly Pick<MessagePart, "details">[]): boolean {
  return fieldsOf(parts.findLast(({ details }) => "finishReason" in fieldsOf(details))?.details)["finishReason"] === "length"
}

function* madeFrom(about: Fields, nameOf: (model: string) => string): IterableIterator<AnswerFact> {
  const { model, messages, prompt, files, tools, passages, searched, unsearched, shrunk, ...others } = about
  if (typeof model === "string") yield { name: "Model", value: nameOf(model) }
  const { count, cutOff, leftOut } = fieldsOf(messages)
  yield* counts("Messages read", count)
  yield* counts("Older messages cut off for want of room", cutOff)
  yield* counts("Messages left out", leftOut)
  const { promptId, versionId } = fieldsOf(prompt)
  if (typeof promptId === "string" && typeof versionId === "string") {
    yield { name: "Prompt", value: "the version it followed", href: promptHref(promptId, { versionId }) }
  }
  yield* list("Files", Array.isArray(files) ? files.map(fileWords) : [])
  yield* list("Tools offered", Array.isArray(tools) ? tools.filter((tool) => typeof tool === "string") : [])
  yield* counts("Passages of sources given", passages)
  yield* counts("Sources searched", searched)
  yield* counts("Sources that could not be searched", unsearched)
  yield* counts("Times shortened for the model", shrunk)
  for (const [name, value] of Object.entries(others)) {
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    // What only programs compare says nothing to people.
    if (isPlain && !UNTOLD.has(name))
      yield { name: spelled(name), value: typeof value === "number" ? value.toLocaleString("en") : String(value) }
  }
}

const UNTOLD: ReadonlySet<string> = new Set(["hash", "retrieval", "tokens", "budget"])

function* usage(ends: readonly Fields[]): IterableIterator<AnswerFact> {
  for (const [field, name] of USAGE) {
    const told = ends.map((end) => fieldsOf(end["usage"])[field]).filter((count) => typeof count === "number")
    const sum = told.reduce((total, count) => total + count, 0)
    // Many providers tell zero of what they do not count.
    if (sum === 0) continue
    yield { name, value: `${sum.toLocaleString("en")} ${sum === 1 ? "token" : "tokens"}` }
  }
}

const USAGE = [
  ["inputTokens", "Read"],
  ["cachedInputTokens", "Of that remembered by the provider"],
  ["outputTokens", "Written"],
  ["reasoningTokens", "Of that thought"],
] as const

function* ending(ends: readonly Fields[]): IterableIterator<AnswerFact> {
  const reason = ends.findLast(({ finishReason }) => typeof finishReason === "string")?.["finishReason"]
  if (typeof reason === "string" && reason !== "stop") yield { name: "Ended because", value: FINISH_WORDS.get(reason) ?? spelled(reason) }
}

// Reasons come from documents: of an object they would find what every object has.
const FINISH_WORDS: ReadonlyMap<string, string> = new Map([
  ["length", "it reached its greatest length"],
  ["content-filter", "the provider held back the rest"],
  ["tool-calls", "it called tools"],
])

function* counts(name: string, value: unknown): IterableIterator<AnswerFact> {
  if (typeof value === "number" && value > 0) yield { name, value: value.toLocaleString("en") }
}

function* list(name: string, words: readonly string[]): IterableIterator<AnswerFact> {
  if (words.length > 0) yield { name, value: words.slice(0, MAX_FACTS).join(", ") }
}

function fileWords(file: unknown): string {
  const { name, problem } = fieldsOf(file)
  const words = typeof name === "string" && name !== "" ? name : "a file"
  return typeof problem === "string" ? `${words} (${problem})` : words
}

/** `outputTokens` as "output tokens". */
function spelled(name: string): string {
  return name
    .slice(0, 80)
    .replaceAll(/[-_]+/gu, " ")
    .replaceAll(/(?<=\p{Ll})\p{Lu}/gu, (letter) => ` ${letter.toLowerCase()}`)
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}
