import type { Code, DocumentId, RowId } from "@polylogue/protocol"
import type { DocumentHead, LogItem, OutboxRow } from "@polylogue/storage"
import type { AuditorPart } from "./audit/auditor-part.ts"
import type { BlobsPart } from "./blobs/blobs-part.ts"
import { Bulletin } from "./bulletin.ts"
import { CatchUp } from "./catch-up.ts"
import type { ConnectionFacts, ConnectionHost, ConnectionPart } from "./connection-part.ts"
import { Divergence } from "./divergence.ts"
import type { Environment } from "./environment.ts"
import { ReplicaError } from "./errors.ts"
import { Erasing } from "./erasing/erasing.ts"
import { Flush, type FlushOwner } from "./flush.ts"
import { DocumentsOnDisk } from "./documents-on-disk.ts"
import { dismissChange, documentOfKept, type KeptRecord, readKept } from "./kept.ts"
import { OpenDocuments } from "./open-documents.ts"
import type { MakeParts } from "./open-with.ts"
import type { ReplicaOptions } from "./options.ts"
import { OutboxIndex } from "./outbox-index.ts"
import { emptyDocument } from "./replacing.ts"
import type { RegistersPart } from "./registers/registers-part.ts"
import { ResetFollower } from "./reset-follower.ts"
import { Presence } from "./presence.ts"
import type { Replica } from "./replica.ts"
import type { ReplicaDocument, SyncFacts } from "./document.ts"
import { KnownFacts } from "./known-facts.ts"
import { Later } from "./later.ts"
import type { ReplicationPart } from "./replication/replication-part.ts"
import { type DocumentHost, type OpenDocument } from "./replica-document.ts"
import type { Session } from "./session.ts"
import type { ReplicaStatus } from "./status.ts"
import { StatusBoard } from "./status-board.ts"
import { type TabHost, TabLeader } from "./tab-leader.ts"
import type { TabMessageBody } from "./tab-messages.ts"
import { Tokens } from "./tokens.ts"
import { Unsent } from "./unsent.ts"
import { outermost, Watching } from "./watching.ts"

/** {@link Replica}: holds the parts together. Each part knows only the interface of it that it needs. */
export class LocalReplica implements Replica, DocumentHost, FlushOwner, ConnectionHost, TabHost {
  readonly environment: Environment
  readonly flush: Flush
  readonly index: OutboxIndex
  readonly erasing: Erasing
  readonly auditor: AuditorPart
  readonly blobs: BlobsPart
  readonly registers: RegistersPart
  readonly onDisk: DocumentsOnDisk
  readonly relays: readonly string[]
  readonly agent: string
  readonly presence: Presence
  readonly replication: Later<ReplicationPart>
  readonly make: MakeParts
  readonly tokens: Tokens
  readonly unsent: Unsent
  readonly #options: ReplicaOptions
  readonly #connection: ConnectionPart
  readonly #leader: TabLeader
  readonly #catchUp: CatchUp
  readonly #board: StatusBoard
  readonly #open: OpenDocuments
  readonly #watching = new Watching(() => {
    this.#leader.announceWatched()
    this.#bulletin.wanting()
  })
  readonly facts = new KnownFacts()
  readonly #divergence: Divergence
  readonly #follower: ResetFollower
  readonly #bulletin = new Bulletin((written, learned, wanting) => this.#tell(written, learned, wanting))
  #shown: ConnectionFacts
  #cutOff: boolean
  #unwake: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(environment: Environment, options: ReplicaOptions, make: MakeParts) {
    this.environment = environment
    this.#options = options
    this.relays = options.relays
    this.agent = options.agent ?? "polylogue"
    this.onDisk = new DocumentsOnDisk(environment)
    this.tokens = new Tokens(environment, options.token ?? "", options.refreshToken, { renewed: (token) => this.setToken(token) })
    this.#cutOff = options.cutOff ?? false
    this.index = new OutboxIndex(environment.store, (documentId) => this.#outboxChanged(documentId))
    this.flush = new Flush(environment, this)
    this.#connection = make.connection(this)
    this.#leader = new TabLeader(this, options.tabs)
    this.unsent = new Unsent(environment, this.index)
    this.#shown = this.#connection.facts
    const session = () => this.#connection.session
    const post = (body: TabMessageBody) => this.#leader.post(body)
    this.presence = new Presence({ document: (documentId) => this.#open.get(documentId), session, post })
    this.#open = new OpenDocuments(this, (document) => this.#opened(document))
    this.#follower = new ResetFollower(this, this.#open)
    this.#divergence = new Divergence(environment, session)
    this.make = make
    this.replication = new Later(() => make.replication({ environment, open: this.#open }))
    const relay = () => (this.#cutOff ? undefined : this.#shown.relay)
    const announce = () => post({ type: "blobs" })
    this.blobs = make.blobs({ environment, relay, announce, token: () => this.tokens.current }, options.fetch)
    this.registers = make.registers({ environment, replica: this, session, post })
    const parts = { relays: options.relays, open: this.#open, connection: this.#connection, blobs: this.blobs, bulletin: this.#bulletin }
    this.erasing = new Erasing(this, parts, make)
    this.auditor = make.auditor(this, this.#divergence, () => this.#board.refresh())
    this.#catchUp = new CatchUp(environment, this.#open, this.index, (documentId) => this.#connection.session?.pump(documentId))
    this.#board = new StatusBoard(environment, () => ({
      facts: this.#shown,
      keeps: options.keeps ?? "durable",
      holder: this.#leader.holds,
      cutOff: this.#cutOff,
      waitingRows: this.index.count,
      audits: this.auditor.counts,
    }))
  }

  /** Reads what waits, and goes to work. The store is open. */
  async start(): Promise<void> {
    await this.index.load()
    this.#leader.start()
    this.#unwake = this.#options.wake?.(() => this.#wake())
  }

  // What applications call: see Replica.

  open(documentId: DocumentId): Promise<ReplicaDocument> {
    return this.#open.open(documentId)
  }

  watch(prefix: string): () => void {
    this.#open.checkOpen()
    return this.#watching.add(prefix)
  }

  get affinity(): string | undefined {
    const [first] = [...this.#watched(), ...this.#wanted()]
    return this.#options.affinity ?? first?.split("/", 1)[0]
  }

  get status(): ReplicaStatus {
    return this.#board.status
  }

  subscribe(listener: () => void): () => void {
    return this.#board.subscribe(listener)
  }

  readonly waits = (prefix: string): boolean => this.index.waits(prefix)

  async kept(): Promise<readonly KeptRecord[]> {
    this.#open.checkOpen()
    return readKept(this.environment.store, (error) => this.environment.report({ kind: "store-failed", documentId: undefined, error }))
  }

  async dismissKept(key: string): Promise<void> {
    this.#open.checkOpen()
    await this.environment.store.commit([dismissChange(key)])
    this.#open.get(documentOfKept(key))?.forgetRefusal()
  }

  reconnect(): void {
    if (this.#leader.holds) this.heardReconnect()
    else this.#leader.post({ type: "reconnect" })
  }

  setToken(token: string): void {
    if (this.heardToken(token)) this.#leader.post({ type: "token", token })
  }

  setCutOff(cutOff: boolean): void {
    if (this.#cutOff !== cutOff) this.#leader.post({ type: "cut-off", cutOff })
    this.heardCutOff(cutOff)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  // What documents and the flush tell.

  async released(document: OpenDocument): Promise<void> {
    // Who waits for the write hears of its failure from `status`; here it only delays the end.
    await this.flush.written(document.documentId).catch(() => undefined)
    if (this.#open.release(document)) this.#openChanged()
  }

  readonly replace = (documentId: DocumentId): void => this.#follower.follow(documentId)

  diverged(documentId: DocumentId, error: unknown): void {
    this.#divergence.found(documentId, error)
  }

  readonly outdated = (documentId: DocumentId): void => this.#follower.follow(documentId)

  written(documentId: DocumentId, rows: readonly OutboxRow[], replaced: readonly RowId[]): void {
    this.rowsReplaced(documentId, rows, replaced)
    if (this.#leader.holds) this.unsent.add(documentId, rows)
    this.#connection.session?.pump(documentId)
  }

  failing(error: unknown): void {
    this.#board.failing("writing", error)
    // What failed may have been written all the same, under ids that nobody here knows.
    if (error === undefined) void this.#catchUp.readAll()
  }

  joinable(documentId: DocumentId): Promise<readonly OutboxRow[]> {
    if (!this.#leader.holds) return Promise.resolve([])
    const held = this.#connection.session?.claim(documentId)
    return held === undefined ? this.unsent.joinable(documentId) : Promise.resolve(held)
  }

  readonly changed = (documentId: DocumentId): void => this.#open.get(documentId)?.changed()

  // What the session tells.

  stored(documentId: DocumentId, items: readonly LogItem[], settled: readonly RowId[], head: DocumentHead): void {
    this.index.remove(documentId, settled)
    this.unsent.remove(documentId, settled)
    this.#open.get(documentId)?.take(items, head)
    this.erasing.stored(documentId, items, head)
    this.#bulletin.written(documentId)
  }

  readonly storedLate = (documentId: DocumentId): void => this.#connection.session?.pump(documentId)

  readonly storeFailing = (error: unknown): void => this.#board.failing("receiving", error)

  readonly rowsRead = (documentId: DocumentId, rows: readonly OutboxRow[]): void => this.index.add(documentId, rows)

  readonly rowSent = (documentId: DocumentId, row: RowId): void => this.unsent.remove(documentId, [row])

  rowsReplaced(documentId: DocumentId, rows: readonly OutboxRow[], replaced: readonly RowId[]): void {
    const ids = rows.map(({ row }) => row)
    this.index.add(documentId, rows)
    this.index.remove(documentId, replaced, ids)
    this.unsent.remove(documentId, replaced)
    this.#bulletin.written(documentId)
  }

  readonly unclaimed = (documentId: DocumentId): void => this.#connection.session?.syncOf(documentId)?.release()

  learned(documentId: DocumentId, facts: SyncFacts): void {
    this.facts.set(documentId, facts)
    this.#open.get(documentId)?.learn(facts)
    this.#bulletin.learned(documentId)
  }

  readonly awareness = (documentId: DocumentId, update: Uint8Array): void => this.presence.fromRelay(documentId, update)

  readonly introduce = (documentId: DocumentId): void => this.presence.introduce(documentId)

  async refused(documentId: DocumentId, code: Code | undefined): Promise<void> {
    await emptyDocument(this, documentId, this.#open.get(documentId), code)
    this.#bulletin.written(documentId)
  }

  // What the connection tells.

  connectionChanged(facts: ConnectionFacts): void {
    this.#shown = facts
    this.tokens.follow(facts)
    if (facts.connection === "online") this.blobs.resume()
    this.#board.refresh()
    this.#leader.announceConnection()
  }

  sessionBegan(session: Session): void {
    session.want(this.#wanted(), this.#watched())
  }

  sessionEnded(): void {
    for (const document of this.#open.all()) document.cutOff()
  }

  // What other tabs tell.

  leading(holds: boolean): void {
    if (!holds) this.unsent.clear()
    if (holds && !this.#cutOff) this.#connection.start()
    else this.#connection.stop()
    this.#board.refresh()
    if (!holds) return
    void this.#catchUp.readAll()
    void this.erasing.resume()
    void this.blobs.begin()
  }

  heardConnection(facts: ConnectionFacts | undefined): void {
    const wasOnline = this.#shown.connection === "online"
    this.#shown = facts ?? { ...this.#shown, connection: "offline" }
    if (wasOnline && this.#shown.connection !== "online") {
      // The holder may have gone without a word about its documents.
      this.facts.cutOff()
      for (const document of this.#open.all()) document.cutOff()
    }
    this.#board.refresh()
  }

  heardFacts(documentId: DocumentId, facts: SyncFacts): void {
    const before = this.facts.get(documentId)
    this.facts.set(documentId, facts)
    this.#open.get(documentId)?.learn(facts)
    if (facts.synced && !before.synced) this.presence.introduce(documentId)
  }

  heardChanged(documents: readonly DocumentId[]): void {
    void this.#catchUp.read(documents)
    this.onDisk.written(documents)
  }

  readonly heardGap = (): void => void this.#catchUp.readAll()

  heardReconnect(): void {
    if (!this.#leader.holds) return
    this.tokens.retry()
    this.#connection.reconnect()
  }

  heardCutOff(cutOff: boolean): void {
    if (this.#cutOff === cutOff) return
    this.#cutOff = cutOff
    if (this.#leader.holds && cutOff) this.#connection.stop()
    else if (this.#leader.holds) this.#connection.start()
    this.#board.refresh()
  }

  heardToken(token: string): boolean {
    if (!this.tokens.use(token)) return false
    if (this.#leader.holds) this.#connection.renew()
    return true
  }

  readonly heardDocuments = (): void => this.#bulletin.wanting()

  readonly connection = (): ConnectionFacts => this.#connection.facts

  readonly openDocuments = (): readonly DocumentId[] => this.#open.ids()

  readonly watchedPrefixes = (): readonly string[] => this.#watching.prefixes

  #opened(document: OpenDocument): void {
    document.learn(this.facts.get(document.documentId))
    // What became durable between the reading and now found no document here.
    document.readOn()
    this.#openChanged()
  }

  #openChanged(): void {
    this.#leader.announce()
    this.#bulletin.wanting()
  }

  async #close(): Promise<void> {
    this.#unwake?.()
    this.#catchUp.stop()
    this.tokens.stop()
    this.blobs.stop()
    await this.registers.stop()
    await this.replication.stop()
    const open = new Map([...this.#open.all()].map((document) => [document.documentId, document]))
    this.#open.close()
    this.#follower.stop()
    this.erasing.stop()
    await this.flush.stop()
    await this.#follower.keepUnwritten(open)
    this.#connection.stop()
    this.#leader.stop()
    this.index.failAll(new ReplicaError("closed", "the replica was closed"))
    await this.environment.store.close()
  }

  #wake(): void {
    this.flush.wake()
    this.#leader.wake()
    if (this.#leader.holds) this.#connection.wake()
    if (this.#options.tabs !== undefined) void this.#catchUp.readAll()
  }

  #wanted(): ReadonlySet<DocumentId> {
    return new Set([...this.#open.ids(), ...this.#leader.documents(), ...this.index.documents()])
  }

  #watched(): readonly string[] {
    return outermost([...this.#watching.prefixes, ...this.#leader.watchedPrefixes()])
  }

  #outboxChanged(documentId: DocumentId): void {
    this.#open.get(documentId)?.changed()
    this.#board.refresh()
    if (this.#open.get(documentId) === undefined) this.#bulletin.wanting()
  }

  #tell(written: readonly DocumentId[], learned: readonly DocumentId[], wanting: boolean): void {
    if (written.length > 0) this.#leader.post({ type: "changed", documents: written })
    this.onDisk.written(written)
    if (learned.length > 0 && this.#leader.holds) this.#leader.post({ type: "facts", documents: this.facts.of(learned) })
    // Only then: the list may be of thousands.
    if (wanting) this.#connection.session?.want(this.#wanted(), this.#watched())
  }
}
