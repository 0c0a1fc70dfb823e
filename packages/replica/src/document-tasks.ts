import type { DocumentId } from "@polylogue/protocol"
import { Backoff } from "./backoff.ts"
import type { Environment } from "./environment.ts"

/** Does something for one document after the other. What fails is reported, and tried again after a while. */
export class DocumentTasks {
  readonly #environment: Environment
  readonly #task: (documentId: DocumentId) => Promise<void>
  readonly #backoff: Backoff
  readonly #waiting = new Set<DocumentId>()
  #running = false
  #stopped = false

  constructor(environment: Environment, task: (documentId: DocumentId) => Promise<void>) {
    this.#environment = environment
    this.#task = task
    this.#backoff = new Backoff({ ...environment, ...environment.limits })
  }

  /** Has it done for `documentId`, once more if it is being done. */
  add(documentId: DocumentId): void {
    if (this.#stopped) return
    this.#waiting.add(documentId)
    if (!this.#running) void this.#run()
  }

  /** Begins nothing more. */
  stop(): void {
    this.#stopped = true
    this.#waiting.clear()
    this.#backoff.wake()
  }

  async #run(): Promise<void> {
    this.#running = true
    for (const documentId of this.#waiting) {
      this.#waiting.delete(documentId)
      try {
        await this.#task(documentId)
        this.#backoff.reset()
      } catch (error) {
        if (this.#stopped) break
        this.#environment.report({ kind: "store-failed", documentId, error })
        await this.#backoff.wait()
        if (!this.#stopped) this.#waiting.add(documentId)
      }
    }
    this.#running = false
  }
}
