import type { Clock } from "@polylogue/protocol"
import type { RelayDocuments, RelayRegisters } from "@polylogue/relay"
import type { EntryLog } from "@polylogue/storage"
import { reasonOf } from "./command-error.ts"
import type { Endpoint } from "./endpoint.ts"
import type { Journal } from "./journal.ts"
import { PromptCatalogue } from "./prompt-catalogue.ts"
import { promptEndpoint } from "./prompt-endpoint.ts"
import { PromptShelf } from "./prompt-shelf.ts"
import { WorkerPrompts } from "./worker-prompts.ts"

/** What the published prompts of a relay are read from. */
export interface PromptsOptions {
  readonly log: EntryLog
  readonly registers: RelayRegisters
  readonly documents: RelayDocuments
  readonly clock: Clock
  readonly journal: Journal
}

/** The published prompts of a relay, with the worker that reads them. */
export class Prompts {
  readonly endpoint: Endpoint
  readonly #worker = new WorkerPrompts()

  constructor({ log, registers, documents, clock, journal }: PromptsOptions) {
    const shelf = new PromptShelf({
      log,
      run: (job) => this.#worker.run(job),
      now: () => clock.monotonic(),
      failed: (documentId, error) => journal("prompt-unreadable", { document: documentId, error: reasonOf(error) }, "error"),
    })
    this.endpoint = promptEndpoint(new PromptCatalogue(registers, shelf), documents, () => clock.now())
  }

  /** Ends the worker. Idempotent. */
  close(): Promise<void> {
    return this.#worker.close()
  }
}
