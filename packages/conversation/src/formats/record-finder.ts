import { ImportProblem } from "./import-item.ts"
import { isObject, type JsonObject, listField } from "./json-value.ts"
import { isNativeFile, NATIVE_VERSION } from "./native.ts"
import { isLooseMessage } from "./record-reader.ts"

/** One thing in a file that may be a conversation. */
export interface FoundRecord {
  /** As in `ImportPlace.position`. */
  readonly position: string
  /** A parsed value, or the problem that stands in its place. */
  readonly value: unknown
  /** Its format, where the file around it says so. */
  readonly format?: "polylogue"
}

/** Under which names a file's object keeps its list of conversations. */
export const RECORD_LISTS: readonly string[] = ["conversations", "history"]

/**
 * The records in a parsed file: the items of a list, of the list that an object keeps under one of {@link RECORD_LISTS}, or the file
 * itself. A list of messages is one record, for messages by themselves are no conversations.
 * @throws ImportProblem `unsupported-version`, `bad-record` for a native file that cannot be read.
 */
export function* recordsIn(file: unknown): IterableIterator<FoundRecord> {
  if (isNativeFile(file)) {
    for (const [index, value] of nativeList(file).entries()) yield { position: `conversations[${index}]`, value, format: "polylogue" }
  } else if (Array.isArray(file)) {
    const list: readonly unknown[] = file
    if (isLooseMessage(list[0])) yield { position: "", value: list }
    else for (const [index, value] of list.entries()) yield { position: `[${index}]`, value }
  } else {
    const name = isObject(file)
      ? RECORD_LISTS.find((key) => Array.isArray(file[key]) && !isLooseMessage(listField(file, key)[0]))
      : undefined
    if (name === undefined || !isObject(file)) yield { position: "", value: file }
    else for (const [index, value] of listField(file, name).entries()) yield { position: `${name}[${index}]`, value }
  }
}

/**
 * Checks the beginning of a native file and gives its conversations.
 * @throws ImportProblem `unsupported-version`, `bad-record`.
 */
function nativeList(file: JsonObject): readonly unknown[] {
  if (file["version"] !== NATIVE_VERSION) {
    const version = JSON.stringify(file["version"]) ?? "none"
    const message = `version ${version.slice(0, 20)} of the format is not known here, only ${NATIVE_VERSION}`
    throw new ImportProblem("unsupported-version", message)
  }
  if (!Array.isArray(file["conversations"])) throw new ImportProblem("bad-record", "`conversations` is not a list")
  return listField(file, "conversations")
}
