import type { SegmentStore } from "./segment-store.ts"
import { isContained, readStoredMessage, type StoredMessage } from "./stored-message.ts"

/** Where a message stands. */
export interface MessageSource {
  /** The value in `messages` or `imported`. */
  readonly value: unknown
  /** It was written here and may still grow; false for an imported value. */
  readonly live: boolean
  /** For a differing text of a message that is here already, the id of that message; it is an alternative of it. */
  readonly variantOf: string | null
}

/** What of a segment messages are read from. */
type SourceHolder = Pick<SegmentStore, "segment" | "maps" | "imported">

/** One value that stands under the id of a message. */
interface Candidate {
  readonly value: unknown
  readonly live: boolean
  /** Names it among the texts of the same message: the digest of an imported one. */
  readonly name: string
}

/**
 * The messages that stand under the id `owner` in the segments that hold it, given in their order: usually one.
 *
 * Two devices can import different exports of one message, say one from before its answer was complete, or a backup of a
 * message that lives on elsewhere; they may put it into different segments. All texts are kept under keys of their own. The live one, else the
 * longest, else the one with the greatest key has the id; a text that stands in it already is not shown again; any other becomes an
 * alternative with the id `<owner>~<name>`. An imported text that was erased in one segment is not shown from another.
 */
export function readSources(owner: string, holders: readonly SourceHolder[]): ReadonlyMap<string, MessageSource> {
  const live = holders.flatMap(({ segment, maps }) => candidate(maps.messages.get(owner), true, `s${segment}`))
  const imported = importedValues(owner, holders)
  const [first] = live
  const [only] = imported
  if (first === undefined && only === undefined) return new Map()
  const single = first ?? only
  if (single !== undefined && live.length + imported.length === 1) {
    return new Map([[owner, { value: single.value, live: single.live, variantOf: null }]])
  }

  const read = (one: Candidate): Candidate & { readonly message: StoredMessage } => ({
    ...one,
    message: readStoredMessage(owner, one.value),
  })
  const ordered = imported.map(read).sort((left, right) => {
    return textLength(right.message) - textLength(left.message) || (left.name < right.name ? 1 : -1)
  })
  const sources = new Map<string, MessageSource>()
  const shown: StoredMessage[] = []
  for (const { value, live: isLive, name, message } of [...live.map(read), ...ordered]) {
    if (shown.some((other) => isContained(message, other))) continue
    shown.push(message)
    if (sources.size === 0) sources.set(owner, { value, live: isLive, variantOf: null })
    else sources.set(`${owner}~${name}`, { value, live: isLive, variantOf: owner })
  }
  return sources
}

function importedValues(owner: string, holders: readonly SourceHolder[]): Candidate[] {
  const byDigest = new Map<string, Candidate>()
  for (const { imported } of holders) {
    for (const [rest, value] of imported.records(owner)) {
      const name = rest.join("-")
      const known = byDigest.get(name)
      if (known === undefined || (!isErased(known.value, owner) && isErased(value, owner))) byDigest.set(name, { value, live: false, name })
    }
  }
  return [...byDigest.values()]
}

function candidate(value: unknown, live: boolean, name: string): Candidate[] {
  return value === undefined ? [] : [{ value, live, name }]
}

function isErased(value: unknown, owner: string): boolean {
  return readStoredMessage(owner, value).core.erased === true
}

function textLength(message: StoredMessage): number {
  return message.parts.reduce((length, part) => length + (part.text?.length ?? 0), 0)
}
