import type { Clock, Dial, RandomBytes } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import { checkLimits, type ReplicaLimits, type ReplicaOptions, type ReplicaProblem } from "./options.ts"

/** The options of a replica as its parts see them: checked, with defaults, and its store behind one door. */
export interface Environment {
  readonly store: EntryLog
  readonly dial: Dial
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly limits: ReplicaLimits
  report(problem: ReplicaProblem): void
  /** Opens the store again if it is closed; one attempt at a time. Never throws: the next operation says what is wrong. */
  reopen(): Promise<void>
}

/** @throws RangeError, TypeError for options outside their range. */
export function environmentOf(options: ReplicaOptions): Environment {
  for (const url of options.relays) {
    if (!/^wss?:\/\/./.test(url)) throw new TypeError(`a relay's address begins with ws:// or wss://, not ${JSON.stringify(url)}`)
  }
  let reopening: Promise<void> | undefined
  const { store } = options
  return {
    store,
    dial: options.dial,
    clock: options.clock,
    randomBytes: options.randomBytes,
    limits: checkLimits(options.limits),
    report: (problem) => options.report?.(problem),
    reopen: () =>
      (reopening ??= reopenStore(store).finally(() => {
        reopening = undefined
      })),
  }
}

async function reopenStore(store: EntryLog): Promise<void> {
  try {
    await store.recordKeys("\u0000")
  } catch {
    try {
      await store.close()
      await store.open()
    } catch {
      // The operation that needs the store reports why it cannot be had.
    }
  }
}
