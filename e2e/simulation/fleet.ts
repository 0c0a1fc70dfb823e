import { Device } from "./device.ts"
import type { Random } from "./random.ts"
import { RelayNode } from "./relay-node.ts"
import type { StoreWatch } from "./store-watch.ts"
import type { World } from "./world.ts"
import { YjsClient } from "./yjs-client.ts"

/** All relays and devices of a run, and what can be done to them as a whole. */
export class Fleet {
  readonly world: World
  readonly relays: readonly RelayNode[]
  readonly devices: Device[] = []
  readonly yjsClients: YjsClient[] = []
  readonly #random: Random

  constructor(world: World) {
    this.world = world
    this.#random = world.random.fork("fleet")
    this.relays = Array.from({ length: world.options.relays }, (_, index) => new RelayNode(world, index + 1))
    for (const relay of this.relays) relay.start()
    for (let index = 1; index <= world.options.devices; index++) this.addDevice().openTab()
    for (let index = 1; index <= world.options.yjsClients; index++) this.addYjsClient()
  }

  /** A device of its own, without a tab. */
  addDevice(): Device {
    const urls = this.#random.shuffle(this.relays.map(({ url }) => url))
    const device = new Device(this.world, `device-${this.devices.length + 1}`, urls)
    this.devices.push(device)
    return device
  }

  /** A program that speaks y-websocket joins one of the documents. */
  addYjsClient(): void {
    const relays = this.#random.shuffle(this.relays.map(({ name }) => name))
    this.yjsClients.push(new YjsClient(this.world, `yjs-${this.yjsClients.length + 1}`, this.#random.pick(this.world.documents), relays))
  }

  cloneDevice(device: Device): Device {
    const clone = device.clone(`device-${this.devices.length + 1}`)
    this.devices.push(clone)
    return clone
  }

  device(name: string): Device {
    return this.devices.find((device) => device.name === name)!
  }

  relay(url: string): RelayNode {
    return this.relays.find((relay) => relay.url === url)!
  }

  /** Runs `destruction`, after which `owner` has another disk; what no disk holds any more is owed by nobody. */
  destroy(owner: { readonly watch: StoreWatch }, destruction: () => void): void {
    const before = owner.watch
    destruction()
    for (const operation of this.world.ledger.operations) {
      if (!before.holds(operation) || operation.destroyed) continue
      if (this.#watches().some((watch) => watch.holds(operation))) continue
      operation.destroyed = true
      this.world.trace(`the last copy of op ${operation.index} is destroyed`)
    }
  }

  #watches(): StoreWatch[] {
    return [...this.relays.filter(({ retired }) => !retired), ...this.devices].map(({ watch }) => watch)
  }
}
