import type { VersionVector } from "@polylogue/protocol"

/** What a device is told of one document. Most loads only count, so contents are decoded only for who asks for them. */
export interface DocumentHandlers {
  /** So many updates have arrived. */
  received?(count: number): void
  /** So many of the own updates were acknowledged, in the order in which they were sent. */
  acked?(count: number): void
  /** The bytes of what arrives, first of all what the server had. */
  update?(update: Uint8Array): void
}

/** What a device has of a document: in the terms of Yjs, and in those of our protocol. */
export interface Known {
  readonly stateVector: Uint8Array
  readonly vector: VersionVector
}

/** A document that a device has open. */
export interface OpenDocument {
  /** Sends one update; the document must have been opened by its first author. */
  send(update: Uint8Array): void
  /** What of our protocol's stamps was received or acknowledged; empty with other servers. */
  readonly vector: VersionVector
  close(): void
}

/** One device: a socket, where the protocol can have many documents on one, else a socket for each document. */
export interface Device {
  /** Resolves when the server has answered with what `known` lacks. */
  open(documentId: string, handlers: DocumentHandlers, known?: Known): Promise<OpenDocument>
  /** Bytes of the messages that arrived, and that were sent. */
  readonly bytesReceived: number
  readonly bytesSent: number
  /** When the last message arrived, as `performance.now()`. */
  readonly lastReceived: number
  /** Takes nothing more from the network, until the end. */
  pause(): void
  close(): Promise<void>
}

/** How to speak to one kind of server, frame by frame, without a Y.Doc. */
export interface Wire {
  connect(url: string): Promise<Device>
}
