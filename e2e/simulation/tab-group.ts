import type { Tabs } from "@polylogue/replica"
import type { Random } from "./random.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { VirtualClock } from "./virtual-clock.ts"

interface Claim {
  readonly process: SimulatedProcess
  readonly granted: () => void
  readonly lost: () => void
}

interface Member {
  readonly process: SimulatedProcess
  readonly handlers: Set<(message: unknown) => void>
}

/** How the tabs of one device hear of each other, at the worst. */
export interface TabGroupOptions {
  /** How likely a message to another tab is lost. */
  readonly lossRate: number
  /** How likely it comes twice. */
  readonly doubleRate: number
  /** Longest delay in milliseconds; messages may overtake each other. */
  readonly delayMs: number
}

/** The tabs of one device: the lock that one of them holds, and the channel between them. */
export class TabGroup {
  readonly #clock: VirtualClock
  readonly #random: Random
  #options: TabGroupOptions
  readonly #stolenFromFrozen: () => void
  #holder: Claim | undefined
  #waiting: Claim[] = []
  #members: Member[] = []

  constructor(clock: VirtualClock, random: Random, options: TabGroupOptions, stolenFromFrozen: () => void) {
    this.#clock = clock
    this.#random = random
    this.#options = options
    this.#stolenFromFrozen = stolenFromFrozen
  }

  /** From now on no message is lost or doubled. */
  calm(): void {
    this.#options = { ...this.#options, lossRate: 0, doubleRate: 0 }
  }

  /** The group as the tab `process` sees it. */
  join(process: SimulatedProcess, visible: () => boolean): Tabs {
    const member: Member = { process, handlers: new Set() }
    this.#members.push(member)
    return {
      lead: (request) => {
        const claim: Claim = { process, granted: () => request.granted(), lost: () => request.lost() }
        if (request.steal) this.#steal(claim)
        else this.#ask(claim)
        return () => this.#withdraw(claim)
      },
      post: (message) => this.#post(member, message),
      listen: (handler) => {
        member.handlers.add(handler)
        return () => member.handlers.delete(handler)
      },
      visible,
    }
  }

  /** `process` is dead: what it held is free. */
  leave(process: SimulatedProcess): void {
    this.#members = this.#members.filter((member) => member.process !== process)
    this.#waiting = this.#waiting.filter((claim) => claim.process !== process)
    if (this.#holder?.process === process) {
      this.#holder = undefined
      this.#grantNext()
    }
  }

  #ask(claim: Claim): void {
    this.#waiting.push(claim)
    if (this.#holder === undefined) this.#grantNext()
  }

  #steal(claim: Claim): void {
    const previous = this.#holder
    if (previous !== undefined) {
      if (previous.process.frozen) this.#stolenFromFrozen()
      this.#soon(previous.process, previous.lost)
    }
    this.#holder = claim
    this.#soon(claim.process, () => {
      if (this.#holder === claim) claim.granted()
    })
  }

  #withdraw(claim: Claim): void {
    this.#waiting = this.#waiting.filter((other) => other !== claim)
    if (this.#holder !== claim) return
    this.#holder = undefined
    this.#grantNext()
  }

  #grantNext(): void {
    const claim = this.#waiting.shift()
    if (claim === undefined) return
    this.#holder = claim
    this.#soon(claim.process, () => {
      if (this.#holder === claim) claim.granted()
    })
  }

  #soon(process: SimulatedProcess, action: () => void): void {
    this.#clock.schedule(0, () => process.enter(action))
  }

  #post(from: Member, message: unknown): void {
    // Cloned at once, as a channel does: what cannot be cloned throws at the sender, and later changes do not travel.
    const copy = structuredClone(message)
    for (const member of this.#members) {
      if (member === from || this.#random.chance(this.#options.lossRate)) continue
      const times = this.#random.chance(this.#options.doubleRate) ? 2 : 1
      for (let time = 0; time < times; time++) {
        this.#clock.schedule(this.#random.fraction() * this.#options.delayMs, () => {
          member.process.enter(() => {
            for (const handler of member.handlers) handler(structuredClone(copy))
          })
        })
      }
    }
  }
}
