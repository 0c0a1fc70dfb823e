import { type DocumentChange, encodeFrames, FrameReader, MIN_PROTOCOL_VERSION, PROTOCOL_VERSION, SUBPROTOCOL } from "@polylogue/protocol"
import { Link } from "./wires/link.ts"

/** Milliseconds between signs of life. */
const BEAT_MS = 5_000
const READER_LIMITS = { maxFrameBytes: 1024 * 1024, maxTransferBytes: 256 * 1024 * 1024, maxTransfers: 64 }

/** Follows which documents of a relay change, and to what, without having them. */
export class FeedWatch {
  /** The hash of the version vector of each document. */
  readonly hashes = new Map<string, string>()
  #link!: Link
  #beat: NodeJS.Timeout | undefined
  #changed: () => void = () => undefined

  /** Resolves when it has heard of all documents below `prefix`. */
  static async open(url: string, prefix: string): Promise<FeedWatch> {
    const watch = new FeedWatch()
    await watch.#dial(url, prefix)
    return watch
  }

  /** Calls `changed` after each change, instead of whom it told before. */
  onChange(changed: () => void): void {
    this.#changed = changed
  }

  async close(): Promise<void> {
    clearInterval(this.#beat)
    await this.#link.close()
  }

  async #dial(url: string, prefix: string): Promise<void> {
    const reader = new FrameReader(READER_LIMITS)
    let caughtUp: () => void = () => undefined
    const heard = new Promise<void>((resolve) => (caughtUp = resolve))
    this.#link = await Link.connect(
      `${url}/sync`,
      (message) => {
        for (const frame of reader.read(message)) {
          if (frame.type === "welcome") this.#link.send(encodeFrames({ type: "watch", handle: 1, prefix, log: "0".repeat(16), cursor: 0 }))
          if (frame.type !== "feed") continue
          this.#take(frame.changes)
          if (frame.caughtUp) caughtUp()
        }
      },
      [SUBPROTOCOL],
    )
    this.#link.send(encodeFrames({ type: "hello", version: PROTOCOL_VERSION, minVersion: MIN_PROTOCOL_VERSION, agent: "bench", token: "" }))
    this.#beat = setInterval(() => this.#link.send(encodeFrames({ type: "ping", nonce: 0 })), BEAT_MS).unref()
    await heard
  }

  #take(changes: readonly DocumentChange[]): void {
    for (const { documentId, hash } of changes) this.hashes.set(documentId, hash)
    this.#changed()
  }
}

/** Resolves when both relays have the same of `documents` documents. */
export async function equal(left: FeedWatch, right: FeedWatch, documents: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (left.hashes.size < documents || right.hashes.size < documents) return
      for (const [documentId, hash] of left.hashes) if (right.hashes.get(documentId) !== hash) return
      resolve()
    }
    left.onChange(look)
    right.onChange(look)
    look()
  })
}
