import { type DocumentId, isWithin, type LogId, splitRevision } from "@polylogue/protocol"
import type { Environment } from "../environment.ts"
import type { Register } from "./register.ts"
import { readRegisterRecords, type RegisterRecord, registerRecordChange } from "./register-record.ts"

/** Registers that a device remembers; beyond, those that were heard of longest ago are forgotten. */
export const MAX_CACHED_REGISTERS = 8_192
/** Bytes of them, as {@link sizeOf} counts. */
export const MAX_CACHED_BYTES = 4 * 1024 * 1024
/** Milliseconds that changes are collected before they are noted: what a crash takes of them is heard again. */
const NOTE_AFTER_MS = 2_000
/** What a register takes beside its texts, in bytes. */
export const OVERHEAD_BYTES = 128

/** What a {@link RegisterCache} needs of its owner. */
export interface CacheOwner {
  readonly environment: Environment
  /** Whether this tab notes what it hears: the one that holds the socket. */
  notes(): boolean
  /** What the cache gives for these keys has changed. */
  changed(keys: readonly string[]): void
}

/**
 * What the device has heard of registers. A cache is no truth: it is bounded, noted late, and read once when it is first wanted. Later words win, as
 * they come; only where one start of a relay said two values that were numbered alike do the number and the authority's time decide, so that a word that was
 * overtaken takes nothing back. What a later start says stands in any case: its disk may have been put back to an earlier state; and so may that of an
 * authority behind the relay, which says so at a later time.
 */
export class RegisterCache {
  readonly #owner: CacheOwner
  /** The one that was heard of longest ago first. */
  readonly #registers = new Map<string, Register>()
  readonly #dirty = new Set<DocumentId>()
  /** What the start of the authority said that is listened to now. */
  #start: LogId | undefined
  readonly #saidByStart = new Set<string>()
  #bytes = 0
  #stopped = false
  /** Who it was said to; `undefined` before anybody was let in. */
  #principal: string | undefined
  /** What was forgotten while the notes were being read is not taken from them; `undefined` while they are not. */
  #forgotten: Set<string> | undefined
  #reading: Promise<void> | undefined
  #writing: Promise<void> = Promise.resolve()
  #cancelNote: (() => void) | undefined

  constructor(owner: CacheOwner) {
    this.#owner = owner
  }

  get(key: string): Register | undefined {
    return this.#registers.get(key)
  }

  /** Registers of documents at or below `prefix`. */
  below(prefix: string): Register[] {
    return [...this.#registers.values()].filter(({ key }) => isWithin(documentOf(key), prefix))
  }

  /** Reads what earlier runs noted, once. Never rejects: what cannot be read is heard again. */
  load(): Promise<void> {
    this.#reading ??= this.#read()
    return this.#reading
  }

  /** Reads what other tabs have noted since. */
  reload(): Promise<void> {
    return (this.#reading = this.#readAfter(this.#reading))
  }

  /** The relay takes this device for `principal`: what was said to others is not for them. */
  belongsTo(principal: string): void {
    if (this.#principal === principal) return
    const known = this.#principal !== undefined
    this.#principal = principal
    if (known) this.forget([...this.#registers.keys()])
  }

  /** What is taken in from now on was said by this start of the authority. */
  saidBy(start: LogId): void {
    if (this.#start !== start) this.#saidByStart.clear()
    this.#start = start
  }

  /**
   * Takes in what a `cas` made of a register that had been at `expected`. Said again, a `cas` is answered with what it made at its time, whatever
   * followed: where something else is known than what it replaced, that stays. Absence has no revision to tell which one is meant; there the moments
   * decide that the authority named.
   */
  putEffect(register: Register, expected: string | null): void {
    const known = this.#registers.get(register.key)
    const replaced = known?.revision === expected && (expected !== null || known.asOf <= register.setAt)
    if (known === undefined || replaced || overtaken(known, register)) this.put([register])
  }

  /** Takes in what the authority said that there is, in the order in which it did. */
  put(registers: readonly Register[]): void {
    this.#put(registers, (key) => this.#saidByStart.has(key))
  }

  /** Takes in what another tab has heard, from whatever relay, and says it may be a while after. */
  putHeard(registers: readonly Register[]): void {
    this.#put(registers, () => true)
  }

  /** `counts` says of which registers the numbers count. */
  #put(registers: readonly Register[], counts: (key: string) => boolean): void {
    const changed: string[] = []
    for (const register of registers) {
      const known = this.#registers.get(register.key)
      const late = known !== undefined && counts(register.key) && overtaken(register, known) && register.asOf <= known.asOf
      if (late) continue
      this.#saidByStart.add(register.key)
      if (known !== undefined && equal(register, known)) continue
      this.#set(Object.freeze(register))
      changed.push(register.key)
    }
    this.#evict()
    this.#told(changed)
  }

  /** Forgets these, known or not. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#forgotten?.add(key)
    const gone = keys.filter((key) => this.#remove(key))
    this.#told(gone)
  }

  /** Notes what has changed at once, and nothing after it. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelNote?.()
    await this.#note()
  }

  async #readAfter(before: Promise<void> | undefined): Promise<void> {
    await before
    await this.#read()
  }

  async #read(): Promise<void> {
    const forgotten = (this.#forgotten = new Set())
    let records: readonly RegisterRecord[]
    try {
      records = await readRegisterRecords(this.#owner.environment.store)
    } catch (error) {
      this.#reading = undefined
      this.#forgotten = undefined
      this.#owner.environment.report({ kind: "store-failed", documentId: undefined, error })
      return
    }
    if (this.#forgotten === forgotten) this.#forgotten = undefined
    const heard = [...this.#registers.values()]
    const found: string[] = []
    for (const { documentId, principal, registers } of records) {
      const foreign = this.#principal !== undefined && principal !== this.#principal
      if (foreign) this.#dirty.add(documentId)
      else {
        if (registers.length > 0) this.#principal ??= principal
        for (const register of registers) {
          if (!this.#registers.has(register.key) && !forgotten.has(register.key)) found.push(this.#set(register, false))
        }
      }
    }
    // What this run has heard was heard later than what another has noted.
    for (const register of heard) this.#set(register, false)
    this.#evict()
    this.#told(found)
  }

  #set(register: Register, dirty = true): string {
    const { key } = register
    this.#bytes -= sizeOf(this.#registers.get(key))
    this.#registers.delete(key)
    this.#registers.set(key, register)
    this.#bytes += sizeOf(register)
    if (dirty) this.#dirty.add(documentOf(key))
    return key
  }

  #remove(key: string): boolean {
    this.#bytes -= sizeOf(this.#registers.get(key))
    this.#dirty.add(documentOf(key))
    this.#saidByStart.delete(key)
    return this.#registers.delete(key)
  }

  #evict(): void {
    for (const key of this.#registers.keys()) {
      if (this.#registers.size <= MAX_CACHED_REGISTERS && this.#bytes <= MAX_CACHED_BYTES) return
      this.#remove(key)
    }
  }

  #told(keys: readonly string[]): void {
    if (keys.length > 0) this.#owner.changed(keys)
    if (this.#dirty.size === 0 || this.#cancelNote !== undefined || this.#stopped) return
    this.#cancelNote = this.#owner.environment.clock.setTimer(() => {
      this.#cancelNote = undefined
      void this.#note()
    }, NOTE_AFTER_MS)
  }

  /** Writes the documents whose registers have changed, one write at a time. A tab without the socket leaves that to the one that has it, until it is that one. */
  #note(): Promise<void> {
    return (this.#writing = this.#write(this.#writing))
  }

  async #write(before: Promise<void>): Promise<void> {
    await before
    const { environment } = this.#owner
    if (this.#dirty.size === 0 || !this.#owner.notes()) return
    const documents = new Map([...this.#dirty].map((documentId) => [documentId, [] as Register[]]))
    this.#dirty.clear()
    for (const register of this.#registers.values()) documents.get(documentOf(register.key))?.push(register)
    const principal = this.#principal ?? ""
    const changes = [...documents].map(([documentId, registers]) => registerRecordChange({ documentId, principal, registers }))
    try {
      await environment.store.commit(changes)
    } catch (error) {
      for (const documentId of documents.keys()) this.#dirty.add(documentId)
      environment.report({ kind: "store-failed", documentId: undefined, error })
    }
  }
}

/** The document of a register's key. */
export function documentOf(key: string): DocumentId {
  return key.slice(0, Math.max(0, key.indexOf("#")))
}

/** Bytes that a register takes in memory, about. */
function sizeOf(register: Register | undefined): number {
  if (register === undefined) return 0
  return OVERHEAD_BYTES + 2 * (register.key.length + (register.value?.length ?? 0))
}

/** Whether `word` was said before `known`, though it came later: both are values of one start of the authority, which counts them. */
function overtaken(word: Register, known: Register): boolean {
  const [left, right] = [splitRevision(word.revision ?? ""), splitRevision(known.revision ?? "")]
  return left !== undefined && right !== undefined && left.start === right.start && left.count < right.count
}

function equal(left: Register, right: Register): boolean {
  return (
    left.revision === right.revision && left.guarded === right.guarded && left.expiresAt === right.expiresAt && left.asOf === right.asOf
  )
}
