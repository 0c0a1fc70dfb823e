import { type Frame, registerBytes, type RegisterKey } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"
import type { RegisterLink } from "./register-link.ts"
import type { RegisterListener, ToldRegister } from "./register-listener.ts"
import { type Mirrored, type MirrorHost, RegisterMirror } from "./register-mirror.ts"
import type { RegisterPage } from "./registers.ts"

/** What is observed over one link, for all who listen here: one mirror for each prefix, bounded together. */
export class RegisterMirrors implements MirrorHost {
  readonly link: RegisterLink
  readonly #core: RelayCore
  readonly #mirrors = new Map<string, RegisterMirror>()
  #names = 0
  /** Those whose values are held, the one that was told longest ago first. */
  readonly #values = new Set<Mirrored>()
  #bytes = 0

  constructor(core: RelayCore, link: RegisterLink) {
    this.#core = core
    this.link = link
  }

  /** `listener` will be ready once what is there was told anew. @throws RelayError `overloaded` */
  join(listener: RegisterListener): void {
    const { prefix } = listener
    const known = this.#mirrors.get(prefix)
    if (known === undefined && this.#mirrors.size >= this.#core.limits.maxLinkObservers)
      throw new RelayError("overloaded", "registers are observed below too many prefixes")
    const mirror = known ?? new RegisterMirror(prefix, this)
    this.#mirrors.set(prefix, mirror)
    try {
      mirror.join(listener)
    } catch (error) {
      this.leave(listener)
      throw error
    }
  }

  leave(listener: RegisterListener): void {
    const mirror = this.#mirrors.get(listener.prefix)
    if (mirror === undefined) return
    mirror.leave(listener)
    if (!mirror.unused) return
    this.#mirrors.delete(listener.prefix)
    mirror.end()
  }

  /** @throws RelayError `unavailable` when nothing below the prefix is observed */
  page(prefix: string, after: RegisterKey | undefined, limit: number): RegisterPage {
    return this.#mirror(prefix).page(after, limit)
  }

  /** When something below the prefix was last told, in milliseconds of the authority since 1970; 0 when nothing was. */
  heardAt(prefix: string): number {
    return this.#mirrors.get(prefix)?.heardAt ?? 0
  }

  /** @throws RelayError `unavailable` when it has to be asked for, and nobody says it */
  async state(prefix: string, key: RegisterKey): Promise<ToldRegister> {
    const { state, asOf } = this.#mirror(prefix).told(key)
    if (state !== undefined) return { state, asOf }
    const answer = await this.link.ask({ key, change: undefined, principal: "", mayGuard: false })
    if (answer.outcome !== "ok") throw new RelayError("unavailable", "the register cannot be read at the moment")
    return { state: answer.register, asOf: answer.time ?? 0 }
  }

  /** Another way is used, or none: who listens is told nothing until it is seated anew. */
  close(): void {
    for (const mirror of this.#mirrors.values()) {
      mirror.end()
      mirror.lost()
    }
    this.#mirrors.clear()
  }

  observe(prefix: string, receive: (frame: Frame) => void): number {
    const handle = this.link.observe(prefix, receive)
    if (handle === undefined) throw new RelayError("overloaded", "too much waits to be asked of the relay of registers")
    return handle
  }

  closeHandle(handle: number): void {
    this.link.close(handle)
  }

  closed(handle: number): void {
    this.link.closed(handle)
  }

  hold(now: Mirrored | undefined, before: Mirrored | undefined): void {
    const { maxMirrored, maxRegisterBytes } = this.#core.limits
    if (now !== undefined && before === undefined && this.#names >= maxMirrored)
      throw new RelayError("overloaded", "too many registers are observed")
    if (before !== undefined) this.release([before])
    if (now?.state === undefined) return
    this.#names++
    this.#values.add(now)
    this.#bytes += registerBytes(now.state)
    for (const register of this.#values) {
      if (this.#bytes <= maxRegisterBytes) return
      this.#giveUp(register)
      register.state = undefined
    }
  }

  release(registers: Iterable<Mirrored>): void {
    for (const register of registers) {
      this.#names--
      this.#giveUp(register)
    }
  }

  #giveUp(register: Mirrored): void {
    if (this.#values.delete(register)) this.#bytes -= registerBytes(register.state!)
  }

  #mirror(prefix: string): RegisterMirror {
    const mirror = this.#mirrors.get(prefix)
    if (mirror === undefined) throw new RelayError("unavailable", "registers cannot be read at the moment")
    return mirror
  }
}
