import { Random } from "../random.ts"
import { type FaultRates, optionsOf, type SimulationOptions } from "../simulation-options.ts"

/** Ways in which responders are made wrong on purpose, to see whether the checks notice. */
export type AnswerSabotage = "leases that never expire" | "holder that counts its lease too slowly" | "answers without a lease"

/** Mean time between faults of one kind at those who ask and answer, in virtual milliseconds; `Infinity`: never. */
export interface AnswerFaultRates {
  readonly kill: number
  readonly close: number
  readonly freeze: number
  readonly cutOff: number
  readonly clockJump: number
  readonly linkReset: number
}

/** Everything that a run with answers depends on besides its seed. */
export interface AnswerOptions {
  /** Relays, links, network and disks, and what happens to them. */
  readonly world: SimulationOptions
  readonly responders: number
  readonly devices: number
  readonly asks: number
  /** Generations that one responder writes at once. */
  readonly maxGenerations: number
  readonly leaseMs: number
  readonly heartbeatMs: number
  /** Virtual time that everybody has, once all is healed, to answer what was asked: many leases, and the backoffs of all that failed. */
  readonly livenessMs: number
  readonly rates: AnswerFaultRates
  readonly sabotage: AnswerSabotage | undefined
}

/** The options of `seed`: each kind of fault is on in about half of the seeds, at a rate of its own. */
export function answerOptionsOf(seed: number, given: Partial<AnswerOptions> = {}): AnswerOptions {
  const random = new Random(`${seed}/answers`)
  const turmoilMs = random.between(30_000, 80_000)
  const every = (share: number, timesAtMost: number): number => {
    const on = random.chance(share)
    const times = 0.5 + random.fraction() * timesAtMost
    return on ? turmoilMs / times : Infinity
  }
  return {
    world: worldOf(seed, turmoilMs),
    responders: random.between(1, 4),
    devices: random.between(2, 3),
    asks: random.between(4, 10),
    maxGenerations: random.pick([1, 3, 8]),
    leaseMs: 9_000,
    heartbeatMs: 1_500,
    livenessMs: 240_000,
    rates: {
      kill: every(0.6, 6),
      close: every(0.4, 4),
      freeze: every(0.7, 6),
      cutOff: every(0.6, 6),
      clockJump: every(0.4, 4),
      linkReset: every(0.4, 6),
    },
    sabotage: undefined,
    ...given,
  }
}

/** The relays of `seed`, as in the other runs, with nobody there yet; what befalls tabs befalls nobody. */
function worldOf(seed: number, turmoilMs: number): SimulationOptions {
  const given = {
    devices: 0,
    yjsClients: 0,
    operations: 0,
    registerOperations: 0,
    tokenOperations: 0,
    oversize: 0,
    tooDeep: 0,
    erasing: false,
    tokenLifeMs: Infinity,
    crowded: false,
    documents: 1 + (seed % 2),
    turmoilMs,
    // Two that know nothing of each other would be two authorities.
    ...(optionsOf(seed).topology === "apart" ? { relays: 1 } : {}),
  }
  const options = optionsOf(seed, given)
  const { replicaLimits, rates } = options
  return { ...options, rates: ofRelays(rates), replicaLimits: { ...replicaLimits, registerTimeoutMs: 2_500 } }
}

function ofRelays(rates: FaultRates): FaultRates {
  const never = Object.fromEntries(Object.keys(rates).map((kind) => [kind, Infinity])) as unknown as FaultRates
  const { relayKill, relayWipe, relayRestore, relayDrain, relayStore, diskFull, diskSlow, linkCut, linkReset, relayFreeze } = rates
  return { ...never, relayKill, relayWipe, relayRestore, relayDrain, relayStore, diskFull, diskSlow, linkCut, linkReset, relayFreeze }
}
