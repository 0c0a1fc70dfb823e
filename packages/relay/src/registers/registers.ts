import type { DocumentId, RegisterKey, RegisterState } from "@polylogue/protocol"
import { ByPrefix } from "../by-prefix.ts"
import { RelayError } from "../errors.ts"
import type { Principal } from "../options.ts"
import type { RelayCore } from "../relay-core.ts"
import type { RegisterChange } from "./attempts.ts"
import type { RegisterAnswer } from "./register.ts"
import { admitChange, admitRegister } from "./register-admission.ts"
import { REGISTER_RECORDS } from "./register-record.ts"
import { RegisterShelf } from "./register-shelf.ts"

/*
 * The authority of registers: this relay, of every key. What it decides becomes durable in the relay's commits, with the rows of all rooms; what is
 * durable is all that it decides on, and all that it shows. A revision is the start of the relay and a count, so that no backup that is put back
 * ever repeats one.
 */

/** Keys that are listed at once where all of a document are wanted. */
const PAGE = 256

/** Who is told that a register of a document below its prefix has changed. */
export interface RegisterWatcher {
  readonly prefix: string
  /** `key` is another one than before, durably. */
  changed(key: RegisterKey): void
}

/** A part of the list of registers below a prefix. */
export interface RegisterPage {
  readonly keys: readonly RegisterKey[]
  /** Behind which the list goes on; `undefined` when that was its end. */
  readonly after: RegisterKey | undefined
}

/** The registers of which this relay is the authority, or was: what rests on its disk. */
export class Registers {
  /** Told of changes, once they are durable. */
  readonly watchers = new ByPrefix<RegisterWatcher>()
  readonly #core: () => RelayCore
  readonly #shelf: RegisterShelf

  constructor(core: () => RelayCore, clock: RelayCore["clock"]) {
    this.#core = core
    this.#shelf = new RegisterShelf(core, clock, (key, documentId) => {
      for (const watcher of this.watchers.above(documentId)) watcher.changed(key)
    })
  }

  /** How many are in memory. */
  get size(): number {
    return this.#shelf.size
  }

  /** Takes up what earlier starts left. @throws StorageError */
  async start(): Promise<void> {
    const { committer } = this.#core()
    committer.onFailure(() => this.#shelf.stall())
    await this.#shelf.start()
  }

  /** The register at `key`, for who `may` do so much with its document. Never rejects. */
  async get(key: string, may: Principal["may"]): Promise<RegisterAnswer> {
    const { committer, counters } = this.#core()
    const admitted = admitRegister(key, may)
    if ("outcome" in admitted) return this.#counted(admitted)
    counters.registerReads++
    if (committer.failing) return this.#counted({ outcome: "unavailable" })
    return this.#counted(await this.#shelf.take(key, admitted.documentId).get())
  }

  /** Sets the register at `key`, as far as `principal` may. Never rejects. */
  async cas(key: string, change: RegisterChange, principal: Pick<Principal, "name" | "may">): Promise<RegisterAnswer> {
    const { committer, counters, events } = this.#core()
    const admitted = admitChange(key, change, (documentId) => principal.may(documentId))
    if ("outcome" in admitted) return this.#counted(admitted)
    const { documentId, permission, bytes } = admitted
    if (committer.failing || !committer.reserve(bytes)) return this.#counted({ outcome: "unavailable" })
    const answer = await this.#shelf.take(key, documentId).cas(change, { principal: principal.name, permission })
    committer.release(bytes, 1)
    if (answer.outcome === "ok") counters.registersSet++
    if (answer.outcome === "conflict") counters.registerConflicts++
    if (answer.outcome === "refused") events({ type: "register-refused", documentId, principal: principal.name, code: answer.code })
    return this.#counted(answer)
  }

  /** What is durable at `key`. @throws RelayError `bad-key`; `unavailable` when the store does not say. */
  async state(key: RegisterKey): Promise<RegisterState> {
    const answer = await this.get(key, () => "read")
    if (answer.outcome === "ok") return answer.register
    if (answer.outcome === "refused") throw new RelayError("bad-key", `${JSON.stringify(key)} names no register`)
    throw new RelayError("unavailable", "the register cannot be read at the moment")
  }

  /** Every register of `documentId` that has a value or a guard, by name. @throws RelayError `unavailable`; StorageError */
  async list(documentId: DocumentId): Promise<RegisterState[]> {
    const states: RegisterState[] = []
    const start = `${REGISTER_RECORDS}${documentId}#`
    for (let after: string | undefined; ;) {
      const keys = await this.#keys(start, after, PAGE)
      for (const key of keys) {
        const state = await this.state(key)
        if (state.value !== null || state.guarded) states.push(state)
      }
      if (keys.length < PAGE) return states
      after = keys.at(-1)
    }
  }

  /** Keys of registers of `prefix` and of documents below it, behind `after`, at most `limit`. Some may be absent by now. @throws StorageError; RelayError `closed` */
  async page(prefix: string, after: RegisterKey | undefined, limit: number): Promise<RegisterPage> {
    const own = `${REGISTER_RECORDS}${prefix}#`
    const below = `${REGISTER_RECORDS}${prefix}/`
    const isBelow = after?.startsWith(`${prefix}/`) === true
    const keys = isBelow ? [] : await this.#keys(own, after, limit)
    if (keys.length < limit) keys.push(...(await this.#keys(below, isBelow ? after : undefined, limit - keys.length)))
    return { keys, after: keys.length < limit ? undefined : keys.at(-1) }
  }

  /** How many rest in the store, counted up to `limit`; some may be absent. @throws StorageError */
  async count(limit: number): Promise<number> {
    let [count, after]: [number, RegisterKey | undefined] = [0, undefined]
    for (;;) {
      const keys = await this.#keys(REGISTER_RECORDS, after, Math.min(1_024, limit - count))
      count += keys.length
      after = keys.at(-1)
      if (after === undefined || count >= limit) return count
    }
  }

  /** Resolves when nothing is under way. */
  quiet(): Promise<void> {
    return this.#shelf.quiet()
  }

  /** Does nothing more of itself. */
  close(): void {
    this.#shelf.close()
  }

  async #keys(start: string, after: RegisterKey | undefined, limit: number): Promise<RegisterKey[]> {
    const page = { limit, ...(after !== undefined && { after: REGISTER_RECORDS + after }) }
    const records = await this.#core().store.read((log) => log.recordKeys(start, page))
    return records.map((record) => record.slice(REGISTER_RECORDS.length))
  }

  #counted(answer: RegisterAnswer): RegisterAnswer {
    const { counters } = this.#core()
    if (answer.outcome === "refused") counters.registersRefused++
    if (answer.outcome === "unavailable") counters.registersUnavailable++
    return answer
  }
}
