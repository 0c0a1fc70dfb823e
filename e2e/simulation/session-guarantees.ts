/*
 * The four guarantees that a session has (Terry et al., Session Guarantees for Weakly Consistent Replicated Data, 1994), as a check of what sessions
 * were shown. A session is a sequence of reads and writes by one person or program, on whatever devices; within one document:
 *
 *   read your writes        a read shows what the session wrote before
 *   monotonic reads         a read shows what the session read before
 *   writes follow reads     whoever is shown a write is shown what its session had read when it wrote it
 *   monotonic writes        whoever is shown a write is shown what its session had written before it
 *
 * What a session wrote counts from when it was told that it is stored: a device that dies before may take it along. Histories are read in the order in
 * which things happened; a write is named by a number, a read by the writes that it showed.
 */

/** One step of a session. */
export type SessionEvent =
  | { readonly kind: "write"; readonly session: string; readonly documentId: string; readonly write: number }
  /** The session was told that a write of its own is stored. */
  | { readonly kind: "stored"; readonly session: string; readonly documentId: string; readonly write: number }
  | {
      readonly kind: "read"
      readonly session: string
      readonly documentId: string
      readonly shown: ReadonlySet<number>
      /** What of it the session may count on from then on; all of it, when left out. */
      readonly promised?: ReadonlySet<number>
    }

export type Guarantee = "read your writes" | "monotonic reads" | "writes follow reads" | "monotonic writes"

/** A read that did not show what it had to. */
export interface GuaranteeViolation {
  readonly guarantee: Guarantee
  /** Place of the read in the history. */
  readonly at: number
  readonly session: string
  readonly documentId: string
  /** Of the guarantees about writes: the write that was shown without what goes before it. */
  readonly write: number | undefined
  readonly missing: readonly number[]
}

/** What a session has seen and done in one document. */
interface Seen {
  readonly read: Set<number>
  readonly stored: Set<number>
}

/** What goes before a write. */
interface Before {
  readonly write: number
  readonly read: readonly number[]
  readonly written: readonly number[]
}

/** Every breach of a guarantee in `history`, in the order of the reads that show it. */
export function checkSessionGuarantees(history: readonly SessionEvent[]): GuaranteeViolation[] {
  const violations: GuaranteeViolation[] = []
  const sessions = new Map<string, Seen>()
  const writes = new Map<string, Before[]>()
  for (const [at, event] of history.entries()) {
    const { session, documentId } = event
    const key = `${session} ${documentId}`
    const seen = sessions.get(key) ?? { read: new Set(), stored: new Set() }
    sessions.set(key, seen)
    const made = writes.get(documentId) ?? []
    writes.set(documentId, made)
    if (event.kind === "write") made.push({ write: event.write, read: [...seen.read], written: [...seen.stored] })
    else if (event.kind === "stored") seen.stored.add(event.write)
    else {
      const { shown } = event
      const lacks = (guarantee: Guarantee, owed: Iterable<number>, write?: number): void => {
        const missing = [...owed].filter((one) => !shown.has(one))
        if (missing.length > 0) violations.push({ guarantee, at, session, documentId, write, missing })
      }
      lacks("read your writes", seen.stored)
      lacks("monotonic reads", seen.read)
      for (const { write, read, written } of made) {
        if (!shown.has(write)) continue
        lacks("writes follow reads", read, write)
        lacks("monotonic writes", written, write)
      }
      for (const one of event.promised ?? shown) seen.read.add(one)
    }
  }
  return violations
}

/** A violation in words, for a report. */
export function describeViolation({ guarantee, at, session, documentId, write, missing }: GuaranteeViolation): string {
  const without = `without ${missing.slice(0, 3).join(", ")}${missing.length > 3 ? ` and ${missing.length - 3} more` : ""}`
  const what = write === undefined ? documentId : `write ${write} of ${documentId}`
  return `${guarantee}: read ${at} of ${session} shows ${what} ${without}`
}
