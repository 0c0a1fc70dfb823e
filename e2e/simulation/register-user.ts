import { toHexString } from "lib0/buffer"
import type { RegisterKey } from "@polylogue/protocol"
import type { Register, RegisterAnswer, Replica } from "@polylogue/replica"
import type { Device } from "./device.ts"
import type { DeviceTab } from "./device-tab.ts"
import type { Random } from "./random.ts"
import type { CasRequest } from "./register-history.ts"
import type { World } from "./world.ts"

/** How often an attempt is sent before its user gives up. */
const MAX_TRIES = 6

/** One attempt to set a register, from its first sending to a definite answer. */
interface Attempt {
  readonly key: RegisterKey
  readonly name: string
  readonly request: CasRequest
  readonly sentAt: number
  tries: number
  /** Whether it was ever without an answer. */
  ambiguous: boolean
  answered: "ok" | "conflict" | undefined
}

/** Somebody on a device who reads and sets registers, by whichever of its tabs is there; an attempt without an answer is repeated, in another tab if need be. */
export class RegisterUser {
  readonly #device: Device
  readonly #world: World
  readonly #random: Random
  /** What was last heard of each register, and what was heard before. */
  readonly #heard = new Map<RegisterKey, { readonly now: Register; readonly before: Register | undefined }>()
  #values = 0
  /** The revision of the lease that is held. */
  #lease: string | null = null
  #calm = false

  constructor(device: Device, random: Random) {
    this.#device = device
    this.#world = device.world
    this.#random = random
  }

  /** Does one thing with a register, if a tab is there. */
  act(): void {
    const random = this.#random
    const tab = this.#tab()
    if (tab === undefined) return
    const { registers } = this.#world
    const what = random.pick(["read", "label", "lease", "label", "read", "label"] as const)
    if (what === "read") void this.#get(tab, random.pick([...registers.labels, registers.lease]))
    else if (what === "lease") this.#useLease(tab)
    else this.#setLabel(tab, random.pick(registers.labels))
  }

  /** From now on nothing is sent any more. */
  calm(): void {
    this.#calm = true
  }

  /** `tab` may keep registers fresh from now on. Returns whether it does. */
  watch(tab: DeviceTab, { registers }: Replica): boolean {
    if (this.#world.options.registerOperations === 0 || this.#random.chance(0.4)) return false
    const heard = (key: RegisterKey): void => {
      const register = registers.cached(key)
      if (register !== undefined) this.#world.registers.cached(tab.session, register)
      if (register !== undefined) this.#hear(register)
    }
    for (const workspace of this.#world.workspaces) registers.watch(workspace, heard)
    return true
  }

  /** Reads a register by way of `tab`. Returns what it was told. */
  async #get(tab: DeviceTab, key: RegisterKey): Promise<Register | undefined> {
    const { registers } = tab.replica!
    const told = this.#world.registers.history(key).get(tab.session)
    this.#world.trace(`${tab.session} reads ${key}`)
    const answer = this.#world.options.sabotage === "reads from memory" ? fromMemory(registers.cached(key)) : await registers.get(key)
    if (!("register" in answer)) return this.#without(tab, answer, key)
    told(answer.register)
    this.#world.count("register read")
    this.#hear(answer.register)
    return answer.register
  }

  #setLabel(tab: DeviceTab, key: RegisterKey): void {
    const random = this.#random
    const heard = this.#heard.get(key)
    const base = random.chance(0.15) ? heard?.before : heard?.now
    const expected = random.chance(0.1) ? null : (base?.revision ?? null)
    const value = expected !== null && random.chance(0.2) ? null : this.#value()
    this.#begin(tab, key, { expected, value, ttlMs: 0 })
    // Two at once, from the same base.
    if (random.chance(0.2)) this.#begin(tab, key, { expected, value: this.#value(), ttlMs: 0 })
  }

  #useLease(tab: DeviceTab): void {
    const { registers, clock } = this.#world
    const random = this.#random
    const { name } = this.#device
    const key = registers.lease
    const holding = this.#lease !== null && registers.heldUntil(name) > clock.elapsedMs
    if (holding && random.chance(0.3)) {
      // From when it asks to give the lease back, nobody may count on it.
      registers.released(name)
      this.#begin(tab, key, { expected: this.#lease, value: null, ttlMs: 0 })
      this.#lease = null
      return
    }
    const ttlMs = random.pick([300, 2_000, 6_000])
    // What was asked for may take effect unheard: nobody may count on more than that.
    if (holding) registers.shortened(name, clock.elapsedMs + ttlMs)
    this.#begin(tab, key, { expected: holding ? this.#lease : null, value: this.#value(), ttlMs })
  }

  /** One that nobody else sets, and that is no part of another. */
  #value(): string {
    return `${this.#device.name} ${++this.#values}.`
  }

  #begin(tab: DeviceTab, key: RegisterKey, request: CasRequest): void {
    const name = toHexString(this.#random.bytes(8))
    const sentAt = this.#world.clock.elapsedMs
    void this.#send(tab, { key, name, request, sentAt, tries: 0, ambiguous: false, answered: undefined })
  }

  async #send(tab: DeviceTab, attempt: Attempt): Promise<void> {
    const { key, name, request } = attempt
    const told = this.#world.registers.history(key).cas(tab.session, name, request)
    attempt.tries++
    this.#world.trace(`${tab.session} sets ${key} to ${request.value} if at ${request.expected}, attempt ${name}, try ${attempt.tries}`)
    const { registerTimeoutMs = 10_000 } = this.#world.options.replicaLimits
    // The tab may die over it.
    this.#world.clock.schedule(registerTimeoutMs + this.#random.fraction() * 3_000, () => this.#again(attempt))
    const answer = await tab.replica!.registers.cas(key, { ...request, attempt: name })
    if (!("register" in answer)) {
      attempt.ambiguous = true
      this.#without(tab, answer, key)
      return
    }
    told(answer.outcome, answer.register)
    this.#settle(attempt, answer)
  }

  #settle(attempt: Attempt, { outcome, register }: Extract<RegisterAnswer, { register: Register }>): void {
    const { key, request, sentAt, ambiguous, answered } = attempt
    const { registers } = this.#world
    attempt.answered ??= outcome
    this.#world.trace(`${this.#device.name} is told ${outcome} of attempt ${attempt.name}: ${register.value} at ${register.revision}`)
    if (answered === undefined) this.#world.count(outcome === "ok" ? "register set" : "register conflict")
    if (answered === undefined && ambiguous) this.#world.count("ambiguous attempt resolved by a retry")
    if (outcome === "conflict") this.#hear(register)
    if (answered !== undefined || key !== registers.lease || outcome !== "ok" || request.value === null) return
    this.#lease = register.revision
    registers.leased(this.#device.name, sentAt, request)
  }

  /** What was not answered is tried again, and sometimes what was done, as somebody does who pressed twice. A conflict is judged anew, and asks for another attempt. */
  #again(attempt: Attempt): void {
    const tab = this.#tab()
    const repeats = attempt.answered === "ok" && attempt.tries === 1 && this.#random.chance(0.1)
    if (tab === undefined || this.#calm || (attempt.answered !== undefined && !repeats) || attempt.tries >= MAX_TRIES) return
    if (repeats) this.#world.count("answered attempt repeated")
    else attempt.ambiguous = true
    void this.#send(tab, attempt)
  }

  #without(tab: DeviceTab, answer: RegisterAnswer, key: RegisterKey): undefined {
    if (answer.outcome === "refused") this.#world.complain("I7", `${tab.session} is refused ${key}: ${answer.code}`)
    else this.#world.count("register unavailable")
  }

  #hear(register: Register): void {
    const { now, before } = this.#heard.get(register.key) ?? {}
    if (now?.revision !== register.revision) this.#heard.set(register.key, { now: register, before: now })
    else this.#heard.set(register.key, { now: register, before })
  }

  #tab(): DeviceTab | undefined {
    const tabs = this.#device.usableTabs()
    return tabs.length === 0 ? undefined : this.#random.pick(tabs)
  }
}

/** The control that reads what was heard as if it had been asked for. */
function fromMemory(register: Register | undefined): RegisterAnswer {
  return register === undefined ? { outcome: "unavailable" } : { outcome: "ok", register }
}
