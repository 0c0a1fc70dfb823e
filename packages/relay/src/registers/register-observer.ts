import {
  type EncodedFrame,
  MAX_OBSERVED_REGISTERS,
  registerBytes,
  type RegisterKey,
  type RegisterState,
  splitRegisterKey,
} from "@polylogue/protocol"
import type { Grants } from "../grants.ts"
import { sentMessageBytes } from "../limits.ts"
import type { FrameSource, Outlet } from "../outlet.ts"
import type { RelayCore } from "../relay-core.ts"
import { CutFrames } from "./cut-frames.ts"
import type { RegisterWatcher } from "./registers.ts"

/*
 * One observer of one session: names of what it has still to be told, and no values.
 *
 *   listing ─ a page of keys ─> their values as they are now ─> frames ─> the socket takes them ─> next page, or `caughtUp`
 *      ^                                                                                             │
 *      └── too many names, other grants ── following: names of what changed ─> values ─> frames <────┘
 *
 * Values are read when their frames are made: a reader that takes nothing costs names, bounded in number, and finds the last values when it takes again.
 */

/** Bytes of registers that are read at once. */
const PAGE_BYTES = 256 * 1024
/** What an `observed` frame takes beside its registers. */
const FRAME_BYTES = 32
/** The wait before a store that does not answer is asked again. */
const RETRY_MS = 1_000

/** Where the list of all registers goes on. */
interface Listing {
  readonly after: RegisterKey | undefined
  /** Whether nothing of it was told yet. */
  readonly anew: boolean
}

/** Tells one session of the registers below a prefix. */
export class RegisterObserver implements FrameSource, RegisterWatcher {
  readonly handle: number
  readonly prefix: string
  readonly #core: RelayCore
  readonly #outlet: Outlet
  readonly #grants: Grants
  readonly #frames: CutFrames
  /** What its grants are called that it was told under. */
  #name: string | undefined
  /** Changed, and not told. */
  readonly #changed = new Set<RegisterKey>()
  /** Where the list goes on; `undefined` once it is told. */
  #listing: Listing | undefined = { after: undefined, anew: true }
  #reading = false
  #cancelRetry: (() => void) | undefined
  #left = false

  constructor(core: RelayCore, outlet: Outlet, grants: Grants, { handle, prefix }: { readonly handle: number; readonly prefix: string }) {
    this.#core = core
    this.#outlet = outlet
    this.#grants = grants
    this.#frames = new CutFrames(core, outlet, this)
    this.#name = grants.principal?.grants
    this.handle = handle
    this.prefix = prefix
    core.registers.watchers.add(this)
    outlet.activate(this)
  }

  changed(key: RegisterKey): void {
    this.#changed.add(key)
    if (this.#changed.size > this.#core.limits.maxObserved) this.#restart()
    this.#outlet.activate(this)
  }

  /** The grants of the session are new: when they differ, all that may be read now is told anew. */
  regrant(): void {
    const name = this.#grants.principal?.grants
    if (name === this.#name) return
    this.#name = name
    this.#frames.clear()
    this.#restart()
    this.#outlet.activate(this)
  }

  /** The session, or the replica, has ended it. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#cancelRetry?.()
    this.#core.registers.watchers.delete(this)
    this.#changed.clear()
    this.#frames.clear()
    if (this.#frames.length === 0) this.#outlet.remove(this)
  }

  get hasMore(): boolean {
    if (this.#frames.length > 0) return true
    if (this.#left || this.#reading || this.#cancelRetry !== undefined) return false
    return this.#listing !== undefined || this.#changed.size > 0
  }

  next(): EncodedFrame | undefined {
    const frame = this.#frames.next()
    if (frame !== undefined) {
      if (this.#frames.length === 0) this.#outlet.endRead(this)
      return frame
    }
    if (this.#left || this.#frames.length > 0 || !this.hasMore) return undefined
    if (this.#outlet.beginRead(this)) {
      this.#reading = true
      void this.#read()
    }
    return undefined
  }

  #restart(): void {
    this.#changed.clear()
    this.#listing = { after: undefined, anew: true }
  }

  async #read(): Promise<void> {
    try {
      await (this.#listing === undefined ? this.#follow() : this.#list(this.#listing))
    } catch (error) {
      if (!this.#left) this.#retryLater(error)
    }
    this.#reading = false
    if (this.#frames.length === 0) this.#outlet.endRead(this)
    if (this.hasMore) this.#outlet.activate(this)
  }

  /** The store does not say. What it had told of names is begun anew: nobody is told less for it. */
  #retryLater(error: unknown): void {
    this.#core.events({ type: "failed", where: "observer", error })
    this.#restart()
    this.#cancelRetry = this.#core.clock.setTimer(() => {
      this.#cancelRetry = undefined
      this.#outlet.activate(this)
    }, RETRY_MS)
  }

  async #list(listing: Listing): Promise<void> {
    const { registers } = this.#core
    const reaches = this.#grants.principal?.reaches?.(this.prefix) ?? true
    const page = reaches ? await registers.page(this.prefix, listing.after, MAX_OBSERVED_REGISTERS) : { keys: [], after: undefined }
    const states: RegisterState[] = []
    let bytes = 0
    let last: RegisterKey | undefined
    for (const key of page.keys) {
      if (bytes >= PAGE_BYTES) break
      last = key
      const state = await this.#state(key)
      if (state === undefined || (state.value === null && !state.guarded)) continue
      states.push(state)
      bytes += registerBytes(state)
    }
    // It was begun anew meanwhile: under other grants this would tell what may not be read.
    if (this.#left || this.#listing !== listing) return
    const after = last === undefined || last === page.keys.at(-1) ? page.after : last
    const { anew } = listing
    this.#listing = after === undefined ? undefined : { after, anew: false }
    this.#tell(states, anew, after === undefined)
  }

  async #follow(): Promise<void> {
    const states: RegisterState[] = []
    const name = this.#name
    let bytes = 0
    for (const key of this.#changed) {
      if (states.length === MAX_OBSERVED_REGISTERS || bytes >= PAGE_BYTES) break
      // Before it is read: what changes from now on is told again.
      this.#changed.delete(key)
      const state = await this.#state(key)
      if (this.#left || this.#listing !== undefined || name !== this.#name) return
      if (state === undefined) continue
      states.push(state)
      bytes += registerBytes(state)
    }
    if (states.length > 0) this.#tell(states, false, true)
  }

  /** As it is now; `undefined` when it may not be read. @throws RelayError `unavailable` */
  async #state(key: RegisterKey): Promise<RegisterState | undefined> {
    const documentId = splitRegisterKey(key)?.documentId
    return documentId === undefined || this.#grants.may(documentId) === "none" ? undefined : await this.#core.registers.state(key)
  }

  /** In as many frames as it takes, at least one; the last says whether the list is complete. */
  #tell(states: readonly RegisterState[], anew: boolean, complete: boolean): void {
    const most = sentMessageBytes(this.#core.limits)
    const runs: RegisterState[][] = [[]]
    let bytes = FRAME_BYTES
    for (const state of states) {
      const size = registerBytes(state)
      const run = runs.at(-1)!
      if (run.length > 0 && (bytes + size > most || run.length === MAX_OBSERVED_REGISTERS)) {
        runs.push([state])
        bytes = FRAME_BYTES + size
      } else {
        run.push(state)
        bytes += size
      }
    }
    const time = Math.max(0, Math.floor(this.#core.clock.now()))
    const { handle } = this
    for (const [index, registers] of runs.entries()) {
      const last = index === runs.length - 1
      this.#frames.push({ type: "observed", handle, anew: anew && index === 0, caughtUp: complete && last, time, registers })
    }
  }
}
