import {
  codeNumber,
  type EncodedFrame,
  MAX_OBSERVED_REGISTERS,
  registerBytes,
  type RegisterKey,
  splitRegisterKey,
} from "@polylogue/protocol"
import { closingOf, type RelayError } from "../errors.ts"
import type { Grants } from "../grants.ts"
import { sentMessageBytes } from "../limits.ts"
import type { FrameSource, Outlet } from "../outlet.ts"
import type { RelayCore } from "../relay-core.ts"
import { CutFrames } from "../cut-frames.ts"
import type { RegisterListener, RegisterView, ToldRegister } from "./register-listener.ts"

/*
 * One observer of one session: names of what it has still to be told, and no values. While nobody can say what is there (`lost`) it rests.
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
export class RegisterObserver implements FrameSource, RegisterListener {
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
  readonly #ended: (handle: number) => void
  #view: RegisterView | undefined
  /** Where the list goes on; `undefined` once it is told. */
  #listing: Listing | undefined
  #ready = false
  #reading = false
  #cancelRetry: (() => void) | undefined
  #left = false

  /** `ended` is called when the other end was told that it is over, perhaps at once. */
  constructor(
    core: RelayCore,
    outlet: Outlet,
    grants: Grants,
    { handle, prefix }: { readonly handle: number; readonly prefix: string },
    ended: (handle: number) => void,
  ) {
    this.#core = core
    this.#ended = ended
    this.#outlet = outlet
    this.#grants = grants
    this.#frames = new CutFrames(core, outlet, this)
    this.#name = grants.principal?.grants
    this.handle = handle
    this.prefix = prefix
    this.#view = core.registers.observe(this)
    if (this.#left) this.#view.leave()
  }

  /** Whether nothing more is told. */
  get over(): boolean {
    return this.#left
  }

  ready(): void {
    this.#ready = true
    this.#restart()
    this.#outlet.activate(this)
  }

  lost(): void {
    this.#ready = false
    this.#restart()
    this.#frames.clear()
  }

  ended(error: RelayError): void {
    if (this.#left) return
    this.leave()
    const { code, reason } = closingOf(error) ?? { code: "unavailable", reason: error.message }
    this.#frames.push({ type: "close", handle: this.handle, code: codeNumber(code), reason })
    this.#ended(this.handle)
  }

  changed(key: RegisterKey): void {
    if (!this.#ready) return
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
    this.#view?.leave()
    this.#changed.clear()
    this.#frames.clear()
    if (this.#frames.length === 0) this.#outlet.remove(this)
  }

  get hasMore(): boolean {
    if (this.#frames.length > 0) return true
    if (this.#left || !this.#ready || this.#reading || this.#cancelRetry !== undefined) return false
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
      // Where nobody can be asked any more, there is nothing to try: it is begun anew when somebody can.
      if (!this.#left && this.#ready) this.#retryLater(error)
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
    const reaches = this.#grants.principal?.reaches?.(this.prefix) ?? true
    const page = reaches ? await this.#view!.page(listing.after, MAX_OBSERVED_REGISTERS) : { keys: [], after: undefined }
    const told: ToldRegister[] = []
    let bytes = 0
    let last: RegisterKey | undefined
    for (const key of page.keys) {
      if (bytes >= PAGE_BYTES) break
      last = key
      const register = await this.#told(key)
      if (register === undefined || (register.state.value === null && !register.state.guarded)) continue
      told.push(register)
      bytes += registerBytes(register.state)
    }
    // It was begun anew meanwhile: under other grants this would tell what may not be read.
    if (this.#left || this.#listing !== listing) return
    const after = last === undefined || last === page.keys.at(-1) ? page.after : last
    const { anew } = listing
    this.#listing = after === undefined ? undefined : { after, anew: false }
    this.#tell(told, anew, after === undefined)
  }

  async #follow(): Promise<void> {
    const told: ToldRegister[] = []
    const name = this.#name
    let bytes = 0
    for (const key of this.#changed) {
      if (told.length === MAX_OBSERVED_REGISTERS || bytes >= PAGE_BYTES) break
      // Before it is read: what changes from now on is told again.
      this.#changed.delete(key)
      const register = await this.#told(key)
      if (this.#left || this.#listing !== undefined || name !== this.#name) return
      if (register === undefined) continue
      told.push(register)
      bytes += registerBytes(register.state)
    }
    if (told.length > 0) this.#tell(told, false, true)
  }

  /** As it is now; `undefined` when it may not be read. @throws RelayError `unavailable` */
  async #told(key: RegisterKey): Promise<ToldRegister | undefined> {
    const documentId = splitRegisterKey(key)?.documentId
    return documentId === undefined || this.#grants.may(documentId) === "none" ? undefined : await this.#view!.state(key)
  }

  /** In as many frames as it takes, at least one; the last says whether the list is complete. */
  #tell(told: readonly ToldRegister[], anew: boolean, complete: boolean): void {
    const most = sentMessageBytes(this.#core.limits)
    const runs: ToldRegister[][] = [[]]
    let bytes = FRAME_BYTES
    for (const register of told) {
      const size = registerBytes(register.state)
      const run = runs.at(-1)!
      if (run.length > 0 && (bytes + size > most || run.length === MAX_OBSERVED_REGISTERS)) {
        runs.push([register])
        bytes = FRAME_BYTES + size
      } else {
        run.push(register)
        bytes += size
      }
    }
    const { handle } = this
    const { asOf } = this.#view!
    for (const [index, run] of runs.entries()) {
      const last = index === runs.length - 1
      const time = run.reduce((earliest, register) => Math.min(earliest, register.asOf), run.length === 0 ? asOf : Infinity)
      const registers = run.map(({ state }) => state)
      this.#frames.push({ type: "observed", handle, anew: anew && index === 0, caughtUp: complete && last, time, registers })
    }
  }
}
