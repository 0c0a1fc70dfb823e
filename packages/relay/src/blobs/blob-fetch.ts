import type { BlobHash } from "@polylogue/protocol"
import type { BlobSource } from "./blob-search.ts"
import { type BlobAsks, type BlobQuestion, MAX_PIECES } from "./blob-asks.ts"

/** The bytes of a blob from `offset` on, read over one link with some pieces of `stride` bytes on their way. Throws when an answer is missing, or no piece of it. */
export async function* piecesOf(
  { asks, total }: BlobSource,
  question: BlobQuestion,
  { offset, stride }: { readonly offset: number; readonly stride: number },
): AsyncGenerator<Uint8Array> {
  let at = offset
  let asked = at
  let coming: ReturnType<BlobAsks["piece"]>[] = []
  while (at < total) {
    for (; coming.length < MAX_PIECES && asked < total; asked += stride) coming.push(asks.piece({ ...question, offset: asked }))
    const piece = await coming.shift()
    if (piece === undefined || piece.total !== total || piece.bytes.length === 0 || at + piece.bytes.length > total)
      throw new Error("the blob does not come any more")
    at += piece.bytes.length
    yield piece.bytes
    if (at === Math.min(asked - coming.length * stride, total)) continue
    // The other end cuts its pieces otherwise.
    coming = []
    asked = at
  }
}

/** What somebody else has begun is waited for; of different blobs so many are fetched at once, in the order in which they were asked for, and so many wait. */
export class BlobQueue<T> {
  readonly #most: number
  readonly #mostWaiting: number
  readonly #underWay = new Map<string, Promise<T>>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(most: number, mostWaiting: number) {
    this.#most = most
    this.#mostWaiting = mostWaiting
  }

  /** @returns `undefined` when too many wait. */
  run(key: string, act: () => Promise<T>): Promise<T> | undefined {
    const known = this.#underWay.get(key)
    if (known !== undefined) return known
    if (this.#waiting.length >= this.#mostWaiting) return undefined
    const outcome = this.#inTurn(act).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, outcome)
    return outcome
  }

  async #inTurn(act: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return await act()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}

/** The name of what has no bytes, which nobody needs to send: a size of 0 says that there is no blob. */
export const EMPTY_BLOB: BlobHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
