import { indexDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import type { Replica, ReplicaDocument, StoredPlace } from "@polylogue/replica"

/** What shelves need of a replica. */
export type ShelfReplica = Pick<Replica, "open" | "watch" | "onDisk" | "status">

/** Time as shelves need it. */
export interface ShelfClock {
  /** Calls `action` once after so many milliseconds. Returns a function that prevents it. */
  setTimer(action: () => void, delayMs: number): () => void
}

/** Milliseconds that a shelf waits for what a relay has of a document; after that what is here counts. */
export const SHELF_PATIENCE_MS = 5_000

/** The cards of a workspace, its index open from the first look until `close`. */
export class ShelfIndex {
  readonly #replica: ShelfReplica
  readonly #clock: ShelfClock
  readonly #workspace: string
  #opening: Promise<ReplicaDocument> | undefined
  #bound: WorkspaceIndex | undefined

  constructor(replica: ShelfReplica, clock: ShelfClock, workspace: string) {
    this.#replica = replica
    this.#clock = clock
    this.#workspace = workspace
  }

  /** The cards as they are now; at the first look with all that the relay has, if that comes soon. @throws ReplicaError */
  async read(): Promise<WorkspaceIndex> {
    this.#opening ??= this.#replica.open(indexDocumentId(this.#workspace))
    const document = await this.#opening.catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    await broughtUp(this.#replica, this.#clock, document)
    if (this.#bound?.ydoc !== document.ydoc) {
      this.#bound?.destroy()
      this.#bound = new WorkspaceIndex(document.ydoc, ONLY_READS)
    }
    return this.#bound
  }

  /** Gives the index back. Idempotent. */
  async close(): Promise<void> {
    this.#bound?.destroy()
    this.#bound = undefined
    const document = await this.#opening?.catch(() => undefined)
    this.#opening = undefined
    await document?.close()
  }
}

/** Nothing is written through it. */
const ONLY_READS = {
  writer: "reader",
  author: { id: "reader", kind: "program" },
  now: (): number => 0,
  randomBytes: (): never => {
    throw new TypeError("a shelf writes nothing")
  },
}

/** Resolves once the document has what the relay had, or no relay can be asked, or {@link SHELF_PATIENCE_MS} have passed. */
export async function broughtUp(replica: ShelfReplica, clock: ShelfClock, document: ReplicaDocument): Promise<void> {
  const isDone = (): boolean =>
    document.status.synced || document.status.rejected !== undefined || !["online", "connecting"].includes(replica.status.connection)
  if (isDone()) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      stop()
      unsubscribe()
      resolve()
    }
    const unsubscribe = document.subscribe(() => {
      if (isDone()) end()
    })
    const stop = clock.setTimer(end, SHELF_PATIENCE_MS)
  })
}

/** Where documents stood on the device when they were read. */
export type ShelfPlaces = ReadonlyMap<string, StoredPlace>

/** Whether something was written to one of the documents since. */
export async function haveMoved({ onDisk }: ShelfReplica, places: ShelfPlaces): Promise<boolean> {
  for (const [documentId, place] of places) if (await onDisk.hasMovedOn(documentId, place)) return true
  return false
}
