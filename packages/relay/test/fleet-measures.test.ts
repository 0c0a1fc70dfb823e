import type { RelayId, VersionVector } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { ClockOffset, clocksFrom } from "../src/fleet/clock-offset.ts"
import { Convergence } from "../src/fleet/convergence.ts"
import { Heals } from "../src/fleet/heals.ts"
import { Histogram } from "../src/fleet/histogram.ts"
import { ShareHistory } from "../src/fleet/share-history.ts"
import { Visibility } from "../src/fleet/visibility.ts"
import { ManualClock } from "./test-relay.ts"

const [ME, NEAR, FAR] = ["00000000000000aa", "00000000000000bb", "00000000000000cc"]
const [LOG, OTHER] = ["1111111111111111", "2222222222222222"]
const vector = (known: Record<string, number>): VersionVector => new Map(Object.entries(known))
const shareOf = (convergence: Convergence, relay: RelayId) => convergence.measure().relays.find((share) => share.relay === relay)

test("[RL129] the share is of all entries that anybody is known to hold, weighted by them", () => {
  const convergence = new Convergence(() => ME)
  expect(convergence.measure()).toEqual({ documents: 0, share: 1, relays: [{ relay: ME, entries: 0, of: 0, documentsBehind: 0 }] })
  convergence.changed("home/conv/a", vector({ [LOG]: 80 }))
  convergence.changed("home/conv/b", vector({ [LOG]: 20 }))
  convergence.learned("home/conv/a", vector({ [LOG]: 80 }), NEAR, vector({ [LOG]: 60, [OTHER]: 20 }))
  convergence.learned("home/conv/b", vector({ [LOG]: 20 }), NEAR, vector({ [LOG]: 20 }))
  // Of a there are 100 entries, of b 20: here 80 + 20 of 120, there as well.
  expect(convergence.measure()).toEqual({
    documents: 2,
    share: 200 / 240,
    relays: [
      { relay: ME, entries: 100, of: 120, documentsBehind: 1 },
      { relay: NEAR, entries: 100, of: 120, documentsBehind: 1 },
    ],
  })
  convergence.changed("home/conv/a", vector({ [LOG]: 80, [OTHER]: 20 }))
  convergence.learned("home/conv/a", vector({ [LOG]: 80, [OTHER]: 20 }), NEAR, vector({ [LOG]: 80, [OTHER]: 20 }))
  expect(convergence.measure().share).toBe(1)
})

test("[RL129] what another relay said never shrinks, and a relay is counted only where something is known of it", () => {
  const convergence = new Convergence(() => ME)
  convergence.changed("home/conv/a", vector({ [LOG]: 10 }))
  convergence.changed("home/conv/b", vector({ [LOG]: 10 }))
  convergence.learned("home/conv/a", vector({ [LOG]: 10 }), NEAR, vector({ [LOG]: 9 }))
  convergence.learned("home/conv/a", vector({ [LOG]: 10 }), NEAR, vector({ [LOG]: 3 }))
  expect(shareOf(convergence, NEAR)).toEqual({ relay: NEAR, entries: 9, of: 10, documentsBehind: 1 })
  convergence.forget(NEAR)
  expect(shareOf(convergence, NEAR)).toBeUndefined()
})

test("[RL129] a relay further away counts by what it reports of documents that are known here", () => {
  const near = new Convergence(() => ME)
  const far = new Convergence(() => FAR)
  for (const [id, seq] of [
    ["home/conv/a", 10],
    ["home/conv/b", 20],
  ] as const)
    near.changed(id, vector({ [LOG]: seq }))
  far.changed("home/conv/a", vector({ [LOG]: 5 }))
  far.changed("home/conv/never-here", vector({ [LOG]: 5 }))
  const reported = far.latest(16, 16)
  expect(JSON.stringify(reported)).not.toContain("conv")
  near.reported(FAR, reported)
  expect(shareOf(near, FAR)).toEqual({ relay: FAR, entries: 5, of: 10, documentsBehind: 1 })
  expect(near.byDocument(1)).toEqual([
    {
      documentId: "home/conv/a",
      entries: 10,
      relays: [
        { relay: ME, entries: 10 },
        { relay: FAR, entries: 5 },
      ],
    },
  ])
})

test("[RL130] as many documents are watched as may be; one more takes the place of the one that changed least lately", () => {
  const convergence = new Convergence(() => ME)
  for (let index = 0; index < 256; index++) convergence.changed(`home/conv/${index}`, vector({ [LOG]: 1 }))
  convergence.changed("home/conv/0", vector({ [LOG]: 2 }))
  expect(convergence.measure().documents).toBe(256)
  convergence.changed("home/conv/256", vector({ [LOG]: 1 }))
  expect(convergence.measure().documents).toBe(256)
  const watched = convergence.byDocument(300).map(({ documentId }) => documentId)
  expect([watched.includes("home/conv/0"), watched.includes("home/conv/1")]).toEqual([true, false])
  expect(convergence.latest(1, 16)).toHaveLength(1)
  convergence.changed("home/conv/many", new Map(Array.from({ length: 17 }, (_, index) => [`${index}`.padStart(16, "0"), 1])))
  expect(convergence.latest(1, 16)).toHaveLength(0)
})

test("[RL130] a sample that says what the last one said is not kept, and the oldest goes", () => {
  const history = new ShareHistory(3)
  for (const [at, share] of [
    [1, 1],
    [2, 1],
    [3, 0.5],
    [4, 0.75],
    [5, 1],
  ] as const)
    history.add({ at, share, behind: 0 })
  expect(history.samples.map(({ at }) => at)).toEqual([3, 4, 5])
})

test("[RL131] an offset is wrong by at most half of what the quickest exchange took, however unlike the ways are", () => {
  const clock = new ClockOffset()
  expect(clock.reading).toBeUndefined()
  // The other clock is 1,000 ms ahead; 190 ms there, 10 ms back.
  clock.observe(5_000, 5_200, 6_190)
  expect(clock.reading).toEqual({ offsetMs: -1_090, errorMs: 101 })
  expect(Math.abs(clock.reading!.offsetMs - -1_000)).toBeLessThanOrEqual(clock.reading!.errorMs)
  clock.observe(6_000, 6_020, 7_010)
  clock.observe(7_000, 9_000, 9_500)
  expect(clock.reading).toEqual({ offsetMs: -1_000, errorMs: 11 })
  // A clock that was set is known again once the exchanges before have gone.
  for (let exchange = 0; exchange < 8; exchange++) clock.observe(10_000, 10_040, 10_020)
  expect(clock.reading).toEqual({ offsetMs: 0, errorMs: 21 })
  clock.observe(10, 5, 1)
  expect(clock.reading).toEqual({ offsetMs: 0, errorMs: 21 })
})

test("[RL131] over several links offsets and errors add up, by the way with the least error, whichever end measured", () => {
  const own = new Map([
    [NEAR, { offsetMs: 100, errorMs: 5 }],
    ["00000000000000dd", { offsetMs: 0, errorMs: 1 }],
  ])
  const reported = new Map([
    [NEAR, new Map([[FAR, { offsetMs: 20, errorMs: 5 }]])],
    // Measured at the far end: its clock is 115 ms behind that of dd.
    [FAR, new Map([["00000000000000dd", { offsetMs: -115, errorMs: 2 }]])],
  ])
  const clocks = clocksFrom(own, reported)
  expect(clocks.get(FAR)).toEqual({ offsetMs: 115, errorMs: 3 })
  expect(clocks.get(NEAR)).toEqual({ offsetMs: 100, errorMs: 5 })
  expect(clocksFrom(new Map(), reported).size).toBe(0)
})

test("[RL132] visibility is from the origin's clock to ours, and what cannot be measured is counted as such", () => {
  const visibility = new Visibility(10_000)
  const clocks = new Map([[NEAR, { offsetMs: 5_000, errorMs: 4 }]])
  visibility.know([[LOG, NEAR]], clocks)
  visibility.observe(LOG, 7_000, 12_030)
  // Within the error it may have been here before it was there.
  visibility.observe(LOG, 7_010, 12_008)
  visibility.observe(OTHER, 7_000, 12_030)
  // Older than this start.
  visibility.observe(LOG, 4_999, 12_030)
  const { count, sum, errorMs, unmeasured, counts, bounds } = visibility.counts()
  expect({ count, sum, errorMs, unmeasured }).toEqual({ count: 2, sum: 30, errorMs: 4, unmeasured: 2 })
  expect(counts[bounds.indexOf(50)]).toBe(1)
  expect(counts[0]).toBe(1)
})

test("[RL132] a histogram takes a value at a bound into its bucket, and one past it into the next", () => {
  const histogram = new Histogram([10, 20])
  for (const value of [10, 10.5, 20, 21, 1_000]) histogram.observe(value)
  histogram.observe(1, 3)
  expect(histogram.counts()).toEqual({ bounds: [10, 20], counts: [4, 2, 2], count: 8, sum: 1_064.5 })
})

test("[RL129] what a relay holds that begins anew counts as it says it then, document by document", () => {
  const convergence = new Convergence(() => ME)
  for (const id of ["home/conv/a", "home/conv/b"]) {
    convergence.changed(id, vector({ [LOG]: 10 }))
    convergence.learned(id, vector({ [LOG]: 10 }), NEAR, vector({ [LOG]: 9 }))
  }
  convergence.beginsAnew(NEAR)
  convergence.learned("home/conv/a", vector({ [LOG]: 10 }), NEAR, vector({ [LOG]: 4 }))
  expect(shareOf(convergence, NEAR)).toMatchObject({ entries: 13 })
  convergence.learned("home/conv/a", vector({ [LOG]: 10 }), NEAR, vector({ [LOG]: 3 }))
  convergence.learned("home/conv/a", vector({ [LOG]: 10 }), NEAR, vector({ [OTHER]: 2 }))
  expect(shareOf(convergence, NEAR)).toMatchObject({ entries: 15, of: 22 })
  expect(convergence.lagOf(NEAR)).toEqual({ behind: { documents: 1, entries: 2 }, lacking: { documents: 2, entries: 7 } })
  expect(convergence.lagOf(FAR)).toEqual({ behind: { documents: 0, entries: 0 }, lacking: { documents: 0, entries: 0 } })
})

test("[RL133] the time to converge runs from a link's standing until both ends are level, once each time", async () => {
  const clock = new ManualClock()
  let level = false
  const heals = new Heals(clock, () => level)
  heals.up(NEAR)
  heals.up(FAR)
  await clock.advance(10_000)
  heals.down(FAR)
  expect(heals.counts().count).toBe(0)
  level = true
  await clock.advance(60_000)
  const { count, sum } = heals.counts()
  expect(count).toBe(1)
  expect(sum).toBeGreaterThan(10_000)
  expect(sum).toBeLessThanOrEqual(11_000)
  heals.up(NEAR)
  heals.close()
  await clock.advance(60_000)
  expect(heals.counts().count).toBe(1)
})
