import type { Link } from "./link.ts"
import type { Device, DocumentHandlers, Known, OpenDocument } from "./wire.ts"

/** A document on a socket of its own. */
export interface DocumentSocket {
  readonly link: Link
  readonly document: OpenDocument
  /** Resolves when the server has answered. */
  readonly opened: Promise<void>
}

/** The device of a protocol with one document a socket. */
export class SocketPerDocument implements Device {
  readonly #connect: (documentId: string, handlers: DocumentHandlers, known: Known | undefined) => Promise<DocumentSocket>
  readonly #links: Link[] = []

  constructor(connect: (documentId: string, handlers: DocumentHandlers, known: Known | undefined) => Promise<DocumentSocket>) {
    this.#connect = connect
  }

  async open(documentId: string, handlers: DocumentHandlers, known?: Known): Promise<OpenDocument> {
    const { link, document, opened } = await this.#connect(documentId, handlers, known)
    this.#links.push(link)
    await opened
    return document
  }

  get bytesReceived(): number {
    return this.#links.reduce((sum, link) => sum + link.bytesReceived, 0)
  }

  get bytesSent(): number {
    return this.#links.reduce((sum, link) => sum + link.bytesSent, 0)
  }

  get lastReceived(): number {
    return this.#links.reduce((last, link) => Math.max(last, link.lastReceived), 0)
  }

  pause(): void {
    for (const link of this.#links) link.pause()
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()))
  }
}
