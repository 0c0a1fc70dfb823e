import { expect, test } from "vitest"
import { optionsOf, type Sabotage, type SimulationOptions } from "./simulation-options.ts"
import { simulate } from "./simulate.ts"

/*
 * Controls: the code under test is made wrong on purpose, and the checks have to see it. One that stays green would mean that the
 * simulation proves nothing about the rule that it breaks.
 */

/** Seeds that show it, options that make what brings it to light happen often, and how the complaint begins that it has to lead to. */
interface Control {
  readonly seeds: number
  readonly complaint: RegExp
  readonly options: (from: SimulationOptions) => Partial<SimulationOptions>
}

async function check(sabotage: Sabotage, { seeds, complaint, options }: Control): Promise<void> {
  const found = { without: [] as string[], with: [] as string[] }
  for (let seed = 1; seed <= seeds; seed++) {
    const given = { ...options(optionsOf(seed)), oversize: 0, tooDeep: 0 }
    found.without.push(...(await simulate(seed, given)).violations)
    found.with.push(...(await simulate(seed, { ...given, sabotage })).violations)
  }
  // It is the sabotage that is found, not something that is there anyway.
  expect(found.without).toEqual([])
  expect(found.with.filter((violation) => complaint.test(violation))).not.toEqual([])
}

test("[SM4] a relay that keeps its log id after a restore is found out", async () => {
  await check("log id kept after a restore", {
    seeds: 6,
    complaint: /^\[I[24]\]/,
    options: ({ rates }) => ({
      relays: 1,
      rates: { ...rates, relayRestore: 8_000, relayWipe: Infinity, evict: Infinity },
    }),
  })
})

test("[SM4] a store that pages on over deleted items is found out", async () => {
  await check("pages without base", {
    seeds: 12,
    complaint: /^\[I4\].*which has \d+$/,
    options: ({ relayLimits }) => ({
      relays: 1,
      operations: 140,
      latencyMs: 100,
      compactionMs: 1,
      compactionFailureRate: 0,
      relayLimits: { ...relayLimits, windowItems: 2, compactItems: 5, maxCacheItems: 2, roomIdleMs: 200 },
    }),
  })
})

test("[SM4] a relay that acknowledges before it is durable is found out", async () => {
  await check("relay acknowledges before it is durable", {
    seeds: 3,
    complaint: /^\[I1\].*(sends|acknowledges)/,
    // A store that cannot give back at once what it said it had is asked again: each time takes its time.
    options: () => ({ relayCommitMs: 80, readMs: 15 }),
  })
})

test("[SM4] a device that shows before it is durable is found out", async () => {
  await check("device shows before it is durable", {
    seeds: 3,
    complaint: /^\[I[13]\].*(not on its disk|on no disk)/,
    options: () => ({ deviceCommitMs: 150 }),
  })
})

/** Registers are used a lot, and answers get lost. */
const busyRegisters = ({ rates }: SimulationOptions): Partial<SimulationOptions> => ({
  relays: 1,
  devices: 3,
  documents: 1,
  operations: 20,
  registerOperations: 120,
  yjsClients: 0,
  rates: { ...rates, reset: 1_500, relayKill: 6_000, relayWipe: Infinity, relayRestore: Infinity, evict: Infinity },
})

test("[SM4, SM9] a relay that forgets attempts is found out", async () => {
  await check("relay forgets attempts", { seeds: 4, complaint: /^\[I8\].*not linearizable/, options: busyRegisters })
})

test("[SM4, SM9] a relay whose leases end early is found out", async () => {
  await check("relay counts leases too fast", {
    seeds: 3,
    complaint: /^\[I8\].*(holds the lease|not linearizable)/,
    options: busyRegisters,
  })
})

test("[SM4, SM9] a device that answers from what it remembers is found out", async () => {
  await check("reads from memory", { seeds: 4, complaint: /^\[I8\].*not linearizable/, options: busyRegisters })
})

test("[SM4, SM9] a relay that tells of a register before it is durable is found out", async () => {
  await check("relay acknowledges before it is durable", {
    seeds: 3,
    complaint: /^\[I8\].*never on its disk/,
    // As above.
    options: (from) => ({ ...busyRegisters(from), relayCommitMs: 80, readMs: 15 }),
  })
})

test("[SM4, SM9] a relay that gives revisions twice after a restore is found out", async () => {
  await check("log id kept after a restore", {
    seeds: 6,
    complaint: /^\[I8\].*stood for/,
    options: (from) => ({ ...busyRegisters(from), rates: { ...busyRegisters(from).rates!, relayRestore: 5_000 } }),
  })
})

test("[SM4, SM31] people who do not wait for their tokens are shown less than they have seen, and that is found out", async () => {
  await check("nobody waits for tokens", {
    seeds: 3,
    complaint: /^\[I3\].*(read your writes|monotonic reads): read/,
    options: ({ rates }) => ({ devices: 3, documents: 1, tokenOperations: 120, rates: { ...rates, deviceCutOff: 4_000, reset: 3_000 } }),
  })
})

test("[SM4, SM32, I5] a relay that puts more into its sockets than they may hold is found out", async () => {
  await check("relay overfills its sockets", {
    seeds: 3,
    complaint: /^\[I5\].*in its socket/,
    options: ({ relayLimits }) => ({ relays: 1, bytesPerMs: 2, relayLimits: { ...relayLimits, maxBufferedBytes: 200 } }),
  })
})

test("[SM4, SM32, I5] a relay that lets more rows wait than may is found out", async () => {
  await check("relay queues whatever comes", {
    seeds: 4,
    complaint: /^\[I5\].*rows wait/,
    options: ({ relayLimits }) => ({
      relays: 1,
      crowded: true,
      devices: 4,
      operations: 240,
      turmoilMs: 12_000,
      relayCommitMs: 80,
      relayLimits: { ...relayLimits, maxQueuedRows: 4 },
    }),
  })
})

/** Three relays in a row that all hold everything, devices that move between them, and little else that fails. */
const linkedRelays = ({ rates, relayLimits }: SimulationOptions): Partial<SimulationOptions> => ({
  relays: 3,
  topology: "chain",
  onDemand: false,
  partial: false,
  lateRelays: 0,
  leavingRelays: 0,
  devices: 3,
  documents: 1,
  operations: 80,
  yjsClients: 0,
  registerOperations: 0,
  erasing: false,
  rates: { ...rates, cut: Infinity, relayKill: Infinity, linkCut: 2_000, relayWipe: Infinity, relayRestore: Infinity, evict: Infinity },
  // Whole frames, so that what is made wrong fits into them.
  relayLimits: { ...relayLimits, maxFrameBytes: 262_144, maxBufferedBytes: 1_048_576 },
})

test("[SM4, SM24] a relay that passes on over a link what is not durable at it is found out", async () => {
  await check("relay acknowledges before it is durable", {
    seeds: 3,
    complaint: /^\[I1\].*relay-\d sends relay-\d/,
    options: (from) => ({ ...linkedRelays(from), relayCommitMs: 80, readMs: 15 }),
  })
})

test("[SM4, SM24] a link that says early what is durable is found out", async () => {
  await check("link says early what it has", {
    seeds: 2,
    complaint: /^\[I1\].*tells relay-\d that it has/,
    options: (from) => ({ ...linkedRelays(from), relayCommitMs: 80 }),
  })
})

test("[SM4, SM24] a link that sends log by log is found out", async () => {
  await check("link sends log by log", {
    seeds: 8,
    complaint: /^\[I4\].*has op/,
    // It shows only where somebody at one relay goes on with what was just written at another: who is cut off from one goes there.
    options: (from) => ({
      ...linkedRelays(from),
      crowded: false,
      operations: 240,
      turmoilMs: 20_000,
      latencyMs: 2,
      deviceCommitMs: 1,
      relayCommitMs: 1,
      rates: { ...linkedRelays(from).rates!, cut: 1_000 },
    }),
  })
})

test("[SM4, SM24] a link that forgets who used a client id first is found out", async () => {
  await check("link forgets owners", {
    seeds: 10,
    complaint: /^\[I7\].*knows as owners/,
    options: (from) => ({ ...linkedRelays(from), relayLimits: { ...linkedRelays(from).relayLimits, windowItems: 2, compactItems: 5 } }),
  })
})

test("[SM4, SM36, I9] a link that changes what it brings is found out by the relays, which compare what they have", async () => {
  await check("link changes letters", {
    seeds: 2,
    complaint: /^\[I9\].*relay-\d found \d+ documents that differ/,
    options: linkedRelays,
  })
})
