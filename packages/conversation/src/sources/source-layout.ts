/*
 * The top-level types of a source's document. All are made by name, so devices that make the same one both have the same; nothing is nested.
 *
 * | type | key | value |
 * |---|---|---|
 * | map `meta` | `schema` | 1 |
 * | | `added/<writer>/<client id>` | what was noted when the text was begun, never changed: see `source-meta.ts` |
 * | | `title/<writer>` | register of the title that a person gave |
 * | | `erased` | true once the source was erased |
 * | map `passages` | `<hash>.<n>` | `{ text, start, page?, externalId? }`, never changed: the n-th passage that says so |
 * | map `chunkings` | hash of the value | which passages the text was cut into, and where they stood: see `chunking.ts`; null once nobody needs it |
 * | map `chunked` | `<writer>` | `{ clock, id }`: the chunking that this device made last |
 * | text `text` | | what the source says now |
 */

/** Name of the text of a source. */
export const SOURCE_TEXT = "text"
/** Keys of `meta`. */
export const ADDED = "added"
export const TITLE = "title"
export const ERASED = "erased"
