import type { FrameOf, VersionVector } from "@polylogue/protocol"
import { afterEach, expect, test } from "vitest"
import { type HandOverAsker, HandOverTurns, MAX_BROUGHT_LOGS } from "../src/hand-over-turns.ts"
import { RelayNetwork } from "./linked-relays.ts"
import { ManualClock, openTestBed, settle, type TestDevice } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const ID = "home/a"
const LOG = (at: number): string => at.toString(16).padStart(16, "0")
let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

const LIMITS = { handOverTurnMs: 5_000, handOverWaitMs: 15_000 }

/** Turns at a relay that has `here`, and what was answered. */
class Bed {
  readonly clock = new ManualClock()
  here: VersionVector = new Map()
  readonly answered: string[] = []
  readonly turns = new HandOverTurns(this.clock, LIMITS, () => this.here)

  asker(name: string, vector: VersionVector, says = true): HandOverAsker {
    const asker = { vector, says, answer: () => void this.answered.push(name) }
    this.turns.ask(asker)
    return asker
  }
}

test("[RL101] one that may have more is answered at a time, the one that knows most next; those whose all was brought at once", () => {
  const bed = new Bed()
  const small = bed.asker("small", new Map([[LOG(1), 2]]))
  const middle = bed.asker("middle", new Map([[LOG(1), 5]]))
  bed.asker("large", new Map([[LOG(1), 9]]))
  bed.asker("other", new Map([[LOG(2), 1]]))
  bed.here = new Map([[LOG(3), 4]])
  bed.asker("known", new Map([[LOG(3), 4]]))
  expect(bed.answered).toEqual(["small", "known"])
  bed.turns.ask(middle)
  expect(bed.turns.waiting).toBe(3)
  bed.turns.compared(small)
  expect(bed.answered.slice(2)).toEqual(["large"])
  bed.turns.leave(small)
  bed.turns.leave(middle)
  expect(bed.turns.waiting).toBe(1)
  const again = bed.asker("again", new Map([[LOG(1), 2]]))
  expect(bed.answered.at(-1)).toBe("again")
  bed.turns.compared(again)
  expect(bed.answered.slice(3)).toEqual(["again"])
})

test("[RL101] what one has brought stands for all who had no more, and others wait on", () => {
  const bed = new Bed()
  const first = bed.asker("first", new Map([[LOG(1), 9]]))
  for (let at = 0; at < 100; at++) bed.asker(`${at}`, new Map([[LOG(1), 9 - (at % 3)]]))
  bed.asker("more", new Map([[LOG(1), 10]]))
  expect(bed.answered).toEqual(["first"])
  bed.turns.compared(first)
  expect([bed.answered.length, bed.answered.at(-1), bed.turns.waiting]).toEqual([102, "more", 0])
})

test("[RL102] a turn is bounded, from the last thing that was brought; so is every wait", async () => {
  const bed = new Bed()
  const slow = bed.asker("slow", new Map([[LOG(1), 1]]))
  bed.asker("second", new Map([[LOG(2), 1]]))
  bed.asker("third", new Map([[LOG(3), 1]]))
  await bed.clock.advance(4_000)
  bed.turns.brings(slow)
  await bed.clock.advance(4_999)
  expect(bed.answered).toEqual(["slow"])
  await bed.clock.advance(1)
  expect(bed.answered).toEqual(["slow", "second"])
  // It was let go before; what it brings later is welcome, and changes no turn.
  bed.turns.brings(slow)
  bed.turns.compared(slow)
  await bed.clock.advance(4_999)
  expect(bed.answered).toEqual(["slow", "second"])
  await bed.clock.advance(1)
  expect(bed.answered).toEqual(["slow", "second", "third"])
  for (let at = 10; at < 20; at++) bed.asker(`${at}`, new Map([[LOG(at), 1]]))
  await bed.clock.advance(LIMITS.handOverWaitMs)
  expect([bed.answered.length, bed.turns.waiting]).toEqual([13, 0])
  await bed.clock.advance(60_000)
})

test("[RL102] one that does not say when it is done holds up others like it once", async () => {
  const bed = new Bed()
  for (const name of ["one", "two", "three"]) bed.asker(name, new Map([[LOG(1), 3]]), false)
  expect(bed.answered).toEqual(["one"])
  await bed.clock.advance(LIMITS.handOverTurnMs)
  expect(bed.answered).toEqual(["one", "two", "three"])
})

test("[RL102] what is remembered of logs is bounded, whatever devices say that they have", () => {
  const bed = new Bed()
  const many = (from: number, count: number): VersionVector => new Map(Array.from({ length: count }, (_, at) => [LOG(from + at), 1]))
  const whole = bed.asker("whole", many(0, MAX_BROUGHT_LOGS))
  bed.turns.compared(whole)
  bed.turns.leave(bed.asker("still", many(0, MAX_BROUGHT_LOGS)))
  const beyond = bed.asker("beyond", many(MAX_BROUGHT_LOGS, 1))
  bed.turns.compared(beyond)
  expect(bed.turns.waiting).toBe(0)
  // Only the last is remembered now: the first would get a turn, and those behind it wait.
  const first = bed.asker("first", many(0, MAX_BROUGHT_LOGS))
  bed.asker("waits", many(0, MAX_BROUGHT_LOGS))
  expect(bed.turns.waiting).toBe(1)
  bed.turns.leave(first)
})

const statesOf = (device: TestDevice): number => device.of("state").length

test("[RL101] over sessions: a second device is answered when the first has said that it compared, or its older kind brought something, or has gone", async () => {
  const bed = await openTestBed()
  const known = new Map([[LOG(1), 3]])
  const devices = await Promise.all([0, 1, 2].map(() => bed.device()))
  for (const device of devices) {
    await device.open(ID, 1, known)
    device.send({ type: "askState", handle: 1 })
  }
  await settle()
  expect(devices.map(statesOf)).toEqual([1, 0, 0])
  devices[0]!.append(new Writer(1).type("brought"), { handOver: true })
  await settle()
  expect(devices.map(statesOf)).toEqual([1, 0, 0])
  devices[0]!.send({ type: "have", handle: 1, vector: known })
  await settle()
  expect(devices.map(statesOf)).toEqual([1, 1, 1])
  const other = new Map([[LOG(2), 3]])
  const [left, next] = [await bed.device(), await bed.device()]
  for (const device of [left, next]) {
    await device.open(ID, 1, other)
    device.send({ type: "askState", handle: 1 })
  }
  await settle()
  expect([left, next].map(statesOf)).toEqual([1, 0])
  left.break()
  await settle()
  expect(statesOf(next)).toBe(1)
})

test("[RL100] a device that has more than the relay is told with `have` when that comes over a link, instead of being sent it", async () => {
  const b = await network.open("b")
  const writing = await b.device()
  await writing.open(ID)
  const ana = new Writer(1)
  for (const text of ["one ", "two "]) {
    writing.append(ana.type(text))
    await network.settle()
  }
  // The other relay has the first half: so it knows the log. Of another document it knows nothing.
  const a = await network.open("a", ["b"])
  await network.settle()
  network.wire("a", "b").cut = true
  writing.append(ana.type("three"))
  await network.settle()
  const device = await a.device()
  await device.open(ID, 1, new Map([[b.relay.log, 3]]))
  await network.settle()
  expect(device.of("have")).toEqual([])
  network.wire("a", "b").heal()
  await network.settle()
  const entries = device.of("entries").flatMap(({ entries: sent }: FrameOf<"entries">) => sent)
  expect([device.of("have").map(({ vector }) => vector), entries]).toEqual([[new Map([[b.relay.log, 3]])], []])
})
