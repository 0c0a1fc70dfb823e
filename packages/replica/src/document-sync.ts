import {
  codeName,
  codeNumber,
  covers,
  type DocumentId,
  type FrameOf,
  isPermanent,
  LINK_PROTOCOL_VERSION,
  type RowId,
  type VersionVector,
} from "@polylogue/protocol"
import type { DocumentHead, OutboxRow } from "@polylogue/storage"
import { codeOf } from "./errors.ts"
import type { HandOver } from "./hand-over.ts"
import { NO_FACTS, type SyncFacts } from "./document.ts"
import { InFlight } from "./in-flight.ts"
import { RecentAwareness } from "./recent-awareness.ts"
import { RelayKnowledge } from "./relay-knowledge.ts"
import type { SessionHost, SessionLink } from "./session-host.ts"
import { readVerified, verifiedChange } from "./verified.ts"
import { WaitingRows } from "./waiting-rows.ts"

/*
 * One document in one session, from `open` to `close`:
 *
 *   opening ─ opened ─┬─ may not write ──────────────────────────────▶ reading
 *                     ├─ the relay has what we have ─────────────────▶ sending ◀──────────┬── it got that from other relays
 *                     └─ it lacks something ─▶ waiting ─▶ asking ─ state ─▶ comparing ─────┤ nothing more, or one row made
 *                                                          ▲                               │
 *                                                          └────── reject{gap} ────────────┘   too often ─▶ holding ─ later ─▶ asking
 *   any ─ close, permanent reject, released ─▶ ended
 *
 * Rows leave only in `sending`, in the order of the outbox, a hand-over first and alone.
 */
type State = "opening" | "waiting" | "asking" | "comparing" | "sending" | "reading" | "holding" | "ended"

/** What a document in a session asks of its session. */
export interface SyncOwner {
  /** The relay will never take the document's words. */
  refuse(code: number): void
  /** The document was emptied by another tab since it was opened here. */
  outdated(): void
  /** Whether rows of it may wait in the outbox. */
  mayHaveRows(): boolean
  learned(facts: SyncFacts): void
}

/** A document's part of a session: opens it, hands over, sends its rows. Frames reach it one at a time, in order. */
export class DocumentSync {
  readonly documentId: DocumentId
  readonly handle: number
  /** How often the document had been reset when it was opened here: what arrives is for it as it was then. */
  readonly resets: number
  readonly #host: SessionHost
  readonly #link: SessionLink
  readonly #owner: SyncOwner
  readonly presence = new RecentAwareness()
  readonly #inFlight = new InFlight()
  readonly #queue: WaitingRows
  #readUpTo = 0
  #state: State = "opening"
  #facts: SyncFacts = NO_FACTS
  #announced: VersionVector | undefined
  /** What the relay had when it had asked others, if it had to and has. */
  #arrived: VersionVector | undefined
  readonly atRelay = new RelayKnowledge()
  #ours: VersionVector
  #handOvers = 0
  /** What the relay will have once the hand-over row in flight is acknowledged. */
  #handingOver: { readonly row: RowId; readonly vector: VersionVector } | undefined
  /** The relay refuses every row until it gets a hand-over. */
  #refusing = false
  /** Rows that the last hand-over contains: some may still be under way, and be refused for the gap that it mends. */
  #replaced: ReadonlySet<RowId> = new Set()
  #reading = false
  #readAgain = false
  #cancelTimer: (() => void) | undefined

  constructor(host: SessionHost, link: SessionLink, documentId: DocumentId, handle: number, head: DocumentHead, owner: SyncOwner) {
    this.#host = host
    this.#owner = owner
    this.resets = head.resets
    this.#link = link
    this.documentId = documentId
    this.handle = handle
    this.#ours = head.vector
    this.#queue = new WaitingRows(host, documentId, () => this.#send())
    const resume = link.cuts.resumption(documentId)
    link.send({ type: "open", handle, document: documentId, generation: 0, vector: head.vector, resume })
  }

  get ended(): boolean {
    return this.#state === "ended"
  }

  /** Whether it has rows that were sent and not yet acknowledged. */
  get busy(): boolean {
    return this.#inFlight.size > 0
  }

  /** Whether all that was announced is here, and nothing is on its way to the relay, or about to be. */
  get atRest(): boolean {
    const settled = this.#state === "reading" || this.#state === "holding" || this.#state === "sending"
    return settled && this.#facts.synced && !this.busy && !this.#reading && this.#queue.first === undefined
  }

  get facts(): SyncFacts {
    return this.#facts
  }

  /** The update of a row that was sent and is not yet settled. */
  sentRow(row: RowId): OutboxRow | undefined {
    return this.#inFlight.get(row)
  }

  async opened(frame: FrameOf<"opened">): Promise<void> {
    if (this.#state !== "opening") return this.#link.fail("bad-frame", "opened twice")
    this.#announced = frame.vector
    this.atRelay.shows(frame.vector)
    this.#learn({ mayWrite: frame.mayWrite, mayErase: frame.mayErase })
    this.#checkSynced()
    if (!frame.mayWrite) {
      this.#state = "reading"
      return
    }
    const { store, limits } = this.#host.environment
    if (!this.atRelay.covers(this.#ours)) this.atRelay.has(await readVerified(store, this.documentId, this.#link.welcome.log))
    if (this.atRelay.covers(this.#ours)) {
      this.#state = "sending"
      // Not awaited: what it reads would hold up the frames of every other document, thousands of times at the start of a session.
      if (this.#owner.mayHaveRows()) void this.pump()
    } else if (this.#link.welcome.liveLinks && limits.linkGraceMs > 0) {
      this.#state = "waiting"
      this.#cancelTimer = this.#host.environment.clock.setTimer(() => this.#ask(), limits.linkGraceMs)
    } else this.#ask()
  }

  /** The relay's state: compares, and hands over what it lacks as one row. */
  async state(frame: FrameOf<"state">): Promise<void> {
    if (this.#state !== "asking") return
    this.#state = "comparing"
    this.atRelay.shows(frame.vector)
    try {
      const { maxRowBytes } = this.#link.welcome
      const relay = { ...frame, maxRowBytes, mayErase: this.#facts.mayErase === true, refusing: this.#refusing }
      const handOver = await this.#host.make.prepareHandOver(this.#host.environment, this.documentId, relay)
      if (this.ended) return
      if (handOver.kind === "unclosed") this.#hold(new Error("the outbox builds on something that this device lacks"))
      else if (handOver.kind === "too-large") this.#holdTooLarge()
      else if (handOver.kind === "forbidden") this.#owner.refuse(codeNumber("forbidden"))
      else await this.#handOver(handOver)
    } catch (error) {
      return this.#hold(error)
    }
    if (this.#state !== "comparing") return
    this.#state = "sending"
    this.#restart()
    await this.pump()
  }

  /** Rows may wait in the outbox: sends as many as the window admits. */
  async pump(): Promise<void> {
    if (this.#state !== "sending") return
    this.#readAgain = true
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#readAgain && this.#state === "sending") {
        this.#readAgain = false
        await this.#read()
      }
    } catch (error) {
      this.#host.environment.report({ kind: "store-failed", documentId: this.documentId, error })
    } finally {
      this.#reading = false
    }
    this.#send()
  }

  async #read(): Promise<void> {
    const { store } = this.#host.environment
    const from = this.#readUpTo
    // Begun anew while it was read: an erasure, or another tab's row, may lie before `from`, which no reading on would come back to.
    const isVoid = (): boolean => this.#state !== "sending" || this.#readUpTo !== from
    const rows = await store.outbox(this.documentId, from)
    if (isVoid()) return
    if (this.#handingOver !== undefined) return this.#enqueue(rows.filter(({ handOver }) => handOver))
    // Read after the rows, so that it holds whatever they build on. Another tab may be in a session with another relay, and store what this
    // relay lacks; a row that was written upon it would arrive here before its cause, unnoticed where Yjs sees no connection. Nor would the
    // relay ever get it if nobody here wrote again.
    const { vector } = await store.head(this.documentId)
    if (isVoid()) return
    if (this.atRelay.covers(vector)) this.#enqueue(rows)
    else this.#ask()
  }

  /** Rows are settled in the store: acknowledged here or by another tab. */
  settled(rows: readonly RowId[], head: DocumentHead): void {
    this.#ours = head.vector
    for (const row of rows) {
      if (this.#inFlight.take(row) === undefined) continue
      if (this.#handingOver?.row === row) this.#handedOver(this.#handingOver.vector)
    }
    this.#checkSynced()
    this.#goOn()
    this.#send()
  }

  /** A row was refused: mends it, or stops the document's outbox for good. */
  rejected(frame: FrameOf<"reject">): void {
    const sent = this.#inFlight.take(frame.row)
    if (sent === undefined) return
    if (isPermanent(frame.code)) {
      if (sent.handOver && codeName(frame.code) === "row-too-large") this.#holdTooLarge()
      else this.#owner.refuse(frame.code)
      return
    }
    if (codeName(frame.code) !== "gap") this.#link.fail("internal", `a row was refused with ${frame.code}`)
    else if (this.#state === "sending" && !this.#replaced.has(frame.row)) {
      this.#refusing = true
      this.#ask()
    }
  }

  /** The relay has got, from other relays, what this device has, or what they have; or it has still to ask them. */
  caughtUp(frame: FrameOf<"have"> | FrameOf<"awaits">): void {
    this.atRelay.shows(frame.vector)
    if (frame.type === "have") return this.#goOn()
    if (frame.others) return this.#learn({ relayAwaits: true })
    this.#arrived = frame.vector
    this.#checkSynced()
    this.#goOn()
  }

  /** What the relay lacked is there: nothing has to be handed over. */
  #goOn(): void {
    if (this.#state !== "waiting" || !this.atRelay.covers(this.#ours)) return
    this.#cancelTimer?.()
    this.#state = "sending"
    void this.pump()
  }

  /** Other relays have something of the document, too. */
  replicated(frame: FrameOf<"replicated">): void {
    this.atRelay.replicates(frame)
    this.#learn({ replicated: this.atRelay.replicated })
  }

  /** The relay ended the document in this session. */
  closed(code: number): void {
    if (isPermanent(code)) this.#learn({ rejected: codeName(code) ?? "forbidden", synced: false })
    this.end()
  }

  /** Nothing more is sent or expected. */
  end(): void {
    this.#state = "ended"
    this.#cancelTimer?.()
    this.#inFlight.clear()
    this.#queue.end()
    this.#learn({ synced: false })
  }

  #ask(): void {
    if (this.#state === "ended") return
    if (this.#handOvers++ >= this.#host.environment.limits.maxHandOvers) {
      this.#hold(new Error("the relay keeps lacking what it was given"))
      return
    }
    this.#state = "asking"
    this.#link.send({ type: "askState", handle: this.handle })
  }

  /** Rows wait for a while, and then the relay is asked anew. */
  #hold(error: unknown): void {
    const { environment } = this.#host
    environment.report({ kind: "held-back", documentId: this.documentId, error })
    if (this.ended) return
    this.#state = "holding"
    this.#cancelTimer = environment.clock.setTimer(() => {
      this.#handOvers = 0
      this.#state = "waiting"
      this.#ask()
    }, environment.limits.maxBackoffMs)
  }

  async #verified(vector: VersionVector): Promise<void> {
    this.#handingOver = undefined
    this.atRelay.has(vector)
    this.#learn({ replicated: this.atRelay.replicated })
    // Others may wait for what this device had to bring.
    if (!this.ended && this.#link.welcome.version >= LINK_PROTOCOL_VERSION) this.#link.send({ type: "have", handle: this.handle, vector })
    const { store } = this.#host.environment
    try {
      await store.commit([await verifiedChange(store, this.documentId, this.#link.welcome.log, vector, this.atRelay.shown)])
    } catch (error) {
      // Forgetting it costs one comparison at the next connection.
      this.#host.environment.report({ kind: "store-failed", documentId: this.documentId, error })
    }
  }

  /** The relay has the difference: rows that were written meanwhile follow. */
  #handedOver(vector: VersionVector): void {
    void this.#verified(vector)
    this.#restart()
    void this.pump()
  }

  async #handOver({ rows, replaced, resets, vector }: HandOver): Promise<void> {
    const { documentId } = this
    try {
      if (rows.length > 0) {
        const change = { type: "outbox", documentId, rows, settled: replaced, ...(resets !== undefined && { resets }) } as const
        const [applied] = await this.#host.environment.store.commit([change])
        this.#host.rowsReplaced(documentId, applied!.rows, replaced)
      }
      const last = rows.findLast(({ handOver }) => handOver)
      if (last === undefined) return await this.#verified(vector)
      this.#handingOver = { row: last.row, vector }
      this.#refusing = false
      this.#replaced = new Set(replaced)
    } catch (error) {
      if (codeOf(error) === "reset") this.#owner.outdated()
      else this.#hold(error)
    }
  }

  /** Reads the outbox from its beginning again. */
  #restart(): void {
    this.#queue.clear()
    this.#readUpTo = 0
  }

  #enqueue(rows: readonly OutboxRow[]): void {
    this.#readUpTo = rows.at(-1)?.order ?? this.#readUpTo
    this.#host.rowsRead(this.documentId, rows)
    this.#queue.add(rows.filter(({ row }) => this.#inFlight.get(row) === undefined))
  }

  #send(): void {
    // Known without asking. Before anything of it is sent: what follows an erasure would be refused with it, and what stands for the words is behind.
    if (this.#facts.mayErase === false && this.#queue.erases) {
      this.#queue.clear()
      return this.#owner.refuse(codeNumber("forbidden"))
    }
    const { maxRowsInFlight, maxBytesInFlight } = this.#host.environment.limits
    while (this.#state === "sending") {
      const next = this.#queue.first
      if (next === undefined) return
      if (next.update.length > this.#link.welcome.maxRowBytes) return this.#tooLarge(next)
      const { size, bytes } = this.#inFlight
      const fits = size < maxRowsInFlight && bytes + next.update.length <= maxBytesInFlight
      if (size > 0 && (next.handOver || !fits || this.#inFlight.handOver)) return
      if (this.#queue.held(this.busy)) return
      this.#queue.shift()
      this.#inFlight.add(next)
      this.#host.rowSent(this.documentId, next.row)
      const { row, handOver, update, erases } = next
      this.#link.send({ type: "append", handle: this.handle, row, handOver, update, erases })
    }
  }

  /** Rows that wait to be joined with the next one that is written. None is sent before `release`. */
  claim(): readonly OutboxRow[] {
    return this.#state === "sending" ? this.#queue.claim(this.busy) : []
  }

  /** What became of the rows that were claimed is known. */
  release(): void {
    this.#queue.release()
    this.#send()
  }

  /** The relay would refuse the row, or end the session over it: the answer is known without asking. */
  #tooLarge(row: OutboxRow): void {
    if (row.handOver) this.#holdTooLarge()
    else if (this.#inFlight.size === 0) this.#owner.refuse(codeNumber("row-too-large"))
  }

  /** A difference too large for one row is no fault of the words in it: they stay here, unsent, and the document stays whole. */
  #holdTooLarge(): void {
    this.#learn({ rejected: "row-too-large" })
    this.#hold(new Error("the difference to the relay exceeds its row limit"))
    this.#cancelTimer?.()
  }

  #checkSynced(): void {
    if (this.ended) return
    if (this.#facts.relayAwaits && this.#arrived !== undefined && covers(this.#ours, this.#arrived)) this.#learn({ relayAwaits: false })
    if (this.#announced !== undefined && !this.#facts.synced && covers(this.#ours, this.#announced)) this.#learn({ synced: true })
  }

  #learn(facts: Partial<SyncFacts>): void {
    this.#facts = { ...this.#facts, ...facts }
    this.#owner.learned(this.#facts)
  }
}
