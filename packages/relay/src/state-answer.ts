import { EMPTY_VECTOR, encodeFrame, type EncodedFrame, type RowId, type VersionVector } from "@polylogue/protocol"
import type { HandOverAsker } from "./hand-over-turns.ts"
import type { Room } from "./room.ts"

/** Of a replica that says that it knows more logs nothing is kept for its turn, and it is answered without one: how many there are is up to it. */
const MAX_KEPT_LOGS = 256

/**
 * One reader's question for the state of its document, and its part in the turns of those who may have something to hand over. A link is no part of
 * them: nothing is appended over it.
 */
export class StateAnswer implements HandOverAsker {
  readonly vector: VersionVector
  readonly says: boolean
  readonly #room: Room
  readonly #wake: () => void
  readonly #isLink: boolean
  #state: "none" | "waiting" | "wanted" | "computing" = "none"
  /** The hand-over that was sent last. */
  #handOver: RowId | undefined

  constructor(
    room: Room,
    asker: { readonly vector: VersionVector; readonly says: boolean; readonly isLink: boolean; readonly wake: () => void },
  ) {
    this.#room = room
    this.vector = asker.vector.size <= MAX_KEPT_LOGS ? asker.vector : EMPTY_VECTOR
    this.says = asker.says
    this.#isLink = asker.isLink
    this.#wake = asker.wake
  }

  /** Whether the state is to be sent now. */
  get wanted(): boolean {
    return this.#state === "wanted"
  }

  /** It is asked for. Asking again before it was answered changes nothing. */
  ask(): void {
    if (this.#state !== "none") return
    this.#state = "waiting"
    if (this.#isLink) this.answer()
    else this.#room.handOvers.ask(this)
  }

  answer(): void {
    if (this.#state !== "waiting") return
    this.#state = "wanted"
    this.#wake()
  }

  /** The frame that says it. @throws RelayError */
  async compute(handle: number): Promise<EncodedFrame> {
    this.#state = "computing"
    try {
      const { vector, erased, state } = await this.#room.state()
      return encodeFrame({ type: "state", handle, vector, ...state, erased })
    } finally {
      this.#state = "none"
    }
  }

  /** The replica has compared, and brought what it had to bring. */
  compared(): void {
    this.#room.handOvers.compared(this)
  }

  /** The replica sends a row: a hand-over takes its time, any other follows when there was none to make, or it is made. */
  sends(row: RowId, handOver: boolean): void {
    if (!this.#room.hasHandOvers || !this.#room.handOvers.isTurnOf(this)) return
    if (!handOver) return this.compared()
    this.#handOver = row
    this.#room.handOvers.brings(this)
  }

  /** A row is durable. */
  stored(row: RowId): void {
    if (row === this.#handOver && !this.says) this.compared()
  }

  leave(): void {
    if (this.#room.hasHandOvers) this.#room.handOvers.leave(this)
  }
}
