import { Fleet } from "../fleet.ts"
import type { RelayNode } from "../relay-node.ts"
import { World } from "../world.ts"
import type { AnswerOptions } from "./answer-options.ts"
import { AnsweringMachine } from "./answering-machine.ts"
import { AskingDevice } from "./asking-device.ts"
import { AnswerCounts } from "./happenings.ts"
import { LeaseWatch } from "./lease-watch.ts"
import type { Machine } from "./machine.ts"

/** Relays, responders and devices of a run with answers. */
export class AnswerFleet {
  readonly world: World
  readonly options: AnswerOptions
  readonly counts = new AnswerCounts()
  readonly watch: LeaseWatch
  readonly base: Fleet
  readonly responders: readonly AnsweringMachine[]
  readonly devices: AskingDevice[]

  constructor(seed: number, options: AnswerOptions) {
    this.options = options
    this.world = new World(seed, options.world, () => ({ connected: () => undefined, sent: () => undefined }))
    this.base = new Fleet(this.world)
    this.watch = new LeaseWatch(this.world, this.counts, () => this.#authority.ghosts.length)
    this.responders = Array.from({ length: options.responders }, (_, index) => {
      return new AnsweringMachine(this.world, `responder-${index + 1}`, this.#urls(`responder ${index}`), this)
    })
    this.devices = Array.from({ length: options.devices }, (_, index) => this.#device(index + 1, this.#urls(`device ${index}`)))
    for (const machine of this.machines) machine.start()
  }

  get relays(): readonly RelayNode[] {
    return this.base.remaining
  }

  get machines(): readonly Machine[] {
    return [...this.responders, ...this.devices]
  }

  isWriting(machine: Machine): boolean {
    return machine instanceof AnsweringMachine && machine.writes
  }

  /** A device that was never there before, at one relay. */
  joinAfresh(url: string): AskingDevice {
    const device = this.#device(this.devices.length + 1, [url])
    this.devices.push(device)
    device.start()
    return device
  }

  #device(number: number, urls: readonly string[]): AskingDevice {
    return new AskingDevice(this.world, `device-${number}`, urls, this.counts)
  }

  get #authority(): RelayNode {
    return this.base.relays.find(({ plan }) => plan.authority)!
  }

  #urls(name: string): string[] {
    return this.world.random.fork(`urls of ${name}`).shuffle(this.relays.map(({ url }) => url))
  }
}
