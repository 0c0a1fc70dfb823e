import type { Citation } from "../citations/citation-records.ts"
import type { MessagePart } from "../message.ts"

/**
 * One part of a message as blocks of Markdown. Sources become footnotes, which are added to `footnotes` and stand at the end; tools are folded.
 * @param numbers - the numbers under which messages are told, by id.
 */
export function partBlocks(part: MessagePart, numbers: ReadonlyMap<string, number>, footnotes: string[]): string[] {
  const { type, text, fields } = part
  const state = part.state === "done" ? [] : [`_${part.state}_`]
  if (type === "text") return [closeFence(text ?? ""), ...state].filter((block) => block !== "")
  if (type === "quote" && text !== null) return [quoteBlock(part, text, numbers)]
  if (type === "file") return [fileLine(part)]
  if (type === "source") return [footnote(part, footnotes)]
  if (type === "tool") return toolBlocks(part)
  const data = fields["data"]
  const told = text ?? (typeof data === "string" ? data : JSON.stringify(fields))
  const language = typeof fields["language"] === "string" ? fields["language"] : ""
  return [fenced(told, language === "" ? type : language), ...state]
}

/** A link to the message that is told under `number`. */
export function linkTo(number: number): string {
  return `[${number}](#message-${number})`
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim()
}

function quoteBlock({ fields }: MessagePart, text: string, numbers: ReadonlyMap<string, number>): string {
  const number = typeof fields["messageId"] === "string" ? numbers.get(fields["messageId"]) : undefined
  const from = number === undefined ? "" : `\n>\n> — message ${linkTo(number)}`
  return text.replaceAll(/^/gmu, "> ") + from
}

function fileLine({ fields }: MessagePart): string {
  const { name, mediaType, size, sha256, url } = fields
  const shown = plain(typeof name === "string" ? name : "file")
  const facts = [mediaType, typeof size === "number" ? `${size} bytes` : undefined].filter((fact) => typeof fact === "string").map(plain)
  const about = facts.length === 0 ? "" : ` (${facts.join(", ")})`
  if (typeof url === "string" && isWebAddress(url)) return `Attachment: [${shown}](<${url}>)${about}`
  return `Attachment: ${shown}${about}${typeof sha256 === "string" ? `, \`${sha256.replaceAll("`", "")}\`` : ""}`
}

function footnote({ fields }: MessagePart, footnotes: string[]): string {
  const { title, url, snippet } = fields
  const address = typeof url === "string" && isWebAddress(url) ? ` <${url}>` : ""
  const words = typeof snippet === "string" && snippet !== "" ? `: ${plain(snippet)}` : ""
  footnotes.push(`[^${footnotes.length + 1}]: ${plain(typeof title === "string" ? title : "Source")}${address}${words}`)
  return `Source: [^${footnotes.length}]`
}

/** A reference to a footnote on what a citation cites, which is added to `footnotes`. */
export function citedFootnote(source: Citation["source"], footnotes: string[]): string {
  const quote = source.anchor === null ? "" : `: “${plain(source.anchor.quote.exact)}”`
  const [name, where] =
    source.kind === "url"
      ? [source.title ?? "Source", isWebAddress(source.url) ? ` <${source.url}>` : ""]
      : [`Source ${source.sourceId}`, source.page === undefined ? "" : `, page ${source.page}`]
  footnotes.push(`[^${footnotes.length + 1}]: ${plain(name)}${where}${quote}`)
  return `[^${footnotes.length}]`
}

function toolBlocks(part: MessagePart): string[] {
  const { name, input, inputText, output, errorText } = part.fields
  const result = typeof errorText === "string" ? errorText : output
  return [
    `<details><summary>Tool: ${plain(typeof name === "string" ? name : "tool")} (${plain(part.state)})</summary>`,
    ...(input === undefined && inputText === undefined
      ? []
      : [fenced(typeof inputText === "string" ? inputText : jsonText(input), "input")]),
    ...(result === undefined ? [] : [fenced(jsonText(result), typeof errorText === "string" ? "error" : "output")]),
    "</details>",
  ]
}

function jsonText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2)
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\/[^\s<>]+$/iu.test(url)
}

/** Words of a name, so that nothing in them is Markdown or HTML. */
function plain(text: string): string {
  return oneLine(text).replaceAll(/[\\`*_[\]<>&]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`)
}

/** A code block around `text` whose fence is longer than any run of backticks in it. */
function fenced(text: string, info: string): string {
  const longest = [...text.matchAll(/`+/gu)].reduce((length, [run]) => Math.max(length, run.length), 2)
  const fence = "`".repeat(longest + 1)
  return `${fence}${oneLine(info).replaceAll("`", "")}\n${text}\n${fence}`
}

/** `text` with the code fence closed that it leaves open (CommonMark 4.5: same character, at least as long). */
function closeFence(text: string): string {
  let open = ""
  for (const line of text.split("\n")) {
    const [, run = "", info = ""] = /^ {0,3}(`{3,}|~{3,})(.*)$/u.exec(line) ?? []
    if (run === "") continue
    if (open === "") open = run.startsWith("`") && info.includes("`") ? "" : run
    else if (run.startsWith(open) && info.trim() === "") open = ""
  }
  return open === "" ? text : `${text}\n${open}`
}
