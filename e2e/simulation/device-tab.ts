import type { DocumentId } from "@polylogue/protocol"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import type * as Y from "yjs"
import type { Device } from "./device.ts"
import { Knowledge } from "./knowledge.ts"
import { describe, type Operation } from "./operation.ts"
import type { Random } from "./random.ts"
import { SimulatedProcess } from "./simulated-process.ts"
import type { World } from "./world.ts"
import { type Desk, type Hopeless, operate } from "./writer.ts"

/** A document as a tab shows it. */
export interface OpenView {
  readonly document: ReplicaDocument
  knowledge: Knowledge
}

/** One tab of a device, from its start to its end: a replica, and somebody who reads and writes in it. */
export class DeviceTab {
  readonly session: string
  readonly process: SimulatedProcess
  readonly views = new Map<DocumentId, OpenView>()
  visible = true
  state: "starting" | "open" | "closing" | "ended" = "starting"
  /** Whether it keeps registers fresh. */
  watchesRegisters = false
  readonly #device: Device
  readonly #world: World
  readonly #random: Random
  readonly #wakers = new Set<() => void>()
  readonly #opening = new Set<DocumentId>()
  #replica: Replica | undefined

  constructor(device: Device, session: string, random: Random) {
    this.#device = device
    this.#world = device.world
    this.#random = random
    this.session = session
    const skew = random.fraction() * this.#world.options.skewMs
    this.process = new SimulatedProcess(this.#world.clock, session, skew)
    void this.#start()
  }

  get replica(): Replica | undefined {
    return this.state === "open" ? this.#replica : undefined
  }

  /** Whether somebody can use it now. */
  get usable(): boolean {
    return this.state === "open" && !this.process.frozen
  }

  /** Opens a document for reading and writing, unless it is open or about to be. */
  open(documentId: DocumentId): void {
    const replica = this.replica
    if (replica === undefined || this.views.has(documentId) || this.#opening.has(documentId)) return
    this.#opening.add(documentId)
    this.#forget(this.#open(replica, documentId).finally(() => this.#opening.delete(documentId)))
  }

  /** Gives a document back, as an application does that shows another one. */
  close(documentId: DocumentId): void {
    const view = this.views.get(documentId)
    if (view === undefined || !this.usable) return
    this.views.delete(documentId)
    this.#forget(view.document.close())
  }

  /** Does one thing in one of the open documents. */
  operate(random: Random, hopeless?: Hopeless): void {
    if (this.usable && this.views.size > 0) this.#operate(random.pick([...this.views.values()]), random, hopeless)
  }

  /** Does one thing in a document, if it is open. */
  operateIn(documentId: DocumentId, random: Random): Operation | undefined {
    const view = this.views.get(documentId)
    return this.usable && view !== undefined ? this.#operate(view, random) : undefined
  }

  #operate({ document, knowledge }: OpenView, random: Random, hopeless?: Hopeless): Operation | undefined {
    const desk = { documentId: document.documentId, session: this.session, ydoc: document.ydoc, knowledge, ...this.#eraser(document) }
    const operation = operate(desk, this.#world.ledger, random, hopeless)
    if (operation === undefined) return undefined
    this.#world.trace(describe(operation))
    if (operation.erases !== undefined) this.#world.count("text erased")
    if (operation.inserted.from === operation.inserted.to) this.#world.count("operation without an insertion")
    this.#device.wrote()
    void this.#claim(document, operation, "local")
    void this.#claim(document, operation, "stored")
    this.#checkSafety(document, random)
    return operation
  }

  /** What is still to be done here before all is quiet. */
  unfinished(documents: readonly DocumentId[], urls: readonly string[]): string[] {
    const replica = this.replica
    if (replica === undefined) return [`${this.session} is ${this.state}`]
    const { connection, relay, waitingRows, storageError } = replica.status
    const rest: string[] = []
    // A connection to a relay that is gone seems to stand until its silence is noticed.
    if (relay === undefined || !urls.includes(relay)) rest.push(`${this.session} is with ${relay}`)
    if (connection !== "online" || waitingRows > 0 || storageError !== undefined)
      rest.push(`${this.session}: ${JSON.stringify(replica.status)}`)
    for (const documentId of documents) {
      const view = this.views.get(documentId)
      const status = view?.document.status
      if (status?.synced === true && status.unsavedUpdates === 0 && status.waitingRows === 0) continue
      rest.push(`${this.session} ${documentId}: ${status === undefined ? "not open" : JSON.stringify(status)}`)
    }
    return rest
  }

  /** The page is shown again, or the device thinks that it is online. */
  wake(): void {
    this.process.enter(() => {
      for (const woken of this.#wakers) woken()
    })
  }

  freeze(): void {
    this.process.freeze()
  }

  thaw(): void {
    this.process.thaw()
    this.wake()
  }

  /** Lets the replica close; resolves when it has, which it does not when the tab dies before. */
  async leave(): Promise<void> {
    if (this.state !== "open") return
    this.state = "closing"
    const failures = this.#device.failedCommits
    await this.#replica!.close()
    // Closed without an accident: what was written is on the disk, or kept aside with the rest of its document.
    if (this.#device.failedCommits > failures) return
    for (const operation of this.#own()) {
      if (operation.everLocal || this.#device.watch.resets(operation.documentId) > 0) continue
      this.#world.complain("I12", `${this.session} closed without writing ${describe(operation)}`)
    }
  }

  /** The process is gone. */
  end(): void {
    this.state = "ended"
    this.process.kill()
    for (const operation of this.#own()) operation.sessionLives = false
  }

  #eraser(document: ReplicaDocument): Pick<Desk, "erase"> {
    if (!this.#world.options.erasing) return {}
    // It may end before the erasure is on its disk, as with any other word.
    return { erase: (range) => this.#forget(document.erase({ ranges: [range] })) }
  }

  #own(): Operation[] {
    return this.#world.ledger.operations.filter(({ session }) => session === this.session)
  }

  async #open(replica: Replica, documentId: DocumentId): Promise<void> {
    const { watch } = this.#device
    const before = watch.knowledge(documentId).visible.copy()
    const resets = watch.resets(documentId)
    const document = await replica.open(documentId)
    if (this.state === "ended") return
    const view = this.#view(document, resets)
    this.views.set(documentId, view)
    // Nothing that was on the disk when it was asked for may be missing: what a session has read and written, the next one sees (I3).
    const missing = watch.resets(documentId) === resets ? before.without(view.knowledge.visible) : []
    for (const index of missing.slice(0, 2)) {
      this.#world.complain("I3", `${this.session} opens ${documentId} without ${describe(this.#world.ledger.operations[index]!)}`)
    }
  }

  async #start(): Promise<void> {
    try {
      const replica = await this.#openReplica()
      if (this.state !== "starting") return
      this.#replica = replica
      this.state = "open"
      if (this.#world.options.watching) for (const workspace of this.#world.workspaces) replica.watch(workspace)
      this.watchesRegisters = this.#device.registers.watch(this, replica)
      this.#device.opened(this)
    } catch (error) {
      this.#world.trace(`${this.session} does not start: ${String(error)}`)
      this.#device.end(this, false)
    }
  }

  #openReplica(): Promise<Replica> {
    const world = this.#world
    const device = this.#device
    return openReplica({
      store: device.disk.open(this.process),
      relays: device.relayUrls,
      dial: world.network.dialFrom(device.name, this.process),
      clock: this.process.clock,
      randomBytes: (length) => this.#random.bytes(length),
      agent: device.principal,
      token: world.issuer.token(device.principal),
      refreshToken: () => world.issuer.renew(device.principal, this.process.clock),
      tabs: device.group.join(this.process, () => this.visible),
      wake: (woken) => {
        this.#wakers.add(woken)
        return () => this.#wakers.delete(woken)
      },
      limits: world.options.replicaLimits,
      report: ({ kind, documentId, error }) => {
        world.trace(`${this.session} reports ${kind} of ${documentId}: ${String(error)}`)
        if (kind !== "bad-frame" && kind !== "bad-entry" && kind !== "listener-failed") return
        world.complain("I7", `${this.session} reports ${kind} of ${documentId}: ${String((error as Error | undefined)?.stack ?? error)}`)
      },
    })
  }

  #view(document: ReplicaDocument, resets: number): OpenView {
    const view: OpenView = { document, knowledge: this.#bind(document, resets) }
    document.onReset(() => {
      view.knowledge = this.#bind(document, this.#device.watch.resets(document.documentId))
      this.#world.trace(`${this.session} shows ${document.documentId} afresh`)
      this.#world.count(
        this.#device.watch.resets(document.documentId) > resets ? "document reset with its text kept" : "document renewed after an erasure",
      )
    })
    return view
  }

  /**
   * Watches a Y.Doc from now on. `resets` is how often the device's copy had been reset when it was asked for: what was made void while it was
   * being loaded may still show, until it is loaded afresh. Its client id is minted from the seed: Yjs draws it from the system's randomness, which
   * no run could repeat.
   */
  #bind(document: ReplicaDocument, resets: number): Knowledge {
    const { ydoc, documentId } = document
    ydoc.clientID = this.#random.uint32()
    const knowledge = new Knowledge(this.session, documentId, this.#world.ledger, this.#world.complain)
    const { watch } = this.#device
    const shown = (operations: readonly Operation[]): void => {
      if (watch.resets(documentId) !== resets) return
      for (const operation of operations) {
        if (operation.session === this.session || watch.has(operation)) continue
        this.#world.complain("I1", `${this.session} shows ${describe(operation)}, which is not on its disk`)
      }
    }
    shown(knowledge.learnDocument(ydoc))
    ydoc.on("afterTransaction", (transaction: Y.Transaction) => shown(knowledge.learnTransaction(transaction)))
    return knowledge
  }

  async #claim(document: ReplicaDocument, operation: Operation, level: "local" | "stored"): Promise<void> {
    try {
      await document.whenDurable(level)
    } catch {
      // Closed, or refused for good: nothing is claimed.
      return
    }
    if (!this.process.alive) return
    operation.claimed = level
    const what = `${this.session} calls ${describe(operation)}`
    if (level === "local" && !operation.everLocal) this.#world.complain("I1", `${what} local, which is on no disk`)
    if (level === "stored" && !operation.everStored) this.#world.complain("I1", `${what} stored, which no relay has`)
  }

  /** What the replica says of single operations of this session is not more than is true. */
  #checkSafety(document: ReplicaDocument, random: Random): void {
    const own = this.#own().filter(({ documentId, inserted }) => documentId === document.documentId && inserted.to > inserted.from)
    const view = this.views.get(document.documentId)
    if (own.length === 0 || view === undefined) return
    const operation = random.pick(own)
    if (!view.knowledge.visible.has(operation.index)) return
    const safety = document.safetyOf(operation.inserted.client, operation.inserted.to - 1)
    if (safety !== "memory" && !operation.everLocal)
      this.#world.complain("I1", `${this.session} shows ${describe(operation)} as ${safety}, which is on no disk`)
    if (safety === "stored" && !operation.everStored)
      this.#world.complain("I1", `${this.session} shows ${describe(operation)} as stored, which no relay has`)
  }

  #forget(promise: Promise<unknown>): void {
    promise.catch((error: unknown) => this.#world.trace(`${this.session}: ${String(error)}`))
  }
}
