import type { Random } from "../random.ts"
import type { AnswerFleet } from "./answer-fleet.ts"
import type { AnswerFaultRates } from "./answer-options.ts"
import type { AnsweringMachine } from "./answering-machine.ts"
import type { Machine } from "./machine.ts"

/** How far a wall clock is set wrong, at the most: more than any lease, and than clocks of messages may run ahead. */
const JUMP_MS = 600_000

/** What befalls those who ask and answer, each at its rate, until `stop`: most of it where somebody writes. */
export class AnswerFaults {
  readonly #fleet: AnswerFleet
  #stopped = false

  constructor(fleet: AnswerFleet) {
    this.#fleet = fleet
    const random = fleet.world.random.fork("answer faults")
    const faults: Readonly<Record<keyof AnswerFaultRates, (random: Random) => void>> = {
      kill: (luck) => this.#kill(luck),
      close: (luck) => this.#close(luck),
      freeze: (luck) => this.#freeze(luck),
      cutOff: (luck) => this.#cutOff(luck),
      clockJump: (luck) => this.#setClock(luck),
      linkReset: (luck) => this.#reset(luck),
    }
    for (const [kind, meanMs] of Object.entries(fleet.options.rates))
      if (meanMs !== Infinity) this.#every(random.fork(kind), meanMs, faults[kind as keyof AnswerFaultRates])
  }

  stop(): void {
    this.#stopped = true
  }

  #every(random: Random, meanMs: number, action: (random: Random) => void): void {
    this.#fleet.world.clock.schedule(-Math.log(1 - random.fraction()) * meanMs, () => {
      if (this.#stopped) return
      this.#whenBusy(random, action)
      this.#every(random, meanMs, action)
    })
  }

  /** Now, or as soon as somebody writes: what happens in the middle of an answer is where it hurts. */
  #whenBusy(random: Random, action: (random: Random) => void, tries = 40): void {
    const isBusy = this.#fleet.responders.some((responder) => responder.writes)
    if (isBusy || tries === 0 || random.chance(0.03)) action(random)
    else this.#later(200, () => this.#whenBusy(random, action, tries - 1))
  }

  #later(delayMs: number, action: () => void): void {
    this.#fleet.world.clock.schedule(delayMs, () => {
      if (!this.#stopped) action()
    })
  }

  /** One that writes, if any does and mostly. */
  #responder(random: Random): AnsweringMachine {
    const { responders } = this.#fleet
    const writing = responders.filter((responder) => responder.writes)
    return random.pick(writing.length > 0 && random.chance(0.8) ? writing : responders)
  }

  #machine(random: Random): Machine {
    return random.chance(0.3) ? random.pick(this.#fleet.devices) : this.#responder(random)
  }

  #kill(random: Random): void {
    const machine = this.#machine(random)
    if (this.#fleet.isWriting(machine)) this.#fleet.counts.count("responder killed while it wrote")
    machine.kill(random.chance(0.5))
    this.#later(random.pick([0, 1_000, 15_000]) * (0.5 + random.fraction()), () => machine.start())
  }

  #close(random: Random): void {
    const responder = this.#responder(random)
    if (responder.writes) this.#fleet.counts.count("responder closed while it wrote")
    responder.close()
    this.#later(random.pick([500, 10_000]) * (0.5 + random.fraction()), () => responder.start())
  }

  /** Some sleep past their lease, and wake as stale holders. */
  #freeze(random: Random): void {
    const machine = this.#machine(random)
    const writes = this.#fleet.isWriting(machine)
    const process = machine.process
    if (writes) this.#fleet.counts.count("responder frozen while it wrote")
    machine.freeze()
    const forMs = random.pick([500, 6_000, 24_000]) * (0.5 + random.fraction())
    this.#later(forMs, () => {
      if (writes && forMs > this.#fleet.options.leaseMs && machine.process === process) this.#fleet.counts.count("stale holder woke")
      machine.thaw()
    })
  }

  #cutOff(random: Random): void {
    const machine = this.#machine(random)
    if (this.#fleet.isWriting(machine)) this.#fleet.counts.count("authority cut off from a responder that wrote")
    machine.setCutOff(true)
    this.#later(random.pick([500, 6_000, 15_000]) * (0.5 + random.fraction()), () => machine.setCutOff(false))
  }

  #setClock(random: Random): void {
    this.#fleet.counts.count("wall clock set")
    this.#machine(random).setClock(Math.round((random.fraction() * 2 - 1) * JUMP_MS))
  }

  #reset(random: Random): void {
    const machine = this.#machine(random)
    for (const { url } of this.#fleet.relays) this.#fleet.world.network.reset(machine.name, url)
  }
}
