import { chatLogRecord, looksLikeChatLog } from "./chat-log.ts"
import { type ImportFile, type ImportItem, type ImportPlace, ImportProblem, problemReport } from "./import-item.ts"
import { isObject } from "./json-value.ts"
import { type FoundRecord, recordsIn } from "./record-finder.ts"
import { asProblem, type ReadOptions, readRecord } from "./record-reader.ts"
import { decodeUtf8 } from "./utf8.ts"

/**
 * Finds the conversations in files, whatever format of {@link FORMATS} each has. Formats are told from the content, unless `options`
 * name one; file names are for reports only.
 *
 * Lazy: a file is parsed when the iteration reaches it and its conversations are read one by one, so that progress can be
 * shown. Never throws for what is in the files: each conversation, and each thing that is none, gives one item.
 */
export function* parseImport(files: Iterable<ImportFile>, options: ReadOptions = {}): IterableIterator<ImportItem> {
  for (const file of files) {
    const whole: ImportPlace = { file: file.name, position: "" }
    let found = false
    try {
      for (const { position, value, format } of findRecords(textOf(file))) {
        found = true
        yield readRecord({ file: file.name, position }, value, format === undefined ? options : { ...options, format })
      }
      if (!found) throw new ImportProblem("empty", "the file is empty", "skipped")
    } catch (error) {
      yield { kind: "report", report: problemReport(whole, asProblem(error)) }
    }
  }
}

function* findRecords(text: string): IterableIterator<FoundRecord> {
  if (text.trim() === "") return
  const parsed = parseJson(text)
  if (parsed instanceof ImportProblem) yield* findLines(text, parsed)
  else yield* recordsIn(parsed)
}

/**
 * Reads JSONL, when `text` is that: of its first lines at least half are JSON objects. Otherwise the file is `problem`: a JSON
 * document that was cut off also has lines that parse by themselves, but few.
 */
function* findLines(text: string, problem: ImportProblem): IterableIterator<FoundRecord> {
  const sample: boolean[] = []
  for (const { content } of linesOf(text)) {
    const value = parseJson(content)
    sample.push(isObject(value) && !(value instanceof ImportProblem))
    if (sample.length === SAMPLE_LINES) break
  }
  if (sample.filter(Boolean).length * 2 < Math.max(1, sample.length)) {
    if (!looksLikeChatLog(text)) throw problem
    return yield { position: "", value: chatLogRecord(text) }
  }
  for (const { line, content } of linesOf(text)) yield { position: `line ${line}`, value: parseJson(content) }
}

const SAMPLE_LINES = 10

function* linesOf(text: string): IterableIterator<{ readonly line: number; readonly content: string }> {
  for (let start = 0, line = 1; start < text.length; line++) {
    const newline = text.indexOf("\n", start)
    const end = newline === -1 ? text.length : newline
    const content = text.slice(start, end)
    start = end + 1
    if (content.trim() !== "") yield { line, content }
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What the engine says is neither for people nor the same everywhere.
    return new ImportProblem("not-json", breaksOff(text.trim()) ? "this breaks off before its end: export it again" : "this is no JSON")
  }
}

function breaksOff(text: string): boolean {
  return (text.startsWith("{") && !text.endsWith("}")) || (text.startsWith("[") && !text.endsWith("]"))
}

export function textOf(file: ImportFile): string {
  const { content } = file
  if (typeof content === "string") return content.startsWith("\ufeff") ? content.slice(1) : content
  const [first, second] = content
  if (first === 0x50 && second === 0x4b)
    throw new ImportProblem("bad-encoding", "this is a zip archive: unpack it and import the files in it")
  if (first === 0x1f && second === 0x8b) throw new ImportProblem("bad-encoding", "this is gzip: unpack it first")
  return decodeUtf8(content)
}
