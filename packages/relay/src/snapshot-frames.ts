import { type FrameOf, NOTHING_ERASED, type Resumption, resumes } from "@polylogue/protocol"
import type { ReceivedSnapshot } from "@polylogue/storage"

/** How a snapshot is brought to one reader. */
export interface SnapshotWay {
  readonly handle: number
  /** What it has of a snapshot already: of that one it gets the rest. */
  readonly resume: Resumption | undefined
  /** Whether it is told who used each client id first: a relay has to know. */
  readonly named: boolean
}

/** The frames that bring a snapshot, in order. */
export function snapshotFrames(
  { vector, update, erased = NOTHING_ERASED, owners }: ReceivedSnapshot,
  { handle, resume, named }: SnapshotWay,
): readonly (FrameOf<"owners"> | FrameOf<"snapshot"> | FrameOf<"rest">)[] {
  const before = named && owners !== undefined && owners.size > 0 ? [{ type: "owners", handle, owners: [...owners] } as const] : []
  if (resume === undefined || !resumes(resume, vector, update)) return [...before, { type: "snapshot", handle, vector, update, erased }]
  const { offset, total } = resume
  return [...before, { type: "rest", handle, vector, offset, total, update: update.subarray(offset), erased }]
}
