import { openSync, readdirSync, readSync, closeSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import {
  annotationFileKind,
  type AnnotationFileKind,
  type AppliedDocument,
  applyPlannedConversation,
  applyPlannedRound,
  applyPlannedSource,
  type CorpusPassage,
  type CorpusQuestion,
  documentsOf,
  type EvaluationPlan,
  type EvaluationSet,
  importSegments,
  KIND_SAMPLE_BYTES,
  type LineParser,
  MAX_SET_RECORDS,
  mtRagParser,
  mtRagSet,
  type MtRagTask,
  parseSource,
  passageParser,
  planEvaluation,
  type PlannedConversation,
  qrelsParser,
  questionParser,
  type RelevanceGrade,
  roundDocumentId,
  sourceDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import type { ReplicaDocument } from "@polylogue/replica"
import { fileSource } from "./file-source.ts"
import { counted } from "./progress.ts"
import { onLine, writingAs } from "./prompt-words.ts"
import { closeAll, type Workspace } from "./workspace.ts"

/** A file of evaluations or annotations, and what it is. */
export interface AnnotationFile {
  readonly file: string
  readonly kind: AnnotationFileKind
}

/** Tells one line of the report. @param status - counted at the end. */
export type Tell = (status: "imported" | "unchanged" | "failed" | "skipped", line: string) => void

/** Conversations that are on their way to the relay's disk at once. */
const BATCH = 16

/** What a file is by how it begins; undefined when it is nothing of evaluations and annotations. */
export function kindOfFile(file: string): AnnotationFileKind | undefined {
  const descriptor = openSync(file, "r")
  try {
    const sample = new Uint8Array(KIND_SAMPLE_BYTES)
    const length = readSync(descriptor, sample)
    return annotationFileKind(file, new TextDecoder().decode(sample.subarray(0, length)))
  } finally {
    closeSync(descriptor)
  }
}

/** The files of a folder that holds a data set as BEIR has it; undefined for any other folder, and for what is none. */
export function filesOfDataSet(folder: string): readonly string[] | undefined {
  if (!statSync(folder).isDirectory()) return undefined
  const names = readdirSync(folder)
  const sets = ["corpus.jsonl", "queries.jsonl"].filter((name) => names.includes(name))
  const splits = names.includes("qrels") ? readdirSync(join(folder, "qrels")).filter((name) => name.endsWith(".tsv")) : []
  return sets.length === 0
    ? undefined
    : [...sets.map((name) => join(folder, name)), ...splits.toSorted().map((name) => join(folder, "qrels", name))]
}

/**
 * Imports data sets: corpus, questions and judgements that are named together are one, tasks of MT-RAG one for each file. Reports line by line what was not read, and document by
 * document what was written; each is on the relay's disk before its line is told.
 */
export async function importDataSets(
  workspace: Workspace,
  files: readonly AnnotationFile[],
  name: string | undefined,
  tell: Tell,
): Promise<void> {
  const of = (kind: AnnotationFileKind): readonly string[] => files.filter((one) => one.kind === kind).map(({ file }) => file)
  for (const file of of("run"))
    tell("failed", `${file}: a run is written here and not read: import the judgements that were made of it (unknown-format)`)
  for (const file of of("mt-rag")) {
    const tasks = await readAll<MtRagTask>([file], mtRagParser, tell)
    if (tasks.length > 0) await apply(workspace, planEvaluation("mt-rag", mtRagSet(name ?? nameOf(file), tasks)), tell)
  }
  const [corpus, queries, qrels] = [of("corpus"), of("queries"), of("qrels")]
  if (corpus.length + queries.length + qrels.length === 0) return
  const passages = await readAll<CorpusPassage>(corpus, passageParser, tell)
  const questions = await readAll<CorpusQuestion>(queries, questionParser, tell)
  const base = { passages, questions, rankings: [], answers: [] }
  // Each split is a round of its own; passages and questions are those of all.
  for (const file of qrels.length === 0 ? [undefined] : qrels) {
    const grades = file === undefined ? [] : await readAll<RelevanceGrade>([file], qrelsParser, tell)
    const set: EvaluationSet = { ...base, name: name ?? nameOf(file ?? queries[0] ?? corpus[0] ?? ""), grades }
    if (passages.length + questions.length + grades.length > 0) await apply(workspace, planEvaluation("beir", set), tell)
  }
}

/** All records of files, or none of a file that has more than can be kept. */
async function readAll<Value>(files: readonly string[], parserOf: () => LineParser<Value>, tell: Tell): Promise<readonly Value[]> {
  const all: Value[] = []
  for (const file of files) {
    const values: Value[] = []
    for await (const result of parseSource(fileSource(file), parserOf())) {
      if ("problem" in result)
        tell("failed", `${file} line ${result.line}: ${onLine(result.problem.message, 200)} (${result.problem.code})`)
      else values.push(result.value)
      if (all.length + values.length > MAX_SET_RECORDS) break
    }
    if (all.length + values.length > MAX_SET_RECORDS)
      tell("failed", `${file}: more than ${MAX_SET_RECORDS} records: nothing of it is taken; cut it into parts (too-large)`)
    else for (const value of values) all.push(value)
  }
  return all
}

function nameOf(file: string): string {
  return basename(file).replace(/\.(?:jsonl|tsv|qrels|txt|json)$/iu, "")
}

async function apply(workspace: Workspace, plan: EvaluationPlan, tell: Tell): Promise<void> {
  const options = writingAs(workspace)
  const document = await workspace.index()
  const index = new WorkspaceIndex(document.ydoc, options)
  const done = (applied: AppliedDocument): void => tell(applied.status, lineOf(applied))
  try {
    for (const { code, message } of plan.notices) tell("skipped", `${message} (${code})`)
    for (const planned of plan.sources)
      done(
        await within(workspace, sourceDocumentId(workspace.name, planned.id), ({ ydoc }) =>
          applyPlannedSource(planned, ydoc, options, index),
        ),
      )
    for (let start = 0; start < plan.conversations.length; start += BATCH) {
      const some = await Promise.all(
        plan.conversations.slice(start, start + BATCH).map((planned) => applyConversation(workspace, planned, document)),
      )
      for (const applied of some) done(applied)
    }
    for (const planned of plan.rounds)
      done(
        await within(workspace, roundDocumentId(workspace.name, planned.id), ({ ydoc }) =>
          applyPlannedRound(planned, ydoc, options, index),
        ),
      )
    await workspace.store(document)
  } finally {
    index.destroy()
    await document.close()
  }
}

async function within(
  workspace: Workspace,
  documentId: string,
  write: (document: ReplicaDocument) => AppliedDocument,
): Promise<AppliedDocument> {
  const document = await workspace.open(documentId)
  try {
    const applied = write(document)
    await workspace.store(document)
    return applied
  } finally {
    await document.close()
  }
}

async function applyConversation(workspace: Workspace, planned: PlannedConversation, index: ReplicaDocument): Promise<AppliedDocument> {
  const segments = await workspace.conversation(planned.conversation.id, (firstDoc) => importSegments(planned.conversation, firstDoc))
  try {
    const applied = applyPlannedConversation(planned, { conversationDocs: [...documentsOf(segments).values()], indexDoc: index.ydoc })
    for (const segment of segments.values()) await workspace.store(segment)
    return applied
  } finally {
    await closeAll(segments.values())
  }
}

const COUNTED = { source: "passage", conversation: "message", round: "judgement" } as const

function lineOf({ kind, title, id, count, reason, notices }: AppliedDocument): string {
  const why = reason === null ? "" : `: ${reason.message} (${reason.code})`
  const notes = notices.map(({ message, code }) => `\n  ${message} (${code})`).join("")
  return `${kind} "${onLine(title)}" ${id}, ${counted(count, COUNTED[kind])}${why}${notes}`
}
