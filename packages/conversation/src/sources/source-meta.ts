import { readAuthor } from "../author.ts"
import type { RecordReader } from "../record-key.ts"
import { readRegister } from "../register.ts"
import type { Author } from "../stored-message.ts"
import { readSeed, type TextSeed } from "../text/text-seed.ts"
import { ADDED, TITLE } from "./source-layout.ts"
import { MAX_PAGES } from "./source-limits.ts"
import { textOf } from "../stored-value.ts"

/** What is known of a source beside its text. Immutable, and the same object until something of it changes. */
export interface SourceMeta {
  /** What a person called it, else what the file calls itself, else the name of the file. */
  readonly title: string
  /** Name of the file; the empty string for a text that was no file. */
  readonly name: string
  readonly mime: string
  /** Bytes of the file. */
  readonly size: number
  /** Where it was found. */
  readonly uri?: string
  /** SHA-256 of the file's bytes in hexadecimal: the name of the blob that holds them, where `blob` says so. */
  readonly sha256?: string
  /** Whether somebody put the bytes of the file beside the document, as a blob of the workspace. */
  readonly blob: boolean
  /** Wall time of the device that added it first, in ms since 1970; 0 while nothing is known. */
  readonly addedAt: number
  readonly addedBy: Author
  /** BCP 47 tag of the language. */
  readonly language?: string
  /** How many pages the file has; 0 for a file without pages. */
  readonly pages: number
}

/** The beginning of a page in a text, in UTF-16 units. */
export interface PageStart {
  readonly page: number
  readonly start: number
}

/** What a device noted when it began a source, of which each device that did has its own record. */
export interface Addition {
  /** `<writer>/<client id>` */
  readonly key: string
  readonly title: string
  readonly name: string
  readonly mime: string
  readonly size: number
  readonly uri?: string
  readonly sha256?: string
  readonly blob: boolean
  readonly language?: string
  readonly addedAt: number
  readonly addedBy: Author
  /** Where its pages begin in the text as it was begun, ascending. */
  readonly pages: readonly PageStart[]
  /** The characters with which it began the text; undefined for an empty one. */
  readonly seed?: TextSeed
}

/** What the devices noted that began the source, the first of them first. */
export function readAdditions(meta: RecordReader): readonly Addition[] {
  const found: Addition[] = []
  for (const [rest, value] of meta.records(ADDED)) {
    const addition = readAddition(rest.join("/"), value)
    if (addition !== undefined) found.push(addition)
  }
  return found.sort((left, right) => left.addedAt - right.addedAt || (left.key < right.key ? -1 : 1))
}

/** What is known of a source. */
export function readMeta(meta: RecordReader, additions: readonly Addition[]): SourceMeta {
  const [first] = additions
  const given = readRegister(meta, TITLE)[0]?.value
  const title = typeof given === "string" && given !== "" ? given : (first?.title ?? "")
  const { uri, sha256, language } = first ?? {}
  return Object.freeze({
    title: title === "" ? (first?.name ?? "") : title,
    name: first?.name ?? "",
    mime: first?.mime ?? "text/plain",
    size: first?.size ?? 0,
    ...(uri === undefined ? {} : { uri }),
    ...(sha256 === undefined ? {} : { sha256 }),
    blob: additions.some(({ blob }) => blob),
    addedAt: first?.addedAt ?? 0,
    addedBy: first?.addedBy ?? readAuthor(undefined),
    ...(language === undefined ? {} : { language }),
    pages: first?.pages.length ?? 0,
  })
}

function readAddition(key: string, value: unknown): Addition | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const fields = value as Readonly<Record<string, unknown>>
  const seed = readSeed(fields["seed"])
  const { title, name, mime, uri, sha256, language } = fields
  return {
    key,
    title: textOf(title),
    name: textOf(name),
    mime: textOf(mime),
    size: countOf(fields["size"]),
    ...(typeof uri === "string" ? { uri } : {}),
    ...(typeof sha256 === "string" ? { sha256 } : {}),
    blob: fields["blob"] === true,
    ...(typeof language === "string" ? { language } : {}),
    addedAt: countOf(fields["addedAt"]),
    addedBy: readAuthor(fields["addedBy"]),
    pages: readPages(fields["pages"]),
    ...(seed === undefined ? {} : { seed }),
  }
}

/** Pages as they are stored: `[page, start, page, start, ...]`. */
export function storedPages(pages: readonly PageStart[]): readonly number[] {
  return pages.flatMap(({ page, start }) => [page, start])
}

function readPages(value: unknown): readonly PageStart[] {
  if (!Array.isArray(value)) return []
  const pages: PageStart[] = []
  for (let at = 0; at + 1 < value.length && pages.length < MAX_PAGES; at += 2) {
    const [page, start] = [countOf(value[at]), countOf(value[at + 1])]
    if (start >= (pages.at(-1)?.start ?? 0)) pages.push({ page, start })
  }
  return pages
}

function countOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0
}
