import { type Conversation, conversationDocumentId, segmentFill } from "@polylogue/conversation"
import type { Replica, StoredPlace } from "@polylogue/replica"
import * as Y from "yjs"

/** Milliseconds between something being written and the look at what it was: what comes in together is looked at once. */
const LOOK_AFTER_MS = 250

/** What this device noted of a segment when it looked last. */
interface Note {
  /** Where its document stood; absent where it was read from an open one. */
  readonly place?: StoredPlace | undefined
  /** State vector of the document: what is not in it has come since. */
  readonly vector: readonly number[]
  /** Somebody had it on screen, or it was full: what comes after that is news. Else it may only have been on its way to this device. */
  readonly whole: boolean
}

/** What the search for late words works with. */
export interface LateWordsOptions {
  readonly replica: Replica
  readonly workspace: string
  readonly conversationId: string
  readonly conversation: Conversation
  /** Messages with these ids came into segments that are not on screen, of which `segment` is the oldest. */
  readonly found: (segment: number, ids: readonly string[]) => void
}

/**
 * Finds messages that come into segments which are not on screen: a device that was away writes on where the conversation ended for it.
 *
 * Of every segment the device notes what it held when it was shown, or first looked at. A segment is read again only when its document has moved on, beside
 * its replica, and then nothing but the difference counts; so a long conversation is never loaded for it.
 */
export class LateWords {
  readonly #options: LateWordsOptions
  readonly #dirty = new Set<number>()
  /** Messages in the segments on screen when they were noted. */
  readonly #counts = new Map<number, number>()
  readonly #segments = new Map<string, number>()
  readonly #stops: readonly (() => void)[]
  /** The oldest segment on screen when that was asked last. */
  #oldest = Infinity
  #timer: ReturnType<typeof setTimeout> | undefined
  #looking = false
  #stopped = false

  /** Begins: looks at all older segments, then at those that are written to. */
  constructor(options: LateWordsOptions) {
    this.#options = options
    const { replica, conversation } = options
    this.#stops = [
      conversation.subscribeLine(() => this.#follow()),
      replica.onDisk.subscribe((documentId) => {
        const segment = this.#segments.get(documentId)
        if (segment !== undefined) this.#mark(segment)
      }),
    ]
    this.#follow()
  }

  /** Looks at nothing more. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const stop of this.#stops) stop()
  }

  /** Marks the segments that have come to the screen since, and those that others have begun. */
  #follow(): void {
    const { lastSegment, oldestSegment } = this.#options.conversation
    for (let segment = this.#segments.size; segment <= lastSegment; segment++) {
      this.#segments.set(this.#documentId(segment), segment)
      this.#mark(segment)
    }
    if (oldestSegment === -1 || oldestSegment >= this.#oldest) return
    for (let segment = oldestSegment; segment < Math.min(this.#oldest, lastSegment); segment++) this.#mark(segment)
    this.#oldest = oldestSegment
  }

  #mark(segment: number): void {
    this.#dirty.add(segment)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#stopped || this.#looking || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#look()
    }, LOOK_AFTER_MS)
  }

  async #look(): Promise<void> {
    this.#looking = true
    const late: string[] = []
    let oldest = Infinity
    const segments = [...this.#dirty].sort((left, right) => left - right)
    this.#dirty.clear()
    for (const segment of segments) {
      if (this.#stopped) return
      // A store that cannot be read is in the status; the segment is looked at again when it is written to, or the next time.
      const ids = await (this.#isShown(segment) ? this.#noteShown(segment) : this.#lookAt(segment)).catch(() => NOTHING)
      if (ids.length === 0) continue
      late.push(...ids)
      oldest = Math.min(oldest, segment)
    }
    // All at once: what the first of them brings along would not be looked at any more.
    if (late.length > 0 && !this.#stopped) this.#options.found(oldest, late)
    this.#looking = false
    if (this.#dirty.size > 0) this.#schedule()
  }

  #isShown(segment: number): boolean {
    const { conversation } = this.#options
    return conversation.oldestSegment !== -1 && segment >= conversation.oldestSegment && conversation.documents.has(segment)
  }

  async #noteShown(segment: number): Promise<readonly string[]> {
    const ydoc = this.#options.conversation.documents.get(segment)
    if (ydoc === undefined) return NOTHING
    // Most of what is written are words of a message that is noted already.
    const count = countMessages(ydoc)
    if (this.#counts.get(segment) === count) return NOTHING
    await this.#write(segment, { vector: vectorOf(ydoc), whole: true })
    this.#counts.set(segment, count)
    return NOTHING
  }

  /** The messages that came into a segment since it was noted. It is noted again once they are on screen: whoever leaves before that is told the next time. */
  async #lookAt(segment: number): Promise<readonly string[]> {
    const { onDisk } = this.#options.replica
    const documentId = this.#documentId(segment)
    const bytes = await onDisk.note(documentId)
    const known = bytes === undefined ? undefined : parseNote(bytes)
    if (known?.place !== undefined && !(await onDisk.hasMovedOn(documentId, known.place))) return NOTHING
    const { ydoc, place } = await onDisk.read(documentId)
    try {
      if (countMessages(ydoc) === 0) return NOTHING
      const late = known?.whole === true ? messagesAfter(ydoc, Uint8Array.from(known.vector)) : NOTHING
      if (late.length > 0 || this.#stopped) return late
      await this.#write(segment, { place, vector: vectorOf(ydoc), whole: known?.whole === true || isWhole(ydoc) })
      return NOTHING
    } finally {
      ydoc.destroy()
    }
  }

  #write(segment: number, note: Note): Promise<void> {
    return this.#options.replica.onDisk.setNote(this.#documentId(segment), new TextEncoder().encode(JSON.stringify(note)))
  }

  #documentId(segment: number): string {
    const { workspace, conversationId } = this.#options
    return conversationDocumentId(workspace, conversationId, segment)
  }
}

const NOTHING: readonly string[] = []

/** What was noted; `undefined` for what a later version may have written. */
function parseNote(bytes: Uint8Array): Note | undefined {
  const note = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Note> | null
  return Array.isArray(note?.vector) && typeof note.whole === "boolean" ? (note as Note) : undefined
}

function countMessages(ydoc: Y.Doc): number {
  return ydoc.getMap("messages").size + ydoc.getMap("imported").size
}

/** A segment that others follow is full, unless an import cut it by its length. */
function isWhole(ydoc: Y.Doc): boolean {
  return segmentFill(ydoc) >= 1 || ydoc.getMap("messages").size === 0
}

function vectorOf(ydoc: Y.Doc): number[] {
  return [...Y.encodeStateVector(ydoc)]
}

/** Ids of the messages that stand in `ydoc` and are not in `vector`. */
function messagesAfter(ydoc: Y.Doc, vector: Uint8Array): string[] {
  const ids = new Set<string>()
  for (const struct of Y.decodeUpdate(Y.encodeStateAsUpdate(ydoc, vector)).structs) {
    if (!(struct instanceof Y.Item) || struct.parentSub === null) continue
    // Of a decoded item the parent is the name of the top-level map; a key that is written again has none, and is no new message.
    const parent: unknown = struct.parent
    if (parent === "messages") ids.add(struct.parentSub)
    else if (parent === "imported") ids.add(ownerOf(struct.parentSub))
  }
  return [...ids]
}

function ownerOf(key: string): string {
  const cut = key.indexOf("/")
  return (cut === -1 ? key : key.slice(0, cut)).replaceAll("%2F", "/").replaceAll("%25", "%")
}
