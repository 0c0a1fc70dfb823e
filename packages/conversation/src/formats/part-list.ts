import type { StoredPart } from "../stored-message.ts"
import { readBlobUrn, readDataUrl } from "./data-url.ts"
import type { ImportedBlobs } from "./imported-blobs.ts"
import { isEmpty, isObject, type JsonObject, stringField } from "./json-value.ts"

/** A file as a source names it. */
export interface NamedFile {
  /** A `data:` URL becomes a blob, an address of the web is kept; any other names nothing outside its source and is not. */
  readonly url?: string | undefined
  readonly name?: string | undefined
  readonly mediaType?: string | undefined
  readonly size?: number | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
}

/** A call of a tool, with its result where that is known. */
export interface ToolCall {
  readonly toolCallId: string
  readonly name: string
  /** A value, or the JSON text of one. */
  readonly input: unknown
  readonly output?: unknown
  readonly errorText?: string | undefined
  /** Default: by what is known of the result. */
  readonly state?: string | undefined
}

/** What a source names a file where it gives no name. */
const UNNAMED = "file"

/**
 * Builds the parts of one message in the form that the README's table "Parts" gives them. Fields without a place of their own
 * are kept beside a part as JSON text in `raw`.
 */
export class PartList {
  readonly #parts: StoredPart[] = []
  readonly #blobs: ImportedBlobs

  constructor(blobs: ImportedBlobs) {
    this.#blobs = blobs
  }

  get parts(): readonly StoredPart[] {
    return this.#parts
  }

  /** The texts of the `text` parts, one after the other. */
  get texts(): readonly string[] {
    return this.#parts.filter((part) => part.type === "text").map((part) => part.text ?? "")
  }

  add(type: string, fields: JsonObject, raw: JsonObject = {}): void {
    const rest = isEmpty(raw) ? {} : { raw: JSON.stringify(raw) }
    this.#parts.push({ pid: String(this.#parts.length), type, ...withoutUndefined(fields), ...rest })
  }

  text(text: string, raw?: JsonObject): void {
    this.add("text", { text }, raw)
  }

  /** @param more - further fields of the part. */
  file(file: NamedFile, raw?: JsonObject, more: JsonObject = {}): void {
    const { url = "", name = UNNAMED, mediaType, size, width, height } = file
    const data = readDataUrl(url)
    const sha256 = data === undefined ? readBlobUrn(url) : this.#blobs.add(data.bytes, data.mediaType)
    const place = sha256 === undefined ? (/^https?:/iu.test(url) ? { url } : {}) : { sha256 }
    const kept = sha256 === undefined && !("url" in place) && url !== "" ? { url } : {}
    const type = mediaType ?? data?.mediaType ?? "application/octet-stream"
    this.add("file", { ...place, name, mediaType: type, size: data?.bytes.length ?? size, width, height, ...more }, { ...raw, ...kept })
  }

  /** A file whose bytes the source gave as a text, as of an attachment that a program read. */
  textFile(name: string, bytes: Uint8Array, raw?: JsonObject): void {
    const mediaType = "text/plain"
    this.add("file", { sha256: this.#blobs.add(bytes, mediaType), name, mediaType, size: bytes.length }, raw)
  }

  /** @param more - further fields of the part. */
  tool(call: ToolCall, raw?: JsonObject, more: JsonObject = {}): void {
    const { toolCallId, name, input, output, errorText } = call
    const state = call.state ?? (errorText !== undefined ? "output-error" : output !== undefined ? "output-available" : "input-available")
    this.add("tool", { toolCallId, name, ...readInput(input), output, errorText, state, ...more }, raw)
  }

  /** Joins a result to the call that has none yet: of that id, or the last one for a result without. Says whether there is one. */
  toolResult(toolCallId: string | undefined, output: unknown, isError: boolean, raw: JsonObject = {}): boolean {
    const index = this.#parts.findLastIndex(
      (part) => part.type === "tool" && !hasResult(part) && (toolCallId === undefined || part["toolCallId"] === toolCallId),
    )
    const call = this.#parts[index]
    if (call === undefined) return false
    const result = isError ? { errorText: textOf(output), state: "output-error" } : { output: output ?? null, state: "output-available" }
    const kept =
      isEmpty(raw) && !(isError && typeof output !== "string") ? {} : { rawResult: JSON.stringify(isError ? { ...raw, output } : raw) }
    this.#parts[index] = { ...call, ...result, ...kept }
    return true
  }

  /** What no known part can hold: kept as JSON text, with its text where it has one. */
  unknown(item: unknown): void {
    const type = isObject(item) ? (stringField(item, "type") ?? "object") : "json"
    const text = isObject(item) ? stringField(item, "text") : undefined
    this.add(type.replaceAll("_", "-"), { data: JSON.stringify(item), text })
  }
}

function hasResult(part: StoredPart): boolean {
  return part["output"] !== undefined || part["errorText"] !== undefined
}

/** The input of a call: the value, and the text it came as where writing the value gives another. */
function readInput(input: unknown): { readonly input?: unknown; readonly inputText?: string } {
  if (input === undefined) return {}
  if (typeof input !== "string") return { input }
  try {
    const value = JSON.parse(input) as unknown
    return JSON.stringify(value) === input ? { input: value } : { input: value, inputText: input }
  } catch {
    return { inputText: input }
  }
}

/** A result that is an error as people read it. */
function textOf(output: unknown): string {
  if (typeof output === "string") return output
  const items: readonly unknown[] = Array.isArray(output) ? output : [output]
  const texts = items.map((item) => (isObject(item) ? stringField(item, "text", "message", "error") : undefined))
  return texts.every((text) => text !== undefined) ? texts.join("\n") : (JSON.stringify(output) ?? "")
}

function withoutUndefined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
