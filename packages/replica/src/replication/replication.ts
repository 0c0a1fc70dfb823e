import type { DocumentId, LogId } from "@polylogue/protocol"
import { DocumentTasks } from "../document-tasks.ts"
import { ReplicaError } from "../errors.ts"
import { ReplicatedWords } from "./replicated-words.ts"
import type { ReplicatedDocument, ReplicationHost, ReplicationPart } from "./replication-part.ts"

/** {@link ReplicationPart} for the documents that one tab has open. */
export class Replication implements ReplicationPart {
  readonly #host: ReplicationHost
  readonly #documents = new Map<ReplicatedDocument, ReplicatedWords>()
  readonly #reading: DocumentTasks

  constructor(host: ReplicationHost) {
    this.#host = host
    this.#reading = new DocumentTasks(host.environment, (documentId) => this.#read(documentId))
  }

  told(document: ReplicatedDocument): void {
    const { replicated } = document.facts
    if (replicated === undefined || this.#host.open.get(document.documentId) !== document) return
    const [others, vector] = JSON.parse(replicated) as [number, [LogId, number][]]
    if (this.#wordsOf(document).told(others, new Map(vector))) this.#reading.add(document.documentId)
  }

  has(document: ReplicatedDocument, client: number, clock: number): boolean {
    return this.#documents.get(document)?.has(client, clock) ?? false
  }

  grew(document: ReplicatedDocument): void {
    if (this.#documents.get(document)?.awaits === true) this.#reading.add(document.documentId)
  }

  others(document: ReplicatedDocument): number {
    return this.#documents.get(document)?.others ?? 0
  }

  through(document: ReplicatedDocument): number {
    return this.#documents.get(document)?.through ?? -1
  }

  async whenReplicated(document: ReplicatedDocument): Promise<void> {
    const { documentId } = document
    // What was told while this code could not be loaded.
    this.told(document)
    const { vector } = await this.#host.environment.store.head(documentId)
    if (this.#host.open.get(documentId) !== document) throw new ReplicaError("closed", `${documentId} is closed`)
    await this.#wordsOf(document).when(vector)
  }

  end(document: ReplicatedDocument, error: Error): void {
    this.#documents.get(document)?.end(error)
    this.#documents.delete(document)
  }

  stop(): void {
    this.#reading.stop()
    for (const document of this.#documents.keys()) this.end(document, new ReplicaError("closed", "the replica was closed"))
  }

  #wordsOf(document: ReplicatedDocument): ReplicatedWords {
    const words = this.#documents.get(document) ?? new ReplicatedWords(this.#host.environment.store, document.documentId)
    this.#documents.set(document, words)
    return words
  }

  async #read(documentId: DocumentId): Promise<void> {
    const document = this.#host.open.get(documentId)
    const words = document && this.#documents.get(document)
    if (words === undefined) return
    await words.readOn()
    document?.changed()
  }
}
