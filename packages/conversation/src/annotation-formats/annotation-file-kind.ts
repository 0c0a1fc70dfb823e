import { isObject } from "../formats/json-value.ts"
import { hypothesisRows } from "./hypothesis.ts"
import { looseJson } from "./loose-json.ts"
import { isMtRagTask } from "./mt-rag.ts"
import { detectQrels } from "./qrels.ts"
import { isTrecRun } from "./trec-run.ts"
import { ANNOTATION_CONTEXT, isCollection, isPage, listOf } from "./web-annotation-rules.ts"

/** What one file of evaluations or annotations is: a part of a data set, or something by itself. */
export type AnnotationFileKind = "corpus" | "queries" | "qrels" | "run" | "mt-rag" | "webannotation"

/** So much of a file is enough to tell what it is, in bytes. */
export const KIND_SAMPLE_BYTES = 64 * 1024

/**
 * Tells what a file is from how it begins, and a corpus from questions, which look alike, by its name or by titles.
 * @param sample - the beginning of its text, at most {@link KIND_SAMPLE_BYTES} of it.
 * @returns undefined for what is none of them.
 */
export function annotationFileKind(name: string, sample: string): AnnotationFileKind | undefined {
  const text = sample.replace(/^\ufeff/u, "")
  const firstLine = text.trimStart().split("\n", 1)[0]?.trimEnd() ?? ""
  if (detectQrels(firstLine) !== undefined) return "qrels"
  if (isTrecRun(firstLine)) return "run"
  const { value } = looseJson(firstLine)
  if (isObject(value)) {
    if (isMtRagTask(value)) return "mt-rag"
    if (typeof value["_id"] === "string" && typeof value["text"] === "string")
      return isCorpusName(name) ?? ("title" in value ? "corpus" : "queries")
    if (isAnnotation(value) || hypothesisRows(value) !== undefined) return "webannotation"
  }
  return beginsAnnotations(text) ? "webannotation" : undefined
}

function isCorpusName(path: string): "corpus" | "queries" | undefined {
  const name = path.split(/[/\\]/u).at(-1) ?? path
  if (/corpus|passages|documents/iu.test(name)) return "corpus"
  return /quer|question|topics/iu.test(name) ? "queries" : undefined
}

function isAnnotation(value: Parameters<typeof isPage>[0]): boolean {
  return (
    listOf(value["@context"]).includes(ANNOTATION_CONTEXT) ||
    listOf(value["type"]).includes("Annotation") ||
    isPage(value) ||
    isCollection(value)
  )
}

/** Whether a JSON document that may be longer than what is seen of it begins as annotations do. */
function beginsAnnotations(text: string): boolean {
  const { value } = looseJson(text)
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (first !== undefined) return isObject(first) && (isAnnotation(first) || hypothesisRows(value) !== undefined)
  return /^\s*[[{]/u.test(text) && (text.includes(`"${ANNOTATION_CONTEXT}"`) || (/"rows"\s*:/u.test(text) && /"selector"\s*:/u.test(text)))
}
