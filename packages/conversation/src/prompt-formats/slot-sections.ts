import type { PortableSlot } from "./prompt-item.ts"

/*
 * The messages of a prompt as sections of a Markdown file:
 *
 *     ## system                      ## placeholder: history            ## role: critic
 *
 *     You are {{name}}.
 *
 * What stands between two headings is the text, without the white space around it. A text for which that is not exact stands in a fence
 * of its own, which is longer than any in it and says `prompt`:
 *
 *     ````prompt
 *     ...
 *     ````
 */

const ROLES: readonly string[] = ["system", "user", "assistant", "tool", "developer"]
// Nothing in it can match in two ways: a line may be as long as a file.
const HEADING = /^(#{1,3}) (?:(system|user|assistant|tool|developer)[ \t\r]*|(role|placeholder): (.*))$/iu
const CLOSING = /^`{3,}$/u
const OPENING = /^(`{3,})prompt[ \t]*$/u

interface Heading {
  readonly level: number
  readonly slot: Omit<PortableSlot, "text">
}

function headingIn(line: string): Heading | undefined {
  const [, marks = "", known, word, value = ""] = HEADING.exec(line) ?? []
  if (known !== undefined) return { level: marks.length, slot: { role: known.toLowerCase() } }
  if (word === undefined) return undefined
  const name = unquote(value.trim())
  if (name === "") return undefined
  return { level: marks.length, slot: word.toLowerCase() === "role" ? { role: name } : { role: "placeholder", name } }
}

/** Whether the first line of `body` that says something is the heading of a message. */
export function beginsWithSlot(body: string): boolean {
  const first = body.split("\n", MAX_BLANK_LINES).find((line) => line.trim() !== "")
  return first !== undefined && headingIn(first) !== undefined
}

const MAX_BLANK_LINES = 100

/** The messages in the body of a Markdown file, and what stands before the first. */
export function readSections(body: string): { readonly preamble: string; readonly slots: readonly PortableSlot[] } {
  const lines = body.split("\n")
  const slots: PortableSlot[] = []
  const fences = new Fences(lines)
  let level: number | undefined
  let current: { readonly slot: Heading["slot"]; readonly from: number } | undefined
  let preamble = lines.length
  // No line of the section at hand has said anything yet.
  let begins = false
  for (let at = 0; at < lines.length; at++) {
    const end = begins ? fences.endOf(at) : undefined
    begins &&= (lines[at] ?? "").trim() === ""
    if (end !== undefined) {
      at = end
      continue
    }
    const heading = headingIn(lines[at] ?? "")
    if (heading === undefined || (level !== undefined && heading.level !== level)) continue
    level = heading.level
    if (current === undefined) preamble = at
    else slots.push(sectionSlot(current.slot, lines.slice(current.from, at)))
    current = { slot: heading.slot, from: at + 1 }
    begins = true
  }
  if (current !== undefined) slots.push(sectionSlot(current.slot, lines.slice(current.from)))
  return { preamble: lines.slice(0, preamble).join("\n"), slots }
}

/** The fences of texts in a file. One that is never closed is none, and is not looked for to the end of the file each time. */
class Fences {
  readonly #lines: readonly string[]
  /** The last line that could close a fence, by its marks. */
  readonly #last = new Map<string, number>()

  constructor(lines: readonly string[]) {
    this.#lines = lines
    for (const [at, line] of lines.entries()) if (CLOSING.test(line)) this.#last.set(line, at)
  }

  /** The line that closes the fence which line `at` opens; undefined when it opens none. */
  endOf(at: number): number | undefined {
    const [, marks] = OPENING.exec(this.#lines[at] ?? "") ?? []
    return marks === undefined || (this.#last.get(marks) ?? 0) <= at ? undefined : this.#lines.indexOf(marks, at + 1)
  }
}

function sectionSlot(slot: Heading["slot"], lines: readonly string[]): PortableSlot {
  const first = lines.findIndex((line) => line.trim() !== "")
  const end = first === -1 ? undefined : new Fences(lines).endOf(first)
  if (end !== undefined && lines.slice(end + 1).every((line) => line.trim() === ""))
    return { ...slot, text: lines.slice(first + 1, end).join("\n") }
  return { ...slot, text: lines.join("\n").trim() }
}

/** The messages as sections, such that {@link readSections} gives back exactly these. */
export function writeSections(slots: readonly PortableSlot[]): string {
  return slots.map((slot) => `## ${headingOf(slot)}\n\n${bodyOf(slot.text)}`).join("\n")
}

function headingOf({ role, name }: PortableSlot): string {
  if (role === "placeholder") return `placeholder: ${quote(name ?? "")}`
  return ROLES.includes(role) ? role : `role: ${quote(role)}`
}

function bodyOf(text: string): string {
  if (text === "") return ""
  if (isPlain(text)) return `${text}\n`
  let longest = 3
  for (const [run] of text.matchAll(/`+/gu)) longest = Math.max(longest, run.length)
  const fence = "`".repeat(longest + 1)
  return `${fence}prompt\n${text}\n${fence}\n`
}

function isPlain(text: string): boolean {
  return (
    text === text.trim() && !text.includes("\r") && text.split("\n").every((line) => headingIn(line) === undefined && !OPENING.test(line))
  )
}

// A heading is one line, and what it names may be anything: what would not come back stands in quotes, as JSON writes it.
function quote(name: string): string {
  return /^[\p{L}\p{N}_]([\p{L}\p{N} _.-]*[\p{L}\p{N}_.-])?$/u.test(name)
    ? name
    : JSON.stringify(name).replaceAll(/[\u0085\u2028\u2029]/gu, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value
  try {
    const parsed: unknown = JSON.parse(value)
    return typeof parsed === "string" ? parsed : value
  } catch {
    return value
  }
}
