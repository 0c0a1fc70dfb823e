import { type DocumentId, EMPTY_VECTOR, unionVectors, type VersionVector } from "@polylogue/protocol"
import type { RelayCore } from "../relay-core.ts"
import type { RoomReader } from "../room-reader.ts"
import type { Rooms } from "../rooms.ts"
import type { ErasureReport } from "./erasure-reports.ts"

/** Milliseconds from telling the sessions of a document to telling them again: what other relays say meanwhile is told together. */
const PAUSE_MS = 500

interface Due {
  /** Whether there is something to tell. */
  news: boolean
  /** This relay's own word, when it has not been told. */
  carriedOut: VersionVector | undefined
  /** Ends the pause. */
  hurry(): void
}

/**
 * Tells the sessions of a document who has carried out what was erased in it: all relays each time, for from the word of one alone they could take it
 * for the only one, and who asked for the erasure only now has to hear of those that were told before. It is told as it is by then, and not news by news.
 */
export class ErasureTelling {
  readonly #core: () => RelayCore
  readonly #reports: (documentId: DocumentId) => Promise<readonly ErasureReport[]>
  readonly #due = new Map<DocumentId, Due>()
  /** Who was told with others since it came: what it would be told for having come is older. */
  readonly #told = new WeakSet<RoomReader>()
  #rooms: Rooms | undefined
  #closed = false

  /** `reports` are those of all relays, this one first. */
  constructor(core: () => RelayCore, reports: (documentId: DocumentId) => Promise<readonly ErasureReport[]>) {
    this.#core = core
    this.#reports = reports
  }

  start(rooms: Rooms): void {
    this.#rooms = rooms
  }

  /** A relay has said something; `carriedOut` when it is this one. */
  news(documentId: DocumentId, carriedOut: VersionVector | undefined): void {
    const room = this.#rooms?.peek(documentId)
    if (room === undefined || room.readers.size === 0) return
    const waiting = this.#due.get(documentId)
    const due = waiting ?? { news: true, carriedOut: undefined, hurry: () => undefined }
    due.news = true
    if (carriedOut !== undefined) {
      due.carriedOut = unionVectors(due.carriedOut ?? EMPTY_VECTOR, carriedOut)
      due.hurry()
    }
    if (waiting !== undefined) return
    this.#due.set(documentId, due)
    void this.#run(documentId, due)
  }

  /** Tells one who has come. Never rejects. */
  async tell(documentId: DocumentId, reader: RoomReader): Promise<void> {
    try {
      const reports = await this.#reports(documentId)
      const carriedOut = await this.#core().erasures.carriedOut(documentId)
      const isOlder = this.#told.has(reader)
      if (reports.length > 0 || carriedOut !== undefined) reader.erasures(isOlder ? [] : reports, carriedOut)
    } catch (error) {
      this.#failed(error)
    }
  }

  close(): void {
    this.#closed = true
    for (const due of this.#due.values()) due.hurry()
  }

  async #run(documentId: DocumentId, due: Due): Promise<void> {
    while (due.news && !this.#closed) {
      due.news = false
      try {
        const reports = await this.#reports(documentId)
        const { carriedOut } = due
        due.carriedOut = undefined
        for (const reader of this.#rooms!.peek(documentId)?.readers ?? []) {
          this.#told.add(reader)
          reader.erasures(reports, carriedOut)
        }
      } catch (error) {
        this.#failed(error)
      }
      if (due.carriedOut === undefined) await this.#pause(due)
    }
    this.#due.delete(documentId)
  }

  async #pause(due: Due): Promise<void> {
    if (this.#closed) return
    let cancel: (() => void) | undefined
    await new Promise<void>((resolve) => {
      due.hurry = resolve
      cancel = this.#core().clock.setTimer(resolve, PAUSE_MS)
    })
    due.hurry = () => undefined
    cancel?.()
  }

  #failed(error: unknown): void {
    if (!this.#closed) this.#core().events({ type: "failed", where: "erased", error })
  }
}
