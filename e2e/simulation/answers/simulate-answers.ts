import type { DocumentId } from "@polylogue/protocol"
import * as Y from "yjs"
import { Faults } from "../faults.ts"
import type { Random } from "../random.ts"
import { settle } from "../virtual-clock.ts"
import { checkAnswers, unanswered } from "./answer-check.ts"
import { AnswerFaults } from "./answer-faults.ts"
import { AnswerFleet } from "./answer-fleet.ts"
import { type AnswerOptions, answerOptionsOf } from "./answer-options.ts"
import type { AskingDevice } from "./asking-device.ts"
import type { AnswerCounts } from "./happenings.ts"

/** What a run with answers found. */
export interface AnswerReport {
  readonly seed: number
  /** Breaches of the invariants, in the order in which they were seen; empty when all is well. */
  readonly violations: readonly string[]
  readonly counts: AnswerCounts
  /** Equal for two runs exactly when the same happened in both. */
  readonly digest: number
  /** Seed, options, what happened last, violations. */
  toString(): string
}

/**
 * One run: devices ask, on and offline, the same at the same moment, again, for more, and stop, while responders are killed, frozen past their leases, cut off and
 * closed, and relays fail as in all other runs. Then all is healed: every ask that nobody stopped must be answered, once, whole, and the same everywhere (I8, I2).
 */
export async function simulateAnswers(seed: number, given: Partial<AnswerOptions> = {}): Promise<AnswerReport> {
  const options = answerOptionsOf(seed, given)
  const fleet = new AnswerFleet(seed, options)
  const { world } = fleet
  try {
    await turmoil(fleet)
    heal(fleet)
    if (await becomesQuiet(fleet)) {
      for (const { url } of fleet.relays) fleet.joinAfresh(url)
      if (await becomesQuiet(fleet)) await checkAnswers(fleet)
    }
  } catch (error) {
    world.complain("I7", `the run itself failed: ${(error as Error).stack}`)
  }
  const { violations, digest, lastTrace } = world
  return {
    seed,
    violations,
    counts: fleet.counts,
    digest,
    toString: () =>
      [
        `seed ${seed} with answers: ${violations.length} violations`,
        `options ${JSON.stringify(options, (_key, value: unknown) => (value === Infinity ? "Infinity" : value))}`,
        "what happened last:",
        ...lastTrace,
        "violations:",
        ...violations,
        `replay with POLYLOGUE_SEED=${seed} npx vitest run --project node e2e/simulation/answers -t seed`,
      ].join("\n"),
  }
}

async function turmoil(fleet: AnswerFleet): Promise<void> {
  const { world, options } = fleet
  const { turmoilMs } = options.world
  const relayFaults = new Faults(fleet.base)
  const faults = new AnswerFaults(fleet)
  const random = world.random.fork("asks")
  for (let count = 0; count < options.asks; count++) world.clock.schedule(random.fraction() * turmoilMs, () => act(fleet, random))
  await settle()
  await world.clock.runUntil(turmoilMs)
  relayFaults.stop()
  faults.stop()
}

/** Somebody asks, one way or another. */
function act(fleet: AnswerFleet, random: Random): void {
  const usable = fleet.devices.filter(({ running }) => running !== undefined)
  if (usable.length === 0) return
  const device = random.pick(usable)
  const documentId = random.pick(fleet.world.documents)
  const kind = random.pick(["new", "new", "new", "equal", "equal", "again", "again", "continue"] as const)
  if (random.chance(0.2)) goOffline(fleet, random, device)
  if (kind === "new") {
    const messageId = device.say(documentId)
    if (messageId !== undefined) asked(fleet, random, documentId, device.ask(documentId, messageId))
  } else if (kind === "equal") {
    askAlike(fleet, random, documentId)
  } else {
    asked(fleet, random, documentId, device.askAgain(documentId, kind === "again" ? "answer" : "continue"))
  }
}

/** Two devices that show the same ask the same at one moment. */
function askAlike({ world, devices, counts }: AnswerFleet, random: Random, documentId: DocumentId): void {
  const [one, other] = random.shuffle(devices)
  const messageId = one!.say(documentId)
  if (messageId === undefined) return
  world.clock.schedule(3_000, () => {
    const [first, second] = [one!.ask(documentId, messageId), other!.ask(documentId, messageId)]
    if (first === undefined || second === undefined) return
    if (first.slot === second.slot) counts.count("equal asks at the same moment")
  })
}

function asked(fleet: AnswerFleet, random: Random, documentId: DocumentId, ask: ReturnType<AskingDevice["ask"]>): void {
  if (ask === undefined || !random.chance(0.25)) return
  const stopper = random.pick(fleet.devices)
  fleet.world.clock.schedule(random.pick([100, 1_500, 4_000]) * (0.5 + random.fraction()), () => stopper.stop(documentId, ask))
}

function goOffline({ world }: AnswerFleet, random: Random, device: AskingDevice): void {
  device.setCutOff(true)
  world.clock.schedule(random.pick([1_000, 10_000]) * (0.5 + random.fraction()), () => device.setCutOff(false))
}

/** Ends all faults. */
function heal({ world, relays, machines }: AnswerFleet): void {
  world.trace("── all is healed")
  for (const relay of relays) relay.calm()
  for (const { up, down } of world.network.links()) for (const lane of [up, down]) lane.setCut(false)
  for (const relay of relays) {
    relay.thaw()
    relay.join()
    relay.start()
  }
  for (const machine of machines) machine.calm()
}

/** Whether everything asked is answered, and everybody has it, before the time is up. */
async function becomesQuiet(fleet: AnswerFleet): Promise<boolean> {
  const { world } = fleet
  const { livenessMs } = fleet.options
  let rest: string[] = []
  for (let waitedMs = 0; waitedMs < livenessMs; waitedMs += 500) {
    await world.clock.runFor(500)
    rest = unfinished(fleet)
    if (rest.length === 0) {
      world.trace("── all is quiet")
      return true
    }
  }
  world.complain("I8", `not everything is answered in ${livenessMs} ms: ${rest.slice(0, 6).join("; ")}`)
  return false
}

function unfinished(fleet: AnswerFleet): string[] {
  const { world, machines, devices, base, responders } = fleet
  const rest = base.unfinished()
  for (const machine of machines) {
    // One that was being closed when all was healed is started by nobody else.
    machine.start()
    const status = machine.running?.replica.status
    if (status?.connection !== "online" || status.waitingRows > 0) rest.push(`${machine.name}: ${JSON.stringify(status)}`)
  }
  for (const device of devices) {
    if (device.open.size < world.documents.length) rest.push(`${device.name} has not opened everything`)
    for (const { document } of device.open.values()) {
      const { synced, unsavedUpdates, waitingRows } = document.status
      if (!synced || unsavedUpdates > 0 || waitingRows > 0)
        rest.push(`${device.name} ${document.documentId}: ${JSON.stringify(document.status)}`)
    }
    rest.push(...unanswered(fleet, device))
  }
  rest.push(...behind(devices))
  for (const responder of responders) if (responder.writes) rest.push(`${responder.name} writes`)
  return rest
}

/** Devices that do not show all that the first one shows: relays that hold only what is used may still be fetching it. */
function behind([first, ...others]: readonly AskingDevice[]): string[] {
  return [...first!.open].flatMap(([documentId, { document }]) => {
    const known = stateOf(document.ydoc)
    const rest = others.filter(({ open }) => stateOf(open.get(documentId)?.document.ydoc) !== known)
    return rest.map(({ name }) => `${name} does not show all of ${documentId}`)
  })
}

/** Which words of whom a document has. */
function stateOf(ydoc: Y.Doc | undefined): string {
  return ydoc === undefined ? "" : JSON.stringify([...Y.decodeStateVector(Y.encodeStateVector(ydoc))].sort(([one], [other]) => one - other))
}
