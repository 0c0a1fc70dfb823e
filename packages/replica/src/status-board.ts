import type { ConnectionFacts } from "./connection-part.ts"
import type { Environment } from "./environment.ts"
import { codeOf } from "./errors.ts"
import { Listeners } from "./listeners.ts"
import type { AuditCounts, Keeps, ReplicaStatus } from "./status.ts"

/** What a status is made of, beside the time of its last change. */
export interface StatusParts {
  readonly facts: ConnectionFacts
  readonly keeps: Keeps
  readonly holder: boolean
  readonly cutOff: boolean
  readonly waitingRows: number
  readonly audits: AuditCounts
}

/** Holds the replica's status as an immutable object, and tells who listens when it has become another. */
export class StatusBoard {
  readonly #environment: Environment
  readonly #parts: () => StatusParts
  readonly #listeners: Listeners<[]>
  readonly #errors: { writing: unknown; receiving: unknown } = { writing: undefined, receiving: undefined }
  #status: ReplicaStatus

  constructor(environment: Environment, parts: () => StatusParts) {
    this.#environment = environment
    this.#parts = parts
    this.#listeners = new Listeners((error) => environment.report({ kind: "listener-failed", documentId: undefined, error }))
    this.#status = this.#make(environment.clock.now())
  }

  get status(): ReplicaStatus {
    return this.#status
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  /** The store failed at writing local updates or at taking in received ones; `undefined`: it has taken them since. */
  failing(what: "writing" | "receiving", error: unknown): void {
    this.#errors[what] = error
    if (error !== undefined) this.#environment.report({ kind: "store-failed", documentId: undefined, error })
    this.refresh()
  }

  /** Some part may have changed. */
  refresh(): void {
    const before = this.#status
    const next = this.#make(before.since)
    if (same(before, next)) return
    this.#status = before.connection === next.connection ? next : this.#make(this.#environment.clock.now())
    this.#listeners.emit()
  }

  #make(since: number): ReplicaStatus {
    const { facts, ...parts } = this.#parts()
    return Object.freeze({ ...facts, ...parts, since, storageError: storageError(this.#errors.writing ?? this.#errors.receiving) })
  }
}

/** By value: what another tab has said of the connection are other objects each time. */
function same(left: ReplicaStatus, right: ReplicaStatus): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

function storageError(error: unknown): ReplicaStatus["storageError"] {
  if (error === undefined) return undefined
  const code = codeOf(error)
  return code === "quota-exceeded" || code === "closed" ? code : "io"
}
