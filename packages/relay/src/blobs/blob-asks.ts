import type { BlobHash, Clock, Frame, FrameOf, RelayId } from "@polylogue/protocol"
import type { Link } from "../links/link-service.ts"
import type { BlobPiece } from "./blob-holder.ts"

/** Bytes of a message beside those of the piece in it, at most. */
const FRAME_BYTES = 64
/** Bytes of one piece in a message of `messageBytes`: so small that documents get their turn between two, and that a slow link is never silent for long. */
export function pieceBytes(messageBytes: number): number {
  return Math.max(messageBytes - FRAME_BYTES, 1)
}
/** Pieces that are on their way over one link at once. */
export const MAX_PIECES = 64
/** An offset that no blob has: asks only how large it is. */
export const SIZE_ALONE = Number.MAX_SAFE_INTEGER
/** Milliseconds for an answer about a size, which may be asked for relay by relay, and for one with bytes, over a slow link. */
const SIZE_MS = 10_000
const PIECE_MS = 60_000

/** What is asked for. */
export interface BlobQuestion {
  readonly workspace: string
  readonly hash: BlobHash
  /** The relays that ask: first who wants it, last this one. */
  readonly path: readonly RelayId[]
}

/** What one relay asks another for over one link: numbers, answers, deadlines, and few pieces at once. */
export class BlobAsks {
  readonly #link: Link
  readonly #clock: Clock
  readonly #waiting = new Map<number, (piece: BlobPiece | undefined) => void>()
  readonly #queue: (() => void)[] = []
  #lastRequest = 0
  #pieces = 0
  #left = false

  constructor(link: Link, clock: Clock) {
    this.#link = link
    this.#clock = clock
  }

  /** Bytes of the blob, 0 when neither the other end nor who stands behind it has it; `undefined` without an answer. */
  async size(question: BlobQuestion): Promise<number | undefined> {
    return (await this.#ask({ ...question, offset: SIZE_ALONE }, SIZE_MS))?.total
  }

  /** Bytes from `offset` on; `undefined` without an answer. Waits while as many pieces as may be are on their way. */
  async piece(question: BlobQuestion & { readonly offset: number }): Promise<BlobPiece | undefined> {
    // Who waited takes over the place of who is done.
    if (this.#pieces >= MAX_PIECES) await new Promise<void>((resolve) => this.#queue.push(resolve))
    else this.#pieces++
    try {
      return await this.#ask(question, PIECE_MS)
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#pieces--
      else next()
    }
  }

  /** An answer of the other end; one that nobody waits for any more is ignored. */
  answered({ request, total, bytes }: FrameOf<"blob">): void {
    this.#waiting.get(request)?.({ total, bytes })
  }

  /** The link is over: nothing is answered any more. */
  left(): void {
    this.#left = true
    for (const answer of this.#waiting.values()) answer(undefined)
    for (const next of this.#queue.splice(0)) next()
  }

  #ask({ workspace, hash, offset, path }: BlobQuestion & { readonly offset: number }, patienceMs: number): Promise<BlobPiece | undefined> {
    if (this.#left) return Promise.resolve(undefined)
    const request = ++this.#lastRequest
    return new Promise((resolve) => {
      const answer = (piece: BlobPiece | undefined): void => {
        cancel()
        this.#waiting.delete(request)
        resolve(piece)
      }
      const cancel = this.#clock.setTimer(() => answer(undefined), patienceMs)
      this.#waiting.set(request, answer)
      const frame: Frame = { type: "askBlob", request, workspace, hash, offset, path }
      this.#link.send(frame)
    })
  }
}
