import type * as Y from "yjs"

/**
 * A long conversation stands in several documents, its *segments*: 0 (`<ws>/conv/<id>`, with title and meta) and 1, 2, ... (`.../s1`, `.../s2`).
 * Each is small enough that a device applies it within one frame. All have the same top-level maps, and each stays writable: everything about
 * a message stands in the segment of the message. A message never stands in an earlier segment than the one it follows.
 */

/** Messages after which a writer goes on in the next segment. Applying 512 of them takes some 10 ms (measured). */
export const MAX_SEGMENT_MESSAGES = 512
/** Yjs ids after which a writer goes on in the next segment; one letter of a streamed text is one id. */
const MAX_SEGMENT_IDS = 512 * 1024
/** Characters of JSON in a segment after which an import goes on in the next one: an imported message is one Yjs id, however long. */
export const MAX_SEGMENT_LENGTH = 512 * 1024
/** The last segment there can be. A note of a later one is passed over: a reader would look for as many documents. */
export const MAX_SEGMENT = 1023
/** How full a segment is when the one after it is opened, as a share of its limit. */
export const NEARLY_FULL = 0.8

/** Owner, in the meta of segment 0, of the notes of writers which segment they went on to: `segments/<writer>`, of which readers take the greatest. */
export const SEGMENTS = "segments"

/** How full the document of a segment is: the share of its limits that is used, 1 and more when a writer goes on in the next. */
export function segmentFill(ydoc: Y.Doc): number {
  let ids = 0
  for (const structs of ydoc.store.clients.values()) {
    const last = structs.at(-1)
    if (last !== undefined) ids += last.id.clock + last.length
  }
  const messages = ydoc.getMap("messages").size + ydoc.getMap("imported").size
  return Math.max(messages / MAX_SEGMENT_MESSAGES, ids / MAX_SEGMENT_IDS)
}

/** Whether a message stands in the document of a segment. */
export function holdsMessages(ydoc: Y.Doc): boolean {
  // Asking for all keys of a map to know whether there is one would read all of them.
  for (const name of ["messages", "imported"]) if (!ydoc.getMap(name).keys().next().done) return true
  return false
}

/** The last segment that a writer has noted in segment 0; 0 when none has. Since documents arrive in any order, it may be behind the truth. */
export function notedSegment(ydoc: Y.Doc): number {
  let last = 0
  for (const [key, value] of ydoc.getMap<unknown>("meta").entries()) {
    if (key.startsWith(`${SEGMENTS}/`) && isSegmentNumber(value) && value > last) last = value
  }
  return last
}

/**
 * `segment`, if there can be such a segment.
 * @throws RangeError for anything but a whole number from 0 to 1023.
 */
export function checkSegmentNumber(segment: number): number {
  const valid: boolean = isSegmentNumber(segment)
  if (!valid) throw new RangeError(`${segment} is not the number of a segment: 0 to ${MAX_SEGMENT}`)
  return segment
}

/** Whether `value` is the number of a segment. */
export function isSegmentNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_SEGMENT
}
