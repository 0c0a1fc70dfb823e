import { type DocumentId, equalVectors, type RelayId, type VersionVector } from "@polylogue/protocol"
import { equalBytes } from "./equal-bytes.ts"
import { codeOf, RelayError } from "./errors.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Room } from "./room.ts"

/*
 * A replica that has all that the relay has says what its copy encodes to; the relay looks whether its own encodes to the same. So does another relay,
 * over a link, of what both have.
 *
 *   asked ─> vectors differ: its vector, and no digest, for there is nothing to compare
 *         ─> equal: waits for its turn ─> digest by the compactor, once per position ─> answered, counted
 *
 * One at a time, and with pauses three times as long as the work, up to ten seconds: audits are never what others wait for.
 */

/** Bytes of a SHA-256. */
const DIGEST_BYTES = 32
/** How many times as long as a digest took the next one waits. */
const PAUSES = 3
/** Longest pause: a process that stood still in between did not work all that time. */
const MAX_PAUSE_MS = 10_000

/** A question of one session. */
export interface Audit {
  readonly room: Room
  readonly vector: VersionVector
  readonly digest: Uint8Array
  /** Whose it is, for the bound on what one session has waiting. */
  readonly session: object
  /** The other relay that asks, if one does. */
  readonly relay?: RelayId | undefined
  readonly answer: (vector: VersionVector, digest: Uint8Array) => void
}

/** What a copy of a document has, and the digest of what it encodes to. */
export interface Copy {
  readonly vector: VersionVector
  readonly digest: Uint8Array
}

/** The copy here, at a place of its log. */
export interface Digest extends Copy {
  readonly position: number
}

/** What waits for its turn. */
interface Waiting {
  readonly room: Room
  readonly session: object
  /** Called with the digest, or with nothing when there is none at the moment. */
  readonly done: (own: Digest | undefined) => void
}

/** Answers audits. */
export class Audits {
  readonly #core: () => RelayCore
  readonly #waiting: Waiting[] = []
  readonly #perSession = new Map<object, number>()
  /** Of each room at its last audit. */
  readonly #digests = new WeakMap<Room, Digest>()
  #running = false
  #cancelPause: (() => void) | undefined
  #closed = false

  constructor(core: () => RelayCore) {
    this.#core = core
  }

  /** Takes a question in. @throws RelayError `bad-frame`, or `rate-limited` when more of its session wait than may, unless it is a link. */
  submit(audit: Audit): void {
    const { room, vector, digest, session } = audit
    if (digest.length !== DIGEST_BYTES) throw new RelayError("bad-frame", `a digest of ${digest.length} bytes`)
    if (!equalVectors(vector, room.head.vector)) return audit.answer(room.head.vector, new Uint8Array())
    const known = this.#digests.get(room)
    if (known?.position === room.head.head) return this.#answerTo(audit, known)
    // A relay asks at its own pace, whatever there is to do here, and would ask so again over the next link: it goes without an answer.
    if (audit.relay !== undefined && this.#waitingOf(session) >= this.#core().limits.maxAudits) return
    this.#wait({ room, session, done: (own) => own && this.#answerTo(audit, own) })
  }

  /**
   * What `room` encodes to here, in its turn among what `session` and others ask for. Never resolves when the session leaves before; `undefined` when it
   * cannot be told at the moment. @throws RelayError `rate-limited` as above.
   */
  digest(room: Room, session: object): Promise<Digest | undefined> {
    return new Promise((resolve) => this.#wait({ room, session, done: resolve }))
  }

  #waitingOf(session: object): number {
    return this.#perSession.get(session) ?? 0
  }

  #wait(job: Waiting): void {
    const waiting = this.#waitingOf(job.session) + 1
    if (waiting > this.#core().limits.maxAudits) throw new RelayError("rate-limited", "more audits wait than may")
    this.#perSession.set(job.session, waiting)
    this.#waiting.push(job)
    this.#go()
  }

  /** A session has ended: nothing of it waits any more, or who comes and goes would fill the memory. */
  leave(session: object): void {
    if (!this.#perSession.delete(session)) return
    const others = this.#waiting.filter((audit) => audit.session !== session)
    this.#waiting.splice(0, Infinity, ...others)
  }

  /** Answers nothing more. */
  close(): void {
    this.#closed = true
    this.#cancelPause?.()
    this.#waiting.length = 0
    this.#perSession.clear()
  }

  #go(): void {
    if (this.#running || this.#cancelPause !== undefined || this.#closed) return
    const job = this.#waiting.shift()
    if (job === undefined) return
    const left = this.#perSession.get(job.session)! - 1
    if (left > 0) this.#perSession.set(job.session, left)
    else this.#perSession.delete(job.session)
    this.#running = true
    void this.#answer(job)
  }

  async #answer({ room, done }: Waiting): Promise<void> {
    const { clock, events } = this.#core()
    const startedAt = clock.monotonic()
    // A room that everybody has left may have been loaded anew, and be ahead of this one.
    const isLeft = (): boolean => room.readers.size === 0
    try {
      done(isLeft() ? undefined : await this.#digestOf(room))
    } catch (error) {
      // No answer: the replica asks again another time.
      if (codeOf(error) !== "closed" && !isLeft()) events({ type: "failed", where: "audit", error })
      done(undefined)
    } finally {
      this.#running = false
    }
    if (this.#closed) return
    this.#cancelPause = clock.setTimer(
      () => {
        this.#cancelPause = undefined
        this.#go()
      },
      Math.min((clock.monotonic() - startedAt) * PAUSES, MAX_PAUSE_MS),
    )
  }

  async #digestOf(room: Room): Promise<Digest> {
    const known = this.#digests.get(room)
    if (known?.position === room.head.head) return known
    const { compactions, compactor } = this.#core()
    const { document, vector, through: position } = await compactions.load(room)
    const { digest } = await compactor.run({ kind: "digest", document })
    const own = { position, vector, digest }
    this.#digests.set(room, own)
    return own
  }

  #answerTo({ room, vector, digest, relay, answer }: Audit, own: Digest): void {
    answer(own.vector, own.digest)
    this.compare(room.documentId, { vector, digest }, own, relay)
  }

  /** Counts whether two copies of a document are equal, and tells when they are not: the own one, and that of a replica, or of `relay`. */
  compare(documentId: DocumentId, theirs: Copy, own: Copy, relay: RelayId | undefined): void {
    // What was appended meanwhile is in one of them only.
    if (!equalVectors(theirs.vector, own.vector)) return
    const { counters, events } = this.#core()
    if (equalBytes(theirs.digest, own.digest)) {
      counters.auditsEqual++
      return
    }
    counters.auditMismatches++
    events({ type: "audit-mismatch", documentId, relay })
  }
}
