import type { Device } from "./device.ts"
import type { DeviceTab } from "./device-tab.ts"
import type { Fleet } from "./fleet.ts"
import { LinkFaults } from "./link-faults.ts"
import type { Random } from "./random.ts"
import { MAX_YJS_CLIENTS, RelayNode } from "./relay-node.ts"
import type { FaultRates } from "./simulation-options.ts"
import type { World } from "./world.ts"
import type { YjsClient } from "./yjs-client.ts"

/** How long a tab that is closed may go on, at the most. */
const PATIENCE_MS = 400

/** The turmoil: every kind of fault at its rate, until `stop`. */
export class Faults {
  readonly #world: World
  readonly #fleet: Fleet
  readonly #random: Random
  #stopped = false

  constructor(fleet: Fleet) {
    this.#world = fleet.world
    this.#fleet = fleet
    this.#random = this.#world.random.fork("faults")
    const links = new LinkFaults(fleet, (delayMs, action) => this.#later(delayMs, action))
    const faults: Readonly<Record<keyof FaultRates, (random: Random) => void>> = {
      cut: (random) => this.#cut(random),
      reset: (random) => this.#reset(random),
      relayKill: (random) => this.#killRelay(random),
      relayWipe: (random) => this.#wipeRelay(random),
      relayRestore: (random) => this.#restoreRelay(random),
      relayDrain: (random) => this.#drainRelay(random),
      relayStore: (random) => this.#failStore(random, random.pick(this.#fleet.remaining)),
      diskFull: (random) => this.#disk(random, "disk full"),
      diskSlow: (random) => this.#disk(random, "disk slow"),
      tabReload: (random) => this.#reload(random),
      tabCrash: (random) => this.#crash(random),
      tabFreeze: (random) => this.#freeze(random),
      secondTab: (random) => this.#secondTab(random),
      issuerDown: (random) => {
        this.#world.count("nobody gives out tokens")
        this.#world.issuer.goDown(random.pick([500, 5_000]) * (0.5 + random.fraction()))
      },
      devicePower: (random) => this.#powerCut(random),
      deviceStore: (random) => this.#failStore(random, random.pick(this.#fleet.devices)),
      deviceCutOff: (random) => this.#cutOff(random),
      evict: (random) => this.#evict(random),
      clone: (random) => this.#clone(random),
      yjsReset: (random) => this.#resetYjs(random),
      yjsEnd: (random) => this.#endYjs(random),
      linkCut: (random) => links.cut(random),
      linkReset: (random) => links.reset(random),
      relayFreeze: (random) => links.freeze(random),
    }
    for (const [kind, meanMs] of Object.entries(this.#world.options.rates)) {
      if (meanMs !== Infinity) this.#every(this.#random.fork(kind), meanMs, faults[kind as keyof FaultRates])
    }
    this.#every(this.#random.fork("backup"), 4_000, (random) => random.pick(fleet.remaining).backUp())
    this.#every(this.#random.fork("documents"), 3_000, (random) => this.#openOrClose(random))
  }

  stop(): void {
    this.#stopped = true
  }

  #every(random: Random, meanMs: number, action: (random: Random) => void): void {
    this.#world.clock.schedule(-Math.log(1 - random.fraction()) * meanMs, () => {
      if (this.#stopped) return
      action(random)
      this.#every(random, meanMs, action)
    })
  }

  #later(delayMs: number, action: () => void): void {
    this.#world.clock.schedule(delayMs, () => {
      if (!this.#stopped) action()
    })
  }

  #tab(random: Random): { device: Device; tab: DeviceTab } | undefined {
    const tabs = this.#fleet.devices.flatMap((device) => device.usableTabs().map((tab) => ({ device, tab })))
    return tabs.length === 0 ? undefined : random.pick(tabs)
  }

  #cut(random: Random): void {
    const device = random.pick(this.#fleet.devices)
    const relay = random.pick(this.#fleet.remaining)
    const link = this.#world.network.link(device.name, relay.url)
    const which = random.pick(["both", "up", "down"] as const)
    const lanes = which === "both" ? [link.up, link.down] : [link[which]]
    const forMs = random.pick([300, 3_000, 15_000]) * (0.5 + random.fraction())
    this.#world.trace(`${device.name} – ${relay.name} is cut (${which}) for ${forMs.toFixed(0)} ms`)
    this.#world.count(which === "both" ? "link cut" : "link cut in one direction")
    if (lanes.some(({ underWay }) => underWay > 0)) this.#world.count("cut with messages under way")
    for (const lane of lanes) lane.setCut(true)
    const withReset = random.chance(0.3)
    const wakes = random.chance(0.5)
    this.#later(forMs, () => {
      this.#world.trace(`${device.name} – ${relay.name} is healed`)
      if (withReset) this.#world.network.reset(device.name, relay.url)
      for (const lane of lanes) lane.setCut(false)
      if (wakes) for (const tab of device.usableTabs()) tab.wake()
    })
  }

  #reset(random: Random): void {
    const device = random.pick(this.#fleet.devices)
    const relay = random.pick(this.#fleet.remaining)
    if (this.#world.network.connected(device.name, relay.url) === 0) return
    this.#world.trace(`${device.name} – ${relay.name} is reset`)
    this.#world.count("connection reset")
    this.#world.network.reset(device.name, relay.url)
  }

  #killRelay(random: Random): void {
    const relay = random.pick(this.#fleet.remaining)
    const silently = random.chance(0.4)
    this.#whenBusy(random, relay, () => {
      relay.kill(silently)
      this.#restart(random, relay)
    })
  }

  /** Now, or as soon as a commit is under way: what is in flight is where it hurts. */
  #whenBusy(random: Random, { disk }: RelayNode | Device, action: () => void, tries = 30): void {
    if (disk.pending > 0 || tries === 0 || (tries === 30 && random.chance(0.3))) action()
    else this.#later(random.fraction() * 20, () => this.#whenBusy(random, { disk } as RelayNode, action, tries - 1))
  }

  #restart(random: Random, relay: RelayNode): void {
    this.#later(random.pick([0, 100, 2_000, 8_000]) * (0.5 + random.fraction()), () => relay.start())
  }

  #wipeRelay(random: Random): void {
    const relay = random.pick(this.#fleet.remaining)
    relay.kill(true)
    this.#fleet.destroy(relay, () => relay.wipe())
    this.#restart(random, relay)
  }

  #restoreRelay(random: Random): void {
    const relay = random.pick(this.#fleet.remaining)
    relay.kill(true)
    this.#fleet.destroy(relay, () => relay.restore())
    this.#restart(random, relay)
  }

  #drainRelay(random: Random): void {
    const relay = random.pick(this.#fleet.remaining)
    const delayMs = random.fraction() * 1_000
    relay.drain().then(
      // One that is still being drained when all is healed counts as running until then, and nobody else would start it.
      () => (this.#stopped ? relay.start() : this.#later(delayMs, () => relay.start())),
      (error: unknown) => this.#world.complain("I7", `${relay.name} does not drain: ${String(error)}`),
    )
  }

  #failStore(random: Random, { disk }: RelayNode | Device): void {
    const times = random.pick([1, 1, 2, 5])
    this.#world.trace(`the next ${times} commits of ${disk.name} fail`)
    for (let time = 0; time < times; time++) disk.failNext.push(random.pick(["io", "quota-exceeded"] as const))
  }

  #disk(random: Random, what: "disk full" | "disk slow"): void {
    const owner = random.pick<RelayNode | Device>([...this.#fleet.remaining, ...this.#fleet.devices])
    const { disk } = owner
    const forMs = random.pick([500, 3_000, 10_000]) * (0.5 + random.fraction())
    this.#world.trace(`${disk.name}: ${what} for ${forMs.toFixed(0)} ms`)
    this.#world.count(what)
    if (what === "disk full" && owner instanceof RelayNode) this.#world.count("relay disk full")
    if (what === "disk full") disk.fill(forMs)
    else disk.slowDown(forMs)
  }

  #reload(random: Random): void {
    const found = this.#tab(random)
    if (found === undefined) return
    const { device, tab } = found
    this.#world.count("tab reloaded")
    // Often in the middle of a write.
    if (random.chance(0.6)) tab.operate(random)
    device.closeTab(tab, random.fraction() * PATIENCE_MS)
    this.#later(random.fraction() * 1_500, () => {
      if (device.tabs.length === 0) device.openTab()
    })
  }

  #crash(random: Random): void {
    const found = this.#tab(random)
    if (found === undefined) return
    const { device, tab } = found
    if (random.chance(0.6)) tab.operate(random)
    this.#later(random.fraction() * 20, () => {
      if (tab.state === "ended") return
      this.#world.trace(`${tab.session} crashes`)
      this.#world.count("tab crashed")
      device.end(tab, false)
      this.#later(random.fraction() * 3_000, () => {
        if (device.tabs.length === 0) device.openTab()
      })
    })
  }

  #freeze(random: Random): void {
    const found = this.#tab(random)
    if (found === undefined) return
    const { device, tab } = found
    // Where there are others, one that holds the socket is worth more.
    const holder = device.usableTabs().find(({ replica }) => replica?.status.holder === true) ?? tab
    const target = random.chance(0.7) ? holder : tab
    this.#world.trace(`${target.session} is frozen`)
    this.#world.count("tab frozen")
    target.freeze()
    this.#later(random.pick([1_000, 6_000, 20_000]) * (0.5 + random.fraction()), () => target.thaw())
  }

  #secondTab(random: Random): void {
    const device = random.pick(this.#fleet.devices)
    if (device.tabs.length >= 2) {
      const other = random.pick(device.tabs)
      other.visible = !other.visible
      if (other.visible && other.usable) other.wake()
    } else {
      device.openTab()
    }
  }

  #powerCut(random: Random): void {
    const device = random.pick(this.#fleet.devices)
    if (device.tabs.length === 0) return
    const tab = device.usableTabs()[0]
    tab?.operate(random)
    this.#whenBusy(random, device, () => {
      device.powerCut()
      this.#bringBack(random, device)
    })
  }

  #bringBack(random: Random, device: Device): void {
    this.#later(random.pick([200, 2_000, 8_000]) * (0.5 + random.fraction()), () => {
      if (device.tabs.length === 0) device.openTab()
    })
  }

  #cutOff(random: Random): void {
    const found = this.#tab(random)
    if (found === undefined) return
    this.#world.trace(`${found.tab.session} is cut off by its user`)
    this.#world.count("device cut off by its user")
    found.tab.replica!.setCutOff(true)
    this.#later(random.fraction() * 6_000, () => {
      for (const tab of found.device.usableTabs()) tab.replica!.setCutOff(false)
    })
  }

  #evict(random: Random): void {
    const device = random.pick(this.#fleet.devices)
    for (const tab of device.tabs) device.end(tab, random.chance(0.5))
    this.#fleet.destroy(device, () => device.evict())
    this.#bringBack(random, device)
  }

  #clone(random: Random): void {
    if (this.#fleet.devices.length >= 6) return
    const clone = this.#fleet.cloneDevice(random.pick(this.#fleet.devices))
    this.#bringBack(random, clone)
  }

  #yjsClient(random: Random): YjsClient | undefined {
    const clients = this.#fleet.yjsClients.filter(({ process }) => process.alive)
    return clients.length === 0 ? undefined : random.pick(clients)
  }

  #resetYjs(random: Random): void {
    const client = this.#yjsClient(random)
    if (client === undefined) return
    this.#world.count("y-websocket connection reset")
    client.hangUp()
  }

  #endYjs(random: Random): void {
    const client = this.#yjsClient(random)
    if (client === undefined || this.#fleet.yjsClients.length >= MAX_YJS_CLIENTS) return
    this.#world.count("y-websocket client ended")
    client.end()
    this.#fleet.addYjsClient()
  }

  #openOrClose(random: Random): void {
    const found = this.#tab(random)
    if (found === undefined) return
    const { tab } = found
    const documents = this.#world.documents
    if (tab.views.size > 1 && random.chance(0.4)) tab.close(random.pick([...tab.views.keys()]))
    else tab.open(random.pick(documents))
  }
}
