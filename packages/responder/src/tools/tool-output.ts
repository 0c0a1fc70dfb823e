import { AnswerError } from "../answer.ts"

/** Deepest nesting of what goes into a document, as packages/conversation has it. */
const MAX_DEPTH = 100

/**
 * What a tool gave, as it is kept and as the model reads it: plain JSON of at most `maxBytes`. A longer text keeps its beginning; of anything longer the beginning of its JSON text is kept. Both
 * say that they were cut.
 * @throws AnswerError `failed` for what is no JSON, or nests too deeply.
 */
export function boundedOutput(output: unknown, maxBytes: number): unknown {
  const text = jsonOf(output)
  const bytes = utf8.encode(text).length
  if (bytes <= maxBytes) return JSON.parse(text) as unknown
  const note = `Cut: this is the beginning of ${bytes} bytes.`
  if (typeof output !== "string") {
    const kept = beginning(text, maxBytes, (part) => JSON.stringify({ note, json: part }))
    return { note, json: kept }
  }
  const ending = `\n\n[${note}]`
  return `${beginning(output, maxBytes, (part) => JSON.stringify(part + ending))}${ending}`
}

/** Whether a value nests deeper than a document takes. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false
  return depth >= MAX_DEPTH || Object.values(value).some((item) => isTooDeep(item, depth + 1))
}

/** The input of a call as it is kept: what nests too deeply is only said to have been there. */
export function keepable(input: unknown): unknown {
  return isTooDeep(input) ? "nested too deeply" : input
}

const utf8 = new TextEncoder()

function jsonOf(output: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(output ?? null) as string | undefined
  } catch (cause) {
    throw new AnswerError("failed", "The tool gave something that cannot be kept.", { cause })
  }
  if (text === undefined || isTooDeep(JSON.parse(text))) throw new AnswerError("failed", "The tool gave something that cannot be kept.")
  return text
}

/** The longest beginning of `text`, between whole characters, that `write` makes at most `maxBytes` of. */
function beginning(text: string, maxBytes: number, write: (part: string) => string): string {
  let [fits, tooLong] = [0, Math.min(text.length, maxBytes) + 1]
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1
    if (utf8.encode(write(cutAt(text, middle))).length <= maxBytes) fits = middle
    else tooLong = middle
  }
  return cutAt(text, fits)
}

function cutAt(text: string, length: number): string {
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}
