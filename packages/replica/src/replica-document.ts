import { type Code, type DocumentId, type Erased, NOTHING_ERASED, type RowId } from "@polylogue/protocol"
import type { DocumentHead, LogItem } from "@polylogue/storage"
import type { Awareness } from "y-protocols/awareness"
import * as Y from "yjs"
import { DocumentAwareness } from "./document-awareness.ts"
import { NO_FACTS, type ReplicaDocument, type ShownLog, type SyncFacts } from "./document.ts"
import type { Environment } from "./environment.ts"
import { askToErase, type ErasureRequest } from "./erasing/asking.ts"
import { coversErased, erasesSomething, withoutContent, knowsOf, unionErased } from "./erasing/erased-ranges.ts"
import type { Erasing } from "./erasing/erasing.ts"
import type { ErasureStatus } from "./erasing/erasures.ts"
import { ReplicaError } from "./errors.ts"
import type { Flush } from "./flush.ts"
import { Listeners } from "./listeners.ts"
import { type LoadedDocument, loadDocument } from "./document-loading.ts"
import { applyStored, type LogUpdate, readLog, updateOf } from "./log-reader.ts"
import { isReplicaOrigin } from "./origin.ts"
import type { OutboxIndex } from "./outbox-index.ts"
import type { Presence } from "./presence.ts"
import type { Later } from "./later.ts"
import type { ReplicationPart } from "./replication/replication-part.ts"
import type { DocumentStatus, Safety } from "./status.ts"
import { endOf } from "./update.ts"

/** What an {@link OpenDocument} needs of its replica. */
export interface DocumentHost {
  readonly environment: Environment
  readonly flush: Flush
  readonly index: OutboxIndex
  readonly erasing: Erasing
  readonly presence: Pick<Presence, "fromHere" | "look">
  readonly replication: Later<ReplicationPart>
  /** The document was reset by another tab: what is in memory stands on ground that is gone. */
  replace(documentId: DocumentId): void
  /** A durable update does not apply. */
  diverged(documentId: DocumentId, error: unknown): void
  released(document: OpenDocument): Promise<void>
}

/** {@link ReplicaDocument} as the replica sees it. `ydoc` always shows durable updates plus this tab's own. */
export class OpenDocument implements ReplicaDocument {
  readonly documentId: DocumentId
  readonly #host: DocumentHost
  readonly #listeners: Listeners<[]>
  readonly #resetListeners: Listeners<[Y.Doc]>
  #ydoc!: Y.Doc
  #awareness: DocumentAwareness | undefined
  #facts: SyncFacts = NO_FACTS
  #status: DocumentStatus | undefined
  #refusedWith: Code | undefined
  #position = 0
  #resets = 0
  #users = 1
  #closed = false
  #reading: Promise<void> | undefined
  #readAgain = false
  /** While updates are applied that others may have waited for: where they end, as an encoded state vector. */
  #waitedFor: Uint8Array | undefined
  /** While another Y.Doc is prepared: what this one was shown since. */
  #meanwhile: { readonly update: Uint8Array }[] | undefined
  /** How often words of the Y.Doc were given up. */
  #losses = 0
  /** What this Y.Doc knows to be erased. */
  #erased: Erased = NOTHING_ERASED

  constructor(host: DocumentHost, documentId: DocumentId, loaded: LoadedDocument) {
    this.#host = host
    this.documentId = documentId
    this.#show(loaded)
    const failed = (error: unknown) => host.environment.report({ kind: "listener-failed", documentId, error })
    this.#listeners = new Listeners(failed)
    this.#resetListeners = new Listeners(failed)
  }

  get ydoc(): Y.Doc {
    return this.#ydoc
  }

  get awareness(): Awareness {
    this.#checkOpen()
    if (this.#awareness === undefined) {
      this.#awareness = new DocumentAwareness(this.#ydoc, (update) => this.#host.presence.fromHere(this.documentId, update))
      this.#host.presence.look(this.documentId)
    }
    return this.#awareness.awareness
  }

  get status(): DocumentStatus {
    const { flush, index, replication } = this.#host
    const { synced, relayAwaits, mayWrite, mayErase, rejected = this.#refusedWith } = this.#facts
    const told = { synced, relayAwaits, mayWrite, mayErase, rejected }
    this.#status ??= Object.freeze({
      loaded: true,
      ...told,
      otherRelays: replication.here?.others(this) ?? 0,
      unsavedUpdates: flush.countOf(this.documentId),
      waitingRows: index.countOf(this.documentId),
    })
    return this.#status
  }

  get replicated(): boolean {
    const { flush, index, replication } = this.#host
    if (flush.countOf(this.documentId) + index.countOf(this.documentId) > 0) return false
    return (replication.here?.through(this) ?? -1) >= this.#position
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  onReset(listener: (ydoc: Y.Doc) => void): () => void {
    return this.#resetListeners.add(listener)
  }

  async whenDurable(level: "local" | "stored" | "replicated"): Promise<void> {
    const { flush, index, replication } = this.#host
    this.#checkOpen()
    const losses = this.#losses
    await flush.written(this.documentId)
    if (this.#losses !== losses) throw new ReplicaError("rejected", `${this.documentId} was replaced; its text is kept aside`)
    if (level === "local") return
    if (index.countOf(this.documentId) > 0) {
      if (this.#facts.rejected !== undefined) throw this.#refused()
      await index.gone(this.documentId)
    }
    if (level === "replicated") await (await replication.part()).whenReplicated(this)
  }

  safetyOf(client: number, clock: number): Safety {
    const { flush, index, replication } = this.#host
    if (flush.brings(this.documentId, client, clock)) return "memory"
    if (index.brings(this.documentId, client, clock)) return "local"
    return replication.here?.has(this, client, clock) === true ? "replicated" : "stored"
  }

  async erase(request: ErasureRequest): Promise<ErasureStatus> {
    this.#checkOpen()
    if (this.#facts.mayErase === false)
      throw new ReplicaError("forbidden", `the relay does not let this principal erase in ${this.documentId}`)
    const apply = (update: Uint8Array): void => this.#apply([{ update }])
    return askToErase(this.#host, { documentId: this.documentId, ydoc: this.#ydoc, resets: this.#resets, apply }, request)
  }

  async erasures(): Promise<readonly ErasureStatus[]> {
    this.#checkOpen()
    return this.#host.erasing.of(this.documentId)
  }

  async close(): Promise<void> {
    if (this.#closed || this.#users === 0 || --this.#users > 0) return
    await this.#host.released(this)
  }

  /** One more user of the same document. */
  use(): this {
    this.#users++
    return this
  }

  /** Whether nobody uses it any more. */
  get unused(): boolean {
    return this.#users === 0
  }

  /** Ends it at once; what is queued in the flush stays queued. */
  destroy(): void {
    if (this.#closed) return
    this.#closed = true
    this.#awareness?.destroy()
    this.#ydoc.destroy()
    this.#host.replication.here?.end(this, new ReplicaError("closed", `${this.documentId} was closed`))
  }

  /** How often the document had been reset when it was read. */
  get resets(): number {
    return this.#resets
  }

  get log(): ShownLog {
    const { environment } = this.#host
    return { environment, position: this.#position, resets: this.#resets, closed: this.#facts.rejected, readOn: () => this.readOn() }
  }

  /** Something that `status` or `safetyOf` answers has changed. */
  changed(): void {
    this.#status = undefined
    if (!this.#closed) this.#listeners.emit()
  }

  /** The tab that holds the socket has news of the document. */
  learn(facts: SyncFacts): void {
    const before = this.#facts
    const news = (Object.keys(facts) as (keyof SyncFacts)[]).filter((key) => before[key] !== facts[key])
    this.#facts = facts
    if (news.includes("replicated")) this.#host.replication.tell((part) => part.told(this))
    if (news.every((key) => key === "replicated")) return
    if (facts.rejected !== undefined) this.#host.index.fail(this.documentId, this.#refused())
    this.changed()
  }

  get facts(): SyncFacts {
    return this.#facts
  }

  /** Items that became durable just now, written by this tab; read from the store instead when another tab's came between. */
  take(items: readonly LogItem[], head: DocumentHead): void {
    const first = items[0]
    if (this.#closed || first === undefined) return
    if (this.#reading !== undefined || head.resets !== this.#resets || first.position !== this.#position + 1) {
      this.readOn()
      return
    }
    this.#position = items.at(-1)!.position
    this.#applyLog(items.map(updateOf))
  }

  /** Reads from the store what other tabs have written since. */
  readOn(): void {
    if (this.#closed) return
    this.#readAgain = true
    this.#reading ??= this.#readWhileAsked().finally(() => {
      this.#reading = undefined
    })
  }

  /** The state of `ydoc` with all that was never written. */
  encode(): Uint8Array {
    return Y.encodeStateAsUpdate(this.#ydoc)
  }

  /** Reads the document anew, beside the present Y.Doc: for {@link swap}. */
  prepare(): Promise<LoadedDocument> {
    this.#meanwhile = []
    // The index goes on telling about the Y.Doc that is still shown, until the two are exchanged together.
    const readRows = () => this.#host.environment.store.outbox(this.documentId)
    return loadDocument(this.#host.environment, this.documentId, readRows, (error) => this.#host.diverged(this.documentId, error))
  }

  /**
   * Shows `loaded` from now on, and tells those who listen. What the old Y.Doc held in memory is discarded with `error`, and the old Y.Doc is
   * destroyed. `code` says why, when a relay refused the old one.
   */
  swap(loaded: LoadedDocument, error: Error, code?: Code): void {
    if (this.#closed) {
      loaded.ydoc.destroy()
      this.#host.flush.discard(this.documentId, error)
      this.#host.index.restart(this.documentId, loaded.rows, error)
      return
    }
    this.#losses++
    this.#host.replication.here?.end(this, error)
    this.#refusedWith = code ?? this.#refusedWith
    this.#exchange(loaded, () => {
      this.#host.flush.discard(this.documentId, error)
      this.#host.index.restart(this.documentId, loaded.rows, error)
    })
  }

  /**
   * Shows `loaded` from now on, with the words that are in memory only, and tells those who listen: nothing is given up but what the old Y.Doc
   * holds beyond what it shows. False when the document was reset meanwhile: what is in memory stands on ground that is gone.
   */
  renew(loaded: LoadedDocument): boolean {
    if (this.#closed || loaded.resets !== this.#resets) {
      loaded.ydoc.destroy()
      return this.#closed
    }
    // The words in memory may build on what the old Y.Doc has shown since `loaded` was read: their causes go before them.
    const unwritten = this.#host.flush.unwritten(this.documentId).map((update) => ({ update }))
    applyStored(loaded.ydoc, [...(this.#meanwhile ?? []), ...unwritten], (error) => this.#host.diverged(this.documentId, error))
    this.#takeLate(this.#exchange(loaded, () => undefined))
    return true
  }

  /** A reply that is being streamed does not notice that its Y.Doc was renewed: its words are taken over, but for what an undo stack brings back. */
  #takeLate(before: Y.Doc): void {
    const losses = this.#losses
    before.on("update", (update: Uint8Array, origin: unknown) => {
      if (this.#closed || this.#losses !== losses) return
      Y.applyUpdate(this.#ydoc, origin instanceof Y.UndoManager ? withoutContent(this.#ydoc, update) : update, origin)
    })
  }

  /** @returns the old Y.Doc, destroyed. */
  #exchange(loaded: LoadedDocument, exchanged: () => void): Y.Doc {
    const before = this.#ydoc
    this.#awareness?.destroy()
    this.#awareness = undefined
    this.#meanwhile = undefined
    this.#show(loaded)
    exchanged()
    this.changed()
    this.#resetListeners.emit(this.#ydoc)
    before.destroy()
    // What became durable while `loaded` was made is read now.
    this.readOn()
    return before
  }

  /** The text that was kept aside has been dealt with. */
  forgetRefusal(): void {
    this.#refusedWith = undefined
    this.changed()
  }

  /** What presence has to do with, once somebody has asked for it. */
  get presence(): DocumentAwareness | undefined {
    return this.#awareness
  }

  /** The way to the relay is cut: nothing is in step with it any more, and nobody is seen. */
  cutOff(): void {
    this.#awareness?.forgetOthers()
    this.learn({ ...this.#facts, synced: false })
  }

  #show({ ydoc, position, resets, erased }: LoadedDocument): void {
    this.#erased = erased
    this.#ydoc = ydoc
    this.#position = position
    this.#resets = resets
    ydoc.on("update", (update: Uint8Array, origin: unknown) => {
      if (!isReplicaOrigin(origin)) this.#host.flush.add(this.documentId, update, resets)
      else if (this.#waitedFor !== undefined) this.#host.flush.add(this.documentId, Y.diffUpdate(update, this.#waitedFor), resets)
    })
  }

  async #readWhileAsked(): Promise<void> {
    while (this.#readAgain && !this.#closed) {
      this.#readAgain = false
      try {
        await this.#readOnce()
      } catch (error) {
        this.#host.environment.report({ kind: "store-failed", documentId: this.documentId, error })
        return
      }
    }
  }

  #readOnce(): Promise<unknown> {
    const { environment, index } = this.#host
    const ydoc = this.#ydoc
    const stale = () => this.#closed || this.#ydoc !== ydoc
    return index.refresh(this.documentId, async (rows) => {
      const acknowledged: RowId[] = []
      for await (const page of readLog(environment.store, this.documentId, this.#position)) {
        if (stale()) return this.#closed ? acknowledged : undefined
        if (page.head.resets !== this.#resets) {
          this.#host.replace(this.documentId)
          return undefined
        }
        for (const { row } of page.updates) if (row !== undefined) acknowledged.push(row)
        this.#position = Math.max(this.#position, page.position)
        this.#applyLog(page.updates)
      }
      if (stale()) return this.#closed ? acknowledged : undefined
      // Known before they are shown: a word that is seen and not known to wait would count as stored.
      const settled = new Set(acknowledged)
      const waiting = rows.filter(({ row }) => !settled.has(row))
      index.add(this.documentId, waiting)
      this.#apply(rows)
      return acknowledged
    })
  }

  /** Updates of the log; a Y.Doc that held what one of them erases is replaced by a fresh one. */
  #applyLog(updates: readonly LogUpdate[]): void {
    const erased = unionErased(updates.map((update) => update.erased))
    const news = erasesSomething(erased) && !coversErased(this.#erased, erased)
    const held = news && knowsOf(this.#ydoc, erased)
    this.#apply(updates)
    if (news) this.#erased = unionErased([this.#erased, erased])
    if (held) this.#host.erasing.renew(this.documentId)
    this.#host.replication.here?.grew(this)
    // What is new is on no other relay yet, as far as is known.
    if (this.status.otherRelays > 0) this.#listeners.emit()
  }

  #apply(updates: readonly { readonly update: Uint8Array }[]): void {
    const { pendingStructs, pendingDs } = this.#ydoc.store
    // Updates that the application took from elsewhere may have waited for these: they integrate in our transaction, and yet are this tab's to write.
    if (pendingStructs !== null || pendingDs !== null) this.#waitedFor = endOf(updates)
    this.#meanwhile?.push(...updates)
    applyStored(this.#ydoc, updates, (error) => this.#host.diverged(this.documentId, error))
    this.#waitedFor = undefined
  }

  #checkOpen(): void {
    if (this.#closed) throw new ReplicaError("closed", `${this.documentId} is closed`)
  }

  #refused(): ReplicaError {
    return new ReplicaError("rejected", `a relay refused ${this.documentId} for good: ${this.#facts.rejected}`)
  }
}
