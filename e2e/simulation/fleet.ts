import { covers, type DocumentId, EMPTY_VECTOR, unionVectors, type VersionVector } from "@polylogue/protocol"
import { Device } from "./device.ts"
import type { Random } from "./random.ts"
import { RelayNode } from "./relay-node.ts"
import type { StoreWatch } from "./store-watch.ts"
import { plansOf } from "./topology.ts"
import type { World } from "./world.ts"
import { show } from "./in-words.ts"
import { YjsClient } from "./yjs-client.ts"

/** What counts as having had relays in each shape. */
const SHAPES = Object.freeze({
  chain: "relays in a chain",
  tree: "relays in a tree",
  ring: "relays in a ring",
  mesh: "relays in a mesh",
  random: "relays linked as it came",
})

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
    this.relays = plansOf(world.random.fork("topology"), world.options).map((plan, index) => new RelayNode(world, index + 1, plan))
    const { topology } = world.options
    // Two are one pair, whatever it is called.
    if (topology !== "apart" && this.relays.length > 2) world.count(SHAPES[topology])
    for (const relay of this.relays) {
      if (relay.plan.mirror.length > 0 && !world.documents.every((documentId) => relay.mirrors(documentId)))
        world.count("relay held some of the documents")
      if (relay.plan.onDemand) world.count("relay held only what is used")
      this.#introduce(relay)
      relay.start()
    }
    for (let index = 1; index <= world.options.devices; index++) this.addDevice().openTab()
    for (let index = 1; index <= world.options.yjsClients; index++) this.addYjsClient()
  }

  /** Relays that are not gone for good. */
  get remaining(): readonly RelayNode[] {
    return this.relays.filter(({ retired }) => !retired)
  }

  /** Relays that are linked, the one that dials first. */
  links(): (readonly [RelayNode, RelayNode])[] {
    return this.remaining.flatMap((relay) =>
      relay.plan.dials.map((index) => this.relays[index]!).flatMap((other) => (other.retired ? [] : [[relay, other] as const])),
    )
  }

  /** Pairs of relays that are linked, whichever dials. */
  pairs(): number {
    return new Set(
      this.links().map((link) =>
        link
          .map(({ name }) => name)
          .toSorted()
          .join(" "),
      ),
    ).size
  }

  /** What is still to be done anywhere before all is quiet. */
  unfinished(): string[] {
    const { documents } = this.world
    const urls = this.remaining.map(({ url }) => url)
    const rest = this.devices.flatMap((device) => device.unfinished(documents, urls))
    const names = this.remaining.map(({ name }) => name)
    for (const client of this.yjsClients) if (client.process.alive && !client.syncedWith(names)) rest.push(`${client.name} is not synced`)
    for (const { relay, name } of this.remaining) if (relay === undefined) rest.push(`${name} is not running`)
    if (this.world.linked) for (const documentId of documents) rest.push(...this.#behind(documentId))
    for (const relay of this.remaining) rest.push(...unlevel(relay))
    return rest
  }

  /** All that any relay has of a document. */
  known(documentId: DocumentId): VersionVector {
    return this.remaining.reduce((known, relay) => unionVectors(known, relay.vector(documentId)), EMPTY_VECTOR)
  }

  /** On how many disks of other relays than the one called `relay` all of `vector` is, or was when that disk was lost. */
  copies(relay: string, documentId: DocumentId, vector: VersionVector): number {
    return this.relays
      .filter(({ name }) => name !== relay)
      .flatMap(({ watch, ghosts, retired }) => (retired ? ghosts : [watch, ...ghosts]))
      .filter((watch) => covers(watch.vector(documentId), vector)).length
  }

  /** Who has not all of a document yet: relays that mirror it or at which a device has it open, and devices. */
  #behind(documentId: DocumentId): string[] {
    const known = this.known(documentId)
    const used = new Set(this.devices.flatMap(({ tabs }) => tabs.map(({ replica }) => replica?.status.relay)))
    return [...this.remaining.filter((relay) => relay.mirrors(documentId) || used.has(relay.url)), ...this.devices]
      .filter(({ watch }) => !covers(watch.vector(documentId), known))
      .map(({ name, watch }) => `${name} has ${show(watch.vector(documentId))} of ${documentId}, and not all of ${show(known)}`)
  }

  /** `relay` ends for good, and who dialled it does so no more. */
  retire(relay: RelayNode): void {
    relay.kill(false)
    this.destroy(relay, () => relay.retire())
    for (const other of this.remaining) if (other.plan.dials.includes(this.relays.indexOf(relay))) this.#introduce(other)
  }

  /** Tells `relay` whom to dial. */
  #introduce(relay: RelayNode): void {
    relay.dial(relay.plan.dials.map((index) => this.relays[index]!).flatMap(({ retired, url }) => (retired ? [] : [url])))
  }

  /** A device of its own, without a tab, that knows all relays, or those at `urls`. */
  addDevice(urls: readonly string[] = this.#random.shuffle(this.remaining.map(({ url }) => url))): Device {
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

/** Links that stand, and over which a relay takes something for missing. */
function unlevel({ name, relay }: RelayNode): string[] {
  const links = relay?.links().filter(({ state, level, documentsBehind }) => state === "linked" && !(level && documentsBehind === 0)) ?? []
  return links.map((link) => `${name} lacks something of ${link.documentsBehind} documents of ${link.name}, or takes it for so`)
}
