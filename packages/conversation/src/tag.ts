import { hexHash } from "./content-hash.ts"
import { wellFormed } from "./well-formed.ts"

/** Longest tag in UTF-16 units. */
export const MAX_TAG_LENGTH = 64

/** A tag of the workspace and how many conversations have it. */
export interface Tag {
  readonly name: string
  readonly count: number
}

/**
 * A tag as it is kept: composed (NFC), on one line, without space around it.
 * @throws RangeError unless that has 1 to {@link MAX_TAG_LENGTH} UTF-16 units.
 */
export function normaliseTag(name: string): string {
  const tag = tidyName(name)
  if (tag === "" || tag.length > MAX_TAG_LENGTH) throw new RangeError(`a tag has 1 to ${MAX_TAG_LENGTH} characters, not ${tag.length}`)
  return tag
}

/** What is the same for all spellings of one tag, which differ in case or in how characters are composed. */
export function foldTag(name: string): string {
  return tidyName(name).toLowerCase().normalize("NFC")
}

/**
 * The name of a tag in a key: 64 bits of a hash over what all its spellings have in common. So spellings are one tag by their key, and the
 * words of a tag stand in a value, which can be erased as no key can.
 */
export function tagDigest(name: string): string {
  return hexHash("tag", foldTag(name)).slice(0, 16)
}

/** A name on one line, composed and without space around it. */
export function tidyName(name: string): string {
  return wellFormed(name).normalize("NFC").replaceAll(/\s+/gu, " ").trim()
}

/** Order of tags for people: by their common form, so that spellings stand together, the same on every device. */
export function compareTags(left: string, right: string): number {
  const [first, second] = [foldTag(left), foldTag(right)]
  if (first !== second) return first < second ? -1 : 1
  return left < right ? -1 : left > right ? 1 : 0
}

/** The tags of many cards with their counts, sorted; of several spellings the one that most have, else the lowest. */
export function countTags(tagged: Iterable<{ readonly tags: readonly string[] }>): readonly Tag[] {
  const spellings = new Map<string, Map<string, number>>()
  for (const { tags } of tagged) {
    for (const tag of tags) {
      const fold = foldTag(tag)
      const known = spellings.get(fold) ?? new Map<string, number>()
      known.set(tag, (known.get(tag) ?? 0) + 1)
      spellings.set(fold, known)
    }
  }
  const counted = [...spellings.values()].map((known) => {
    const [first] = [...known].sort(([left, more], [right, less]) => less - more || (left < right ? -1 : 1))
    return Object.freeze({ name: first?.[0] ?? "", count: [...known.values()].reduce((sum, count) => sum + count, 0) })
  })
  return Object.freeze(counted.sort((left, right) => compareTags(left.name, right.name)))
}
