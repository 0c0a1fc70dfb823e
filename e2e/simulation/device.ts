import type { DocumentId } from "@polylogue/protocol"
import { type Applied, type Change, MemoryDisk } from "@polylogue/storage"
import { DeviceTab } from "./device-tab.ts"
import { SimulatedDisk } from "./disk.ts"
import type { Random } from "./random.ts"
import { RegisterUser } from "./register-user.ts"
import { StoreWatch } from "./store-watch.ts"
import { TabGroup } from "./tab-group.ts"
import type { World } from "./world.ts"

/** A device: one store, the tabs that are open on it, the way to its relays. */
export class Device {
  readonly world: World
  readonly name: string
  /** Who its user is: a cloned profile keeps it. */
  readonly principal: string
  readonly disk: SimulatedDisk
  readonly relayUrls: readonly string[]
  readonly group: TabGroup
  watch: StoreWatch
  readonly registers: RegisterUser
  tabs: DeviceTab[] = []
  /** The other half, when one is a clone of the other, and whether this one has written since. */
  twin: Device | undefined
  #wroteSinceCloned = false
  readonly #random: Random
  #sessions = 0
  #failed = false
  /** Commits that have failed here so far. */
  failedCommits = 0

  constructor(world: World, name: string, relayUrls: readonly string[], from?: Device) {
    this.world = world
    this.name = name
    this.principal = from?.principal ?? name
    this.relayUrls = relayUrls
    this.#random = world.random.fork(name)
    this.watch = from?.watch.copy(name) ?? new StoreWatch(name, "device", world.ledger, world.complain)
    const { deviceCommitMs: commitMs, readMs, storeFailureRate: failureRate, sabotage } = world.options
    this.disk = new SimulatedDisk(
      name,
      world.clock,
      this.#random.fork("disk"),
      { commitMs, readMs, failureRate, acknowledgesEarly: sabotage === "device shows before it is durable" },
      {
        durable: (_disk, changes, applied) => this.#durable(changes, applied),
        failed: () => {
          this.#failed = true
          this.failedCommits++
          world.count("device store failed")
        },
      },
      from?.disk.backup() ?? new MemoryDisk(),
    )
    this.registers = new RegisterUser(this, this.#random.fork("registers"))
    this.group = new TabGroup(world.clock, this.#random.fork("tabs"), world.options.tabs, () =>
      world.count("lock stolen from a frozen tab"),
    )
  }

  /** From now on nothing fails. */
  calm(): void {
    this.registers.calm()
    this.disk.calm()
    this.group.calm()
    this.#connectAll()
    // Word from another tab that it is cut off may still be under way.
    this.world.clock.schedule(1_000, () => this.#connectAll())
  }

  /** What is still to be done here before all is quiet; opens what is not open yet. `urls` are the relays that there are. */
  unfinished(documents: readonly DocumentId[], urls: readonly string[]): string[] {
    const rest: string[] = []
    if (this.tabs.length === 0) this.openTab()
    if (this.watch.waitingRows > 0) rest.push(`${this.name} has ${this.watch.waitingRows} rows waiting`)
    for (const tab of this.tabs) {
      for (const documentId of documents) tab.open(documentId)
      rest.push(...tab.unfinished(documents, urls))
    }
    return rest
  }

  usableTabs(): DeviceTab[] {
    return this.tabs.filter(({ usable }) => usable)
  }

  /** Opens one more tab. */
  openTab(): void {
    const session = `${this.name}/tab-${++this.#sessions}`
    this.world.trace(`${session} is opened`)
    this.tabs.push(new DeviceTab(this, session, this.#random.fork(session)))
  }

  /** A tab has started: its user opens some of the documents. */
  opened(tab: DeviceTab): void {
    const documents = this.#random.shuffle(this.world.documents)
    for (const documentId of documents.slice(0, this.#random.between(1, documents.length))) tab.open(documentId)
  }

  /** `tab` is gone from one instant to the next; with `silently` the device is off, and its connections hear nothing of it. */
  end(tab: DeviceTab, silently: boolean): void {
    tab.end()
    this.tabs = this.tabs.filter((other) => other !== tab)
    this.group.leave(tab.process)
    this.world.network.hangUp(tab.process, silently)
  }

  /** Closes `tab` as a browser does: the page may finish what it can, but not for longer than `patienceMs`. */
  closeTab(tab: DeviceTab, patienceMs: number): void {
    this.world.trace(`${tab.session} is closed`)
    if (this.disk.pending > 0) this.world.count("tab closed while it wrote")
    const gone = (): void => {
      if (tab.state !== "ended") this.end(tab, false)
    }
    tab.leave().then(gone, gone)
    this.world.clock.schedule(patienceMs, gone)
  }

  /** All tabs are gone at this instant, and what was not durable with them. */
  powerCut(): void {
    this.world.trace(`${this.name} loses its power, ${this.disk.pending} commits in flight`)
    this.world.count("device lost its power")
    if (this.disk.pending > 0) this.world.count("device lost its power with a commit in flight")
    for (const tab of this.tabs) this.end(tab, true)
  }

  /** The browser has thrown the store away. No tab may be open. */
  evict(): void {
    this.world.trace(`${this.name} loses its store`)
    this.world.count("store evicted")
    this.disk.replace(new MemoryDisk())
    this.watch = new StoreWatch(this.name, "device", this.world.ledger, this.world.complain)
  }

  /** A second device goes on from what is durable here now. */
  clone(name: string): Device {
    this.world.trace(`${this.name} is cloned as ${name}`)
    this.world.count("profile cloned")
    const clone = new Device(this.world, name, this.relayUrls, this)
    clone.twin = this
    this.twin = clone
    this.#wroteSinceCloned = false
    return clone
  }

  /** Somebody has written here. */
  wrote(): void {
    if (this.twin === undefined || this.#wroteSinceCloned) return
    this.#wroteSinceCloned = true
    if (this.twin.#wroteSinceCloned) this.world.count("clone and original both wrote")
  }

  #connectAll(): void {
    for (const tab of this.tabs) tab.process.enter(() => tab.replica?.setCutOff(false))
  }

  #durable(changes: readonly Change[], applied: readonly Applied[]): void {
    if (this.#failed && changes.some(({ type }) => type === "outbox")) {
      this.#failed = false
      this.world.count("device write went through after a failure")
    }
    this.watch.durable(changes, applied)
  }
}
