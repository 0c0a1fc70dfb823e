import { type DocumentId, type RegisterKey, splitRegisterKey } from "@polylogue/protocol"
import { codeOf } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"
import { type Attempt, attemptsSince } from "./attempts.ts"
import { Leases } from "./leases.ts"
import { RecentRegisters } from "./recent-registers.ts"
import { type Place, Register, type RegisterHost } from "./register.ts"
import { decodeRegister, DUE_RECORDS, encodeRegister, NO_REGISTER, REGISTER_RECORDS, type RestingRegister } from "./register-record.ts"

/*
 * Where the registers of a relay rest, in the store and in memory. In memory are those that were asked for lately; of those that changed lately, or have a time
 * to live, only the names. What a register has to do of itself:
 *
 *   changed ─> recent (a record names it) ─attempts old enough─> written without them, or removed ─> rests
 *     ^            └─ a time to live is counted ─passed─> absent, a change like any other
 */

/** Registers that are read, or written without their attempts, side by side. */
const BATCH = 256
/** The wait before a time to live that has passed is tried again, when the store would not. */
const RETRY_MS = 5_000
const NOTHING = new Uint8Array()

/** Reads, writes and forgets the registers of one relay. */
export class RegisterShelf implements RegisterHost {
  readonly #core: () => RelayCore
  readonly #changed: (key: RegisterKey, documentId: DocumentId) => void
  readonly #began: number
  readonly #leases: Leases
  readonly #recent = new RecentRegisters()
  /** Longest unused first. */
  readonly #registers = new Map<RegisterKey, Register>()
  readonly #bytesOf = new Map<RegisterKey, number>()
  #bytes = 0
  /** Of these a failure was reported lately. */
  readonly #reported = new Set<RegisterKey>()
  #count = 0
  #cancelSweep: (() => void) | undefined
  #sweptAt = 0
  #tidying = false
  #whenRested: (() => void)[] = []
  #closed = false

  /** `changed` is called when a register is another one than before, durably. */
  constructor(core: () => RelayCore, clock: RelayCore["clock"], changed: (key: RegisterKey, documentId: DocumentId) => void) {
    this.#core = core
    this.#changed = changed
    this.#began = clock.monotonic()
    this.#leases = new Leases(clock, (key, revision) => this.#passed(key, revision))
  }

  /** How many are in memory. */
  get size(): number {
    return this.#registers.size
  }

  /** Takes up what earlier starts left: times to live, and attempts, which are remembered from now on as long as fresh ones. @throws StorageError */
  async start(): Promise<void> {
    const { store, limits } = this.#core()
    const forgetAt = this.#began + limits.registerMemoryMs
    for (let after: string | undefined; ;) {
      const page = { limit: BATCH, ...(after !== undefined && { after }) }
      const records = await store.read((log) => log.recordKeys(DUE_RECORDS, page))
      const keys = records.map((record) => record.slice(DUE_RECORDS.length))
      for (const key of keys) this.#recent.set(key, forgetAt)
      // One that cannot be read is reported, and keeps no other from being there.
      await Promise.all(keys.map((key) => this.read(key, false).catch((error: unknown) => this.failed(key, error))))
      after = records.at(-1)
      if (records.length < BATCH) return
    }
  }

  /** The register at `key`, which is one of `documentId`. To be used at once: one that nobody uses may leave memory. */
  take(key: RegisterKey, documentId: DocumentId): Register {
    const register = this.#registers.get(key) ?? new Register(this, key, documentId)
    this.#registers.delete(key)
    this.#registers.set(key, register)
    register.usedAt = this.#core().clock.monotonic()
    this.#scheduleSweep()
    return register
  }

  /** The store fails: nobody who asked is kept waiting. */
  stall(): void {
    for (const register of this.#registers.values()) register.stall()
  }

  /** Resolves when nothing is under way. */
  async quiet(): Promise<void> {
    while ([...this.#registers.values()].some(({ busy }) => busy)) await new Promise<void>((resolve) => this.#whenRested.push(resolve))
  }

  close(): void {
    this.#closed = true
    this.#cancelSweep?.()
    this.#leases.close()
  }

  async read(key: RegisterKey, anew: boolean): Promise<RestingRegister> {
    const record = await this.#core().store.read((log) => log.record(REGISTER_RECORDS + key))
    const resting = record === undefined ? NO_REGISTER : decodeRegister(key, record)
    if (!this.#closed) this.#leases.set(key, resting)
    if (anew) this.#tell(key)
    return resting
  }

  async write(key: RegisterKey, next: RestingRegister, done: () => void): Promise<void> {
    const { clock, committer, limits } = this.#core()
    const named = this.#recent.has(key)
    this.#recent.set(key, clock.monotonic() + limits.registerMemoryMs)
    this.#scheduleSweep()
    // In this order: a start that finds the register finds that it has something to do.
    const naming = named ? undefined : committer.write({ type: "record", key: DUE_RECORDS + key, value: NOTHING }, () => undefined)
    const writing = committer.write({ type: "record", key: REGISTER_RECORDS + key, value: encodeRegister(next) }, () => {
      this.#leases.set(key, next)
      done()
      this.#tell(key)
    })
    await Promise.all([naming, writing])
  }

  async rewrite(key: RegisterKey, next: RestingRegister, done: () => void): Promise<void> {
    await this.#core().committer.write({ type: "record", key: REGISTER_RECORDS + key, value: encodeRegister(next) }, done)
  }

  async forgotten(key: RegisterKey): Promise<void> {
    if (this.#leases.has(key)) return this.#recent.set(key, Infinity)
    await this.#core().committer.write({ type: "record", key: DUE_RECORDS + key, value: null }, () => this.#recent.delete(key))
  }

  remembered(attempts: readonly Attempt[]): readonly Attempt[] {
    const { clock, limits, logId } = this.#core()
    return attemptsSince(attempts, clock.monotonic() - limits.registerMemoryMs, { start: logId, began: this.#began })
  }

  admit(key: RegisterKey, attempts: readonly Attempt[]): Place | undefined {
    const { clock, limits, logId } = this.#core()
    if (attempts.length >= limits.maxRegisterAttempts) return undefined
    const full = this.#recent.size >= limits.maxRecentRegisters || this.#recent.sizeBeside(key) >= limits.maxRecentRegistersOfWorkspace
    if (full && !this.#recent.has(key)) return undefined
    // Rounded up: it is not forgotten too early.
    const at = Math.max(0, Math.ceil(clock.monotonic()))
    return { start: logId, count: ++this.#count, at, now: Math.max(0, Math.floor(clock.now())) }
  }

  expiresAt(key: RegisterKey, revision: string): number | undefined {
    return this.#leases.expiresAt(key, revision)
  }

  failed(key: RegisterKey, error: unknown): void {
    if (this.#closed || codeOf(error) === "closed" || this.#reported.has(key)) return
    this.#reported.add(key)
    this.#core().events({ type: "failed", where: "register", error })
  }

  rested(register: Register): void {
    const { key, bytes } = register
    for (const resolve of this.#whenRested.splice(0)) resolve()
    if (this.#registers.get(key) !== register) return
    this.#bytes += bytes - (this.#bytesOf.get(key) ?? 0)
    this.#bytesOf.set(key, bytes)
    const { maxRegisterBytes } = this.#core().limits
    for (const other of this.#registers.values()) {
      if (this.#bytes <= maxRegisterBytes) return
      if (!other.busy) this.#drop(other.key)
    }
  }

  #drop(key: RegisterKey): void {
    this.#registers.delete(key)
    this.#bytes -= this.#bytesOf.get(key) ?? 0
    this.#bytesOf.delete(key)
  }

  #tell(key: RegisterKey): void {
    const documentId = splitRegisterKey(key)?.documentId
    if (documentId !== undefined) this.#changed(key, documentId)
  }

  /** The time to live of a revision has passed. */
  #passed(key: RegisterKey, revision: string): void {
    const documentId = splitRegisterKey(key)?.documentId
    if (documentId === undefined || this.#closed) return
    const expired = (): void => void this.#core().counters.registersExpired++
    const failed = (): void => {
      if (!this.#closed) this.#leases.retry(key, revision, RETRY_MS)
    }
    this.take(key, documentId).expire(revision, expired, failed)
  }

  #scheduleSweep(): void {
    if (this.#closed) return
    const { clock, limits } = this.#core()
    this.#cancelSweep ??= clock.setTimer(() => {
      this.#cancelSweep = undefined
      void this.#sweep()
    }, limits.roomIdleMs)
  }

  /** What nobody asked for since the last time leaves memory, and attempts that are old enough leave the store. */
  async #sweep(): Promise<void> {
    const { clock } = this.#core()
    const now = clock.monotonic()
    this.#reported.clear()
    for (const register of this.#registers.values()) if (!register.busy && register.usedAt < this.#sweptAt) this.#drop(register.key)
    this.#sweptAt = now
    if (!this.#tidying) {
      this.#tidying = true
      await this.#tidy(now)
      this.#tidying = false
    }
    if (this.#registers.size > 0 || this.#recent.size > 0) this.#scheduleSweep()
  }

  async #tidy(now: number): Promise<void> {
    const { limits } = this.#core()
    for (;;) {
      const keys = this.#recent.due(now, BATCH)
      if (keys.length === 0 || this.#closed) return
      // What cannot be done now is tried again as late as fresh ones.
      for (const key of keys) this.#recent.set(key, now + limits.registerMemoryMs)
      await Promise.all(
        keys.map((key) => {
          const documentId = splitRegisterKey(key)?.documentId
          if (documentId !== undefined) return this.take(key, documentId).tidy()
          return this.forgotten(key).catch((error: unknown) => this.failed(key, error))
        }),
      )
    }
  }
}
