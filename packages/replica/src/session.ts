import {
  type Code,
  codeName,
  type CutSnapshot,
  type DocumentId,
  type Frame,
  isPermanent,
  type LogId,
  NOTHING_ERASED,
  type RowId,
  type VersionVector,
} from "@polylogue/protocol"
import type { DocumentHead, LogItem, OutboxRow } from "@polylogue/storage"
import { Background } from "./background.ts"
import { DocumentSync } from "./document-sync.ts"
import type { AuditedSession } from "./audit/auditor-part.ts"
import type { LogDigest } from "./audit/digest.ts"
import { Intake } from "./intake.ts"
import { readLogState } from "./log-reader.ts"
import type { RegisterLink } from "./registers/registers-part.ts"
import type { SessionHost, SessionLink } from "./session-host.ts"

/*
 * One authenticated connection: which documents are open in it, under which handles. Frames reach it by way of its intake.
 */

/** Documents whose opening is under way at once: thousands at the start would hold up the store, and what the user writes meanwhile. */
const MAX_OPENING = 256

/** The replica's part of one session, from `welcome` to the end of the socket. */
export class Session implements AuditedSession, RegisterLink {
  readonly #host: SessionHost
  readonly #link: SessionLink
  readonly #intake: Intake
  readonly #background: Background
  readonly #byHandle = new Map<number, DocumentSync>()
  readonly #byId = new Map<DocumentId, DocumentSync>()
  readonly #opening = new Set<DocumentId>()
  /** Documents that are not to be opened for now: the relay has closed them, or their words are being kept aside. */
  readonly #shut = new Set<DocumentId>()
  /** Those of `shut` that the relay refused for good, as long as the grants are what they are. */
  readonly #barred = new Set<DocumentId>()
  readonly #timers = new Set<() => void>()
  /** Opened here, and not yet answered by the relay. */
  readonly #unanswered = new Set<DocumentSync>()
  /** Still to be opened, the most important last. */
  #toOpen: DocumentId[] = []
  #wanted: ReadonlySet<DocumentId> = new Set()
  #nextHandle = 1
  #ended = false

  constructor(host: SessionHost, link: SessionLink) {
    this.#host = host
    this.#link = link
    host.auditor.begin(this)
    this.#intake = new Intake(host, link, {
      syncOf: (handle) => this.#byHandle.get(handle),
      handle: (frame) => this.#handle(frame),
      stored: (sync, items, settled, head) => this.#stored(sync, items, settled, head),
      outdated: (documentId) => this.#again(documentId),
      failed: (documentId) => {
        this.#shut.add(documentId)
        this.#close(documentId)
      },
      turned: () => this.#background.fetching.sweep(),
    })
    this.#background = new Background({
      environment: host.environment,
      relay: link.relay,
      mark: () => link.mark(),
      nextHandle: () => this.takeHandle(),
      send: (frame) => this.send(frame),
      closeHandle: (handle) => this.closeHandle(handle),
      syncOf: (documentId) => this.#byId.get(documentId),
      wanted: (documentId) => this.#wanted.has(documentId),
      close: (documentId) => this.#close(documentId),
      openNext: () => this.#openNext(),
    })
  }

  get version(): number {
    return this.#link.welcome.version
  }

  readonly takeHandle = (): number => this.#nextHandle++

  send(frame: Frame): void {
    this.#link.send(frame)
  }

  closeHandle(handle: number): void {
    this.#link.closeHandle(handle)
  }

  /** Whether something that was sent is not acknowledged yet. */
  get busy(): boolean {
    return [...this.#byId.values()].some((sync) => sync.busy)
  }

  get log(): LogId {
    return this.#link.welcome.log
  }

  settled(documentId: DocumentId): boolean {
    const sync = this.#byId.get(documentId)
    return sync !== undefined && sync.facts.synced && !sync.busy
  }

  audit(documentId: DocumentId, own: LogDigest): VersionVector | undefined {
    const sync = this.#byId.get(documentId)
    const vector = sync?.atRelay.nameOf(own.vector)
    if (sync === undefined || vector === undefined) return undefined
    this.#link.send({ type: "audit", handle: sync.handle, vector, digest: own.digest })
    return vector
  }

  /** See {@link Intake.receive}. */
  receive(frames: readonly Frame[]): void {
    this.#intake.receive(frames.flatMap((frame) => this.#whole(frame)))
  }

  /** The connection is gone in the middle of these: the next session goes on with them. */
  cut(snapshots: readonly CutSnapshot[]): void {
    for (const snapshot of snapshots) {
      const sync = this.#byHandle.get(snapshot.handle)
      if (sync !== undefined) this.#link.cuts.keep(sync.documentId, snapshot)
    }
  }

  /** A snapshot of which only the rest came is put behind its beginning. */
  #whole(frame: Frame): readonly Frame[] {
    if (frame.type !== "rest" && frame.type !== "snapshot") return [frame]
    const sync = this.#byHandle.get(frame.handle)
    if (sync === undefined) return []
    const whole = frame.type === "rest" ? this.#link.cuts.complete(sync.documentId, frame) : frame
    this.#link.cuts.forget(sync.documentId)
    if (whole === undefined) this.#link.fail("bad-frame", "the rest of a snapshot that nobody asked for")
    return whole === undefined ? [] : [whole]
  }

  /**
   * Opens the documents of `wanted` that are not open here, the first ones first and no more than the relay admits, and gives back others once
   * nothing of them is under way. What changes below one of `prefixes` is fetched beside them.
   */
  want(wanted: ReadonlySet<DocumentId>, prefixes: readonly string[]): void {
    const { maxDocuments } = this.#link.welcome
    this.#wanted = wanted.size > maxDocuments ? new Set([...wanted].slice(0, maxDocuments)) : wanted
    if (this.#ended) return
    this.#toOpen = []
    for (const [documentId, sync] of this.#byId) this.#exchange(documentId, sync)
    for (const documentId of this.#shut) if (!this.#isWanted(documentId)) this.#shut.delete(documentId)
    this.#toOpen = [...this.#wanted].filter((documentId) => !this.#byId.has(documentId)).toReversed()
    this.#background.watch(prefixes)
    this.#openNext()
  }

  /** An open document goes from those who want it to background sync, or the other way, or is closed. */
  #exchange(documentId: DocumentId, sync: DocumentSync): void {
    const { fetching } = this.#background
    if (this.#wanted.has(documentId)) {
      if (!fetching.giveUp(documentId)) return
      this.#host.learned(documentId, sync.facts)
      this.#host.introduce(documentId)
      void sync.pump()
    } else if (sync.busy || fetching.has(documentId)) fetching.adopt(documentId)
    else this.#close(documentId)
  }

  #isWanted(documentId: DocumentId): boolean {
    return this.#wanted.has(documentId) || this.#background.fetching.has(documentId)
  }

  /** The relay has let us in anew, perhaps with other grants: what it refused before is asked for again. */
  granted(): void {
    for (const documentId of this.#barred) this.#reopen(documentId)
    this.#background.restart()
  }

  /** Rows of `documentId` may wait in the outbox. */
  pump(documentId: DocumentId): void {
    void this.#byId.get(documentId)?.pump()
  }

  /** See `DocumentSync.claim`. */
  readonly claim = (documentId: DocumentId): readonly OutboxRow[] => this.#byId.get(documentId)?.claim() ?? []

  /** The document's part of this session, if it is open in it. */
  syncOf(documentId: DocumentId): DocumentSync | undefined {
    return this.#byId.get(documentId)
  }

  sendAwareness(documentId: DocumentId, update: Uint8Array): void {
    const sync = this.#byId.get(documentId)
    if (sync !== undefined && !sync.ended) this.#link.send({ type: "awareness", handle: sync.handle, update })
  }

  /** Closes the document, has its words kept aside and its store emptied, and loads it from the relay afresh. Never rejects. */
  async replace(documentId: DocumentId, code: Code | undefined): Promise<void> {
    const resume = this.pause(documentId)
    try {
      await this.#host.refused(documentId, code)
    } catch (error) {
      this.#host.environment.report({ kind: "store-failed", documentId, error })
      // Nothing was given up. The next session brings the same answer, and by then the store may take what is to be kept.
      return this.#link.fail("internal", "the device's store cannot keep refused words aside")
    }
    this.#background.emptied(documentId)
    resume()
  }

  /** Closes the document until the returned function is called: nothing more of it is sent, and what is under way to it is ignored. */
  pause(documentId: DocumentId): () => void {
    this.#shut.add(documentId)
    this.#close(documentId)
    return () => this.#reopen(documentId)
  }

  #again(documentId: DocumentId): void {
    this.#close(documentId)
    this.#reopen(documentId)
  }

  #reopen(documentId: DocumentId): void {
    if (this.#ended) return
    this.#shut.delete(documentId)
    this.#barred.delete(documentId)
    if (this.#isWanted(documentId)) void this.#open(documentId)
  }

  /** The socket is gone. Documents are told that they are not synced any more. */
  end(): void {
    this.#ended = true
    this.#host.auditor.end()
    this.#toOpen = []
    this.#intake.end()
    this.#background.end()
    for (const cancel of this.#timers) cancel()
    for (const sync of this.#byId.values()) sync.end()
    this.#byId.clear()
    this.#byHandle.clear()
  }

  /** Tries a write that failed again at once. */
  wake(): void {
    this.#intake.wake()
  }

  get #full(): boolean {
    return this.#byId.size + this.#opening.size >= this.#link.welcome.maxDocuments
  }

  #openNext(): void {
    while (!this.#ended && this.#opening.size + this.#unanswered.size < MAX_OPENING && !this.#full) {
      const documentId = this.#toOpen.pop()
      if (documentId === undefined) {
        const next = this.#background.fetching.next()
        if (next === undefined) return
        void this.#open(next.documentId, next.head)
      } else if (!this.#byId.has(documentId)) void this.#open(documentId)
    }
  }

  async #open(documentId: DocumentId, known?: DocumentHead): Promise<void> {
    if (this.#opening.has(documentId)) return
    if (this.#shut.has(documentId) || this.#full) return this.#background.fetching.ended(documentId, "failed")
    this.#opening.add(documentId)
    try {
      const head = known ?? (await this.#host.environment.store.head(documentId))
      if (this.#ended || !this.#isWanted(documentId)) return
      const sync = this.#makeSync(documentId, head)
      this.#byHandle.set(sync.handle, sync)
      this.#byId.set(documentId, sync)
      this.#unanswered.add(sync)
      this.#background.fetching.began(sync)
    } catch (error) {
      this.#host.environment.report({ kind: "store-failed", documentId, error })
      this.#link.fail("internal", "the device's store cannot be read")
    } finally {
      this.#opening.delete(documentId)
      this.#openNext()
    }
  }

  #makeSync(documentId: DocumentId, head: DocumentHead): DocumentSync {
    const sync: DocumentSync = new DocumentSync(this.#host, this.#link, documentId, this.#nextHandle++, head, {
      refuse: (code) => void this.replace(documentId, codeName(code)),
      outdated: () => this.#again(documentId),
      mayHaveRows: () => this.#wanted.has(documentId),
      learned: (facts) => {
        if (this.#wanted.has(documentId)) this.#host.learned(documentId, facts)
        if (facts.synced) this.#background.fetching.synced(sync)
      },
    })
    return sync
  }

  #close(documentId: DocumentId): void {
    const sync = this.#byId.get(documentId)
    if (sync === undefined) return
    this.#forget(sync, "closed")
    this.#link.closeHandle(sync.handle)
  }

  #forget(sync: DocumentSync, how: "closed" | "refused" | "failed"): void {
    sync.end()
    this.#unanswered.delete(sync)
    this.#byHandle.delete(sync.handle)
    if (this.#byId.get(sync.documentId) === sync) this.#byId.delete(sync.documentId)
    this.#background.fetching.ended(sync.documentId, how)
    this.#openNext()
  }

  #answered(sync: DocumentSync): void {
    if (this.#unanswered.delete(sync)) this.#openNext()
  }

  async #handle(frame: Frame): Promise<void> {
    if (frame.type === "erasedBy") return this.#host.erasing.reported(frame.document, frame.vector, frame)
    if (!("handle" in frame)) return this.#host.registers.take(frame)
    if (frame.type === "feed") return this.#background.take(frame)
    const sync = this.#byHandle.get(frame.handle)
    if (sync === undefined) {
      // What is under way to a handle that was closed is ignored.
      if (frame.type === "close") this.#background.closed(frame.handle)
      return this.#host.registers.take(frame)
    }
    switch (frame.type) {
      case "opened":
        await sync.opened(frame)
        this.#answered(sync)
        if (sync.ended) return
        if (sync.facts.synced) this.#host.auditor.synced(sync.documentId)
        if (this.#wanted.has(sync.documentId)) this.#host.introduce(sync.documentId)
        return
      case "state":
        return sync.state(frame)
      case "awareness":
        sync.presence.heard(frame.update)
        return this.#host.awareness(sync.documentId, frame.update)
      case "askState":
        // Not awaited: the document is loaded for it, and the frames of others need not wait for that.
        return void this.#answerState(sync)
      case "reject":
        return sync.rejected(frame)
      case "audit":
        return this.#host.auditor.answered(sync.documentId, frame.vector, frame.digest)
      case "replicated":
        return sync.replicated(frame)
      case "awaits":
      case "have":
        return sync.caughtUp(frame)
      case "erased":
        return this.#host.erasing.reported(sync.documentId, frame.vector)
      case "close":
        return this.#closedByRelay(sync, frame.code)
      default:
        return this.#link.fail("bad-frame", `the relay sent ${frame.type}`)
    }
  }

  /** Says what the log of a document holds. Rows of the outbox are left out: the relay may not have them. */
  async #answerState({ documentId, handle }: DocumentSync): Promise<void> {
    try {
      const state = await readLogState(this.#host.environment.store, documentId)
      if (!this.#byHandle.has(handle)) return
      this.#link.send({ type: "state", handle, ...state, deleteSet: new Uint8Array(), erased: NOTHING_ERASED })
    } catch (error) {
      // The relay gives up waiting, and sends everything.
      this.#host.environment.report({ kind: "store-failed", documentId, error })
    }
  }

  #closedByRelay(sync: DocumentSync, code: number): void {
    const { documentId } = sync
    sync.closed(code)
    this.#shut.add(documentId)
    this.#forget(sync, isPermanent(code) ? "refused" : "failed")
    if (isPermanent(code)) {
      this.#barred.add(documentId)
      return
    }
    if (codeName(code) === "reopen") return this.#reopen(documentId)
    const { clock, limits } = this.#host.environment
    const cancel = clock.setTimer(() => {
      this.#timers.delete(cancel)
      this.#reopen(documentId)
    }, limits.maxBackoffMs)
    this.#timers.add(cancel)
  }

  #stored(sync: DocumentSync, items: readonly LogItem[], settled: readonly RowId[], head: DocumentHead): void {
    this.#host.stored(sync.documentId, items, settled, head)
    this.#host.auditor.changed(sync.documentId)
    if (sync.ended) this.#host.storedLate(sync.documentId)
    else {
      sync.settled(settled, head)
      this.#background.stored(sync, head)
    }
  }
}
