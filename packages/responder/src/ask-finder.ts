import {
  type Ask,
  askedMessages,
  conversationDocumentId,
  ConversationView,
  indexDocumentId,
  parseDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import type { Clock, RandomBytes } from "@polylogue/protocol"
import type { Replica, StoredPlace } from "@polylogue/replica"
import type * as Y from "yjs"
import type { ResponderLimits } from "./limits.ts"
import { asksToDo } from "./open-asks.ts"
import { readFinderNote, writeFinderNote } from "./finder-note.ts"

/** One document in which asks may stand. */
export interface AskedDocument {
  readonly documentId: string
  readonly workspace: string
  readonly conversationId: string
  readonly segment: number
}

/** What a finder needs. */
export interface AskFinderOptions {
  readonly replica: Replica
  readonly workspaces: readonly string[]
  readonly id: string
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly limits: ResponderLimits
  /** All that is to be done about one document, each time that it was read. Returns whether there was room for it; without, it is read again with `again`. */
  readonly found: (document: AskedDocument, asks: readonly Ask[]) => boolean
  readonly problem: (documentId: string | undefined, error: unknown) => void
}

/** A document that goes on changing is looked at for at most this share of the time. */
const READING_SHARE = 0.05

/**
 * Finds what people ask for: keeps the conversations of its workspaces fresh on the device, and reads each document from the store when it has changed, a few at once
 * and none more often than it takes time; no Y.Doc stays. What was read, and had nothing to be done, is noted, so that a restart reads only what changed.
 */
export class AskFinder {
  readonly #options: AskFinderOptions
  readonly #ends: (() => void)[] = []
  /** Documents to read: those that changed, in their order, before those of the first look. */
  readonly #changed = new Set<string>()
  readonly #unread: { readonly documentId: string }[] = []
  /** Documents that were read lately, with whether they changed since. */
  readonly #resting = new Map<string, { changed: boolean; readonly cancel: () => void }>()
  readonly #crowded = new Set<string>()
  /** Conversations of which there was a card, `<workspace>/<id>`. */
  readonly #looked = new Set<string>()
  #reading = 0
  #closed = false

  constructor(options: AskFinderOptions) {
    const { replica, workspaces } = options
    this.#options = options
    this.#ends.push(replica.onDisk.subscribe((documentId) => this.#heard(documentId)))
    for (const workspace of workspaces) {
      this.#ends.push(replica.watch(`${workspace}/conv`), replica.watch(indexDocumentId(workspace)))
      this.#changed.add(indexDocumentId(workspace))
    }
    this.#read()
  }

  /** Documents that wait to be read. */
  get waiting(): number {
    return this.#changed.size + this.#unread.length
  }

  /** There is room again for what was found. */
  again(): void {
    for (const documentId of this.#crowded) this.#changed.add(documentId)
    this.#crowded.clear()
    this.#read()
  }

  close(): void {
    this.#closed = true
    for (const end of this.#ends) end()
    for (const { cancel } of this.#resting.values()) cancel()
  }

  #heard(documentId: string): void {
    if (this.#placeOf(documentId) === undefined && this.#workspaceOf(documentId) === undefined) return
    const resting = this.#resting.get(documentId)
    if (resting !== undefined) resting.changed = true
    else this.#changed.add(documentId)
    this.#read()
  }

  /**
   * The conversations that the device had before, newest first: what changed while nobody read is read now. Each is looked at once; the card of one that was here may come later
   * than the conversation, also after a restart.
   */
  async #look(workspace: string): Promise<void> {
    const { replica, id, clock, randomBytes } = this.#options
    const { ydoc } = await replica.onDisk.read(indexDocumentId(workspace))
    const index = new WorkspaceIndex(ydoc, { writer: id, now: () => clock.now(), randomBytes })
    const cards = index.getCards().toSorted((left, right) => right.lastActivity - left.lastActivity)
    ydoc.destroy()
    for (const card of cards) {
      if (this.#closed) return
      const name = `${workspace}/${card.id}`
      if (this.#looked.has(name)) continue
      this.#looked.add(name)
      await this.#lookAtOne(workspace, card.id)
    }
  }

  /** One that cannot be looked at keeps nobody from the others, and is tried again as what cannot be read is. Whoever wrote a card may have written anything as its id. */
  async #lookAtOne(workspace: string, conversationId: string): Promise<void> {
    let documentId: string | undefined
    try {
      documentId = conversationDocumentId(workspace, conversationId)
      await this.#lookAt(workspace, conversationId)
    } catch (error) {
      this.#options.problem(documentId, error)
      if (documentId !== undefined) this.#unread.push({ documentId })
      this.#read()
    }
  }

  async #lookAt(workspace: string, conversationId: string): Promise<void> {
    const { onDisk } = this.#options.replica
    const first = conversationDocumentId(workspace, conversationId)
    for (let segment = 0, last = 0; segment <= last; segment++) {
      const documentId = segment === 0 ? first : conversationDocumentId(workspace, conversationId, segment)
      const note = readFinderNote(await onDisk.note(noteOf(documentId)))
      if (note === undefined || (await onDisk.hasMovedOn(documentId, note.place))) this.#unread.push({ documentId })
      if (segment === 0) last = note?.last ?? (await this.#lastSegment(documentId))
    }
    this.#read()
  }

  async #lastSegment(documentId: string): Promise<number> {
    const { ydoc } = await this.#options.replica.onDisk.read(documentId)
    const view = new ConversationView(new Map([[0, ydoc]]))
    const last = view.lastSegment
    view.destroy()
    ydoc.destroy()
    return last
  }

  #read(): void {
    while (this.#reading < this.#options.limits.maxReads && !this.#closed) {
      const documentId = this.#next()
      if (documentId === undefined) return
      this.#reading++
      void this.#readOne(documentId).finally(() => {
        this.#reading--
        this.#read()
      })
    }
  }

  #next(): string | undefined {
    for (const documentId of this.#changed) {
      this.#changed.delete(documentId)
      return documentId
    }
    return this.#unread.shift()?.documentId
  }

  async #readOne(documentId: string): Promise<void> {
    const { clock, limits, problem } = this.#options
    const resting = this.#resting.get(documentId)
    if (resting !== undefined) {
      resting.changed = true
      return
    }
    const began = clock.monotonic()
    this.#rest(documentId, limits.minRetryMs)
    try {
      const workspace = this.#workspaceOf(documentId)
      await (workspace === undefined ? this.#examine(documentId) : this.#look(workspace))
      this.#rest(documentId, Math.max(limits.readEveryMs, (clock.monotonic() - began) / READING_SHARE))
    } catch (error) {
      problem(documentId, error)
      // It is looked at again, whether it changes or not.
      this.#rest(documentId, limits.maxRetryMs)
      this.#resting.get(documentId)!.changed = true
    }
  }

  /** Looks at the document again no sooner than in `delayMs`, and only if it has changed. */
  #rest(documentId: string, delayMs: number): void {
    const before = this.#resting.get(documentId)
    before?.cancel()
    if (this.#closed) return
    const wake = (): void => {
      const resting = this.#resting.get(documentId)
      this.#resting.delete(documentId)
      if (resting?.changed !== true) return
      this.#changed.add(documentId)
      this.#read()
    }
    this.#resting.set(documentId, { changed: before?.changed ?? false, cancel: this.#options.clock.setTimer(wake, delayMs) })
  }

  async #examine(documentId: string): Promise<void> {
    const { replica, found } = this.#options
    const { ydoc, place } = await replica.onDisk.read(documentId)
    try {
      const document = this.#placeOf(documentId)
      if (document === undefined || this.#closed) return
      const [asked] = askedMessages(ydoc)
      const view = asked === undefined && document.segment > 0 ? undefined : new ConversationView(new Map([[0, ydoc]]))
      const asks = asked === undefined ? [] : asksIn(ydoc)
      const last = view?.lastSegment ?? 0
      view?.destroy()
      if (!found(document, asks)) this.#crowded.add(documentId)
      else if (asks.length === 0) await this.#note(documentId, place, document.segment === 0 ? last : 0)
    } finally {
      ydoc.destroy()
    }
  }

  async #note(documentId: string, place: StoredPlace, last: number): Promise<void> {
    await this.#options.replica.onDisk.setNote(noteOf(documentId), writeFinderNote({ place, last }))
  }

  /** The workspace whose index it is. */
  #workspaceOf(documentId: string): string | undefined {
    return this.#options.workspaces.find((workspace) => indexDocumentId(workspace) === documentId)
  }

  #placeOf(documentId: string): AskedDocument | undefined {
    try {
      const name = parseDocumentId(documentId)
      if (name.kind !== "conversation" || !this.#options.workspaces.includes(name.workspace)) return undefined
      const { workspace, conversationId, segment } = name
      return { documentId, workspace, conversationId, segment }
    } catch {
      // Others name documents as they like.
      return undefined
    }
  }
}

/** What is to be done about a segment that is read by itself. */
function asksIn(ydoc: Y.Doc): readonly Ask[] {
  const view = new ConversationView(ydoc)
  try {
    return asksToDo(ydoc, view)
  } finally {
    view.destroy()
  }
}

/** The name of the finder's note of a document: the document's own is the application's. */
function noteOf(documentId: string): string {
  return `${documentId}#asks`
}
