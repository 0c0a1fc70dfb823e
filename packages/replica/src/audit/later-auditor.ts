import type { DocumentId, VersionVector } from "@polylogue/protocol"
import type { Environment } from "../environment.ts"
import type { AuditCounts } from "../status.ts"
import { type AuditedSession, type AuditorPart, NO_AUDITS } from "./auditor-part.ts"

/** An auditor whose code comes when a document has been quiet for as long as one has to be to be compared: the first waits twice that time. */
export class LaterAuditor implements AuditorPart {
  readonly #environment: Environment
  readonly #load: () => Promise<AuditorPart>
  #part: AuditorPart | undefined
  #session: AuditedSession | undefined
  readonly #touched = new Set<DocumentId>()
  #cancel: (() => void) | undefined

  constructor(environment: Environment, load: () => Promise<AuditorPart>) {
    this.#environment = environment
    this.#load = load
  }

  get counts(): AuditCounts {
    return this.#part?.counts ?? NO_AUDITS
  }

  begin(session: AuditedSession): void {
    this.#session = session
    this.#part?.begin(session)
  }

  end(): void {
    this.#session = undefined
    this.#touched.clear()
    this.#cancel?.()
    this.#cancel = undefined
    this.#part?.end()
  }

  synced(documentId: DocumentId): void {
    if (this.#part === undefined) this.#touch(documentId)
    else this.#part.synced(documentId)
  }

  changed(documentId: DocumentId): void {
    if (this.#part === undefined) this.#touch(documentId)
    else this.#part.changed(documentId)
  }

  answered(documentId: DocumentId, vector: VersionVector, digest: Uint8Array): void {
    this.#part?.answered(documentId, vector, digest)
  }

  #touch(documentId: DocumentId): void {
    if (this.#session === undefined) return
    this.#touched.add(documentId)
    const { clock, limits } = this.#environment
    this.#cancel ??= clock.setTimer(() => void this.#come(), limits.auditQuietMs)
  }

  async #come(): Promise<void> {
    try {
      const part = await this.#load()
      this.#part ??= part
    } catch {
      // What is changed next asks for it again.
      this.#cancel = undefined
      return
    }
    if (this.#session === undefined) return
    this.#part.begin(this.#session)
    for (const documentId of this.#touched) this.#part.changed(documentId)
    this.#touched.clear()
  }
}
