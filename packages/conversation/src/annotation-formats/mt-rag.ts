import { ImportProblem } from "../formats/import-item.ts"
import { isEmpty, isObject, type JsonObject, listField, readEpoch, stringField, without } from "../formats/json-value.ts"
import type { CorpusPassage, QuestionTurn } from "./annotation-records.ts"
import { beirRecord } from "./beir.ts"
import { type LineParser, type ReadLines, readLines } from "./text-lines.ts"

/** One task of MT-RAG: a dialogue up to a question, the passages that were found for it, and what should be answered. */
export interface MtRagTask {
  /** Its conversation and turn; names the question in queries and qrels. */
  readonly taskId: string
  readonly conversationId: string
  /** The number of the turn, as the file has it. */
  readonly turn: string
  /** Name of the collection that was searched; the empty string when the file names none. */
  readonly collection: string
  /** The question stands last. */
  readonly turns: readonly QuestionTurn[]
  readonly contexts: readonly CorpusPassage[]
  /** Answers as they should be; the first is the reference. */
  readonly targets: readonly QuestionTurn[]
  /** Whether and how it can be answered from the passages, kinds of question and of turn: `answerability: PARTIAL`. */
  readonly labels: readonly string[]
  /** Fields that have no place here. */
  readonly extra: JsonObject
}

const LABELLED = ["answerability", "Answerability", "Question Type", "Multi-Turn"] as const

/** Reads a line of the tasks of MT-RAG. */
export function mtRagParser(): LineParser<MtRagTask> {
  return ({ text }) => {
    const record = beirRecord(text)
    if (!isMtRagTask(record))
      throw new ImportProblem("bad-record", "it is no task of MT-RAG: it has no `task_id`, `conversation_id` and `input`")
    const turns = listField(record, "input").map((turn, at) => readTurn(turn, `input[${at}]`))
    if (turns.length === 0) throw new ImportProblem("bad-record", "its `input` has no turns")
    const targets = listField(record, "targets").map((turn, at) => readTurn(turn, `targets[${at}]`))
    const collection = stringField(record, "Collection", "collection") ?? ""
    return {
      taskId: stringField(record, "task_id") ?? "",
      conversationId: stringField(record, "conversation_id") ?? "",
      turn: turnName(record["turn"]),
      collection,
      turns,
      contexts: listField(record, "contexts").map((context, at) => readContext(context, `contexts[${at}]`, collection)),
      targets,
      labels: LABELLED.flatMap((field) => labelsOf(record, field)),
      extra: without(record, "task_id", "conversation_id", "turn", "Collection", "collection", "input", "contexts", "targets"),
    }
  }
}

function turnName(turn: unknown): string {
  return typeof turn === "string" || typeof turn === "number" ? String(turn) : ""
}

/** The tasks in a text of MT-RAG, and the lines that are none. */
export function readMtRag(text: string): ReadLines<MtRagTask> {
  return readLines(text, mtRagParser())
}

/** Whether a record is a task of MT-RAG. */
export function isMtRagTask(value: unknown): boolean {
  if (!isObject(value)) return false
  const { task_id: task, conversation_id: conversation, input } = value
  return typeof task === "string" && task !== "" && typeof conversation === "string" && conversation !== "" && Array.isArray(input)
}

function readTurn(value: unknown, where: string): QuestionTurn {
  const text = isObject(value) ? value["text"] : undefined
  if (!isObject(value) || typeof text !== "string") throw new ImportProblem("bad-record", `\`${where}\` has no text`)
  const said = isObject(value["metadata"]) ? value["metadata"] : {}
  const [author, authorKind, createdAt] = [stringField(said, "author_id"), stringField(said, "author_type"), readEpoch(said["created_at"])]
  const speaker = stringField(value, "speaker") ?? "user"
  return {
    role: speaker === "agent" ? "assistant" : speaker,
    text,
    ...(author === undefined ? {} : { author }),
    ...(authorKind === undefined ? {} : { authorKind }),
    ...(createdAt === null ? {} : { createdAt }),
  }
}

function readContext(value: unknown, where: string, collection: string): CorpusPassage {
  const [id, text] = isObject(value) ? [stringField(value, "document_id"), value["text"]] : []
  if (!isObject(value) || id === undefined || id === "" || typeof text !== "string")
    throw new ImportProblem("bad-record", `\`${where}\` has no \`document_id\` or no \`text\``)
  const title = stringField(value, "title")
  const extra = without(value, "document_id", "text", ...(title === undefined ? [] : ["title"]))
  return {
    id,
    ...(title === undefined ? {} : { title }),
    text,
    ...(collection === "" ? {} : { collection }),
    ...(isEmpty(extra) ? {} : { extra }),
  }
}

function labelsOf(record: JsonObject, field: string): readonly string[] {
  const value = record[field]
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.flatMap((one) =>
    typeof one === "string" && one !== "" && one !== "N/A" ? `${field.toLowerCase().replace(" ", "-")}: ${one}` : [],
  )
}
