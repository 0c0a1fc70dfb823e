import { isObject, type JsonObject, listField, readTime, stringField } from "../formats/json-value.ts"
import type { AnnotatedPlace, AnnotationRecord } from "./annotation-records.ts"
import type { AnnotationProblem } from "./web-annotation-rules.ts"
import { selectorsIn } from "./web-selectors.ts"

/*
 * Annotations as the API of Hypothesis gives them: `uri`, `text`, `tags`, `user` and targets with the selectors of the W3C, but no JSON-LD. Its positions count UTF-16
 * units of the page's text.
 */

/** The rows in what the API gave: of a search, a list, or one by itself; undefined when it is nothing of the kind. */
export function hypothesisRows(value: unknown): readonly unknown[] | undefined {
  if (isObject(value) && Array.isArray(value["rows"])) return value["rows"] as unknown[]
  if (Array.isArray(value)) return value.some(isHypothesisRow) ? (value as unknown[]) : undefined
  return isHypothesisRow(value) ? [value] : undefined
}

function isHypothesisRow(value: unknown): value is JsonObject {
  return isObject(value) && !("@context" in value) && typeof value["uri"] === "string" && typeof value["user"] === "string"
}

/** One row as a record, or what is wrong with it. */
export function hypothesisRecord(row: unknown): AnnotationRecord | AnnotationProblem {
  if (!isHypothesisRow(row)) return { path: "", message: "it is no annotation of Hypothesis: it has no `uri` and no `user`" }
  const id = stringField(row, "id")
  if (id === undefined) return { path: "id", message: "it has none" }
  const uri = stringField(row, "uri") ?? ""
  const user = stringField(row, "user") ?? ""
  const info = row["user_info"]
  const name = isObject(info) ? stringField(info, "display_name") : undefined
  const links = isObject(row["links"]) ? row["links"] : {}
  const references = listField(row, "references").filter((reference) => typeof reference === "string")
  const targets = listField(row, "target").filter(isObject)
  const places: readonly AnnotatedPlace[] = (targets.length > 0 ? targets : [{}]).map((target: JsonObject) => {
    const { quote, position } = selectorsIn(target["selector"])
    return {
      source: stringField(target, "source") ?? uri,
      ...(quote === undefined ? {} : { quote }),
      ...(position === undefined ? {} : { position: { ...position, unit: "utf-16" as const } }),
    }
  })
  return {
    id: stringField(links, "json", "html") ?? `urn:hypothesis:${id}`,
    motivations: [references.length > 0 ? "replying" : stringField(row, "text") === "" ? "highlighting" : "commenting"],
    text: stringField(row, "text") ?? "",
    tags: listField(row, "tags").filter((tag) => typeof tag === "string"),
    creator: { id: user, ...(name === undefined ? {} : { name }) },
    createdAt: readTime(row["created"]),
    modifiedAt: readTime(row["updated"]),
    places,
    original: row,
  }
}
