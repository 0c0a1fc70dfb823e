import type { BlobHash, DocumentId, RowId, VersionVector } from "@polylogue/protocol"
import type { Change, DocumentHead, LogItem, NewLogItem, OutboxRow } from "@polylogue/storage"
import { DocumentTasks } from "../document-tasks.ts"
import type { Environment } from "../environment.ts"
import { Later } from "../later.ts"
import type { ReplacingHost } from "../replacing.ts"
import type { OpenDocument } from "../replica-document.ts"
import type { CarryOut } from "./carrying-out.ts"
import { erasedBy } from "./erased-ranges.ts"
import { markChange, readMarked } from "./erasing-mark.ts"
import { erasureChange } from "./erasure-record.ts"
import type { Erasures, ErasureStatus, MakeErasures, Reporter } from "./erasures.ts"
import { KnownErased } from "./known-erased.ts"

/** The replica as it is asked about erasures. */
export interface ErasingHost extends ReplacingHost {
  /** The document was reset: what is in memory stands on ground that is gone. */
  replace(documentId: DocumentId): void
  rowsReplaced(documentId: DocumentId, rows: readonly OutboxRow[], replaced: readonly RowId[]): void
}

/** The parts of the replica around erasures. */
export interface ErasingParts {
  readonly relays: readonly string[]
  readonly connection: {
    readonly facts: { readonly relay: string | undefined }
    readonly session: { pause(documentId: DocumentId): () => void } | undefined
  }
  /** What this tab has open. */
  readonly open: { get(documentId: DocumentId): OpenDocument | undefined }
  readonly blobs: { forget(documentId: DocumentId, hashes: readonly BlobHash[]): Promise<void> }
  /** Told that the store holds something new of a document. */
  readonly bulletin: { written(documentId: DocumentId): void }
}

/** Code that may take its time to be there. */
export interface ErasingCode {
  readonly carryOut: CarryOut
  readonly erasures: MakeErasures
}

/** Erasures in all documents of the device: those asked for here, and those that have come. */
export class Erasing {
  readonly #environment: Environment
  readonly #host: ErasingHost
  readonly #parts: ErasingParts
  readonly #erasures: Later<Erasures>
  readonly #carryOutOf: CarryOut
  readonly #known = new KnownErased()
  /** Items that may bring what another tab has erased. */
  readonly #doubtful = new Map<DocumentId, readonly LogItem[]>()
  /** Erasures that this device has still to carry out. */
  readonly #carrying: DocumentTasks
  /** Open documents that may hold in memory what was erased. */
  readonly #renewing: DocumentTasks

  /** @param carryOut - may take its time to be there: what is to be carried out is recorded, and tried again. */
  constructor(host: ErasingHost, parts: ErasingParts, { carryOut, erasures }: ErasingCode) {
    this.#environment = host.environment
    this.#host = host
    this.#parts = parts
    this.#carryOutOf = carryOut
    const changed = (documentId: DocumentId): void => {
      parts.open.get(documentId)?.changed()
      parts.bulletin.written(documentId)
    }
    this.#erasures = new Later(() => erasures(host.environment, parts.relays, changed))
    this.#carrying = new DocumentTasks(host.environment, (documentId) => this.#carryOut(documentId))
    this.#renewing = new DocumentTasks(host.environment, (documentId) => this.#renew(documentId))
  }

  /** Takes up what an earlier run of the replica, or another tab, has left. Never rejects. */
  async resume(): Promise<void> {
    try {
      await this.#known.load(this.#environment.store)
      for (const documentId of await readMarked(this.#environment.store)) this.#carrying.add(documentId)
    } catch (error) {
      this.#environment.report({ kind: "store-failed", documentId: undefined, error })
    }
  }

  /** Begins nothing more. */
  stop(): void {
    this.#carrying.stop()
    void this.#erasures.stop()
    this.#renewing.stop()
  }

  /** The erasures of this device in `documentId`. @throws StorageError; ReplicaError `unavailable`, `closed` */
  async of(documentId: DocumentId): Promise<readonly ErasureStatus[]> {
    return await (await this.#erasures.part()).of(documentId)
  }

  /** Something was erased that this tab may still hold. */
  renew(documentId: DocumentId): void {
    this.#renewing.add(documentId)
  }

  /** An erasure of this tab is durable on the device. It is carried out when a relay has it; without one, at once. */
  written(documentId: DocumentId): void {
    if (this.#parts.relays.length > 0) return
    this.#carrying.add(documentId)
    this.#renewing.add(documentId)
  }

  /**
   * What is to be written in the same commit as `items` of `documentId`: that erasures among them, and what they bring again, are to be carried out, and
   * where this device's own, those among `settled`, stand.
   */
  changesWith(documentId: DocumentId, items: readonly NewLogItem[], settled: readonly RowId[]): readonly Change[] {
    const again = items.filter((item) => erasedBy(item) === undefined && this.#known.isBroughtBy(documentId, item))
    const changes = again.map((item) => markChange(documentId, item))
    for (const item of items) {
      if (item.kind === "snapshot" ? item.snapshot.erased === undefined : item.entry.erases === undefined) continue
      changes.push(markChange(documentId, item))
      if (item.kind === "snapshot" || !settled.includes(item.entry.row)) continue
      changes.push(erasureChange(documentId, item.entry.row, { stamp: item.entry.stamp, done: [] }))
      this.#erasures.here?.noted(documentId)
    }
    return changes
  }

  /** Items have become durable, and made the log's head `head`: what they erase, or bring although it is erased, is carried out. */
  stored(documentId: DocumentId, items: readonly LogItem[], head: DocumentHead): void {
    const due = items.some((item) => erasedBy(item) !== undefined || this.#known.isBroughtBy(documentId, item))
    if (due) this.#carrying.add(documentId)
    if (items.length > 0 && this.#known.follow(documentId, items.length, head.head) && !due) this.#doubt(documentId, items)
  }

  /** A relay has carried out every erasure that `vector` covers: default that of the present session. Never rejects. */
  async reported(
    documentId: DocumentId,
    vector: VersionVector,
    by: Reporter | undefined = this.#parts.connection.facts.relay,
  ): Promise<void> {
    // Where the code cannot be loaded: it is said again in the next session.
    if (by !== undefined)
      await this.#erasures.part().then(
        (erasures) => erasures.reported(documentId, vector, by),
        () => undefined,
      )
  }

  /**
   * A tab that was frozen while it held the socket goes on with the frames it had, and its commit can follow that of the tab which carried an erasure out
   * meanwhile. So where somebody else has written to a log, what is known to be erased there is read once more, after the commit: by then it says all that was carried
   * out before. One reading serves all documents of a turn.
   */
  #doubt(documentId: DocumentId, items: readonly LogItem[]): void {
    const waiting = this.#doubtful.size > 0
    this.#doubtful.set(documentId, [...(this.#doubtful.get(documentId) ?? []), ...items])
    if (!waiting) void Promise.resolve().then(() => this.#clear())
  }

  async #clear(): Promise<void> {
    const { store } = this.#environment
    const doubtful = [...this.#doubtful]
    this.#doubtful.clear()
    try {
      await this.#known.readAgain(store, new Map(doubtful).keys())
      const marks = doubtful.flatMap(([documentId, items]) => {
        const again = items.filter((item) => this.#known.isBroughtBy(documentId, item))
        if (again.length > 0) this.#carrying.add(documentId)
        return again.map((item) => markChange(documentId, item))
      })
      if (marks.length > 0) await store.commit(marks)
    } catch (error) {
      this.#environment.report({ kind: "store-failed", documentId: undefined, error })
      // Whoever carries out reads the log itself, and tries again.
      for (const [documentId] of doubtful) this.#carrying.add(documentId)
    }
  }

  async #carryOut(documentId: DocumentId): Promise<void> {
    const { environment, flush } = this.#host
    const { blobs, bulletin, connection, relays } = this.#parts
    const erased = await this.#carryOutOf(
      {
        environment,
        flush,
        alone: relays.length === 0,
        pause: (id) => connection.session?.pause(id) ?? (() => undefined),
        rowsReplaced: (id, rows, replaced) => this.#host.rowsReplaced(id, rows, replaced),
        rewritten: (id) => bulletin.written(id),
        forgetBlobs: (id, hashes) => blobs.forget(id, hashes),
      },
      documentId,
    )
    this.#known.learn(documentId, erased.ranges)
  }

  async #renew(documentId: DocumentId): Promise<void> {
    const document = this.#parts.open.get(documentId)
    if (document === undefined) return
    await this.#host.flush.exclusively(async () => {
      if (!document.renew(await document.prepare())) this.#host.replace(documentId)
    })
  }
}
