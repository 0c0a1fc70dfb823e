import { type Clock, covers, type Resumption, type VersionVector } from "@polylogue/protocol"
import type { DocumentHead, Snapshot } from "@polylogue/storage"
import { codeOf } from "./errors.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Room } from "./room.ts"
import { checkStateVector, MAX_STATE_VECTOR_BYTES } from "./yjs/state-vector.ts"

/*
 * A replica that was away for longer than the window reaches back has most of what the snapshot holds, which its version vector cannot
 * say: that counts entries, and they are gone. Its Yjs state vector can.
 *
 *   open ─> opened, askState ─> state ─> worker: what lies beyond ─> snapshot (only that, when it is much smaller)
 *                          └─ no answer in time, too much to do ───> snapshot (all)
 */

/** A diff is sent when it is smaller than the snapshot by this factor: at its reader it costs the same to store, and here a worker. */
const WORTH = 2

/** A snapshot, whole or what a replica lacks of it, and the position up to which it stands. */
export type Standing = Snapshot & { readonly through: number }

/** Whether a replica that knows `known` is asked for its state vector: when the window does not cover it, the snapshot is large, and it may have much of it. */
export function isAsked(head: DocumentHead, known: VersionVector, resume: Resumption | undefined, diffBytes: number): boolean {
  if (known.size === 0 || head.snapshotBytes < diffBytes || resume?.total === head.snapshotBytes) return false
  return !covers(known, head.baseVector)
}

/** The question to one replica what it has. */
export class StateQuestion {
  readonly #answered: (stateVector: Uint8Array | undefined) => void
  readonly #cancel: () => void
  #answer: Uint8Array | undefined
  #waiting = true

  /** `answered` is called once: when the answer is there or no longer waited for. */
  constructor(clock: Clock, waitMs: number, answered: () => void) {
    this.#answered = (stateVector) => {
      if (!this.#waiting) return
      this.#waiting = false
      this.#answer = stateVector
      this.#cancel()
      answered()
    }
    this.#cancel = waitMs === Infinity ? () => undefined : clock.setTimer(() => this.#answered(undefined), waitMs)
  }

  get waiting(): boolean {
    return this.#waiting
  }

  /** What the replica said; `undefined` when it said nothing that can be used. */
  get stateVector(): Uint8Array | undefined {
    return this.#answer
  }

  /** The replica's answer, a view that is copied. @throws RelayError `bad-frame` when it is no state vector. */
  receive(stateVector: Uint8Array): void {
    if (!this.#waiting) return
    if (stateVector.length > MAX_STATE_VECTOR_BYTES) return this.#answered(undefined)
    checkStateVector(stateVector)
    this.#answered(stateVector.slice())
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#waiting = false
    this.#cancel()
  }
}

/** Computes what replicas that return lack. */
export class Returning {
  readonly #core: () => RelayCore
  #waiting = 0

  constructor(core: () => RelayCore) {
    this.#core = core
  }

  /** What a replica with `stateVector` lacks of `room`; `undefined` when the whole snapshot is to be sent. Never rejects. */
  async diff(room: Room, stateVector: Uint8Array): Promise<Standing | undefined> {
    const { counters, events, limits } = this.#core()
    if (this.#waiting >= limits.maxDiffs) return undefined
    this.#waiting++
    try {
      const { position, vector, erased, diff } = await room.diff(stateVector)
      if (diff.update.length * WORTH > room.head.snapshotBytes) return undefined
      counters.diffsSent++
      const { update, stateVector: whole } = diff
      return { vector, update, stateVector: whole, owners: new Map(), through: position, ...(erased === undefined ? {} : { erased }) }
    } catch (error) {
      if (codeOf(error) !== "closed") events({ type: "failed", where: "diff", error })
      return undefined
    } finally {
      this.#waiting--
    }
  }
}
