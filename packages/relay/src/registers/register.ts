import { absentRegister, type DocumentId, type RegisterKey, registerRevision, type RegisterState } from "@polylogue/protocol"
import type { Permission } from "../options.ts"
import { type Attempt, attemptDigest, type RegisterChange } from "./attempts.ts"
import { NO_REGISTER, type RestingRegister } from "./register-record.ts"

/*
 * One register: what is durable of it, and who waits for their turn. One change at a time:
 *
 *   waiting ─> judged against what is durable ─> committing ─durable─> shown: observers, then the answer
 *                 │ conflict, refused,               │
 *                 v known attempt: answered          └─ the store fails: everybody who waits is told `unavailable` at once, the commit goes on being tried.
 *                                                        Written after all: shown. Given up: nobody knows what the disk has, so it is read again first.
 *
 * Reads are answered from what is durable without waiting for a change that is not.
 */

/** How the authority answers. */
export type RegisterAnswer =
  | {
      readonly outcome: "ok" | "conflict"
      readonly register: RegisterState
      /** When that was so, in the milliseconds of an authority that is another relay; absent when it is this one, now. */
      readonly time?: number
    }
  | { readonly outcome: "unavailable" }
  | { readonly outcome: "refused"; readonly code: "forbidden" | "bad-key" | "too-large" }

/** Who asks for a change, and what they may do with the document. */
export interface Asking {
  readonly principal: string
  readonly permission: Exclude<Permission, "none">
}

/** Where and when a change stands. */
export interface Place {
  readonly start: string
  /** Never given out before in that start. */
  readonly count: number
  /** Monotonic milliseconds. */
  readonly at: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What a register is given by the shelf that it stands on. */
export interface RegisterHost {
  /** What is durable; `anew` after a write of which nobody knows whether it is. Rejects when it cannot be read. */
  read(key: RegisterKey, anew: boolean): Promise<RestingRegister>
  /** Makes the change to `next` durable; `done` is called as soon as it is. After a rejection it may be, or not. */
  write(key: RegisterKey, next: RestingRegister, done: () => void): Promise<void>
  /** The same register without what is not remembered any more; as `write`. */
  rewrite(key: RegisterKey, next: RestingRegister, done: () => void): Promise<void>
  /** Nothing of the register has to be remembered any more. Rejects when that cannot be written. */
  forgotten(key: RegisterKey): Promise<void>
  /** Those of the register's attempts that are still to be remembered. */
  remembered(attempts: readonly Attempt[]): readonly Attempt[]
  /** A place for one attempt more among `attempts`; `undefined` when as many are remembered as may be. */
  admit(key: RegisterKey, attempts: readonly Attempt[]): Place | undefined
  /** When the value of that revision will have passed, in milliseconds since 1970; `undefined` when that is not being counted. */
  expiresAt(key: RegisterKey, revision: string): number | undefined
  failed(key: RegisterKey, error: unknown): void
  /** Nobody waits any more. */
  rested(register: Register): void
}

interface Task {
  act(resting: RestingRegister): Promise<void> | void
  /** The store does not say: tells who asked. Absent for what the authority does of itself. */
  readonly unavailable?: () => void
  /** It could not be done. */
  readonly failed?: () => void
}

/** Reads what is durable, and nothing else. */
const LOOK: Task = { act: () => undefined }

/** One register of the authority, in memory. */
export class Register {
  readonly key: RegisterKey
  readonly documentId: DocumentId
  readonly #host: RegisterHost
  /** As it is durable; `undefined` before it was read, and when nobody knows. */
  #resting: RestingRegister | undefined
  #waiting: Task[] = []
  #running: Task | undefined
  /** Whether the task under way met a store that fails. */
  #stalled = false
  /** Whether a write was begun of which nobody knows whether it is durable. */
  #unknown = false
  /** When it was last asked for, in monotonic milliseconds. */
  usedAt = 0

  constructor(host: RegisterHost, key: RegisterKey, documentId: DocumentId) {
    this.#host = host
    this.key = key
    this.documentId = documentId
  }

  /** Whether something of it is under way, so that it has to stay. */
  get busy(): boolean {
    return this.#running !== undefined
  }

  /** Bytes that it takes in memory, roughly. */
  get bytes(): number {
    const { value, attempts } = this.#resting ?? NO_REGISTER
    return 500 + this.key.length * 2 + (value?.length ?? 0) * 2 + attempts.length * 200
  }

  get(): Promise<RegisterAnswer> {
    if (this.#resting !== undefined && !this.#stalled) return Promise.resolve({ outcome: "ok", register: this.#stateOf(this.#resting) })
    return this.#ask((resting) => ({ outcome: "ok", register: this.#stateOf(resting) }))
  }

  cas(change: RegisterChange, asking: Asking): Promise<RegisterAnswer> {
    const digest = attemptDigest(this.key, asking.principal, change)
    return this.#ask((resting, told) => this.#judge(resting, change, asking, digest, told))
  }

  /** The time to live of `revision` has passed: it becomes absent, unless it is another one by now. `failed` when the store would not. */
  expire(revision: string, done: () => void, failed: () => void): void {
    const act = async (resting: RestingRegister): Promise<void> => {
      if (resting.revision !== revision) return
      const attempts = this.#host.remembered(resting.attempts)
      await this.#change({ ...NO_REGISTER, guarded: resting.guarded, attempts }, done)
    }
    this.#enqueue({ act, failed })
  }

  /** Forgets attempts that are old enough, and the record with them when nothing else is left of the register. Resolves when that was done, or failed. */
  tidy(): Promise<void> {
    return new Promise((resolve) => {
      const act = async (resting: RestingRegister): Promise<void> => {
        const attempts = this.#host.remembered(resting.attempts)
        const next = { ...resting, attempts }
        if (attempts !== resting.attempts) await this.#commit((done) => this.#host.rewrite(this.key, next, done), next)
        if (attempts.length === 0) await this.#host.forgotten(this.key)
        resolve()
      }
      this.#enqueue({ act, failed: resolve })
    })
  }

  /** The store fails: nobody who asked is kept waiting. */
  stall(): void {
    if (this.#running === undefined) return
    this.#stalled = true
    this.#running.unavailable?.()
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ unavailable }) => unavailable === undefined)
    for (const { unavailable } of waiting) unavailable?.()
  }

  #ask(
    answer: (resting: RestingRegister, told: (answer: RegisterAnswer) => void) => RegisterAnswer | Promise<void>,
  ): Promise<RegisterAnswer> {
    return new Promise((resolve) => {
      const unavailable = (): void => resolve({ outcome: "unavailable" })
      if (this.#stalled) return unavailable()
      const act = (resting: RestingRegister): Promise<void> | void => {
        const answered = answer(resting, resolve)
        if (answered instanceof Promise) return answered
        resolve(answered)
      }
      this.#enqueue({ act, unavailable })
    })
  }

  #enqueue(task: Task): void {
    this.#waiting.push(task)
    if (this.#running === undefined) void this.#run()
  }

  async #run(): Promise<void> {
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) {
      this.#running = task
      await this.#do(task)
      this.#stalled = false
    }
    this.#running = undefined
    this.#host.rested(this)
  }

  async #do(task: Task): Promise<void> {
    try {
      this.#resting ??= await this.#read()
      // Who was told that the store does not say has asked for nothing any more.
      if (!this.#stalled || task.unavailable === undefined) await task.act(this.#resting)
    } catch (error) {
      this.#resting = undefined
      this.#host.failed(this.key, error)
      task.unavailable?.()
      task.failed?.()
      // Whoever watches is told what came of it, also if nobody asks. What cannot be read either is read when somebody does.
      if (this.#unknown && task !== LOOK) this.#waiting.unshift(LOOK)
    }
  }

  async #read(): Promise<RestingRegister> {
    const resting = await this.#host.read(this.key, this.#unknown)
    this.#unknown = false
    return resting
  }

  #judge(
    resting: RestingRegister,
    change: RegisterChange,
    { principal, permission }: Asking,
    digest: string,
    told: (answer: RegisterAnswer) => void,
  ): RegisterAnswer | Promise<void> {
    const attempts = this.#host.remembered(resting.attempts)
    const known = attempts.find((attempt) => attempt.digest === digest)
    if (known !== undefined) return { outcome: "ok", register: this.#madeBy(known, change, principal) }
    const guarded = change.guarded ?? resting.guarded
    const takesErase = resting.guarded || guarded
    if (permission === "read" || (takesErase && permission !== "erase")) return { outcome: "refused", code: "forbidden" }
    if (change.expected !== resting.revision) return { outcome: "conflict", register: this.#stateOf(resting) }
    // Nothing changes, whoever repeats it.
    if (change.value === null && resting.value === null && guarded === resting.guarded)
      return { outcome: "ok", register: this.#stateOf(resting) }
    const place = this.#host.admit(this.key, attempts)
    if (place === undefined) return { outcome: "unavailable" }
    const { start, at, now } = place
    const [count, setAt] = change.value === null ? [0, 0] : [place.count, now]
    const value =
      change.value === null
        ? NO_REGISTER
        : { value: change.value, revision: registerRevision(start, count), setAt, principal, ttlMs: change.ttlMs }
    const next = { ...NO_REGISTER, ...value, guarded, attempts: [...attempts, { digest, start, count, guarded, setAt, at }] }
    return this.#change(next, () => told({ outcome: "ok", register: this.#stateOf(next) }))
  }

  async #change(next: RestingRegister, told: () => void): Promise<void> {
    await this.#commit((done) => this.#host.write(this.key, next, done), next, told)
  }

  async #commit(write: (done: () => void) => Promise<void>, next: RestingRegister, told?: () => void): Promise<void> {
    this.#unknown = true
    await write(() => {
      this.#resting = next
      // Known again: whoever asks from here on is told.
      this.#stalled = false
      told?.()
    })
    this.#unknown = false
  }

  #stateOf({ value, revision, guarded, setAt, principal, ttlMs }: RestingRegister): RegisterState {
    if (value === null || revision === null) return absentRegister(this.key, guarded)
    const state = { key: this.key, value, revision, guarded, setAt, principal }
    return ttlMs === 0 ? state : { ...state, expiresAt: this.#host.expiresAt(this.key, revision) ?? setAt + ttlMs }
  }

  /** What an attempt that took effect made of the register, whatever it is by now. */
  #madeBy({ start, count, guarded, setAt }: Attempt, { value, ttlMs }: RegisterChange, principal: string): RegisterState {
    const revision = count === 0 ? null : registerRevision(start, count)
    return this.#stateOf({ ...NO_REGISTER, value, revision, guarded, setAt, principal, ttlMs })
  }
}
