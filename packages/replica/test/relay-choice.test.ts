import { type Code, codeNumber } from "@polylogue/protocol"
import fc from "fast-check"
import { expect, test } from "vitest"
import { BAND_MARGIN, BANDS_MS, FAILING_FOR_MS, MEASURED_FOR_MS, RelayChoice, rendezvousHash } from "../src/relay-choice.ts"

const URLS = ["ws://a/sync", "ws://b/sync", "ws://c/sync", "ws://d/sync"]
const orderOf = (choice: RelayChoice, now = 0): string[] => choice.statuses(now).map(({ url }) => url)
const failed = (choice: RelayChoice, url: string, code: Code, now = 0): void => choice.failed(url, codeNumber(code), now)

test("[RP52] devices of one workspace choose the same relay, whatever the order of their addresses; workspaces are spread over all", () => {
  fc.assert(
    fc.property(fc.string(), fc.shuffledSubarray(URLS, { minLength: URLS.length }), (affinity, shuffled) => {
      expect(orderOf(new RelayChoice(shuffled, affinity))).toEqual(orderOf(new RelayChoice(URLS, affinity)))
    }),
  )
  const chosen = new Map<string, number>()
  for (let at = 0; at < 2_000; at++) {
    const [first] = orderOf(new RelayChoice(URLS, `workspace-${at}`))
    chosen.set(first!, (chosen.get(first!) ?? 0) + 1)
  }
  for (const url of URLS) expect(chosen.get(url)).toBeGreaterThan(400)
})

test("[RP52] a relay that is gone moves only those who were there", () => {
  for (let at = 0; at < 500; at++) {
    const affinity = `workspace-${at}`
    const [first, second] = orderOf(new RelayChoice(URLS, affinity))
    const without = URLS.filter((url) => url !== URLS[0])
    expect(orderOf(new RelayChoice(without, affinity))[0]).toBe(first === URLS[0] ? second : first)
  }
  expect(rendezvousHash("home", "ws://a/sync")).toBe(rendezvousHash("home", "ws://a/sync"))
})

test("[RP52] the nearer band goes first, and within a band the choice stays by hash", () => {
  const [first, second, third, fourth] = orderOf(new RelayChoice(URLS, "home")) as [string, string, string, string]
  const table: readonly { readonly times: Readonly<Record<string, number>>; readonly order: readonly string[] }[] = [
    { times: {}, order: [first, second, third, fourth] },
    { times: { [first]: 40, [second]: 5 }, order: [first, second, third, fourth] },
    { times: { [first]: BANDS_MS[0]!, [second]: BANDS_MS[0]! - 1 }, order: [second, third, fourth, first] },
    { times: { [first]: 900, [second]: 100, [third]: 200, [fourth]: 10 }, order: [fourth, second, third, first] },
    { times: { [first]: 300, [second]: 900, [third]: 2_000, [fourth]: 251 }, order: [first, second, third, fourth] },
  ]
  for (const { times, order } of table) {
    const choice = new RelayChoice(URLS, "home")
    for (const [url, ms] of Object.entries(times)) choice.welcomed(url, ms, 0)
    expect(orderOf(choice)).toEqual(order)
    // What was measured long ago counts for nothing.
    expect(orderOf(choice, MEASURED_FOR_MS)).toEqual([first, second, third, fourth])
  }
})

test("[RP52] a time about the end of a band does not go to and fro; one that is clearly beyond it changes the band", () => {
  const [first, second] = orderOf(new RelayChoice(["ws://a/", "ws://b/"], "home"))
  const end = BANDS_MS[0]!
  const choice = new RelayChoice(["ws://a/", "ws://b/"], "home")
  choice.welcomed(first!, end - 5, 0)
  choice.welcomed(second!, 10, 0)
  const seen = new Set<string>()
  for (let at = 0; at < 50; at++) {
    choice.welcomed(first!, at % 2 === 0 ? end * (1 + BAND_MARGIN / 2) : end * (1 - BAND_MARGIN / 2), 0)
    seen.add(orderOf(choice)[0]!)
  }
  expect([...seen]).toEqual([first])
  for (let at = 0; at < 20; at++) choice.welcomed(first!, end * (1 + 2 * BAND_MARGIN), 0)
  expect(orderOf(choice)[0]).toBe(second)
  for (let at = 0; at < 20; at++) choice.welcomed(first!, end - 1, 0)
  expect(orderOf(choice)[0]).toBe(second)
  for (let at = 0; at < 20; at++) choice.welcomed(first!, end * (1 - 2 * BAND_MARGIN), 0)
  expect(orderOf(choice)[0]).toBe(first)
})

test("[RP52] one that failed stands behind all that did not, for a time that doubles up to its most; one that refused is not tried", () => {
  const [first, second, third, fourth] = orderOf(new RelayChoice(URLS, "home")) as [string, string, string, string]
  const choice = new RelayChoice(URLS, "home")
  failed(choice, first, "unavailable", 100)
  failed(choice, third, "handshake-timeout", 50)
  failed(choice, second, "forbidden", 0)
  // Who failed longest ago goes first, who refused last.
  expect(choice.statuses(100).map(({ url, health, code }) => [url, health, code])).toEqual([
    [fourth, "untried", undefined],
    [third, "slow", "handshake-timeout"],
    [first, "unreachable", "unavailable"],
    [second, "refused", "forbidden"],
  ])
  expect([choice.next(100), choice.next(100), choice.next(100), choice.next(100)]).toEqual([fourth, third, first, undefined])
  choice.newRound()
  expect(choice.next(100)).toBe(fourth)
  expect(orderOf(choice, 100 + FAILING_FOR_MS.first - 1)[0]).not.toBe(first)
  expect(orderOf(choice, 100 + FAILING_FOR_MS.first)[0]).toBe(first)
  for (let at = 0; at < 20; at++) failed(choice, first, "unavailable", 100)
  expect(orderOf(choice, 100 + FAILING_FOR_MS.most - 1)[0]).not.toBe(first)
  expect(orderOf(choice, 100 + FAILING_FOR_MS.most)[0]).toBe(first)
  choice.reconsider()
  expect(orderOf(choice, 100)).toContain(second)
  expect(choice.refused).toBe(false)
  for (const url of URLS) failed(choice, url, "unauthenticated", 200)
  expect([choice.refused, choice.next(200)]).toEqual([true, undefined])
})

test("[RP52] what this end found wrong refuses nobody; a device that was away forgives; failures end with a connection that stood", () => {
  const [first, second] = orderOf(new RelayChoice(URLS, "home")) as [string, string]
  const choice = new RelayChoice(URLS, "home")
  choice.failed(first, codeNumber("bad-frame"), 0, true)
  expect(choice.refused).toBe(false)
  expect(choice.better(second, 0)).toBeUndefined()
  choice.forgive()
  expect(choice.better(second, 0)).toBe(first)
  for (let at = 0; at < 8; at++) choice.failed(first, 1006, 0)
  choice.stood(first)
  choice.failed(first, 1006, 0)
  expect(orderOf(choice, FAILING_FOR_MS.first)[0]).toBe(first)
  expect(() => choice.stood("ws://elsewhere/")).toThrow(RangeError)
})

test("[RP52] whatever happened, each address is tried once a round, and the first is one that nothing speaks against", () => {
  const step = fc.record({
    url: fc.constantFrom(...URLS),
    what: fc.constantFrom<"welcome" | "fail" | "refuse" | "stand" | "forgive">("welcome", "fail", "refuse", "stand", "forgive"),
    ms: fc.nat(1_000),
    after: fc.nat(120_000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const choice = new RelayChoice(URLS, "home")
      let now = 0
      for (const { url, what, ms, after } of steps) {
        now += after
        if (what === "welcome") choice.welcomed(url, ms, now)
        else if (what === "fail") failed(choice, url, "unavailable", now)
        else if (what === "refuse") failed(choice, url, "forbidden", now)
        else if (what === "stand") choice.stood(url)
        else choice.forgive()
      }
      choice.newRound()
      const statuses = choice.statuses(now)
      const open = statuses.filter(({ health }) => health !== "refused").map(({ url }) => url)
      const round = Array.from({ length: URLS.length }, () => choice.next(now)).filter((url) => url !== undefined)
      expect(round).toEqual(open)
      expect([...statuses].map(({ url }) => url).toSorted()).toEqual(URLS)
      // Settled: from the best one nobody is better.
      if (open.length > 0) expect(choice.better(open[0]!, now)).toBeUndefined()
    }),
  )
})
