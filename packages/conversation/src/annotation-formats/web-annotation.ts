import { isDeeperThan, isObject, type JsonObject, MAX_DEPTH, readTime, stringField, without } from "../formats/json-value.ts"
import { canonicalJson } from "../text/canonical-json.ts"
import type { AnnotatedPlace, AnnotationRecord } from "./annotation-records.ts"
import { hypothesisRecord, hypothesisRows } from "./hypothesis.ts"
import { looseJson } from "./loose-json.ts"
import { selectorsIn } from "./web-selectors.ts"
import {
  annotationProblems,
  type AnnotationProblem,
  ANNOTATION_CONTEXT,
  eachOf,
  frameProblems,
  isCollection,
  isPage,
  listOf,
} from "./web-annotation-rules.ts"

const TOO_DEEP: readonly AnnotationProblem[] = [{ path: "", message: `nested more than ${MAX_DEPTH} deep` }]

/** One annotation of a file, or why there is none. */
export type WebAnnotationResult =
  | { readonly position: string; readonly annotation: AnnotationRecord }
  | { readonly position: string; readonly problems: readonly AnnotationProblem[] }

/** A file of annotations. */
export interface WebAnnotationFile {
  /** The page or the collection that they stand in, without them; null when they stand by themselves. */
  readonly frame: JsonObject | null
  readonly results: readonly WebAnnotationResult[]
}

/**
 * Reads a file of annotations: one in JSON-LD, a list, a page or a collection of them, one a line, or what the API of Hypothesis gives. Each that breaks the model's rules is
 * refused by itself, with all that is wrong with it; what the model does not define is kept. Never throws for what is in it.
 */
export function readWebAnnotations(text: string): WebAnnotationFile {
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  const whole = looseJson(text)
  if (whole.problem !== null && lines.length > 1 && lines.every((line) => looseJson(line).value !== undefined))
    return { frame: null, results: lines.map((line, at) => readOne(`line ${at + 1}`, looseJson(line), "file")) }
  const { value, problem } = whole
  if (isDeeperThan(value, MAX_DEPTH)) return { frame: null, results: [{ position: "", problems: TOO_DEEP }] }
  const rows = hypothesisRows(value)
  if (rows !== undefined && problem === null)
    return { frame: null, results: rows.map((row, at) => readRow(rows.length === 1 && row === value ? "" : `[${at}]`, row)) }
  if (Array.isArray(value) && problem === null)
    return { frame: null, results: value.map((item: unknown, at) => readOne(`[${at}]`, { value: item, problem: null }, "file")) }
  if (isObject(value) && (isPage(value) || isCollection(value))) return readFrame(value, problem)
  return { frame: null, results: [readOne("", whole, "file")] }
}

function readFrame(value: JsonObject, problem: string | null): WebAnnotationFile {
  const problems = [...notJson(problem), ...frameProblems(value)]
  const page = isCollection(value) && isObject(value["first"]) ? value["first"] : value
  const results = eachOf(page["items"], "items").map(([position, item]) => readOne(position, { value: item, problem: null }, "page"))
  if (problems.length > 0) return { frame: null, results: [{ position: "", problems }] }
  if (page === value) return { frame: without(value, "items"), results }
  return { frame: { ...value, first: without(page, "items") }, results }
}

function readOne(
  position: string,
  { value, problem }: { readonly value: unknown; readonly problem: string | null },
  within: "page" | "file",
): WebAnnotationResult {
  if (value === undefined && problem !== null) return { position, problems: notJson(problem) }
  // One of a line by itself has not been looked at yet, and what looks at it calls itself.
  if (isDeeperThan(value, MAX_DEPTH)) return { position, problems: TOO_DEEP }
  const problems = [...notJson(problem), ...annotationProblems(value, within)]
  return problems.length > 0 || !isObject(value) ? { position, problems } : { position, annotation: annotationRecord(value) }
}

function readRow(position: string, row: unknown): WebAnnotationResult {
  const found = hypothesisRecord(row)
  return "message" in found ? { position, problems: [found] } : { position, annotation: found }
}

function notJson(problem: string | null): readonly AnnotationProblem[] {
  return problem === null ? [] : [{ path: "", message: problem }]
}

/** An annotation that keeps the rules, as a record. */
export function annotationRecord(value: JsonObject): AnnotationRecord {
  const bodies = [...eachOf(value["body"], ""), ...eachOf(value["bodyValue"], "")].map(([, body]) => body)
  const texts = "bodyValue" in value ? [{ type: "TextualBody", value: value["bodyValue"] }] : bodies.filter(isObject)
  const textual = texts.filter((body): body is JsonObject & { readonly value: string } => typeof body.value === "string")
  const isTag = (body: JsonObject): boolean => listOf(body["purpose"]).includes("tagging")
  const [creator] = eachOf(value["creator"], "").map(([, agent]) => agent)
  return {
    id: stringField(value, "id") ?? "",
    motivations: listOf(value["motivation"]),
    text: textual
      .filter((body) => !isTag(body))
      .map((body) => body.value)
      .join("\n\n"),
    tags: textual.filter(isTag).map((body) => body.value),
    creator: agentOf(creator),
    createdAt: readTime(value["created"]),
    modifiedAt: readTime(value["modified"]),
    places: eachOf(value["target"], "").flatMap(([, target]) => placesIn(target)),
    original: value,
  }
}

function agentOf(agent: unknown): AnnotationRecord["creator"] {
  if (typeof agent === "string") return { id: agent }
  if (!isObject(agent)) return null
  const [name, id] = [stringField(agent, "name", "nickname"), stringField(agent, "id")]
  if (id === undefined && name === undefined) return null
  return { id: id ?? name ?? "", ...(name === undefined ? {} : { name }) }
}

function placesIn(target: unknown): readonly AnnotatedPlace[] {
  if (typeof target === "string") return [{ source: target }]
  if (!isObject(target)) return []
  const { source } = target
  if (Array.isArray(target["items"])) return eachOf(target["items"], "").flatMap(([, item]) => placesIn(item))
  const address = typeof source === "string" ? source : isObject(source) ? stringField(source, "id") : stringField(target, "id")
  return [{ source: address ?? "", ...selectorsIn(target["selector"]) }]
}

/** The annotation in JSON-LD. One that was read and says what it said is what it was; of one that says something else now, that alone is other. */
export function webAnnotation(record: AnnotationRecord): JsonObject {
  const { original } = record
  if (!isWebAnnotation(original)) return freshAnnotation(record)
  const was = annotationRecord(original)
  const same = (field: keyof AnnotationRecord): boolean => canonicalJson(was[field]) === canonicalJson(record[field])
  const fresh = freshAnnotation(record)
  const bodies = eachOf(original["body"], "").map(([, body]) => body)
  const others = bodies.filter((body) => !isObject(body) || typeof body["value"] !== "string")
  const [texts, places] = [same("text") && same("tags"), same("places")]
  return {
    ...(texts ? original : without(original, "bodyValue", "body")),
    ...(texts ? {} : { body: [...others, ...eachOf(fresh["body"], "").map(([, body]) => body)] }),
    ...(places ? {} : { target: fresh["target"] }),
    ...(same("modifiedAt") || record.modifiedAt === null ? {} : { modified: fresh["modified"] }),
  }
}

/** Whether what an annotation was read from is one in JSON-LD, and not what some API gave. */
export function isWebAnnotation(original: JsonObject | undefined): original is JsonObject {
  return original !== undefined && ("@context" in original || "type" in original)
}

function freshAnnotation({ id, motivations, text, tags, creator, createdAt, modifiedAt, places, cites }: AnnotationRecord): JsonObject {
  const bodies = [
    ...(text === "" ? [] : [{ type: "TextualBody", value: text, format: "text/plain" }]),
    ...tags.map((value) => ({ type: "TextualBody", value, purpose: "tagging" })),
    ...(cites === undefined ? [] : [targetOf(cites)]),
  ]
  const targets = places.map(targetOf)
  return {
    "@context": ANNOTATION_CONTEXT,
    id,
    type: "Annotation",
    ...(motivations.length === 0 ? {} : { motivation: oneOrAll(motivations) }),
    ...(creator === null
      ? {}
      : { creator: { id: creator.id, type: "Person", ...(creator.name === undefined ? {} : { name: creator.name }) } }),
    ...(createdAt === null ? {} : { created: new Date(createdAt).toISOString() }),
    ...(modifiedAt === null ? {} : { modified: new Date(modifiedAt).toISOString() }),
    ...(bodies.length === 0 ? {} : { body: oneOrAll(bodies) }),
    target: oneOrAll(targets),
  }
}

function targetOf({ source, quote, position }: AnnotatedPlace): unknown {
  const selectors = [
    ...(quote === undefined ? [] : [{ type: "TextQuoteSelector", exact: quote.exact, prefix: quote.prefix, suffix: quote.suffix }]),
    ...(position === undefined || position.unit !== "code-points"
      ? []
      : [{ type: "TextPositionSelector", start: position.start, end: position.end }]),
  ]
  return selectors.length === 0 ? source : { type: "SpecificResource", source, selector: oneOrAll(selectors) }
}

function oneOrAll<Item>(list: readonly Item[]): Item | readonly Item[] {
  const [only] = list
  return list.length === 1 && only !== undefined ? only : list
}

/** The page or the collection that was read, with annotations in it again; those by themselves when there was none. */
export function framedAnnotations(frame: JsonObject | null, annotations: readonly AnnotationRecord[]): unknown {
  const written = annotations.map(webAnnotation)
  if (frame === null) return oneOrAll(written)
  if (!isCollection(frame)) return { ...frame, items: written }
  return isObject(frame["first"]) ? { ...frame, first: { ...frame["first"], items: written } } : frame
}

/** Writes annotations as one collection with one page, annotation by annotation. @param id - address of the collection; its page is `#page` in it. */
export function* writeWebAnnotations(
  annotations: Iterable<AnnotationRecord>,
  { id, label, total }: { readonly id: string; readonly label: string; readonly total: number },
): IterableIterator<string> {
  const collection = { "@context": ANNOTATION_CONTEXT, id, type: "AnnotationCollection", label, total }
  const page = { id: `${id}#page`, type: "AnnotationPage", partOf: id, startIndex: 0 }
  yield `${JSON.stringify(collection).slice(0, -1)},"first":${JSON.stringify(page).slice(0, -1)},"items":[`
  let between = "\n"
  for (const annotation of annotations) {
    // The context is that of the collection.
    const json = webAnnotation(annotation)
    yield `${between}${JSON.stringify(json["@context"] === ANNOTATION_CONTEXT ? without(json, "@context") : json)}`
    between = ",\n"
  }
  yield "\n]}}\n"
}
