import { type Clock, covers, EMPTY_VECTOR, unionVectors, type VersionVector } from "@polylogue/protocol"

/*
 * When a relay dies, all its devices come to another one, and find that it lacks what they have. Each would compare its copy with the state of the
 * document here and bring the whole difference, a hundred times the same. So of the devices that may have something to bring one is answered at a time:
 *
 *   asks ─┬─ what it has is here, or was brought ─────────────────────────────────▶ answered
 *         └─ may have more ─▶ waiting ─ its turn: nobody else's, and it knows most ─▶ answered ─▶ brings it, says so (`have`) ─▶ the next
 *                                │                                                     └─ leaves, or says nothing for a while ─▶ the next
 *                                └─ has waited long enough ───────────────────────────▶ answered
 *
 * That what one has brought is all that another has is concluded from what they said of themselves when they opened the document. It decides about
 * the order of answers and nothing else: each compares for itself, and a device that lies costs others a bounded wait.
 */

/** A device that asks for the state of the document, for it may have more. */
export interface HandOverAsker {
  /** What it said that it has, when it opened the document. */
  readonly vector: VersionVector
  /** Whether it says so when it has compared and brought what it had to bring. */
  readonly says: boolean
  /** It may be told the state. */
  answer(): void
}

/** What bounds the turns, in milliseconds. */
export interface HandOverLimits {
  readonly handOverTurnMs: number
  readonly handOverWaitMs: number
}

/** What devices have brought in so many logs is remembered; beyond, only what the last one brought. */
export const MAX_BROUGHT_LOGS = 1_024

/** Whose turn it is to hand over what the relay lacks of one document. */
export class HandOverTurns {
  readonly #clock: Clock
  readonly #limits: HandOverLimits
  readonly #here: () => VersionVector
  /** What devices had of which all is here, under whatever stamps. */
  #brought: VersionVector = EMPTY_VECTOR
  #turn: { readonly asker: HandOverAsker; cancel: () => void } | undefined
  readonly #waiting = new Map<HandOverAsker, () => void>()

  /** @param here - what is in the relay's log. */
  constructor(clock: Clock, limits: HandOverLimits, here: () => VersionVector) {
    this.#clock = clock
    this.#limits = limits
    this.#here = here
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.size
  }

  isTurnOf(asker: HandOverAsker): boolean {
    return this.#turn?.asker === asker
  }

  /** Answers at once, or when it is the asker's turn. */
  ask(asker: HandOverAsker): void {
    if (this.isTurnOf(asker) || this.#hasAllOf(asker)) return asker.answer()
    if (this.#turn === undefined) return this.#begin(asker)
    if (this.#waiting.has(asker)) return
    const overdue = (): void => {
      this.#waiting.delete(asker)
      asker.answer()
    }
    this.#waiting.set(asker, this.#clock.setTimer(overdue, this.#limits.handOverWaitMs))
  }

  /** The asker brings something: it has more time for what follows. */
  brings(asker: HandOverAsker): void {
    if (this.isTurnOf(asker)) this.#restart()
  }

  /** All that the asker had when it opened the document is here. */
  compared(asker: HandOverAsker): void {
    this.#learn(asker.vector)
    if (this.isTurnOf(asker)) this.#next()
    else this.#release()
  }

  /** The asker brings nothing more. */
  leave(asker: HandOverAsker): void {
    this.#waiting.get(asker)?.()
    this.#waiting.delete(asker)
    if (this.isTurnOf(asker)) this.#next()
  }

  #begin(asker: HandOverAsker): void {
    this.#turn = { asker, cancel: () => undefined }
    this.#restart()
    asker.answer()
  }

  #restart(): void {
    const turn = this.#turn!
    turn.cancel()
    turn.cancel = this.#clock.setTimer(() => {
      // One that does not say when it is done was silent for it had nothing to bring, or takes very long: others like it are not kept waiting as well.
      if (turn.asker.says) this.#next()
      else this.compared(turn.asker)
    }, this.#limits.handOverTurnMs)
  }

  /** The turn goes to the one that knows most, so that as few as possible have more than it brought. */
  #next(): void {
    this.#turn?.cancel()
    this.#turn = undefined
    this.#release()
    let most: HandOverAsker | undefined
    for (const asker of this.#waiting.keys()) if (most === undefined || entriesOf(asker.vector) > entriesOf(most.vector)) most = asker
    if (most !== undefined) this.#begin(this.#called(most))
  }

  #release(): void {
    for (const asker of this.#waiting.keys()) if (this.#hasAllOf(asker)) this.#called(asker).answer()
  }

  #called(asker: HandOverAsker): HandOverAsker {
    this.#waiting.get(asker)?.()
    this.#waiting.delete(asker)
    return asker
  }

  #hasAllOf({ vector }: HandOverAsker): boolean {
    return covers(unionVectors(this.#brought, this.#here()), vector)
  }

  #learn(vector: VersionVector): void {
    const union = unionVectors(this.#brought, vector)
    this.#brought = union.size <= MAX_BROUGHT_LOGS ? union : vector
  }
}

function entriesOf(vector: VersionVector): number {
  let entries = 0
  for (const seq of vector.values()) entries += seq
  return entries
}
