import { type DocumentId, isDocumentId, type RelayId, vectorHash } from "@polylogue/protocol"
import type { DocumentHead } from "@polylogue/storage"
import { bytesOfDocument } from "../document-bytes.ts"
import { doubledMs, MAX_DOUBLED } from "../doubling.ts"
import type { RelayCore } from "../relay-core.ts"
import type { Wanted } from "./pull-queue.ts"

/*
 * Documents whose reading over one link ended before its time:
 *
 *   ended ── later ────────> waits, twice as long each time ──────────────────────────────> opened again ─> level: forgotten
 *     │                                                                                       ^       └───> ended
 *     └── when smaller ───> waits until the document has become smaller here, or was erased from ─┘
 *
 * What there is no room for comes whole with every attempt, and is refused again: it waits until there may be. Those that do not come to
 * rest soon are on the disk, so that the place in the other relay's feed may move on past them; the next link asks for them again.
 */

/** Whether a document is opened again whose reading has ended: not, after a while, or when something of it is gone here. */
export type Again = "never" | "later" | "when-smaller"

/** How they are kept: by relay and document. */
const KEY = "link-refused/"
/** Documents of one relay that are kept; of those beyond, the place in its feed waits. */
const MAX_KEPT = 1_000
/** Attempts in a row from which on a document is kept. */
const KEPT_FROM = 3
/** What is kept of each: for what it waits. */
const KEPT_AS = { later: 1, "when-smaller": 2 } as const

/** What {@link EndedPulls} asks and tells the pulls of its link. */
export interface EndedPullsOwner {
  readonly relay: RelayId
  headOf(documentId: DocumentId): Promise<DocumentHead>
  /** The document is to be opened again. */
  again(documentId: DocumentId, wanted: Wanted): void
  /** Fewer keep the place in the feed. */
  movedOn(): void
}

interface Ended {
  /** In a row, without anything new. */
  attempts: number
  wanted: Wanted
  /** What it had here when there was no room for more. */
  bytes: number | undefined
  /** Present while it waits. */
  cancel: (() => void) | undefined
}

/** The documents of one link that ended before their time, until they are level. */
export class EndedPulls {
  readonly #core: RelayCore
  readonly #owner: EndedPullsOwner
  readonly #byDocument = new Map<DocumentId, Ended>()
  /** Those that are on the disk. */
  readonly #kept = new Map<DocumentId, number>()
  /** Those that are on their way there. */
  readonly #keeping = new Set<DocumentId>()
  #waiting = 0
  #left = false

  constructor(core: RelayCore, owner: EndedPullsOwner) {
    this.#core = core
    this.#owner = owner
  }

  /** Those that wait at the moment. */
  get waiting(): number {
    return this.#waiting
  }

  /** Those that are on the disk, waiting or opened again. */
  get kept(): number {
    return this.#kept.size
  }

  /** Takes up what earlier links to that relay left. A link that never stands for long asks for none of them. */
  async begin(): Promise<void> {
    try {
      const prefix = this.#key("")
      for (const key of await this.#core.store.read((log) => log.recordKeys(prefix, { limit: MAX_KEPT }))) {
        const documentId = key.slice(prefix.length)
        const [kind = 0] = (await this.#core.store.read((log) => log.record(key))) ?? []
        if (this.#left || !isDocumentId(documentId) || this.#byDocument.has(documentId)) continue
        this.#kept.set(documentId, kind)
        const attempts = kind === KEPT_AS["when-smaller"] ? MAX_DOUBLED : KEPT_FROM
        const ended: Ended = { attempts, wanted: { used: false, hash: undefined }, bytes: undefined, cancel: undefined }
        this.#byDocument.set(documentId, ended)
        this.#wait(documentId, ended)
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Whether it ended, and is not level since. */
  has(documentId: DocumentId): boolean {
    return this.#byDocument.has(documentId)
  }

  /** Adds to what is wanted of a document that waits; `false` when it does not. */
  want(documentId: DocumentId, { used, hash }: Wanted): boolean {
    const ended = this.#byDocument.get(documentId)
    if (ended?.cancel === undefined) return false
    const isNewlyUsed = used && !ended.wanted.used
    ended.wanted = { used: used || ended.wanted.used, hash: hash ?? ended.wanted.hash }
    // Somebody waits for it now, and it may well be taken by now.
    if (isNewlyUsed && ended.bytes === undefined) this.#waitFor(documentId, ended, this.#core.limits.linkRetryMs)
    return true
  }

  /** Its reading has ended. `progressed`: it brought something. `bytes`: of the document here. */
  add(documentId: DocumentId, wanted: Wanted, again: Exclude<Again, "never">, { progressed = false, bytes = 0 } = {}): void {
    if (this.#left) return
    const known = this.#byDocument.get(documentId)
    this.#stop(known)
    const attempts = progressed ? 1 : (known?.attempts ?? 0) + 1
    const ended: Ended = { attempts, wanted, bytes: again === "when-smaller" ? bytes : undefined, cancel: undefined }
    this.#byDocument.set(documentId, ended)
    this.#wait(documentId, ended)
    if (again === "when-smaller" || attempts >= KEPT_FROM) void this.#keep(documentId, KEPT_AS[again])
  }

  /** Nothing of it is missing any more. */
  level(documentId: DocumentId): void {
    const ended = this.#byDocument.get(documentId)
    if (ended === undefined) return
    this.#stop(ended)
    this.#byDocument.delete(documentId)
    if (this.#kept.delete(documentId)) void this.#write(documentId, null)
  }

  /** What kept it out may be gone. */
  recall(documentId: DocumentId): void {
    const ended = this.#byDocument.get(documentId)
    if (ended?.cancel !== undefined) this.#again(documentId, ended)
  }

  leave(): void {
    this.#left = true
    for (const ended of this.#byDocument.values()) this.#stop(ended)
  }

  #wait(documentId: DocumentId, ended: Ended): void {
    const { linkRetryMs, linkMaxRetryMs } = this.#core.limits
    const delayMs = ended.bytes === undefined ? doubledMs(linkRetryMs, linkMaxRetryMs, ended.attempts - 1) : linkMaxRetryMs
    this.#waitFor(documentId, ended, delayMs)
  }

  #waitFor(documentId: DocumentId, ended: Ended, delayMs: number): void {
    this.#stop(ended)
    this.#waiting++
    ended.cancel = this.#core.clock.setTimer(() => {
      if (ended.bytes === undefined) this.#again(documentId, ended)
      else void this.#look(documentId, ended)
    }, delayMs)
  }

  /** Whether it is level by now, or smaller. */
  async #look(documentId: DocumentId, ended: Ended): Promise<void> {
    let head: DocumentHead | undefined
    try {
      head = await this.#owner.headOf(documentId)
    } catch (error) {
      this.#failed(error)
    }
    if (this.#left || this.#byDocument.get(documentId) !== ended || ended.cancel === undefined) return
    if (head !== undefined && vectorHash(head.vector) === ended.wanted.hash) {
      this.level(documentId)
      this.#owner.movedOn()
    } else if (head !== undefined && bytesOfDocument(head) < ended.bytes!) this.#again(documentId, ended)
    else this.#wait(documentId, ended)
  }

  #again(documentId: DocumentId, ended: Ended): void {
    this.#stop(ended)
    this.#owner.again(documentId, ended.wanted)
  }

  #stop(ended: Ended | undefined): void {
    if (ended?.cancel === undefined) return
    ended.cancel()
    ended.cancel = undefined
    this.#waiting--
  }

  async #keep(documentId: DocumentId, kind: number): Promise<void> {
    if (this.#kept.get(documentId) === kind || this.#keeping.has(documentId)) return
    if (!this.#kept.has(documentId) && this.#kept.size + this.#keeping.size >= MAX_KEPT) return
    this.#keeping.add(documentId)
    const isDurable = await this.#write(documentId, Uint8Array.of(kind))
    this.#keeping.delete(documentId)
    if (!isDurable) return
    if (this.#byDocument.has(documentId)) this.#kept.set(documentId, kind)
    else void this.#write(documentId, null)
    this.#owner.movedOn()
  }

  /** Whether it is durable. */
  async #write(documentId: DocumentId, value: Uint8Array | null): Promise<boolean> {
    try {
      await this.#core.committer.write({ type: "record", key: this.#key(documentId), value }, () => undefined)
      return true
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  #key(documentId: string): string {
    return `${KEY}${this.#owner.relay}/${documentId}`
  }

  #failed(error: unknown): void {
    if (!this.#left) this.#core.events({ type: "failed", where: "link-refused", error })
  }
}
