import type * as Y from "yjs"
import { holdsMessages, MAX_SEGMENT, NEARLY_FULL, notedSegment, segmentFill } from "./segment.ts"

/**
 * Opens all segments of a conversation one after the other, for what needs it whole: an export, an import, an erasure. Those that writers have
 * noted, and on from the last as long as it is nearly full and holds something, for no order is promised between documents and a note may be late.
 *
 * @param open - opens the document of a segment, loaded. What it has opened when it throws is the caller's to close.
 * @param atLeast - how many segments are wanted, told from the document of segment 0; see `importSegments`. Default 1.
 * @returns what was opened by number, 0 first, without a gap; the last ones may be empty.
 */
export async function openSegments<Opened extends { readonly ydoc: Y.Doc }>(
  open: (segment: number) => Promise<Opened>,
  atLeast: (firstDoc: Y.Doc) => number = () => 1,
): Promise<ReadonlyMap<number, Opened>> {
  const first = await open(0)
  const opened = new Map([[0, first]])
  const wanted = Math.max(notedSegment(first.ydoc), atLeast(first.ydoc) - 1)
  for (let last = first, segment = 1; segment <= MAX_SEGMENT; segment++) {
    const goesOn = holdsMessages(last.ydoc) && segmentFill(last.ydoc) >= NEARLY_FULL
    if (segment > wanted && !goesOn) break
    last = await open(segment)
    opened.set(segment, last)
  }
  return opened
}

/** The Y.Docs of what `openSegments` opened, for a `ConversationView` or a `Conversation`. */
export function documentsOf(opened: ReadonlyMap<number, { readonly ydoc: Y.Doc }>): ReadonlyMap<number, Y.Doc> {
  return new Map([...opened].map(([segment, { ydoc }]) => [segment, ydoc]))
}
