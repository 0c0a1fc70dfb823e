import { compareThreads, readThreads, type ThreadState } from "../discussion/thread-records.ts"
import type { RecordReader } from "../record-key.ts"
import { readAnchor, type ResolvedAnchor, type TextAnchor } from "../text/text-anchor.ts"

/*
 * The map `threads` holds threads by draft, as `discussion/thread-records.ts` has them; `about` is `{ slotId, anchor or null }`.
 */

/**
 * A discussion about a place in a slot, or about a slot as a whole. The first comment is what it began with. Immutable, and the same object until
 * something of it changes.
 */
export interface PromptThread extends ThreadState {
  readonly slotId: string
  /** What it is about as it was said then; null for the whole slot. */
  readonly quote: string | null
  /** Where that is now; null for the whole slot. */
  readonly place: ResolvedAnchor | null
}

/** What is stored of a thread, before its place is looked up in the text. */
export interface StoredPromptThread extends ThreadState {
  readonly slotId: string
  readonly anchor: TextAnchor | null
  /** Clocks of all its comments. */
  readonly clocks: readonly number[]
}

/** The threads in the records of a draft, oldest first. A thread is one as soon as it has a comment and says what it is about. */
export function readPromptThreads(records: RecordReader, draftId: string): readonly StoredPromptThread[] {
  const threads: (StoredPromptThread & { readonly begun: number })[] = []
  for (const { id, about, resolvedBy, comments, clocks } of readThreads(records, draftId)) {
    const { slotId, anchor } = about
    const [begun] = clocks
    if (typeof slotId !== "string" || begun === undefined) continue
    threads.push({ id, slotId, anchor: readAnchor(anchor) ?? null, resolvedBy, comments, clocks, begun })
  }
  return threads.sort(compareThreads).map(({ begun: _begun, ...thread }) => thread)
}
