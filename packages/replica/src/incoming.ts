import type { DocumentId, Entry, Frame, FrameOf, RowId } from "@polylogue/protocol"
import type { NewLogItem } from "@polylogue/storage"
import type { DocumentSync } from "./document-sync.ts"
import { erasesSomething } from "./erasing/erased-ranges.ts"
import type { SessionHost, SessionLink } from "./session-host.ts"

/** A frame that brings something for the store. */
export type StorableFrame = FrameOf<"entries"> | FrameOf<"snapshot"> | FrameOf<"ack">

export const isStorable = (frame: Frame): frame is StorableFrame =>
  frame.type === "entries" || frame.type === "snapshot" || frame.type === "ack"

/** What a run of frames brings of one document. */
export interface Incoming {
  readonly documentId: DocumentId
  readonly sync: DocumentSync
  readonly items: NewLogItem[]
  readonly settled: RowId[]
}

/** What `frames` bring, by document, in the order in which their handles appear. Frames of a handle that was closed bring nothing. */
export function gatherFrames(
  frames: readonly StorableFrame[],
  syncOf: (handle: number) => DocumentSync | undefined,
  host: SessionHost,
  link: SessionLink,
): Incoming[] {
  const incoming = new Map<number, Incoming>()
  for (const frame of frames) {
    const sync = syncOf(frame.handle)
    if (sync === undefined) continue
    const { documentId } = sync
    const target: Incoming = incoming.get(frame.handle) ?? { documentId, sync, items: [], settled: [] }
    incoming.set(frame.handle, target)
    if (frame.type === "snapshot") {
      sync.atRelay.shows(frame.vector)
      const { ranges, blobs } = frame.erased
      const erased = erasesSomething(frame.erased) ? { erased: { ranges: ranges.slice(), blobs } } : {}
      target.items.push({ kind: "snapshot", snapshot: { vector: frame.vector, update: frame.update.slice(), ...erased } })
    } else if (frame.type === "ack") gatherAck(target, frame, link)
    else {
      const last = new Map(frame.entries.map(({ stamp }) => [stamp.log, stamp.seq]))
      sync.atRelay.shows(last)
      for (const entry of frame.entries) {
        // A copy: a view would keep, and in some stores write, the whole message that it came in.
        target.items.push({ kind: "entry", entry: { ...entry, update: entry.update.slice() } })
        if (sync.sentRow(entry.row) !== undefined || host.index.has(documentId, entry.row)) target.settled.push(entry.row)
      }
    }
  }
  return [...incoming.values()]
}

function gatherAck(target: Incoming, frame: FrameOf<"ack">, link: SessionLink): void {
  const sent = target.sync.sentRow(frame.row)
  const stamp = { log: frame.log, seq: frame.seq }
  const known = target.sync.atRelay.coversStamp(stamp)
  target.sync.atRelay.shows(new Map([[frame.log, frame.seq]]))
  if (sent === undefined) {
    // The entry came before its ack: the row had been sent before this session. Under a second stamp it stands in the log once more, and
    // its bytes are not here any more: the next session brings them.
    if (!known) link.fail("bad-frame", "a row was acknowledged that does not wait")
    return
  }
  const entry: Entry = {
    stamp,
    receivedAt: link.welcome.time,
    principal: link.welcome.principal,
    row: frame.row,
    handOver: sent.handOver,
    update: sent.update,
    ...(sent.erases && { erases: sent.erases }),
  }
  target.items.push({ kind: "entry", entry })
  target.settled.push(frame.row)
}

/** Bytes that a frame holds in memory, roughly: what the bound on received frames counts. */
export function frameBytes(frame: Frame): number {
  switch (frame.type) {
    case "entries":
      return frame.entries.reduce((sum, entry) => sum + entry.update.length + 64, 64)
    case "snapshot":
    case "awareness":
      return frame.update.length + 64
    case "state":
      return frame.stateVector.length + frame.deleteSet.length + 64
    default:
      return 64
  }
}
