import { codeName, type DocumentId, type FrameOf, isPermanent, isWithin, REGISTER_PROTOCOL_VERSION } from "@polylogue/protocol"
import type { Environment } from "../environment.ts"
import { Listeners } from "../listeners.ts"
import { outermost, Watching } from "../watching.ts"
import { documentOf } from "./register-cache.ts"
import type { Register } from "./register.ts"
import type { RegisterLink } from "./registers-part.ts"

/** Prefixes that are observed at the relay at once; what is watched beyond them is as it was last heard, until another is given back. */
export const MAX_OBSERVED_PREFIXES = 64
/** A tab that has not said for so many milliseconds what it watches is gone: one that lives says so at least once a minute, a hidden one too. */
const FORGET_TAB_AFTER_MS = 180_000

/** What {@link ObservedPrefixes} tell their owner. */
export interface ObservedOwner {
  readonly environment: Environment
  /** What is watched in this tab has changed. */
  wanting(): void
  /** The relay said this. */
  observed(registers: readonly Register[]): void
  /** What stands at or below `prefix` is absent, or may not be read, but for `named`. */
  gone(prefix: DocumentId, named: ReadonlySet<string>): void
}

/** One prefix at the relay. */
interface Observation {
  readonly prefix: DocumentId
  readonly handle: number
  /** While the relay names all that is there: what it has named. */
  named: Set<string> | undefined
  /** The relay has ended it: it is not asked again in this session, or after a while when it could not say. */
  over: boolean
}

/** What the tabs of this store watch of registers, and the session's part of it. */
export class ObservedPrefixes {
  readonly #owner: ObservedOwner
  readonly #watching: Watching
  readonly #listeners = new Map<DocumentId, Listeners<[string]>>()
  readonly #tabs = new Map<string, { readonly prefixes: readonly DocumentId[]; readonly at: number }>()
  readonly #observations = new Map<DocumentId, Observation>()
  #link: RegisterLink | undefined
  /** Ends of the timers of those that are asked again. */
  readonly #retries = new Set<() => void>()
  #cancelSweep: (() => void) | undefined

  constructor(owner: ObservedOwner) {
    this.#owner = owner
    this.#watching = new Watching(() => {
      owner.wanting()
      this.#exchange()
    })
  }

  /** Whether another tab watches anything. */
  get shared(): boolean {
    return this.#tabs.size > 0
  }

  /** What is watched in this tab. */
  get prefixes(): readonly DocumentId[] {
    return this.#watching.prefixes
  }

  /** @param known - told to `changed` soon: what the device remembers already. @throws ReplicaError `bad-document-id`. */
  add(prefix: DocumentId, changed: (key: string) => void, known: readonly string[]): () => void {
    const end = this.#watching.add(prefix)
    const listeners = this.#listeners.get(prefix) ?? new Listeners<[string]>((error) => this.#failed(error))
    this.#listeners.set(prefix, listeners)
    const remove = listeners.add(changed)
    const first = new Listeners<[string]>((error) => this.#failed(error))
    const removeFirst = first.add(changed)
    // Later: a listener that is called before its subscription is given back cannot end it.
    void Promise.resolve().then(() => known.forEach((key) => first.emit(key)))
    return () => {
      removeFirst()
      remove()
      end()
      if (!this.#watching.prefixes.includes(prefix)) this.#listeners.delete(prefix)
    }
  }

  /** What the device knows of these registers has changed. */
  tell(keys: readonly string[]): void {
    for (const key of keys) {
      const documentId = documentOf(key)
      for (const [prefix, listeners] of this.#listeners) if (isWithin(documentId, prefix)) listeners.emit(key)
    }
  }

  /** Another tab watches these; which of them it did not watch before. */
  heardTab(tab: string, prefixes: readonly DocumentId[]): readonly DocumentId[] {
    const before = this.#tabs.get(tab)?.prefixes ?? []
    if (prefixes.length === 0) this.#tabs.delete(tab)
    else this.#tabs.set(tab, { prefixes, at: this.#owner.environment.clock.monotonic() })
    this.#exchange()
    this.#sweepLater()
    return prefixes.filter((prefix) => !before.includes(prefix))
  }

  /** Begins nothing more. */
  stop(): void {
    this.begin(undefined)
    this.#tabs.clear()
    this.#cancelSweep?.()
  }

  /** Another session, or none. */
  begin(link: RegisterLink | undefined): void {
    for (const cancel of this.#retries) cancel()
    this.#retries.clear()
    this.#observations.clear()
    this.#link = link !== undefined && link.version >= REGISTER_PROTOCOL_VERSION ? link : undefined
    this.#exchange()
  }

  take(frame: FrameOf<"observed">): void {
    const observation = this.#byHandle(frame.handle)
    if (observation === undefined) return
    if (frame.anew) observation.named = new Set()
    for (const { key } of frame.registers) observation.named?.add(key)
    this.#owner.observed(frame.registers.map((register) => ({ ...register, asOf: frame.time })))
    if (!frame.caughtUp || observation.named === undefined) return
    this.#owner.gone(observation.prefix, observation.named)
    observation.named = undefined
  }

  /** Whether the relay has named all that is there where this key stands, and goes on saying what changes. */
  covers(key: string): boolean {
    return [...this.#observations.values()].some(
      ({ prefix, named, over }) => named === undefined && !over && isWithin(documentOf(key), prefix),
    )
  }

  /** Whether the relay says what changes where this key stands, or is about to name what is there. */
  isObserved(key: string): boolean {
    return [...this.#observations.values()].some(({ prefix, over }) => !over && isWithin(documentOf(key), prefix))
  }

  /** The relay has said something of these beside: they are there, whatever a list that was begun before leaves out. */
  notice(key: string): void {
    for (const { prefix, named } of this.#observations.values()) if (isWithin(documentOf(key), prefix)) named?.add(key)
  }

  /** The relay has ended what stands under this handle, if anything does. */
  closed({ handle, code }: FrameOf<"close">): void {
    const observation = this.#byHandle(handle)
    if (observation === undefined) return
    observation.over = true
    if (codeName(code) === "forbidden") this.#owner.gone(observation.prefix, new Set())
    if (isPermanent(code)) return
    const { clock, limits } = this.#owner.environment
    const cancel = clock.setTimer(() => {
      this.#retries.delete(cancel)
      if (this.#observations.get(observation.prefix) === observation) this.#observations.delete(observation.prefix)
      this.#exchange()
    }, limits.maxBackoffMs)
    this.#retries.add(cancel)
  }

  /** Observes what is watched, and nothing else. */
  #exchange(): void {
    const link = this.#link
    if (link === undefined) return
    const wanted = outermost([...this.#watching.prefixes, ...this.#others()]).slice(0, MAX_OBSERVED_PREFIXES)
    for (const [prefix, { handle, over }] of this.#observations) {
      if (wanted.includes(prefix)) continue
      this.#observations.delete(prefix)
      if (over) continue
      link.closeHandle(handle)
    }
    for (const prefix of wanted) {
      if (this.#observations.has(prefix)) continue
      const handle = link.takeHandle()
      this.#observations.set(prefix, { prefix, handle, named: new Set(), over: false })
      link.send({ type: "observe", handle, prefix })
    }
  }

  /** Gives back what only tabs watch that are gone. */
  #sweepLater(): void {
    if (this.#cancelSweep !== undefined || this.#tabs.size === 0) return
    this.#cancelSweep = this.#owner.environment.clock.setTimer(() => {
      this.#cancelSweep = undefined
      this.#exchange()
      this.#sweepLater()
    }, FORGET_TAB_AFTER_MS)
  }

  *#others(): Iterable<DocumentId> {
    const now = this.#owner.environment.clock.monotonic()
    for (const [tab, { prefixes, at }] of this.#tabs) {
      if (now - at >= FORGET_TAB_AFTER_MS) this.#tabs.delete(tab)
      else yield* prefixes
    }
  }

  #byHandle(handle: number): Observation | undefined {
    for (const observation of this.#observations.values()) if (observation.handle === handle && !observation.over) return observation
    return undefined
  }

  #failed(error: unknown): void {
    this.#owner.environment.report({ kind: "listener-failed", documentId: undefined, error })
  }
}
