import { afterEach, expect, test } from "vitest"
import { RelayNetwork } from "./linked-relays.ts"
import { freshAttempt, LABEL, principal, RegisterDevice } from "./register-bed.ts"
import { seededNumbers, type TestBed } from "./test-relay.ts"

let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

/** One question, and what came of it. Moments count what a test did and saw. */
interface Deed {
  readonly at: number
  readonly from: number
  readonly attempt: string
  /** What a change was to replace; `undefined` for a read. */
  readonly expected: string | null | undefined
  readonly request: number
  to: number
  outcome: string | undefined
  revision: string | null
}

/** Devices at relays in a random topology, who read and set one register while links break, are held up and come back. */
class Users {
  readonly deeds: Deed[] = []
  readonly #devices: readonly RegisterDevice[]
  readonly #known: (string | null)[]
  #moment = 0

  constructor(devices: readonly RegisterDevice[]) {
    this.#devices = devices
    this.#known = devices.map(() => null)
  }

  ask(at: number, set: boolean, again?: Deed): void {
    const device = this.#devices[at]!
    const attempt = again?.attempt ?? freshAttempt()
    const expected = again === undefined ? (set ? this.#known[at]! : undefined) : again.expected
    const request = expected === undefined ? device.askGet(LABEL) : device.askCas(LABEL, { value: `by ${attempt}`, expected, attempt })
    const from = again?.from ?? ++this.#moment
    this.deeds.push({ at, from, attempt, expected, request, to: Infinity, outcome: undefined, revision: null })
  }

  /** Takes what was answered. */
  collect(): void {
    for (const deed of this.deeds) {
      const answer = deed.outcome === undefined ? this.#devices[deed.at]!.answerTo(deed.request) : undefined
      if (answer === undefined) continue
      deed.outcome = answer.outcome
      if (answer.outcome === "unavailable") continue
      deed.to = ++this.#moment
      deed.revision = answer.register!.revision
      this.#known[deed.at] = deed.revision
    }
  }

  /** Says every change once more of which nobody knows what came of it, at whatever relay: then it is known. */
  repeat(pick: () => number): void {
    const unknown = this.deeds.filter(({ outcome, expected }) => outcome === "unavailable" && expected !== undefined)
    for (const deed of unknown) this.ask(pick(), true, deed)
  }

  /**
   * Whether all that was answered can have happened one after the other, each between its question and its answer. A revision is given once, and names
   * what it replaced: their chain is the order of all changes, and a read stands at its place in it.
   */
  get linearizable(): boolean {
    const next = new Map<string | null, string>()
    for (const { outcome, expected, revision } of this.deeds) {
      if (outcome !== "ok" || expected === undefined || revision === null) continue
      if ((next.get(expected) ?? revision) !== revision) return false
      next.set(expected, revision)
    }
    const places = new Map<string | null, number>([[null, 0]])
    for (let last = next.get(null); last !== undefined; last = next.get(last)) places.set(last, places.size)
    const known = this.deeds.filter(({ outcome }) => outcome === "ok" || outcome === "conflict")
    return known.every((later) =>
      known.every((earlier) => {
        const [first, second] = [places.get(earlier.revision), places.get(later.revision)]
        if (first === undefined || second === undefined) return false
        return earlier.to >= later.from || first <= second
      }),
    )
  }
}

async function openRelays(random: () => number): Promise<TestBed[]> {
  const names = ["r0", "r1", "r2", "r3"]
  const beds: TestBed[] = []
  for (const [index, name] of names.entries()) {
    const peers = index === 0 ? [] : [0, 1].map(() => names[Math.floor(random() * index)]!)
    beds.push(await network.open(name, [...new Set(peers)], { limits: { heartbeatMs: 2 ** 30 } }))
  }
  await network.settle()
  return beds
}

test("[RL107, RL108, RL115, I8] seeded: whatever links do, registers stay linearizable through all relays, and who observes ends with what is there", async () => {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= 10; seed++) {
    const random = seededNumbers(seed)
    const beds = await openRelays(random)
    const rest = (): Promise<void> => network.settle()
    const devices = await Promise.all([...beds, ...beds].map((bed) => RegisterDevice.welcomed(bed, principal("ana"), undefined, rest)))
    for (const device of devices.slice(0, 4)) await device.observe("home")
    const users = new Users(devices)
    const anybody = (): number => Math.floor(random() * devices.length)
    for (let step = 0; step < 70; step++) {
      for (let questions = 0; questions < 3; questions++) users.ask(anybody(), random() < 0.5)
      const wires = [...network.wires.values()]
      const wire = wires[Math.floor(random() * wires.length)]!
      const fault = random()
      if (fault < 0.15) wire.cut = true
      else if (fault < 0.4) wire.heal()
      else if (fault < 0.5) wire.break()
      await network.clock.advance(random() < 0.3 ? Math.floor(random() * 4_000) : 0)
      if (random() < 0.7) await rest()
      users.collect()
    }
    for (const wire of network.wires.values()) wire.heal()
    await network.clock.advance(120_000)
    await rest()
    users.collect()
    users.repeat(anybody)
    await rest()
    users.collect()
    for (const { outcome } of users.deeds) seen.set(String(outcome), (seen.get(String(outcome)) ?? 0) + 1)
    expect([seed, users.linearizable]).toEqual([seed, true])
    const { register } = await devices[0]!.get(LABEL)
    for (const device of devices.slice(0, 4)) expect([seed, device.observed().get(LABEL)]).toEqual([seed, register!.value ?? undefined])
    await network.close()
    network = new RelayNetwork()
  }
  expect([...seen.keys()].toSorted()).toEqual(["conflict", "ok", "unavailable"])
  for (const count of seen.values()) expect(count).toBeGreaterThan(100)
})
