import {
  type Frame,
  isId,
  MAX_REGISTER_BYTES,
  MAX_REGISTER_TTL_MS,
  mintId,
  registerValueBytes,
  splitRegisterKey,
  splitRevision,
} from "@polylogue/protocol"
import type { Environment } from "../environment.ts"
import { ObservedPrefixes } from "./observed-prefixes.ts"
import { documentOf, RegisterCache } from "./register-cache.ts"
import type { RegisterMessage, StatedChange } from "./register-messages.ts"
import { RegisterRequests, type RegisterWay } from "./register-requests.ts"
import type { Register, RegisterAnswer, RegisterChange } from "./register.ts"
import type { RegisterLink, RegistersHost, RegistersPart } from "./registers-part.ts"

/*
 * Only the tab that holds the socket asks the relay. The others ask it, in the words of `register-messages.ts`, and say so again when another tab
 * may have taken over; what it answers and observes is told to all. Nothing depends on there being one: an attempt that two tabs carry out takes
 * effect once.
 */

/** {@link ReplicaRegisters}: requests on their way, what is observed, and what was heard. Does nothing before it is first used. */
export class Registers implements RegistersPart {
  readonly #host: RegistersHost
  readonly environment: Environment
  readonly #cache: RegisterCache
  readonly #requests: RegisterRequests
  readonly #observed: ObservedPrefixes
  #way: RegisterWay = { to: "nowhere" }
  #link: RegisterLink | undefined
  #holds = false
  #cancelRepeat: (() => void) | undefined
  #unsubscribe: (() => void) | undefined
  #stopped = false

  constructor(host: RegistersHost) {
    this.#host = host
    this.environment = host.environment
    this.#cache = new RegisterCache(this)
    this.#requests = new RegisterRequests(this)
    this.#observed = new ObservedPrefixes(this)
  }

  async get(key: string): Promise<RegisterAnswer> {
    if (splitRegisterKey(key) === undefined) return refused("bad-key")
    const answer = await this.#ask(key, undefined)
    if (answer.outcome === "unavailable") await this.#cache.load()
    return answer
  }

  async cas(key: string, change: RegisterChange): Promise<RegisterAnswer> {
    const stated = this.#state(change)
    if (splitRegisterKey(key) === undefined) return refused("bad-key")
    const bytes = stated.value === null ? 0 : registerValueBytes(stated.value)?.length
    if (bytes === undefined) return refused("bad-key")
    if (bytes > MAX_REGISTER_BYTES || stated.ttlMs > MAX_REGISTER_TTL_MS) return refused("too-large")
    return this.#ask(key, stated)
  }

  cached(key: string): Register | undefined {
    this.#begin()
    void this.#cache.load()
    return this.#cache.get(key)
  }

  watch(prefix: string, changed: (key: string) => void): () => void {
    this.#begin()
    const known = this.#cache.below(prefix).map(({ key }) => key)
    const end = this.#observed.add(prefix, changed, known)
    void this.#cache.load()
    return end
  }

  take(frame: Frame): void {
    if (frame.type === "answer") this.#requests.answered(frame)
    else if (frame.type === "observed") this.#observed.take(frame)
    else if (frame.type === "close") this.#observed.closed(frame)
  }

  heard(tab: string, message: RegisterMessage): void {
    this.#begin()
    if (this.#stopped) return
    switch (message.kind) {
      case "ask":
        return void this.#askFor(message)
      case "answer":
        if (message.start !== undefined && this.#link === undefined) this.#cache.saidBy(message.start)
        return this.#requests.told(message.id, message.answer)
      case "values":
        return this.#heardValues(message)
      case "forgotten":
        if (this.#link === undefined) this.#cache.forget(message.keys)
        return
      case "watching":
        for (const prefix of this.#observed.heardTab(tab, message.prefixes)) this.#say(this.#cache.below(prefix), false)
    }
  }

  announce(): void {
    if (this.#way.to !== "holder") return
    this.wanting()
    this.#requests.take(this.#way)
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#unsubscribe?.()
    this.#cancelRepeat?.()
    if (this.#observed.prefixes.length > 0) this.#post({ kind: "watching", prefixes: [] })
    this.#observed.stop()
    this.#requests.take({ to: "nobody" })
    await this.#cache.stop()
  }

  // What the parts tell.

  notes(): boolean {
    return this.#host.replica.status.holder
  }

  changed(keys: readonly string[]): void {
    this.#observed.tell(keys)
  }

  wanting(): void {
    if (this.#way.to === "holder") this.#post({ kind: "watching", prefixes: this.#observed.prefixes })
  }

  answered(key: string, change: StatedChange | undefined, answer: RegisterAnswer): void {
    if ("register" in answer && change !== undefined && answer.outcome === "ok") {
      // An attempt that is said again is answered with what it made once. Where nothing is known of the register because the relay names none, it
      // may be long gone; if not, the relay is about to say so.
      const isTold = this.#cache.get(key) === undefined && this.#observed.isObserved(key)
      if (!isTold) this.#cache.putEffect(answer.register, change.expected)
    } else if ("register" in answer) {
      this.#observed.notice(key)
      this.#cache.put([answer.register])
    } else if (answer.outcome === "refused" && answer.code === "forbidden" && change === undefined) {
      void this.#forbidden(documentOf(key))
    }
  }

  observed(registers: readonly Register[]): void {
    this.#cache.put(registers)
    this.#say(registers, false)
  }

  gone(prefix: string, named: ReadonlySet<string>): void {
    const keys = this.#cache.below(prefix).flatMap(({ key }) => (named.has(key) ? [] : [key]))
    this.#cache.forget(keys)
    this.#sayForgotten(keys)
  }

  async #forbidden(documentId: string): Promise<void> {
    this.gone(documentId, new Set())
    await this.#cache.load()
    this.gone(documentId, new Set())
  }

  /** Tells the other tabs what this one has from the relay. */
  #say(registers: readonly Register[], again: boolean): void {
    if (registers.length > 0 && this.#holds && this.#observed.shared)
      this.#post({ kind: "values", registers, again, start: this.#link?.log })
  }

  #sayForgotten(keys: readonly string[]): void {
    if (keys.length > 0 && this.#holds && this.#observed.shared) this.#post({ kind: "forgotten", keys })
  }

  /** Another tab's relay said something. It counts for who has none of its own; the other may be a tab that sleeps and wakes with an old socket. */
  #heardValues({ registers, again, start }: Extract<RegisterMessage, { kind: "values" }>): void {
    // One that may connect, and is between two connections, hears from the relay itself in a moment.
    if (this.#holds && this.#link === undefined) return
    if (this.#link === undefined) {
      if (start !== undefined) this.#cache.saidBy(start)
      return this.#cache.putHeard(registers)
    }
    if (again) return
    const [known, absent]: [Register[], string[]] = [[], []]
    for (const { key } of registers) {
      const register = this.#cache.get(key)
      if (register !== undefined) known.push(register)
      else if (this.#observed.covers(key)) absent.push(key)
    }
    this.#say(known, true)
    this.#sayForgotten(absent)
  }

  async #askFor({ id, key, change, leftMs }: Extract<RegisterMessage, { kind: "ask" }>): Promise<void> {
    if (!this.#holds || this.#requests.has(id)) return
    const answer = await this.#requests.ask(key, change, leftMs, id)
    if (!this.#stopped) this.#post({ kind: "answer", id, answer, start: this.#link?.log })
  }

  #ask(key: string, change: StatedChange | undefined): Promise<RegisterAnswer> {
    this.#begin()
    const answer = this.#requests.ask(key, change, this.environment.limits.registerTimeoutMs)
    this.#repeatLater()
    return answer
  }

  /** What was said to a tab that did not hear it is said again. */
  #repeatLater(): void {
    if (this.#way.to !== "holder" || this.#requests.size === 0 || this.#cancelRepeat !== undefined) return
    this.#cancelRepeat = this.environment.clock.setTimer(() => {
      this.#cancelRepeat = undefined
      if (this.#requests.size > 0) this.announce()
      this.#repeatLater()
    }, this.environment.limits.leaderLostMs)
  }

  #post(body: RegisterMessage): void {
    this.#host.post({ type: "register", body })
  }

  #begin(): void {
    if (this.#unsubscribe !== undefined || this.#stopped) return
    this.#unsubscribe = this.#host.replica.subscribe(() => this.#turn())
    this.#turn()
  }

  /** The replica's status may have changed: is there another way to the relay, or another person? */
  #turn(): void {
    const { holder, connection, principal } = this.#host.replica.status
    if (connection === "online" && principal !== undefined) this.#cache.belongsTo(principal)
    if (holder && !this.#holds) void this.#cache.reload()
    this.#holds = holder
    const link = holder ? this.#host.session() : undefined
    const way = this.#wayNow(link)
    const same = way.to === this.#way.to && link === this.#link
    this.#way = way
    this.#link = link
    if (same) return
    if (link !== undefined) this.#cache.saidBy(link.log)
    this.#observed.begin(undefined)
    if (link !== undefined) void this.#observeBy(link)
    this.#requests.take(way)
    this.wanting()
    this.#repeatLater()
  }

  /** Only then: what a list of the relay leaves out is forgotten, which an older note must not bring back. */
  async #observeBy(link: RegisterLink): Promise<void> {
    await this.#cache.load()
    if (this.#link === link && !this.#stopped) this.#observed.begin(link)
  }

  #wayNow(link: RegisterLink | undefined): RegisterWay {
    const { holder, cutOff, connection, relay } = this.#host.replica.status
    if (cutOff || connection === "refused" || relay === undefined) return { to: "nobody" }
    if (!holder) return { to: "holder", post: (message) => this.#post(message) }
    return link === undefined ? { to: "nowhere" } : { to: "relay", link }
  }

  /** @throws TypeError, RangeError for what no frame can say. */
  #state({ expected, value, ttlMs = 0, guarded, attempt }: RegisterChange): StatedChange {
    if (value !== null && typeof value !== "string") throw new TypeError("the value of a register is a text or null")
    if (guarded !== undefined && typeof guarded !== "boolean") throw new TypeError("a register is guarded or not")
    if (expected !== null && splitRevision(expected) === undefined) throw new RangeError(`${JSON.stringify(expected)} is no revision`)
    if (!Number.isSafeInteger(ttlMs) || ttlMs < 0) throw new RangeError(`a register lives for whole milliseconds, not ${ttlMs}`)
    if (attempt !== undefined && !isId(attempt)) throw new RangeError(`${JSON.stringify(attempt)} names no attempt: it has 16 hex digits`)
    return { expected, value, ttlMs, guarded, attempt: attempt ?? mintId(this.environment.randomBytes) }
  }
}

function refused(code: string): RegisterAnswer {
  return { outcome: "refused", code }
}
