import type { RelayLimits } from "@polylogue/relay"
import type { ReplicaLimits } from "@polylogue/replica"
import { Random } from "./random.ts"
import type { LinkSabotage } from "./sabotaged-link.ts"
import type { Topology } from "./topology.ts"

/** Ways in which the code under test is made wrong on purpose, to see whether the checks notice. */
export type Sabotage =
  | "log id kept after a restore"
  | "pages without base"
  | "relay acknowledges before it is durable"
  | "device shows before it is durable"
  | "relay forgets attempts"
  | "relay counts leases too fast"
  | "reads from memory"
  | "nobody waits for tokens"
  | "relay overfills its sockets"
  | "relay queues whatever comes"
  | LinkSabotage

/** Mean time between faults of one kind, in virtual milliseconds; `Infinity`: never. */
export interface FaultRates {
  readonly cut: number
  readonly reset: number
  readonly relayKill: number
  readonly relayWipe: number
  readonly relayRestore: number
  readonly relayDrain: number
  readonly relayStore: number
  readonly diskFull: number
  readonly diskSlow: number
  readonly tabReload: number
  readonly tabCrash: number
  readonly tabFreeze: number
  readonly secondTab: number
  readonly devicePower: number
  readonly issuerDown: number
  readonly deviceStore: number
  readonly deviceCutOff: number
  readonly evict: number
  readonly clone: number
  readonly yjsReset: number
  readonly yjsEnd: number
  readonly linkCut: number
  readonly linkReset: number
  readonly relayFreeze: number
}

/** Everything that a run depends on besides its seed; derived from the seed unless given. */
export interface SimulationOptions {
  readonly relays: number
  readonly topology: Topology
  /** Whether edges of a chain or tree hold only what is in use there. */
  readonly onDemand: boolean
  /** Whether relays of a chain or tree hold the documents of some workspaces only. */
  readonly partial: boolean
  /** On how many other relays something has to be to count as replicated. */
  readonly replicas: number
  /** Relays that join in the middle, and that leave for good. */
  readonly lateRelays: number
  readonly leavingRelays: number
  readonly devices: number
  readonly documents: number
  /** Programs that speak y-websocket. */
  readonly yjsClients: number
  /** How long faults happen and writers write, in virtual milliseconds. */
  readonly turmoilMs: number
  readonly operations: number
  /** How often somebody reads or sets a register; 0: never, nor are any watched. */
  readonly registerOperations: number
  /** How often somebody goes to a device with a token of another; 0: never. */
  readonly tokenOperations: number
  readonly latencyMs: number
  readonly jitterMs: number
  readonly bytesPerMs: number
  readonly relayCommitMs: number
  readonly deviceCommitMs: number
  readonly readMs: number
  readonly storeFailureRate: number
  readonly compactionMs: number
  readonly compactionFailureRate: number
  readonly skewMs: number
  readonly tabs: { readonly lossRate: number; readonly doubleRate: number; readonly delayMs: number }
  /** How many operations are too large for any relay; how many are nested too deeply. */
  readonly oversize: number
  readonly tooDeep: number
  /** How long tokens are good for, about; `Infinity`: nobody needs one. */
  readonly tokenLifeMs: number
  /** Whether what may wait, and be under way, is so little that the limits are met. */
  readonly crowded: boolean
  /** Whether devices watch everything, so that they have what they never opened. */
  readonly watching: boolean
  /** Whether writers erase for good. */
  readonly erasing: boolean
  readonly rates: FaultRates
  readonly relayLimits: Partial<RelayLimits>
  readonly replicaLimits: Partial<ReplicaLimits>
  readonly sabotage: Sabotage | undefined
}

/**
 * The options of `seed`. Each kind of fault is on in about half of the seeds, at a rate of its own, so that a rare one is not always
 * drowned by a frequent one.
 */
export function optionsOf(seed: number, given: Partial<SimulationOptions> = {}): SimulationOptions {
  const random = new Random(`${seed}/options`)
  const turmoilMs = random.between(15_000, 60_000)
  const every = (share: number, timesAtMost: number): number => {
    const on = random.chance(share)
    const times = 0.5 + random.fraction() * timesAtMost
    return on ? turmoilMs / times : Infinity
  }
  const bytesPerMs = random.pick([Infinity, Infinity, 100, 2, 2])
  const apart = random.chance(0.35) ? 2 : 1
  const links = linksOf(seed, given, apart)
  const crowd = crowdOf(seed, given)
  // What several relays do is several times as much.
  const linked = links.options.topology !== "apart"
  return {
    ...links.options,
    crowded: crowd.crowded,
    devices: Math.min(random.between(2, 4), linked ? 3 : 4),
    documents: random.between(1, MAX_DOCUMENTS),
    yjsClients: random.chance(0.3) ? random.between(1, 2) : 0,
    turmoilMs,
    operations: Math.ceil(random.between(40, 140) / (linked ? 2 : 1)),
    latencyMs: random.pick([0, 2, 20, 100]),
    jitterMs: random.pick([0, 5, 50]),
    bytesPerMs,
    relayCommitMs: random.pick([1, 10, 80]),
    deviceCommitMs: random.pick([1, 10, 150]),
    readMs: random.pick([0, 1, 15]),
    storeFailureRate: random.pick([0, 0, 0.02, 0.1]),
    compactionMs: random.pick([20, 400, 400]),
    compactionFailureRate: random.pick([0, 0.1, 0.3]),
    skewMs: random.pick([0, 500, 3_600_000]),
    tabs: { lossRate: random.pick([0, 0.1, 0.5]), doubleRate: random.pick([0, 0.1]), delayMs: random.pick([0, 5, 200]) },
    oversize: random.chance(0.15) ? random.between(1, 2) : 0,
    tooDeep: random.chance(0.15) ? random.between(1, 2) : 0,
    tokenLifeMs: random.pick([Infinity, Infinity, 3_000, 15_000]),
    watching: random.chance(0.5),
    erasing: random.chance(0.4),
    rates: {
      cut: every(0.6, 12),
      reset: every(0.5, 10),
      relayKill: every(0.5, 6),
      relayWipe: every(0.25, 1.5),
      relayRestore: every(0.25, 1.5),
      relayDrain: every(0.2, 2),
      relayStore: every(0.3, 5),
      diskFull: every(0.3, 3),
      diskSlow: every(0.3, 3),
      tabReload: every(0.5, 8),
      tabCrash: every(0.5, 8),
      tabFreeze: every(0.5, 6),
      secondTab: every(0.6, 6),
      devicePower: every(0.4, 4),
      issuerDown: every(0.3, 3),
      deviceStore: every(0.3, 5),
      deviceCutOff: every(0.3, 4),
      evict: every(0.25, 1.5),
      clone: every(0.25, 1.5),
      yjsReset: every(0.5, 6),
      yjsEnd: every(0.3, 2),
      ...links.rates(turmoilMs),
    },
    relayLimits: {
      heartbeatMs: 4_000,
      handshakeMs: 5_000,
      // On a slow link a large message would outlast the heartbeat.
      maxFrameBytes: Math.min(bytesPerMs * 4_000, random.pick([1_024, 8_192, 262_144])),
      maxRowBytes: 80_000,
      maxBufferedBytes: random.pick([200, 200, 4_096, 1_048_576]),
      maxCacheItems: random.pick([2, 2, 16, 1_024]),
      windowItems: random.pick([2, 2, 8, 64]),
      compactItems: random.pick([5, 5, 20, 1_000]),
      roomIdleMs: random.pick([200, 5_000]),
      diffBytes: 64,
      quarantineMs: 3_000,
      coolDownMs: 2_000,
      ...links.limits,
      ...crowd.relayLimits,
      ...given.relayLimits,
    },
    replicaLimits: {
      minBackoffMs: 100,
      maxBackoffMs: 2_000,
      connectTimeoutMs: 3_000,
      flushWindowMs: random.pick([0, 0, 50]),
      maxItems: random.pick([6, 40, 500]),
      maxUnsentRows: random.pick([3, 128]),
      maxRowsInFlight: random.pick([1, 4, 256]),
      maxFetching: random.pick([1, 256]),
      maxFollowed: random.pick([1, 32]),
      auditQuietMs: random.pick([500, 3_000]),
      followedIdleMs: random.pick([200, 5_000]),
      feedCompareMs: random.pick([100, 5_000]),
      lookBackMs: links.goesBack ? 2_000 : NEVER_MS,
      returnAfterMs: links.goesBack ? 4_000 : NEVER_MS,
      returnQuietMs: 500,
      registerTimeoutMs: turmoilMs > 35_000 && !linked ? 500 : 3_000,
      ...crowd.replicaLimits,
      ...given.replicaLimits,
    },
    registerOperations: Math.ceil(random.between(10, 60) / (linked ? 2 : 1)),
    tokenOperations: random.between(10, 40),
    sabotage: undefined,
    ...withoutLimits(given),
  }
}

/** Longer than any run. */
const NEVER_MS = 3_600_000

type Links = Pick<SimulationOptions, "relays" | "topology" | "onDemand" | "partial" | "replicas" | "lateRelays" | "leavingRelays">

/** Documents of one run. */
const MAX_DOCUMENTS = 3
/** How many of the runs have linked relays. */
const LINKED_SHARE = 0.75

/** What a run has of links: of luck of its own, so that seeds without any do what they did before there were links. */
function linksOf(
  seed: number,
  given: Partial<SimulationOptions>,
  apart: number,
): {
  readonly options: Links
  rates(turmoilMs: number): Pick<FaultRates, "linkCut" | "linkReset" | "relayFreeze">
  readonly limits: Partial<RelayLimits>
  /** Whether devices go back, some time, to the relay that they would choose. */
  readonly goesBack: boolean
} {
  const random = new Random(`${seed}/links`)
  const linked = random.chance(LINKED_SHARE)
  const relays = random.pick([2, 2, 3, 3, 3, 4, 5])
  const shape = random.pick<Topology>(["chain", "tree", "ring", "mesh", "random"])
  const topology = given.topology ?? ((given.relays ?? 2) > 1 && linked ? shape : "apart")
  const every = (turmoilMs: number, share: number, timesAtMost: number): number =>
    random.chance(share) ? turmoilMs / (0.5 + random.fraction() * timesAtMost) : Infinity
  return {
    options: {
      relays: topology === "apart" ? apart : relays,
      topology,
      onDemand: random.chance(0.4),
      partial: (topology === "chain" || topology === "tree") && random.fork("partial").chance(0.6),
      replicas: random.chance(0.25) ? 2 : 1,
      lateRelays: random.chance(0.3) ? 1 : 0,
      leavingRelays: random.chance(0.25) ? 1 : 0,
    },
    rates: (turmoilMs) =>
      topology === "apart"
        ? { linkCut: Infinity, linkReset: Infinity, relayFreeze: Infinity }
        : { linkCut: every(turmoilMs, 0.7, 10), linkReset: every(turmoilMs, 0.5, 8), relayFreeze: every(turmoilMs, 0.4, 3) },
    limits: {
      linkMinBackoffMs: 100,
      linkMaxBackoffMs: 2_000,
      maxLinkFetching: random.pick([1, 256]),
      linkIdleMs: random.pick([200, 5_000]),
      linkRetryMs: random.pick([200, 2_000]),
      linkMaxRetryMs: 30_000,
      linkRecordMs: random.pick([50, 2_000]),
      linkAuditMs: random.fork("audits").pick([100, 1_000]),
    },
    goesBack: random.chance(0.3),
  }
}

/** Limits that are met, in half of the runs: of luck of its own, as above. */
function crowdOf(seed: number, given: Partial<SimulationOptions>): Pick<SimulationOptions, "crowded" | "relayLimits" | "replicaLimits"> {
  const random = new Random(`${seed}/crowd`)
  const crowded = given.crowded ?? random.chance(0.5)
  if (!crowded) return { crowded, relayLimits: {}, replicaLimits: {} }
  const maxRowsInFlight = random.pick([1, 4])
  return {
    crowded,
    relayLimits: {
      // All that one device has under way fits, or it would be turned away each time that it comes.
      maxQueuedRows: maxRowsInFlight * MAX_DOCUMENTS,
      maxQueuedBytes: random.pick([20_000, 100_000]),
      maxReceivedBytes: random.pick([2_048, 20_000]),
      maxHandshakes: random.pick([2, 1_000]),
    },
    replicaLimits: {
      maxRowsInFlight,
      maxBufferedBytes: random.pick([300, 1_048_576]),
      maxBytesInFlight: random.pick([2_000, 1_048_576]),
    },
  }
}

function withoutLimits({ relayLimits: _relay, replicaLimits: _replica, ...rest }: Partial<SimulationOptions>): Partial<SimulationOptions> {
  return rest
}
