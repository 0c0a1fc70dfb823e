import { DEFAULT_LIMITS, encodeFrames } from "@polylogue/protocol"
import { Coverage } from "./coverage.ts"
import { Faults } from "./faults.ts"
import { checkEnd, checkRegisters } from "./final-check.ts"
import { Fleet } from "./fleet.ts"
import { optionsOf, type SimulationOptions } from "./simulation-options.ts"
import { TokenUsers } from "./token-users.ts"
import { settle } from "./virtual-clock.ts"
import { WireWatch } from "./wire-watch.ts"
import { World } from "./world.ts"
import type { Hopeless } from "./writer.ts"

/** What a run found. */
export interface SimulationReport {
  readonly seed: number
  readonly options: SimulationOptions
  /** Breaches of the invariants, in the order in which they were seen; empty when all is well. */
  readonly violations: readonly string[]
  readonly coverage: Coverage
  readonly operations: number
  readonly events: number
  /** Equal for two runs exactly when the same happened in both. */
  readonly digest: number
  /** The report in words: seed, options, what happened last, violations. */
  toString(): string
}

/** Virtual time that the fleet has, once all is healed, to become quiet: many times what its backoffs and timeouts add up to. */
const LIVENESS_MS = 240_000
/** Longest time for which a device does not look after a relay that has failed again and again, and some more. */
const GOING_BACK_MS = 640_000
/** How long only heartbeats may be heard then (I6). */
const QUIET_MS = 60_000
/** Bytes of a heartbeat and its answer. */
const HEARTBEAT_BYTES = encodeFrames(
  { type: "ping", nonce: 0x0f_ff_ff },
  { type: "pong", nonce: 0x0f_ff_ff, time: Date.UTC(2100, 0) },
).length
/** How often each end of a connection asks whether the other one is there, at the most, in shares of what it promised. */
const HEARTBEATS = 2

/**
 * One run: turmoil, in which writers write while everything fails that can, then the heal, after which the fleet must become quiet in time,
 * stay quiet, and be of one mind. The invariants are checked at every step on the way; see `Knowledge`, `StoreWatch` and `WireWatch`.
 */
export async function simulate(seed: number, given: Partial<SimulationOptions> = {}): Promise<SimulationReport> {
  const options = optionsOf(seed, given)
  let wire!: WireWatch
  let fleet!: Fleet
  const world = new World(seed, options, (made) => {
    wire = new WireWatch(made, {
      device: (host) => fleet.device(host).watch,
      relay: (url) => fleet.relay(url),
      at: (host) => fleet.relays.find(({ name }) => name === host),
      hasHeld: (url, key, value) => {
        const relay = fleet.relay(url)
        if (relay.plan.authority) return relay.hasHeld(key, value)
        return fleet.relays.some((other) => other.plan.authority && other.hasEverHeld(key, value))
      },
      copies: (relay, documentId, vector) => fleet.copies(relay, documentId, vector),
    })
    return wire
  })
  fleet = new Fleet(world)
  try {
    const users = new TokenUsers(fleet)
    await turmoil(fleet, users)
    heal(fleet)
    if (await becomesQuiet(fleet)) {
      await staysQuiet(fleet, wire)
      await checkRegisters(fleet)
      await users.check()
      await joinAfresh(fleet)
      await checkEnd(fleet)
    }
  } catch (error) {
    world.complain("I7", `the run itself failed: ${(error as Error).stack}`)
  }
  return reportOf(world)
}

async function turmoil(fleet: Fleet, users: TokenUsers): Promise<void> {
  const { world } = fleet
  const { turmoilMs, operations } = world.options
  const faults = new Faults(fleet)
  const random = world.random.fork("writers")
  const hopeless = hopelessOnes(world)
  for (let count = 0; count < operations; count++) {
    world.clock.schedule(random.fraction() * turmoilMs, () => {
      const clients = fleet.yjsClients.filter(({ process }) => process.alive)
      if (clients.length > 0 && random.chance(0.2)) {
        world.count("y-websocket client wrote")
        random.pick(clients).operate(random)
        return
      }
      const tabs = fleet.devices.flatMap((device) => device.usableTabs())
      if (tabs.length === 0) return
      const tab = random.pick(tabs)
      // People write in bursts.
      const burst = random.chance(0.2) ? random.between(2, 5) : 1
      for (let stroke = 0; stroke < burst; stroke++) tab.operate(random, stroke === 0 ? hopeless.get(count) : undefined)
    })
  }
  useRegisters(fleet)
  useTokens(fleet, users)
  await settle()
  await world.clock.runUntil(turmoilMs)
  faults.stop()
}

function useRegisters({ world, devices }: Fleet): void {
  const { turmoilMs, registerOperations } = world.options
  const random = world.random.fork("registers")
  for (let count = 0; count < registerOperations; count++) {
    world.clock.schedule(random.fraction() * turmoilMs, () => random.pick(devices).registers.act())
  }
}

function useTokens({ world }: Fleet, users: TokenUsers): void {
  const { turmoilMs, tokenOperations } = world.options
  const random = world.random.fork("tokens")
  for (let count = 0; count < tokenOperations; count++) world.clock.schedule(random.fraction() * turmoilMs, () => users.act())
}

/** Which operations no relay will take, and why. */
function hopelessOnes({ random, options }: World): Map<number, Hopeless> {
  const draw = random.fork("hopeless")
  const ones = new Map<number, Hopeless>()
  for (let count = 0; count < options.oversize; count++) ones.set(draw.between(0, options.operations - 1), "oversize")
  for (let count = 0; count < options.tooDeep; count++) ones.set(draw.between(0, options.operations - 1), "too deep")
  return ones
}

/** Ends all faults. Of relays that are not linked one is left, so that everybody meets there. */
function heal(fleet: Fleet): void {
  const { world } = fleet
  world.trace("── all is healed")
  const random = world.random.fork("heal")
  const survivor = random.pick(fleet.remaining)
  for (const relay of fleet.remaining) if (!world.linked && relay !== survivor) fleet.retire(relay)
  world.issuer.calm()
  for (const relay of fleet.remaining) relay.calm()
  for (const { up, down } of world.network.links()) for (const lane of [up, down]) lane.setCut(false)
  for (const relay of fleet.remaining) {
    relay.thaw()
    relay.join()
    relay.start()
  }
  // Programs of others notice only after 30 s that a relay died in silence.
  for (const client of fleet.yjsClients) client.hangUp()
  for (const device of fleet.devices) {
    device.calm()
    for (const tab of device.tabs) tab.thaw()
    if (device.tabs.length === 0) device.openTab()
  }
}

/** Whether the fleet has nothing left to do before its time is up. */
async function becomesQuiet(fleet: Fleet): Promise<boolean> {
  const { world } = fleet
  let rest: string[] = []
  for (let waitedMs = 0; waitedMs < LIVENESS_MS; waitedMs += 500) {
    await world.clock.runFor(500)
    rest = fleet.unfinished()
    if (rest.length === 0) {
      world.trace("── all is quiet")
      return true
    }
  }
  world.complain("I2", `the fleet has not become quiet in ${LIVENESS_MS} ms: ${rest.slice(0, 6).join("; ")}`)
  return false
}

/**
 * I6: without new writes only heartbeats are heard, relays dial nobody, and what they send each other are the heartbeats of the links that the
 * topology has and no byte more. I5: nothing waits any more in a relay, and nothing is kept of what is over.
 */
async function staysQuiet(fleet: Fleet, wire: WireWatch): Promise<void> {
  const { world } = fleet
  // Until then both sides find out which connections are dead, and devices have gone back to the relays that they would choose.
  const { relays, turmoilMs, replicaLimits, relayLimits } = world.options
  const goesBack = relays > 1 && (replicaLimits.lookBackMs ?? Infinity) < turmoilMs
  await world.clock.runFor(goesBack ? GOING_BACK_MS : 40_000)
  wire.frames.clear()
  wire.linkBytes = 0
  wire.dialledByRelays = 0
  await world.clock.runFor(QUIET_MS)
  const others = [...wire.frames].filter(([type]) => type !== "ping" && type !== "pong")
  if (others.length > 0) world.complain("I6", `without writes there were ${others.map(([type, count]) => `${count} ${type}`).join(", ")}`)
  if (wire.dialledByRelays > 0) world.complain("I6", `without writes relays dialled each other ${wire.dialledByRelays} times`)
  const beats = Math.ceil((QUIET_MS / (relayLimits.heartbeatMs ?? DEFAULT_LIMITS.heartbeatMs)) * HEARTBEATS) + 1
  const most = fleet.pairs() * 2 * beats * HEARTBEAT_BYTES
  if (wire.linkBytes > most)
    world.complain("I6", `without writes relays sent each other ${wire.linkBytes} bytes, and heartbeats take ${most}`)
  for (const relay of fleet.remaining) world.bounds.atRest(relay, relay.connections)
}

/** At every relay a device joins that has never been there before, for the end to be compared with. */
async function joinAfresh(fleet: Fleet): Promise<void> {
  const { world } = fleet
  for (const { url } of fleet.remaining) fleet.addDevice([url]).openTab()
  let rest: string[] = []
  for (let waitedMs = 0; waitedMs < LIVENESS_MS; waitedMs += 500) {
    await world.clock.runFor(500)
    rest = fleet.unfinished()
    if (rest.length === 0) return
  }
  world.complain("I2", `fresh devices do not get the documents: ${rest.slice(0, 6).join("; ")}`)
}

function reportOf(world: World): SimulationReport {
  const { seed, options, violations, coverage, ledger, clock, digest } = world
  return {
    seed,
    options,
    violations,
    coverage,
    operations: ledger.operations.length,
    events: clock.events,
    digest,
    toString: () =>
      [
        `seed ${seed}: ${violations.length} violations`,
        `options ${JSON.stringify(options, (_key, value: unknown) => (value === Infinity ? "Infinity" : value))}`,
        "what happened last:",
        ...world.lastTrace,
        "violations:",
        ...violations,
        `replay with POLYLOGUE_SEED=${seed} npx vitest run --project node e2e/simulation -t seed`,
      ].join("\n"),
  }
}
