import type { MessagePart } from "@polylogue/conversation"
import { onOneLine } from "./data-block.ts"

/** Longest value of a program, such as data or a tool's output, that a model is told of an earlier message, in UTF-16 units of JSON. */
const MAX_VALUE_LENGTH = 4_000

/**
 * What a part says in words, for a model. Undefined for what is not said so: files and calls of tools, which are told in another way, and the thoughts of a model, which
 * are no part of what was said.
 */
export function partWords({ type, text, fields }: MessagePart): string | undefined {
  switch (type) {
    case "text":
      return inked(text)
    case "reasoning":
    case "tool":
    case "file":
      return undefined
    case "code":
      return text === null ? undefined : fenced(text, word(fields["language"]))
    case "quote":
      return text === null ? undefined : quoted(text, word(fields["authorName"]))
    case "source":
      return sourceLine(fields)
    case "data":
      return fenced(boundedJson(fields["data"]), "json")
    default:
      return inked(text) ?? `(A part of the kind ${JSON.stringify(onOneLine(type))}, which is not read.)`
  }
}

function inked(text: string | null): string | undefined {
  return text === null || text.trim() === "" ? undefined : text
}

/** A fence that is longer than any in the text. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}

function quoted(text: string, author: string): string {
  const lines = text.split("\n").map((line) => `> ${line}`)
  return [author === "" ? "Quoted:" : `${author} wrote:`, ...lines].join("\n")
}

function sourceLine(fields: MessagePart["fields"]): string | undefined {
  const [title, url, snippet] = [word(fields["title"]), word(fields["url"]), word(fields["snippet"])]
  const line = [title, url === "" ? "" : `<${url}>`, snippet].filter((said) => said !== "").join(" ")
  return line === "" ? undefined : `Source: ${line}`
}

function word(value: unknown): string {
  return typeof value === "string" ? onOneLine(value) : ""
}

/** A value as JSON, cut to {@link MAX_VALUE_LENGTH} with a note. */
export function boundedJson(value: unknown): string {
  const json = JSON.stringify(value) ?? "null"
  if (json.length <= MAX_VALUE_LENGTH) return json
  return `${json.slice(0, MAX_VALUE_LENGTH).replace(/[\uD800-\uDBFF]$/u, "")} (cut: ${MAX_VALUE_LENGTH} of ${json.length} characters)`
}
