import {
  absentRegister,
  type Code,
  codeName,
  type Frame,
  type FrameOf,
  isWithin,
  type RegisterKey,
  type RegisterState,
  splitRegisterKey,
} from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { RegisterListener } from "./register-listener.ts"
import type { RegisterPage } from "./registers.ts"

/*
 * What another relay tells of the registers below one prefix, for all who listen here.
 *
 *   joined ─> a list is asked for ─first frame─> collecting ─caughtUp─> what was collected stands: who waited for it is ready,
 *     ^                                                                 the others are told what differs
 *     └── somebody else joins, or the other end begins anew ───────────────┘
 *
 * A list is asked for after who wants it came, so that nobody is told as news what was so before. Changes are told once over the link, however many listen.
 */

/** One register as it was told. Its value may have been given up for want of memory. */
export interface Mirrored {
  readonly key: RegisterKey
  readonly revision: string | null
  readonly guarded: boolean
  readonly expiresAt: number | undefined
  /** Milliseconds of the authority since 1970. */
  readonly asOf: number
  state: RegisterState | undefined
}

/** What a mirror needs of the relay. */
export interface MirrorHost {
  /** Observes at the other end. @throws RelayError `overloaded` */
  observe(prefix: string, receive: (frame: Frame) => void): number
  /** The observation is over: the other end is told so. */
  closeHandle(handle: number): void
  /** The other end has said so. */
  closed(handle: number): void
  /** `now` is held from now on, in place of `before`. @throws RelayError `overloaded`: nothing has changed */
  hold(now: Mirrored | undefined, before: Mirrored | undefined): void
  /** These are not held any more. */
  release(registers: Iterable<Mirrored>): void
}

/** The registers below one prefix, as another relay tells them. */
export class RegisterMirror {
  readonly prefix: string
  readonly #host: MirrorHost
  readonly #listeners = new Set<RegisterListener>()
  /** Wait for the list that is being told. */
  #served = new Set<RegisterListener>()
  /** Came after it was asked for. */
  #later = new Set<RegisterListener>()
  #registers = new Map<RegisterKey, Mirrored>()
  /** The list that is being told. */
  #collecting: Map<RegisterKey, Mirrored> | undefined
  #listing = false
  #handle: number | undefined
  /** Names in order, once they were asked for. */
  #keys: RegisterKey[] | undefined
  /** When the other end last told something, in milliseconds of the authority since 1970. */
  heardAt = 0

  constructor(prefix: string, host: MirrorHost) {
    this.prefix = prefix
    this.#host = host
  }

  get unused(): boolean {
    return this.#listeners.size === 0
  }

  /** `listener` will be ready when a list is there that was asked for from now on. @throws RelayError `overloaded` */
  join(listener: RegisterListener): void {
    this.#listeners.add(listener)
    this.#later.add(listener)
    if (!this.#listing) this.#ask()
  }

  leave(listener: RegisterListener): void {
    this.#listeners.delete(listener)
    this.#served.delete(listener)
    this.#later.delete(listener)
  }

  page(after: RegisterKey | undefined, limit: number): RegisterPage {
    const keys = (this.#keys ??= [...this.#registers.keys()].toSorted((left, right) => (left < right ? -1 : 1)))
    const from = after === undefined ? 0 : firstBehind(keys, after)
    const page = keys.slice(from, from + limit)
    return { keys: page, after: from + limit < keys.length ? page.at(-1) : undefined }
  }

  /** What was told of `key` last; without a state when that has to be asked for. */
  told(key: RegisterKey): { readonly state: RegisterState | undefined; readonly asOf: number } {
    return this.#registers.get(key) ?? { state: absentRegister(key, false), asOf: this.heardAt }
  }

  /** Nothing is told any more; the other end is told so. */
  end(): void {
    if (this.#handle !== undefined) this.#host.closeHandle(this.#handle)
    this.#forget()
  }

  /** The other end cannot be heard any more. */
  lost(): void {
    this.#forget()
    for (const listener of this.#listeners) listener.lost()
  }

  /** Nobody can be told: all are, once, of that. */
  fail(error: RelayError): void {
    this.end()
    for (const listener of this.#listeners) listener.ended(error)
  }

  #forget(): void {
    this.#handle = undefined
    this.#host.release(this.#registers.values())
    this.#host.release(this.#collecting?.values() ?? [])
    this.#registers = new Map()
    this.#collecting = undefined
    this.#keys = undefined
    this.#listing = false
    this.#served.clear()
    this.#later.clear()
  }

  #ask(): void {
    if (this.#handle !== undefined) this.#host.closeHandle(this.#handle)
    this.#listing = true
    this.#served = this.#later
    this.#later = new Set()
    this.#handle = this.#host.observe(this.prefix, (frame) => this.#receive(frame))
  }

  #receive(frame: Frame): void {
    if (frame.type === "close") {
      this.#host.closed(frame.handle)
      this.#handle = undefined
      return this.fail(closingError(frame))
    }
    if (frame.type !== "observed") throw new RelayError("bad-frame", `${frame.type} is not for who observes`)
    try {
      this.#take(frame)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      this.fail(error)
    }
  }

  #take({ anew, caughtUp, time, registers }: FrameOf<"observed">): void {
    this.heardAt = time
    if (anew) {
      this.#host.release(this.#collecting?.values() ?? [])
      this.#collecting = new Map()
      this.#listing = true
    }
    const into = this.#collecting ?? this.#registers
    for (const state of registers) {
      if (!isWithin(splitRegisterKey(state.key)?.documentId ?? "", this.prefix)) continue
      const before = into.get(state.key)
      const { key, revision, guarded, expiresAt } = state
      const there = state.value !== null || guarded
      const now: Mirrored = { key, revision, guarded, expiresAt, asOf: time, state }
      this.#host.hold(there ? now : undefined, before)
      if (!there) into.delete(key)
      else into.set(key, now)
      if (into === this.#collecting) continue
      if ((before !== undefined) !== there) this.#keys = undefined
      for (const listener of this.#listeners) listener.changed(key)
    }
    if (caughtUp && this.#collecting !== undefined) this.#complete(this.#collecting)
  }

  #complete(collected: Map<RegisterKey, Mirrored>): void {
    const before = this.#registers
    this.#host.release(before.values())
    this.#registers = collected
    this.#collecting = undefined
    this.#keys = undefined
    this.#listing = false
    const served = this.#served
    this.#served = new Set()
    const others = [...this.#listeners].filter((listener) => !served.has(listener))
    const changed = others.length === 0 ? [] : differing(before, collected)
    for (const listener of others) for (const key of changed) listener.changed(key)
    for (const listener of served) listener.ready()
    if (this.#later.size > 0) this.#ask()
  }
}

function differing(before: ReadonlyMap<RegisterKey, Mirrored>, now: ReadonlyMap<RegisterKey, Mirrored>): RegisterKey[] {
  const changed = [...before.keys()].filter((key) => !now.has(key))
  for (const [key, { revision, guarded, expiresAt }] of now) {
    const known = before.get(key)
    const same = known !== undefined && known.revision === revision && known.guarded === guarded && known.expiresAt === expiresAt
    if (!same) changed.push(key)
  }
  return changed
}

/** The place of the first key behind `after`, in keys that ascend. */
function firstBehind(keys: readonly RegisterKey[], after: RegisterKey): number {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! <= after) low = middle + 1
    else high = middle
  }
  return low
}

/** What those who listen here are told: what may be asked for again is not refused for good. */
function closingError({ code, reason }: FrameOf<"close">): RelayError {
  const name: Code | undefined = codeName(code)
  return new RelayError(name === "unavailable" ? "unavailable" : "overloaded", reason || "registers cannot be observed at the moment")
}
