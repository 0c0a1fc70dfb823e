import type {
  BlobRefusal,
  BlobStatus,
  DocumentStatus,
  KeptRecord,
  Register,
  RegisterAnswer,
  Replica,
  ReplicaBlobs,
  ReplicaDocument,
  ReplicaRegisters,
  ReplicaStatus,
  Safety,
  ShelvedBlob,
  StoredDocument,
  StoredDocuments,
  StoredPlace,
} from "@polylogue/replica"
import * as Y from "yjs"

/** A replica without store and network: its documents are what the test puts into them, its status what the test says. */
export class FakeReplica implements Replica {
  readonly documents = new Map<string, FakeDocument>()
  /** Makes the next opening fail. */
  failure: Error | undefined
  keptRecords: KeptRecord[] = []
  status: ReplicaStatus = {
    connection: "online",
    code: undefined,
    since: 0,
    relay: "ws://relay.example/sync",
    relays: [{ url: "ws://relay.example/sync", health: "well", code: undefined, welcomeMs: 20 }],
    principal: "anonymous",
    expiresAt: undefined,
    keeps: "durable",
    holder: true,
    cutOff: false,
    relayTimeOffsetMs: 0,
    waitingRows: 0,
    audits: { equal: 0, different: 0, skipped: 0 },
    storageError: undefined,
  }
  readonly #listeners = new Set<() => void>()

  readonly blobs = new FakeBlobs()
  readonly onDisk = new FakeDisk(this)
  registers: ReplicaRegisters = new FakeRegisters()

  open(documentId: string): Promise<ReplicaDocument> {
    if (this.failure !== undefined) return Promise.reject(this.failure)
    const document = this.documents.get(documentId) ?? new FakeDocument(documentId)
    this.documents.set(documentId, document)
    document.openings++
    return Promise.resolve(document)
  }

  /** Paths below which rows wait. */
  readonly waiting = new Set<string>()
  readonly waits = (prefix: string): boolean => this.waiting.has(prefix)

  setStatus(change: Partial<ReplicaStatus>): void {
    this.status = { ...this.status, ...change }
    for (const listener of this.#listeners) listener()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Prefixes that are being watched. */
  readonly watched: string[] = []

  watch(prefix: string): () => void {
    this.watched.push(prefix)
    return () => void this.watched.splice(this.watched.indexOf(prefix), 1)
  }

  kept(): Promise<readonly KeptRecord[]> {
    return Promise.resolve(this.keptRecords)
  }

  dismissKept(key: string): Promise<void> {
    this.keptRecords = this.keptRecords.filter((record) => record.key !== key)
    return Promise.resolve()
  }

  reconnect(): void {}
  setToken(): void {}

  setCutOff(cutOff: boolean): void {
    this.setStatus({ cutOff, connection: cutOff ? "offline" : "online" })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** Registers of which the device has heard what the test says, and whose authority is never there. */
class FakeRegisters implements ReplicaRegisters {
  readonly heard = new Map<string, Register>()

  get(): Promise<RegisterAnswer> {
    return Promise.resolve({ outcome: "unavailable" })
  }

  cas(): Promise<RegisterAnswer> {
    return Promise.resolve({ outcome: "unavailable" })
  }

  cached(key: string): Register | undefined {
    return this.heard.get(key)
  }

  watch(): () => void {
    return () => {}
  }
}

export class FakeDocument implements ReplicaDocument {
  readonly documentId: string
  ydoc = new Y.Doc()
  openings = 0
  status: DocumentStatus = {
    loaded: true,
    synced: true,
    relayAwaits: false,
    unsavedUpdates: 0,
    waitingRows: 0,
    mayWrite: true,
    mayErase: true,
    rejected: undefined,
    otherRelays: 0,
  }
  /** Clocks from here on are as safe as `safety` says; what stands before them is stored. */
  unsafe: { readonly client: number; readonly from: number; readonly safety: Safety } | undefined
  /** Whether all of it is on other relays; then what is not `unsafe` is, too. */
  replicated = false
  #awareness: FakeAwareness | undefined
  readonly #listeners = new Set<() => void>()
  readonly #resets = new Set<(ydoc: Y.Doc) => void>()

  constructor(documentId: string) {
    this.documentId = documentId
  }

  get awareness(): ReplicaDocument["awareness"] {
    return this.others as unknown as ReplicaDocument["awareness"]
  }

  /** The awareness as the test sees it: what other sessions say is set by hand. */
  get others(): FakeAwareness {
    this.#awareness ??= new FakeAwareness(this.ydoc.clientID)
    return this.#awareness
  }

  get log(): never {
    throw new Error("no hook reads by token")
  }

  setStatus(change: Partial<DocumentStatus>): void {
    this.status = { ...this.status, ...change }
    for (const listener of this.#listeners) listener()
  }

  erase(): never {
    throw new Error("no hook erases")
  }

  erasures(): Promise<readonly never[]> {
    return Promise.resolve([])
  }

  reset(): void {
    this.#awareness = undefined
    this.ydoc = new Y.Doc()
    for (const listener of this.#resets) listener(this.ydoc)
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onReset(listener: (ydoc: Y.Doc) => void): () => void {
    this.#resets.add(listener)
    return () => this.#resets.delete(listener)
  }

  whenDurable(): Promise<void> {
    return Promise.resolve()
  }

  safetyOf(client: number, clock: number): Safety {
    const { unsafe } = this
    if (unsafe !== undefined && unsafe.client === client && clock >= unsafe.from) return unsafe.safety
    return this.status.otherRelays > 0 ? "replicated" : "stored"
  }

  close(): Promise<void> {
    this.openings--
    return Promise.resolve()
  }
}

/** What stands on disk is what the documents hold; places are told by their state. */
class FakeDisk implements StoredDocuments {
  readonly notes = new Map<string, Uint8Array>()
  /** Which documents were read beside the replica. */
  readonly reads: string[] = []
  readonly #replica: FakeReplica
  readonly #listeners = new Set<(documentId: string) => void>()

  constructor(replica: FakeReplica) {
    this.#replica = replica
  }

  #place(documentId: string): StoredPlace {
    const clients = [...(this.#replica.documents.get(documentId)?.ydoc.store.clients.values() ?? [])]
    return { head: clients.reduce((sum, structs) => sum + structs.length, 0), resets: 0, order: 0 }
  }

  read(documentId: string): Promise<StoredDocument> {
    this.reads.push(documentId)
    const ydoc = new Y.Doc()
    const document = this.#replica.documents.get(documentId)
    if (document !== undefined) Y.applyUpdate(ydoc, Y.encodeStateAsUpdate(document.ydoc))
    return Promise.resolve({ ydoc, place: this.#place(documentId) })
  }

  hasMovedOn(documentId: string, place: StoredPlace): Promise<boolean> {
    return Promise.resolve(this.#place(documentId).head !== place.head)
  }

  note(documentId: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.notes.get(documentId))
  }

  setNote(documentId: string, note: Uint8Array): Promise<void> {
    this.notes.set(documentId, note)
    return Promise.resolve()
  }

  subscribe(listener: (documentId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  written(documentId: string): void {
    for (const listener of this.#listeners) listener(documentId)
  }
}

/** Blobs that are where the test puts them. */
class FakeBlobs implements ReplicaBlobs {
  readonly here = new Map<string, Uint8Array>()
  /** Code of the error with which what is not here is answered. */
  problem = "unavailable"
  /** How often bytes were asked for. */
  asked = 0
  waiting: ShelvedBlob[] = []
  readonly #listeners = new Set<() => void>()

  put(): never {
    throw new Error("no hook puts blobs")
  }

  get(workspace: string, hash: string): Promise<Uint8Array> {
    this.asked++
    const bytes = this.here.get(`${workspace}/${hash}`)
    return bytes === undefined ? Promise.reject(Object.assign(new Error("missing"), { code: this.problem })) : Promise.resolve(bytes)
  }

  status(): Promise<BlobStatus | undefined> {
    return Promise.resolve(undefined)
  }

  uploads(): Promise<readonly ShelvedBlob[]> {
    // Another array and other objects each time, as a store gives them.
    return Promise.resolve(this.waiting.map((blob) => ({ ...blob })))
  }

  shelved(): Promise<readonly ShelvedBlob[]> {
    return this.uploads()
  }

  clear(): Promise<number> {
    return Promise.resolve(0)
  }

  retry(): Promise<void> {
    return Promise.resolve()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  setWaiting(...blobs: readonly (readonly [hash: string, refusal?: BlobRefusal])[]): void {
    this.waiting = blobs.map(([hash, refusal]) => ({
      workspace: "home",
      hash,
      size: 1,
      usedAt: 0,
      state: refusal === undefined ? "waiting" : "refused",
      refusal,
    }))
    for (const listener of this.#listeners) listener()
  }

  get listeners(): number {
    return this.#listeners.size
  }
}

/** Whose states came, changed and went, as the awareness of Yjs tells. */
interface AwarenessChange {
  readonly added: number[]
  readonly updated: number[]
  readonly removed: number[]
}

export class FakeAwareness {
  readonly clientID: number
  readonly #states = new Map<number, Record<string, unknown>>()
  readonly #listeners = new Set<(change: AwarenessChange) => void>()

  constructor(clientID: number) {
    this.clientID = clientID
    this.#states.set(clientID, {})
  }

  getStates(): ReadonlyMap<number, Record<string, unknown>> {
    return this.#states
  }

  getLocalState(): Record<string, unknown> | null {
    return this.#states.get(this.clientID) ?? null
  }

  setLocalStateField(field: string, value: unknown): void {
    this.set(this.clientID, { ...this.getLocalState(), [field]: value })
  }

  set(client: number, state: Record<string, unknown> | null): void {
    const isNew = !this.#states.has(client)
    if (state === null) this.#states.delete(client)
    else this.#states.set(client, state)
    const change = { added: [] as number[], updated: [] as number[], removed: [] as number[] }
    change[state === null ? "removed" : isNew ? "added" : "updated"].push(client)
    for (const listener of this.#listeners) listener(change)
  }

  on(_type: "change", listener: (change: AwarenessChange) => void): void {
    this.#listeners.add(listener)
  }

  off(_type: "change", listener: (change: AwarenessChange) => void): void {
    this.#listeners.delete(listener)
  }
}
