import { readClock } from "../hybrid-clock.ts"
import type { RecordReader } from "../record-key.ts"
import { readRegister } from "../register.ts"
import { MAIN_DRAFT } from "./prompt-layout.ts"
import { isVersionId } from "./prompt-versions.ts"
import { heads, type VersionGraph } from "./version-graph.ts"

/** A line of work on a prompt, with texts of its own. Immutable. */
export interface PromptDraft {
  readonly id: string
  /** The empty string for `main` until somebody names it. */
  readonly name: string
  /** Put away; everything in it stays, and it can be opened again. */
  readonly closed: boolean
  /** The versions it stands on: one as a rule; several after a merge, or when several devices saved it at the same time. The next version comes from all of them. */
  readonly base: readonly string[]
  /** Wall time in ms since 1970; 0 where it is not known. */
  readonly createdAt: number
  /** Who made it; the empty string where that is not known. */
  readonly authorId: string
}

/** Most drafts of a prompt, closed ones included. */
export const MAX_DRAFTS = 100
/** Longest name of a draft in UTF-16 units. */
export const MAX_DRAFT_NAME_LENGTH = 100

/** All drafts, `main` first, then in the order in which they were made. */
export function readDrafts(records: RecordReader & { owners(): Iterable<string> }, versions: VersionGraph): readonly PromptDraft[] {
  const drafts: PromptDraft[] = []
  for (const id of new Set([MAIN_DRAFT, ...records.owners()])) {
    const draft = readDraft(records, id, versions)
    if (draft !== undefined) drafts.push(draft)
  }
  const rank = ({ id }: PromptDraft): number => (id === MAIN_DRAFT ? 0 : 1)
  return Object.freeze(
    drafts.sort((left, right) => rank(left) - rank(right) || left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1)),
  )
}

/** A draft other than `main` is one as soon as it was made: a name alone may come before that. */
function readDraft(records: RecordReader, id: string, versions: VersionGraph): PromptDraft | undefined {
  const [made] = [...records.records(id, "made")].filter(([rest]) => rest.length === 0).map(([, value]) => value)
  if (id !== MAIN_DRAFT && (id === "" || id.includes("/") || typeof made !== "object" || made === null)) return undefined
  const { createdAt, authorId } = (typeof made === "object" && made !== null ? made : {}) as { createdAt?: unknown; authorId?: unknown }
  const name = readRegister(records, id, "name")[0]?.value
  return Object.freeze({
    id,
    name: typeof name === "string" ? name.slice(0, MAX_DRAFT_NAME_LENGTH) : "",
    closed: readRegister(records, id, "closed")[0]?.value === true,
    base: Object.freeze(readBase(records, id, versions)),
    createdAt: readClock(createdAt),
    authorId: typeof authorId === "string" ? authorId : "",
  })
}

/** Each device notes on what it left the draft; what others went on from is passed over, so devices that save at the same time leave both of their versions. */
function readBase(records: RecordReader, id: string, versions: VersionGraph): readonly string[] {
  const noted: string[] = []
  for (const [rest, value] of records.records(id, "base")) {
    if (rest.length === 1 && Array.isArray(value)) noted.push(...value.filter(isVersionId))
  }
  return heads(versions, noted)
}
