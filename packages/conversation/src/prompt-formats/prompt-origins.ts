import type * as Y from "yjs"
import { isObject, type JsonObject } from "../formats/json-value.ts"
import { PROMPT_FORMATS, type PromptFormatName } from "./prompt-format-table.ts"
import type { PortableVersion } from "./prompt-item.ts"

/** What is known of an imported version besides the version itself. */
export interface VersionOrigin {
  readonly source: PromptFormatName
  /** Its number where it came from. */
  readonly number: number | null
  readonly extra: PortableVersion["extra"]
}

/** The map of a prompt's document with the origins of imported versions: JSON text by version id, written once. */
const ORIGINS = "origins"

/** Where a version came from; undefined when it was made here. */
export function readOrigin(ydoc: Y.Doc, versionId: string): VersionOrigin | undefined {
  const text = ydoc.getMap<unknown>(ORIGINS).get(versionId)
  const value = typeof text === "string" ? parse(text) : undefined
  if (!isObject(value)) return undefined
  const source = formatNamed(value["source"])
  const { number, extra } = value
  const of = isObject(extra) ? formatNamed(extra["of"]) : undefined
  const fields = isObject(extra) && isObject(extra["fields"]) ? extra["fields"] : undefined
  if (source === undefined) return undefined
  return {
    source,
    number: typeof number === "number" ? number : null,
    extra: of === undefined || fields === undefined ? null : { of, fields },
  }
}

/** Notes where a version came from, within the transaction that is open. Two devices that import the same write the same. */
export function writeOrigin(ydoc: Y.Doc, versionId: string, origin: VersionOrigin): void {
  const origins = ydoc.getMap<unknown>(ORIGINS)
  if (!origins.has(versionId)) origins.set(versionId, JSON.stringify(origin))
}

function formatNamed(name: unknown): PromptFormatName | undefined {
  return PROMPT_FORMATS.find((format) => format.name === name)?.name
}

function parse(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    return undefined
  }
}
