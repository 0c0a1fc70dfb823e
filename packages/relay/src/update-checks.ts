import { RelayError } from "./errors.ts"
import type { RelayCore } from "./relay-core.ts"
import { cutUpdate, summarizeUpdate, type UpdateSummary } from "./yjs/closed-update.ts"
import type { IdRanges } from "./yjs/id-ranges.ts"
import { redactUpdate } from "./yjs/redact-update.ts"

/*
 * What a door does to updates: small ones here, at about a microsecond each; large ones would hold up every other room, and go to the worker.
 */

type Workshop = Pick<RelayCore, "compactor" | "limits">

/** What `update` brings and builds on. @throws RelayError `bad-update` */
export async function summarize({ compactor, limits }: Workshop, update: Uint8Array): Promise<UpdateSummary> {
  if (update.length <= limits.workerCheckBytes) return summarizeUpdate(update)
  for (let attempt = 1; ; attempt++) {
    try {
      const check = await compactor.run({ kind: "check", update })
      if ("bad" in check) throw new RelayError("bad-update", check.bad)
      return check.summary
    } catch (error) {
      if (error instanceof RelayError) throw error
      // The worker died. Once may be another job's doing; an update that does it twice is not worth a third worker.
      if (attempt === 2) throw new RelayError("bad-update", "the update cannot be checked", { cause: error })
    }
  }
}

/** What of `update` lies beyond `stateVector`; all of it without one. */
export async function cut({ compactor, limits }: Workshop, update: Uint8Array, stateVector: Uint8Array | undefined): Promise<Uint8Array> {
  if (stateVector === undefined) return update
  if (update.length <= limits.workerCheckBytes) return cutUpdate(update, stateVector)
  return (await compactor.run({ kind: "cut", update, stateVector })).update
}

/** What was erased is taken from nobody: its length stands for it. */
export async function redact(
  { compactor, limits }: Workshop,
  update: Uint8Array,
  { runs }: UpdateSummary,
  erased: IdRanges,
): Promise<Uint8Array> {
  if (erased.isEmpty || !runs.some(({ client, from, to }) => erased.within(client, from, to - from).length > 0)) return update
  if (update.length <= limits.workerCheckBytes) return redactUpdate(update, erased)
  return (await compactor.run({ kind: "redact", update, ranges: erased.encode() })).update
}
