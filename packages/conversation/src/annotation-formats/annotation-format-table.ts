/**
 * Every format of evaluations and annotations, once: what the command and the menus say about them derives from here. `files` says whether an export is one file
 * or a folder of several.
 */
export const ANNOTATION_FORMATS = [
  format("qrels", "TREC qrels", { extension: "qrels", mediaType: "text/plain", imports: true }),
  format("run", "TREC run", { extension: "run", mediaType: "text/plain" }),
  format("beir", "BEIR data set", { files: "folder", imports: true }),
  format("ragas", "RAGAS samples", { extension: "jsonl", mediaType: "application/jsonl" }),
  format("ragas-turns", "RAGAS dialogues", { extension: "jsonl", mediaType: "application/jsonl" }),
  format("judgements-csv", "Judgements as CSV", { extension: "csv", mediaType: "text/csv" }),
  format("webannotation", "W3C Web Annotations", { extension: "jsonld", mediaType: "application/ld+json", imports: true }),
  format("mt-rag", "MT-RAG tasks", { extension: "jsonl", mediaType: "application/jsonl", imports: true, exports: false }),
] as const

/** One format as {@link ANNOTATION_FORMATS} tells it. */
export interface AnnotationFormat<Name extends string = string> {
  readonly name: Name
  /** What people call it. */
  readonly title: string
  /** Without a dot. */
  readonly extension: string
  readonly mediaType: string
  readonly imports: boolean
  readonly exports: boolean
  readonly files: "one" | "folder"
}

/** The name of a format of evaluations and annotations. */
export type AnnotationFormatName = (typeof ANNOTATION_FORMATS)[number]["name"]

function format<const Name extends string>(name: Name, title: string, fields: Partial<AnnotationFormat>): AnnotationFormat<Name> {
  return { extension: "json", mediaType: "application/json", imports: false, exports: true, files: "one", ...fields, name, title }
}
