import type { DocumentId, Frame, RowId } from "@polylogue/protocol"
import type { Change, DocumentHead, LogItem } from "@polylogue/storage"
import { Backoff } from "./backoff.ts"
import type { DocumentSync } from "./document-sync.ts"
import { codeOf, isOfOneDocument } from "./errors.ts"
import { frameBytes, gatherFrames, type Incoming, isStorable, type StorableFrame } from "./incoming.ts"
import type { SessionHost, SessionLink } from "./session-host.ts"

/*
 * Frames of one session, one at a time, in order. What is to be stored (entries, snapshots, acks) is collected until a frame comes that must
 * find it stored, one of the same document; then it is committed at once, whatever documents it is of, and only then shown. So a thousand
 * documents that are opened, and answered, in one go cost a few commits.
 */

/** What an {@link Intake} needs of its session. */
export interface IntakeOwner {
  syncOf(handle: number): DocumentSync | undefined
  /** A frame that brings nothing for the store. */
  handle(frame: Frame): Promise<void>
  /** Items and settled rows of a document are durable. */
  stored(sync: DocumentSync, items: readonly LogItem[], settled: readonly RowId[], head: DocumentHead): void
  /** Another tab has emptied the document since it was opened here. */
  outdated(documentId: DocumentId): void
  /** The document's part of the store does not take what came. */
  failed(documentId: DocumentId): void
  /** Some frames were handled, and what they brought is stored. */
  turned(): void
}

/** Queues what a session receives, within bounds, and has it stored and handled. */
export class Intake {
  readonly #host: SessionHost
  readonly #link: SessionLink
  readonly #owner: IntakeOwner
  readonly #backoff: Backoff
  #frames: Frame[] = []
  #bytes = 0
  #running = false
  #ended = false
  #failing = false

  constructor(host: SessionHost, link: SessionLink, owner: IntakeOwner) {
    this.#host = host
    this.#link = link
    this.#owner = owner
    this.#backoff = new Backoff({ ...host.environment, ...host.environment.limits })
  }

  /** Queues frames for handling; ends the session when more wait than the limits allow. */
  receive(frames: readonly Frame[]): void {
    if (this.#ended) return
    const { maxReceivedBytes, maxReceivedFrames } = this.#host.environment.limits
    // One message is taken whatever its size; with the limit of a transfer that is a bound too.
    const waiting = this.#bytes
    for (const frame of frames) {
      this.#frames.push(frame)
      this.#bytes += frameBytes(frame)
    }
    if ((waiting > 0 && this.#bytes > maxReceivedBytes) || this.#frames.length > maxReceivedFrames) {
      this.#link.fail("overloaded", "the device's store does not keep up")
      return
    }
    if (!this.#running) void this.#run()
  }

  /** Nothing more is taken; what waits is dropped. */
  end(): void {
    this.#ended = true
    this.#frames = []
    if (this.#failing) this.#host.storeFailing(undefined)
    this.#backoff.wake()
  }

  /** Tries a write that failed again at once. */
  wake(): void {
    this.#backoff.wake()
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      // Frames of one turn are handled together: messages that arrive back to back cost one commit.
      await Promise.resolve()
      while (this.#frames.length > 0 && !this.#ended) {
        const run = await this.#gather()
        if (run.length > 0 && !this.#ended) await this.#store(run)
        this.#owner.turned()
      }
    } catch (error) {
      this.#host.environment.report({ kind: "store-failed", documentId: undefined, error })
      this.#link.fail("internal", "the device failed to handle a frame")
    } finally {
      this.#running = false
    }
  }

  /** Handles frames up to the first that has to wait for a commit; those to be committed, in order. */
  async #gather(): Promise<readonly StorableFrame[]> {
    const run: StorableFrame[] = []
    const handles = new Set<number>()
    let bytes = 0
    // What arrives meanwhile is left for the next run, so that nothing waits for its commit without end.
    for (let left = this.#frames.length; left > 0 && this.#frames.length > 0; left--) {
      const frame = this.#frames[0]!
      if (isStorable(frame)) {
        if (run.length > 0 && bytes + frameBytes(frame) > this.#host.environment.limits.maxBatchBytes) break
        bytes += frameBytes(frame)
        run.push(frame)
        handles.add(frame.handle)
        this.#take()
      } else if ("handle" in frame && handles.has(frame.handle)) break
      else await this.#owner.handle(this.#take())
    }
    return run
  }

  #take(): Frame {
    const frame = this.#frames.shift()!
    this.#bytes -= frameBytes(frame)
    return frame
  }

  /** One commit for frames of any documents; shown after it. A failed commit stays at the head until the store takes it. */
  async #store(frames: readonly StorableFrame[]): Promise<void> {
    const incoming = gatherFrames(frames, (handle) => this.#owner.syncOf(handle), this.#host, this.#link)
    if (incoming.length > 0) await this.#commit(incoming)
  }

  async #commit(incoming: readonly Incoming[]): Promise<void> {
    const changes: Change[] = incoming.map(({ documentId, items, settled, sync }) => ({
      type: "append",
      documentId,
      items,
      settled,
      resets: sync.resets,
    }))
    for (const { documentId, items, settled } of incoming) changes.push(...this.#host.erasing.changesWith(documentId, items, settled))
    for (;;) {
      try {
        const applied = await this.#host.environment.store.commit(changes)
        if (this.#failing) this.#host.storeFailing(undefined)
        this.#failing = false
        for (const [index, { sync, settled }] of incoming.entries()) {
          const { items, head } = applied[index]!
          this.#owner.stored(sync, items, settled, head!)
        }
        return
      } catch (error) {
        if (this.#ended) return
        if (isOfOneDocument(error)) return this.#failedOne(incoming, error)
        this.#failing = true
        this.#host.storeFailing(error)
        await this.#backoff.wait()
        if (this.#ended) return
        await this.#host.environment.reopen()
      }
    }
  }

  /** A failure that may be of one document alone: the others go on without it. */
  async #failedOne(incoming: readonly Incoming[], error: unknown): Promise<void> {
    if (incoming.length > 1) {
      for (const one of incoming) await this.#commit([one])
      return
    }
    if (codeOf(error) === "gap") return this.#link.fail("bad-frame", "entries of a log arrived with a gap")
    for (const { documentId } of incoming) {
      // Emptied by another tab: it is loaded afresh.
      if (codeOf(error) === "reset") return this.#owner.outdated(documentId)
      this.#host.environment.report({ kind: "store-failed", documentId, error })
      this.#owner.failed(documentId)
    }
  }
}
