import { expect, test } from "vitest"
import { MAX_CLOCK_AHEAD_MS } from "@polylogue/conversation"
import { compareByClock, nextClock, readClock } from "../src/hybrid-clock.ts"
import { device, linesOf, sync } from "./devices.ts"

test("[CV2] the next clock is the wall time, or just after the latest clock seen", () => {
  expect(nextClock(1000, 1000, [])).toBe(1000)
  expect(nextClock(1000, 1000, [999, 1000])).toBe(1001)
  expect(nextClock(1000, 1000, [5000, 70])).toBe(5001)
  expect(nextClock(1000.7, 1000, [1000.2])).toBe(1001)
})

test("[CV2] writers pass over clocks more than 120 s ahead of the relay's time", () => {
  const relay = 1_000_000
  expect(nextClock(0, relay, [relay + MAX_CLOCK_AHEAD_MS])).toBe(relay + MAX_CLOCK_AHEAD_MS + 1)
  expect(nextClock(5, relay, [relay + MAX_CLOCK_AHEAD_MS + 1])).toBe(5)
  expect(nextClock(5, relay, [1e308])).toBe(5)
})

test("[CV2] whatever stands in the place of a clock can be sorted", () => {
  expect([readClock(7), readClock(Number.NaN), readClock("7"), readClock(null), readClock(Infinity)]).toEqual([7, 0, 0, 0, 0])
  const sorted = [
    { clock: 2, id: "a" },
    { clock: 1, id: "b" },
    { clock: 1, id: "a" },
  ].sort(compareByClock)
  expect(sorted.map(({ clock, id }) => `${clock}${id}`)).toEqual(["1a", "1b", "2a"])
  expect(compareByClock({ clock: 1, id: "a" }, { clock: 1, id: "a" })).toBe(0)
})

test("[CV2] nobody rewrites a clock: readers sort by the raw value, and a device with a wrong year drags nobody along", () => {
  const wrong = device("w")
  const right = device("r", 2)
  wrong.clock.now += 365 * 86_400_000
  const future = wrong.conversation.send({ text: "from next year", parentId: null })
  sync(wrong.ydoc, right.ydoc)
  const present = right.conversation.send({ text: "today", parentId: null })
  sync(wrong.ydoc, right.ydoc)
  expect(right.conversation.getMessage(future)?.clock).toBe(wrong.clock.now)
  expect(right.conversation.getMessage(present)?.clock).toBe(right.clock.now)
  for (const { conversation } of [wrong, right]) expect(linesOf(conversation)).toEqual(["today", "from next year"])
})

test("[CV2] the relay's time counts where it is known", () => {
  const behind = device("b", 1, { relayNow: () => 1_700_000_500_000 })
  const ahead = device("a", 2)
  ahead.clock.now = 1_700_000_500_000
  const id = ahead.conversation.send({ text: "first", parentId: null })
  sync(ahead.ydoc, behind.ydoc)
  const answer = behind.conversation.send({ text: "second", parentId: id })
  expect(behind.conversation.getMessage(answer)?.clock).toBe(1_700_000_500_001)
})
