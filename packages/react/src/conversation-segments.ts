import { type Conversation, conversationDocumentId, holdsMessages, MAX_SEGMENT, NEARLY_FULL, segmentFill } from "@polylogue/conversation"
import type { DocumentStatus, Replica, Safety } from "@polylogue/replica"
import type { Destroyable, DocumentPool, OpenDocument } from "./document-pool.ts"
import { joinStatus } from "./joined-status.ts"
import type { LateWords } from "./late-words.ts"
import { lessSafe, WaitingMessages } from "./waiting-messages.ts"

/** Where the segments of a conversation on screen stand. */
export interface SegmentsState {
  /** The open documents by number of their segment, 0 first. */
  readonly open: ReadonlyMap<number, OpenDocument>
  /** There are messages before the first one of the line that are not here yet, or may be. */
  readonly hasOlder: boolean
  /** Older messages are on their way: from the device's store, or from the relay. */
  readonly loading: boolean
  /** A segment could not be opened; what is older than it stays away. */
  readonly failed: boolean
  /** Ids of messages that came into older segments since those were shown here; they are on their way to the line, or in it. */
  readonly late: ReadonlySet<string>
}

/** What the segments of a conversation need from the hooks above them. */
export interface SegmentsEnvironment {
  readonly pool: DocumentPool
  readonly replica: Replica
  readonly workspace: string
}

interface Slot {
  readonly stop: () => void
  stopStatus: (() => void) | undefined
  open: OpenDocument | undefined
  failed: boolean
}

/** A conversation is shown once so many messages of its end are here, or all there are: more than any screen holds. */
const FIRST_MESSAGES = 60
/** How many segments others may have gone on while one reads: those are opened one after the other behind what is on screen. Past it one starts at the new end. */
const MAX_CATCH_UP = 8

/** How far back each document's conversation was on screen, so that a reset of it shows as much again. */
const reached = new WeakMap<OpenDocument["document"], number>()

/**
 * Opens the segments of one conversation as they are needed, and attaches them to it: the last ones first; the one after the last ahead of need, so
 * that a message can be written at once when the last is full; older ones when somebody asks for them. Since documents arrive in any order, it also
 * looks past a segment that is nearly full when nobody has noted a next one.
 *
 * Of what others write into segments that are not here it hears from the device's store, and brings those segments: see `LateWords`.
 *
 * It acquires nothing before somebody subscribes, and lets go when the last one has gone.
 */
export class ConversationSegments implements Destroyable {
  readonly #environment: SegmentsEnvironment
  readonly #conversationId: string
  readonly #conversation: Conversation
  readonly #first: OpenDocument
  readonly #slots = new Map<number, Slot>()
  readonly #listeners = new Set<() => void>()
  readonly #statusListeners = new Set<() => void>()
  readonly #stops: (() => void)[] = []
  /** The oldest segment that somebody asked for. */
  #demand: number
  #ready: boolean
  #late: ReadonlySet<string> = new Set()
  /** Looks for what comes into older segments, once there are any. */
  #words: Promise<LateWords | undefined> | undefined
  #state: SegmentsState | undefined
  #status: DocumentStatus | undefined

  constructor(environment: SegmentsEnvironment, conversationId: string, conversation: Conversation, first: OpenDocument) {
    this.#environment = environment
    this.#conversationId = conversationId
    this.#conversation = conversation
    this.#first = first
    this.#demand = reached.get(first.document) ?? MAX_SEGMENT
    this.#ready = this.#next() === undefined
  }

  /** Whether the end of the conversation is here, as far as this device knows it. Once true it stays so. */
  get ready(): boolean {
    return this.#ready
  }

  /** Where the segments stand; the same object until that changes. */
  get state(): SegmentsState {
    return (this.#state ??= this.#readState())
  }

  /** How all open segments stand together: what waits in any of them waits. The same object until it changes. */
  get status(): DocumentStatus {
    return (this.#status ??= joinStatus([...this.#open().values()].map(({ document }) => document.status)))
  }

  /** How many messages hold words that no relay has. */
  get waitingMessages(): number {
    const ids = new Set<string>()
    for (const open of this.#open().values()) for (const id of this.#waiting(open).ids) ids.add(id)
    return ids.size
  }

  /** Whether all that is open is on other relays. */
  get replicated(): boolean {
    return [...this.#open().values()].every(({ document }) => document.replicated)
  }

  /** Where the words of message `id` are; the least safe one decides. */
  safetyOf(id: string): Safety {
    let least: Safety | undefined
    for (const segment of this.#conversation.segmentsOf(id)) {
      const open = segment === 0 ? this.#first : this.#slots.get(segment)?.open
      least = lessSafe(open === undefined ? "stored" : this.#waiting(open).safetyOf(id), least)
    }
    return least ?? "stored"
  }

  /** Calls `listener` when `state` or `ready` changed. Returns the unsubscription. */
  subscribe(listener: () => void): () => void {
    if (this.#listeners.size === 0) this.#start()
    this.#listeners.add(listener)
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop()
    }
  }

  /** Calls `listener` when the status of an open segment changed. Returns the unsubscription. */
  subscribeStatus(listener: () => void): () => void {
    this.#statusListeners.add(listener)
    return () => this.#statusListeners.delete(listener)
  }

  /** Brings the segment before the oldest one; nothing while one is on its way or none is missing. */
  loadOlder(): void {
    const oldest = this.#conversation.oldestSegment
    if (this.#conversation.hasOlder && oldest > 0) this.loadTo(oldest - 1)
  }

  /** Brings all segments from the last one back to `segment`. */
  loadTo(segment: number): void {
    if (segment >= this.#demand) return
    this.#demand = segment
    reached.set(this.#first.document, segment)
    this.#plan()
  }

  /** Brings older segments until message `id` is here. Resolves with whether it is: false when it stands in none, or nobody shows the conversation any more. */
  async reveal(id: string): Promise<boolean> {
    for (;;) {
      if (this.#conversation.getMessage(id) !== undefined) return true
      if (!this.#conversation.hasOlder || this.state.failed || this.#listeners.size === 0) return false
      const changed = new Promise<void>((resolve) => {
        const stop = this.subscribe(() => {
          stop()
          resolve()
        })
      })
      this.loadOlder()
      await changed
    }
  }

  destroy(): void {
    this.#listeners.clear()
    this.#stop()
    this.#conversation.destroy()
  }

  #start(): void {
    // What waits listens to the document first: it must know of a change before those who ask it do.
    this.#waiting(this.#first)
    for (const segment of this.#conversation.documents.keys()) if (segment > 0) this.#want(segment)
    this.#stops.push(
      this.#conversation.subscribeLine(() => this.#plan()),
      this.#first.document.subscribe(() => this.#statusChanged()),
      this.#environment.replica.subscribe(() => this.#plan()),
    )
    this.#plan()
  }

  #stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
    void this.#words?.then((words) => words?.stop())
    this.#words = undefined
    for (const slot of this.#slots.values()) {
      slot.stop()
      slot.stopStatus?.()
    }
    this.#slots.clear()
  }

  /** Opens what is needed next; what comes of it comes here again. */
  #plan(): void {
    for (let next = this.#next(); next !== undefined && this.#stops.length > 0; next = this.#next()) this.#want(next)
    const pending = [...this.#slots.values()].some(({ open, failed }) => open === undefined && !failed)
    if (!pending) this.#ready = true
    if (this.#ready && this.#stops.length > 0 && this.#conversation.lastSegment > 0) this.#words ??= this.#watchOlder()
    this.#changed()
  }

  /** Comes after the first screen, and few conversations are so long. */
  async #watchOlder(): Promise<LateWords | undefined> {
    // reason: what cannot be loaded now is asked for when the conversation is opened again.
    const module = await import("./late-words.ts").catch(() => undefined)
    if (module === undefined || this.#stops.length === 0) return undefined
    const { replica, workspace } = this.#environment
    const found = (segment: number, ids: readonly string[]): void => {
      this.#late = new Set([...this.#late, ...ids])
      this.loadTo(segment)
      this.#changed()
    }
    return new module.LateWords({ replica, workspace, conversationId: this.#conversationId, conversation: this.#conversation, found })
  }

  /** The segment to open next, if one is needed and none is on its way. */
  #next(): number | undefined {
    const { oldestSegment, lastSegment, hasOlder } = this.#conversation
    const here = this.#attached()
    const last = Math.max(...here)
    const wanted = (segment: number): number | undefined => (this.#slots.has(segment) || segment > MAX_SEGMENT ? undefined : segment)
    if (lastSegment > last) {
      const behind = oldestSegment !== -1 && lastSegment - last <= MAX_CATCH_UP
      return wanted(behind ? last + 1 : lastSegment)
    }
    const filled = here.findLast((segment) => this.#holdsMessages(segment)) ?? 0
    if (filled === last && this.#fill(last) >= NEARLY_FULL) return wanted(last + 1)
    if (!hasOlder || oldestSegment < 2 || this.#awaits(oldestSegment)) return undefined
    const enough = this.#conversation.getTree().nodes.size >= FIRST_MESSAGES
    return enough && oldestSegment <= this.#demand ? undefined : wanted(oldestSegment - 1)
  }

  #attached(): number[] {
    return [...this.#conversation.documents.keys()]
  }

  #fill(segment: number): number {
    const ydoc = this.#conversation.documents.get(segment)
    return ydoc === undefined ? 0 : segmentFill(ydoc)
  }

  #holdsMessages(segment: number): boolean {
    const ydoc = this.#conversation.documents.get(segment)
    return ydoc !== undefined && holdsMessages(ydoc)
  }

  /** Whether a segment is empty here only because the relay has not sent it yet: going further back now would fetch everything. */
  #awaits(segment: number): boolean {
    const open = this.#slots.get(segment)?.open
    if (open === undefined || this.#holdsMessages(segment)) return false
    return !open.document.status.synced && this.#environment.replica.status.connection === "online"
  }

  #want(segment: number): void {
    const { pool, workspace } = this.#environment
    const documentId = conversationDocumentId(workspace, this.#conversationId, segment)
    const slot: Slot = {
      stop: pool.subscribe(documentId, () => this.#arrived(segment, documentId)),
      stopStatus: undefined,
      open: undefined,
      failed: false,
    }
    this.#slots.set(segment, slot)
    this.#take(segment, documentId)
  }

  #arrived(segment: number, documentId: string): void {
    if (this.#take(segment, documentId)) this.#plan()
  }

  /** Takes over how a document stands now; whether that is news. */
  #take(segment: number, documentId: string): boolean {
    const slot = this.#slots.get(segment)
    const state = this.#environment.pool.state(documentId)
    if (slot === undefined || state.state === "opening" || (state.state === "open" && slot.open === state)) return false
    slot.failed = state.state === "failed"
    slot.stopStatus?.()
    slot.open = state.state === "open" ? state : undefined
    if (state.state !== "open") return true
    this.#waiting(state)
    slot.stopStatus = state.document.subscribe(() => {
      this.#statusChanged()
      // What was awaited from the relay may be all here now.
      this.#plan()
    })
    this.#conversation.attach(segment, state.ydoc)
    return true
  }

  #open(): ReadonlyMap<number, OpenDocument> {
    const open = new Map([[0, this.#first]])
    for (const [segment, slot] of [...this.#slots].sort(([left], [right]) => left - right)) {
      if (slot.open !== undefined) open.set(segment, slot.open)
    }
    return open
  }

  #waiting(open: OpenDocument): WaitingMessages {
    return this.#environment.pool.view(open, WaitingMessages, (document) => new WaitingMessages(document))
  }

  #readState(): SegmentsState {
    const { hasOlder, oldestSegment } = this.#conversation
    const slots = [...this.#slots.values()]
    const failed = slots.some((slot) => slot.failed)
    const older = [...this.#slots].some(([segment, { open }]) => open === undefined && segment < oldestSegment)
    return {
      open: this.#open(),
      hasOlder,
      loading: hasOlder && !failed && (older || this.#awaits(oldestSegment)),
      failed,
      late: this.#late,
    }
  }

  #changed(): void {
    const before = this.#state
    const after = this.#readState()
    if (before !== undefined && sameState(before, after)) return
    this.#state = after
    this.#status = undefined
    for (const listener of this.#listeners) listener()
    for (const listener of this.#statusListeners) listener()
  }

  #statusChanged(): void {
    this.#status = undefined
    for (const listener of this.#statusListeners) listener()
  }
}

function sameState(left: SegmentsState, right: SegmentsState): boolean {
  return (
    left.hasOlder === right.hasOlder &&
    left.loading === right.loading &&
    left.failed === right.failed &&
    left.late === right.late &&
    left.open.size === right.open.size &&
    [...left.open].every(([segment, open]) => right.open.get(segment) === open)
  )
}
