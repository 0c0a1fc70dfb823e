import { equalVectors, type FrameOf } from "@polylogue/protocol"
import type { Copy } from "../audits.ts"
import { bytesOfDocument } from "../document-bytes.ts"
import { codeOf } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"
import type { Pull } from "./pull.ts"

/** Bytes of a document as it is stored beyond which it is not compared: working out what it encodes to would take too much of the compactor. */
const MAX_AUDIT_BYTES = 4 * 1024 * 1024

/**
 * Compares what two relays have where they have the same, over one link: equal vectors with different content are what neither a cursor nor an
 * acknowledgement would ever show (I9). A document at a time, of those that are open and level, and each once between two changes, so that a link at
 * rest stays at rest.
 *
 *     level ─> waits for its turn, one every `linkAuditMs` ─> digest of what is here ─> still level? ─> asked ─> answered: equal, or counted and told
 */
export class LinkAudits {
  readonly #core: RelayCore
  readonly #waiting = new Set<Pull>()
  /** What was said of each: what comes back is compared with that. */
  readonly #asked = new WeakMap<Pull, Copy>()
  /** The head at which each was last compared. */
  readonly #compared = new WeakMap<Pull, number>()
  #cancel: (() => void) | undefined
  #left = false

  constructor(core: RelayCore) {
    this.#core = core
  }

  /** `pull` has come to rest: it is compared when it is its turn, unless it was. */
  settled(pull: Pull): void {
    if (this.#left || this.#compared.get(pull) === pull.room.head.head) return
    this.#waiting.add(pull)
    this.#schedule()
  }

  /** `pull` is over. */
  forget(pull: Pull): void {
    this.#waiting.delete(pull)
  }

  /** What the other end has, in answer. */
  answered(pull: Pull, { vector, digest }: FrameOf<"audit">): void {
    const asked = this.#asked.get(pull)
    this.#asked.delete(pull)
    if (asked === undefined || digest.length === 0) return
    this.#core.audits.compare(pull.documentId, { vector, digest }, asked, pull.link)
  }

  /** The link is over. */
  leave(): void {
    this.#left = true
    this.#cancel?.()
    this.#waiting.clear()
    this.#core.audits.leave(this)
  }

  #schedule(): void {
    const { linkAuditMs } = this.#core.limits
    if (this.#left || this.#waiting.size === 0 || linkAuditMs === Infinity) return
    this.#cancel ??= this.#core.clock.setTimer(() => {
      void this.#next().finally(() => {
        this.#cancel = undefined
        this.#schedule()
      })
    }, linkAuditMs)
  }

  async #next(): Promise<void> {
    for (const pull of this.#waiting) {
      this.#waiting.delete(pull)
      if (!pull.settled || bytesOfDocument(pull.room.head) > MAX_AUDIT_BYTES) continue
      this.#compared.set(pull, pull.room.head.head)
      return this.#ask(pull)
    }
  }

  async #ask(pull: Pull): Promise<void> {
    try {
      const own = await this.#core.audits.digest(pull.room, this)
      if (own === undefined || this.#left || !pull.settled || !equalVectors(own.vector, pull.room.head.vector)) return
      this.#asked.set(pull, own)
      pull.audit(own.vector, own.digest)
    } catch (error) {
      if (codeOf(error) !== "closed") this.#core.events({ type: "failed", where: "audit", error })
    }
  }
}
