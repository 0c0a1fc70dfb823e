import { ConversationError } from "../conversation-error.ts"

/** Longest text with which a source begins, in UTF-16 units: at most 6 MB, so that it is written whole in one row (of at most 16 MiB), or not at all. */
export const MAX_SOURCE_CHARACTERS = 2_000_000
/** Longest passage in UTF-16 units. */
export const MAX_PASSAGE_CHARACTERS = 64 * 1024
/** Most passages of one chunking. */
export const MAX_CHUNKS = 20_000
/** Most characters of all passages of one chunking: as many as overlapping by half makes of the longest text. */
export const MAX_CHUNKING_CHARACTERS = 2 * MAX_SOURCE_CHARACTERS
/** Most pages of a source. */
export const MAX_PAGES = 20_000
/** Longest title of a source in UTF-16 units. */
export const MAX_SOURCE_TITLE_LENGTH = 300
/** Longest name of a file, URI, and name that a corpus gives a passage, in UTF-16 units. */
export const MAX_SOURCE_FIELD_LENGTH = 2048
/** Longest JSON of the configuration of a chunking, or of a retrieval, in UTF-16 units. */
export const MAX_SOURCE_CONFIG_LENGTH = 16 * 1024
/** Characters of passages after which a further transaction, and so a further row, is begun. */
export const PASSAGE_BATCH_CHARACTERS = 256 * 1024

/** @throws ConversationError `too-large` when `count` of `what` is above `most`. */
export function atMost(count: number, most: number, what: string): void {
  if (count > most) throw new ConversationError("too-large", `${what}: at most ${most}, not ${count}`)
}
