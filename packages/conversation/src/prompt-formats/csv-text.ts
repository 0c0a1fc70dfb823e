/*
 * CSV as RFC 4180 has it, and as programs write it: line breaks of any kind, also within quotes; a separator other than the comma when the
 * caller says so. What is not well formed is told with its row, and its text is in the fields that were read.
 */

/** One row of a file: its fields, and what is wrong with it. */
export interface CsvRow {
  /** Counts from 1, header and empty rows included: the row as a spreadsheet numbers it. */
  readonly number: number
  readonly fields: readonly string[]
  /** For people; absent when the row is well formed. */
  readonly problem?: string
}

/** Reads `text` row by row. Empty lines are left out, but counted. Never throws. */
export function* readCsv(text: string, separator = ","): IterableIterator<CsvRow> {
  let at = 0
  for (let number = 1; at < text.length; number++) {
    const start = at
    const fields: string[] = []
    let problem: string | undefined
    for (;;) {
      const field = text[at] === '"' ? quotedField(text, at + 1, separator) : bareField(text, at, separator)
      problem ??= field.problem
      fields.push(field.value)
      at = field.end
      if (text[at] !== separator) break
      at++
    }
    const empty = at === start
    at = afterBreak(text, at)
    if (empty) continue
    yield problem === undefined ? { number, fields } : { number, fields, problem }
  }
}

interface Field {
  readonly value: string
  /** Where the separator, the line break or the end of the text stands. */
  readonly end: number
  readonly problem?: string
}

function bareField(text: string, start: number, separator: string): Field {
  const end = fieldEnd(text, start, separator)
  return { value: text.slice(start, end), end }
}

function fieldEnd(text: string, start: number, separator: string): number {
  let end = start
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++
  return end
}

function quotedField(text: string, start: number, separator: string): Field {
  let value = ""
  for (let at = start; ;) {
    const quote = text.indexOf('"', at)
    if (quote === -1) {
      return { value: value + text.slice(at), end: text.length, problem: "a quote is opened and never closed" }
    }
    value += text.slice(at, quote)
    if (text[quote + 1] === '"') {
      value += '"'
      at = quote + 2
      continue
    }
    const end = fieldEnd(text, quote + 1, separator)
    if (end === quote + 1) return { value, end }
    return { value: value + text.slice(quote, end), end, problem: "there is text after a closing quote" }
  }
}

function afterBreak(text: string, at: number): number {
  return text[at] === "\r" && text[at + 1] === "\n" ? at + 2 : at + 1
}

/** One row as RFC 4180 writes it, with its line break. Fields are quoted where they must be, so every text comes back as it is. */
export function writeCsvRow(fields: readonly string[]): string {
  const [only] = fields
  // A row of one empty field would be an empty line, which readers leave out.
  if (fields.length === 1 && only === "") return '""\r\n'
  return `${fields.map((field) => (/[",\r\n]|^\s|\s$/u.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",")}\r\n`
}
