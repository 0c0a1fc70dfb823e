import { expect, test } from "vitest"
import { checkLinearizable } from "./linearizability.ts"
import { corrupt, linearizableHistory, linearizableByForce } from "./random-register-histories.ts"
import { Random } from "./random.ts"
import type { CasAnswer, CasOperation, DiskEvent, GetOperation, RegisterEvent, SeenRegister } from "./register-history.ts"

const absent: SeenRegister = { value: null, revision: null }
/** Value `v1` is what revision `r1` stands for. */
const at = (number: number): SeenRegister => ({ value: `v${number}`, revision: `r${number}` })

const get = (from: number, to: number, seen: SeenRegister): GetOperation => ({ kind: "get", who: "reader", from, to, seen })
const disk = (kind: DiskEvent["kind"], instant: number): DiskEvent => ({ kind, at: instant })

/** Sets `v<to>` where it is at `r<expected>`; 0 is absent. */
function cas(from: number, [expected, to]: readonly [number, number], answers: readonly CasAnswer[], ttlMs = 0): CasOperation {
  const revision = (number: number): string | null => (number === 0 ? null : `r${number}`)
  const value = to === 0 ? null : `v${to}`
  return {
    kind: "cas",
    who: "writer",
    attempt: `${expected}-${to}-${from}`,
    expected: revision(expected),
    value,
    ttlMs,
    from,
    sent: 1,
    answers,
  }
}
const ok = (instant: number, seen: SeenRegister): CasAnswer => ({ at: instant, outcome: "ok", seen })
const conflict = (instant: number, seen: SeenRegister): CasAnswer => ({ at: instant, outcome: "conflict", seen })

const GOOD: Readonly<Record<string, readonly RegisterEvent[]>> = {
  "nothing at all": [],
  "one after another": [
    get(1, 2, absent),
    cas(3, [0, 1], [ok(4, at(1))]),
    get(5, 6, at(1)),
    cas(7, [1, 2], [ok(8, at(2))]),
    get(9, 10, at(2)),
  ],
  "a read beside a write, old or new": [cas(1, [0, 1], [ok(10, at(1))]), get(2, 3, absent), get(4, 5, at(1))],
  "one of two wins": [cas(1, [0, 1], [ok(5, at(1))]), cas(2, [0, 2], [conflict(6, at(1))])],
  "the loser is asked first": [cas(1, [0, 1], [conflict(6, at(2))]), cas(2, [0, 2], [ok(5, at(2))])],
  "no answer, and no effect": [cas(1, [0, 1], []), get(2, 3, absent), get(8, 9, absent)],
  "no answer, and an effect much later": [cas(1, [0, 1], []), get(2, 3, absent), get(8, 9, at(1))],
  "no answer, and an effect of which another one tells": [cas(1, [0, 1], []), cas(2, [0, 2], [conflict(3, at(1))]), get(4, 5, at(1))],
  "no answers, one on top of the other": [cas(1, [0, 1], []), cas(2, [1, 2], []), get(4, 5, at(2)), cas(6, [2, 3], [ok(7, at(3))])],
  "a retry with the same answer": [cas(1, [0, 1], [ok(5, at(1)), ok(9, at(1))]), get(6, 7, at(1))],
  "a retry that is told of a later conflict": [
    cas(1, [0, 1], [ok(2, at(1))]),
    cas(3, [0, 2], [conflict(5, at(1)), conflict(9, at(3))]),
    cas(6, [1, 3], [ok(7, at(3))]),
  ],
  "absent again, and set again": [cas(1, [0, 1], [ok(2, at(1))]), cas(3, [1, 0], [ok(4, absent)]), cas(5, [0, 2], [ok(6, at(2))])],
  "a lease ends in its time": [
    cas(1, [0, 1], [ok(3, at(1))], 10),
    get(4, 5, at(1)),
    get(10.5, 11.5, absent),
    cas(12, [0, 2], [ok(13, at(2))]),
  ],
  "a lease goes on beyond its time": [cas(1, [0, 1], [ok(3, at(1))], 10), get(40, 50, at(1))],
  "a lease is counted from when it took effect": [cas(1, [0, 1], [ok(30, at(1))], 10), get(20, 31, absent), get(32, 33, at(1))],
  "a read beside the lease that it does not meet": [
    cas(0, [0, 1], [ok(30, at(1))], 4),
    get(10, 20, absent),
    get(11, 11.5, at(1)),
    get(13, 13.5, absent),
  ],
  "a lease that nobody answered is in the way, and ends": [
    cas(1, [0, 1], [], 10),
    cas(2, [0, 2], [conflict(3, at(1))]),
    cas(12, [0, 3], [ok(13, at(3))]),
  ],
  "a lost disk begins anew": [cas(1, [0, 1], [ok(2, at(1))]), disk("wiped", 3), get(4, 5, absent), cas(6, [0, 2], [ok(7, at(2))])],
  "a restored disk that takes an unheard attempt again, under another revision": [
    disk("copied", 1),
    { ...cas(2, [0, 1], [ok(8, { value: "v1", revision: "r7" })]), sent: 2 },
    cas(3, [0, 2], [conflict(4, at(1))]),
    disk("restored", 5),
    get(-Infinity, 9, { value: "v1", revision: "r7" }),
  ],
  "a restored disk goes back": [
    cas(1, [0, 1], [ok(2, at(1))]),
    disk("copied", 3),
    cas(4, [1, 2], [ok(5, at(2))]),
    disk("restored", 6),
    cas(7, [2, 3], [conflict(8, at(1))]),
    cas(9, [1, 4], [ok(10, at(4))]),
  ],
  "a restore without a copy leaves nothing": [cas(1, [0, 1], [ok(2, at(1))]), disk("restored", 3), get(4, 5, absent)],
  "an attempt takes effect again where its first effect was lost": [
    cas(1, [0, 1], [ok(9, { value: "v1", revision: "r9" })]),
    get(2, 3, at(1)),
    disk("wiped", 4),
    get(5, 6, absent),
    get(10, 11, { value: "v1", revision: "r9" }),
  ],
  "an attempt is sent again to an authority that has forgotten it": [
    { ...cas(1, [0, 1], [ok(2, at(1))]), sent: 2 },
    disk("wiped", 3),
    get(5, 6, { value: "v1", revision: "r9" }),
  ],
  "an answer from before the disk was lost arrives late": [cas(1, [0, 1], [ok(9, at(1))]), disk("wiped", 4), get(5, 6, absent)],
}

const BAD: Readonly<Record<string, readonly RegisterEvent[]>> = {
  "a stale read": [cas(1, [0, 1], [ok(2, at(1))]), cas(3, [1, 2], [ok(4, at(2))]), get(5, 6, at(1))],
  "a lost update": [cas(1, [0, 1], [ok(2, at(1))]), get(3, 4, absent)],
  "a lost update that is overwritten": [cas(1, [0, 1], [ok(2, at(1))]), cas(3, [0, 2], [ok(4, at(2))])],
  "two winners": [cas(1, [0, 1], [ok(5, at(1))]), cas(2, [0, 2], [ok(6, at(2))])],
  "a loser where nobody won": [cas(1, [0, 1], [conflict(2, absent)]), get(3, 4, absent)],
  "a loser that is shown what it expected": [cas(1, [0, 1], [ok(2, at(1))]), cas(3, [1, 2], [conflict(4, at(1))])],
  "a retry that takes effect twice": [
    cas(1, [0, 1], []),
    get(2, 3, at(1)),
    cas(4, [1, 0], [ok(5, absent)]),
    get(6, 7, { value: "v1", revision: "r9" }),
  ],
  "a retry that takes effect twice, unseen the first time": [
    cas(1, [0, 1], [ok(20, { value: "v1", revision: "r9" })]),
    cas(2, [0, 2], [conflict(3, at(1))]),
    cas(4, [1, 0], [ok(5, absent)]),
    get(25, 26, { value: "v1", revision: "r9" }),
  ],
  "a retry that is answered otherwise": [cas(1, [0, 1], [ok(5, at(1)), ok(9, { value: "v1", revision: "r9" })])],
  "a retry that loses against itself": [cas(1, [0, 1], [ok(5, at(1)), conflict(9, at(1))])],
  "a read that goes back": [cas(1, [0, 1], []), get(2, 3, at(1)), get(4, 5, absent)],
  "a read of what no restart left": [cas(1, [0, 1], [ok(2, at(1))]), cas(3, [1, 2], []), get(4, 5, at(2)), get(6, 7, at(1))],
  "a value that nobody set": [get(1, 2, at(1))],
  "a read before it was asked for": [get(1, 2, at(1)), cas(3, [0, 1], [ok(4, at(1))])],
  "a revision used twice": [cas(1, [0, 1], [ok(2, at(1))]), cas(3, [1, 2], [ok(4, { value: "v2", revision: "r1" })])],
  "a revision used twice, over a restored disk": [
    disk("copied", 1),
    cas(2, [0, 1], [ok(3, at(1))]),
    disk("restored", 4),
    cas(5, [0, 2], [ok(6, { value: "v2", revision: "r1" })]),
  ],
  "a lease that ends early": [cas(1, [0, 1], [ok(3, at(1))], 10), get(9, 10.5, absent)],
  "a second holder before the lease of the first is over": [cas(1, [0, 1], [ok(3, at(1))], 10), cas(4, [0, 2], [ok(10.5, at(2))], 10)],
  "a value without a time to live that goes": [cas(1, [0, 1], [ok(3, at(1))]), get(900, 901, absent)],
  "a lease that comes back": [cas(1, [0, 1], [ok(3, at(1))], 10), get(12, 13, absent), get(14, 15, at(1))],
  "an attempt that an authority carries out that lost it": [
    cas(1, [0, 1], [ok(2, at(1))]),
    disk("wiped", 3),
    get(5, 6, { value: "v1", revision: "r9" }),
  ],
  "a lost disk that still knows": [cas(1, [0, 1], [ok(2, at(1))]), disk("wiped", 3), get(4, 5, at(1))],
  "a restored disk that takes an attempt of the lost future": [
    cas(1, [0, 1], [ok(2, at(1))]),
    disk("copied", 3),
    cas(4, [1, 2], [ok(5, at(2))]),
    disk("restored", 6),
    cas(7, [2, 3], [ok(8, at(3))]),
  ],
  "a restored disk that still knows": [disk("copied", 1), cas(2, [0, 1], [ok(3, at(1))]), disk("restored", 4), get(5, 6, at(1))],
  "a revision that comes again with the same value, over a lost disk": [
    cas(1, [0, 1], []),
    get(2, 3, at(1)),
    disk("wiped", 4),
    get(5, 6, at(1)),
  ],
  "an answer with another value than was set": [cas(1, [0, 1], [ok(2, at(2))])],
  "a value without a revision": [cas(1, [0, 1], [ok(2, { value: "v1", revision: null })])],
}

for (const [name, events] of Object.entries(GOOD)) {
  test(`[SM8] the checker accepts: ${name}`, () => {
    expect(checkLinearizable(events)).toMatchObject({ linearizable: true })
  })
}

for (const [name, events] of Object.entries(BAD)) {
  test(`[SM8] the checker refuses: ${name}`, () => {
    expect(checkLinearizable(events)).toMatchObject({ linearizable: false, decided: true })
  })
}

test("[SM8] random linearizable executions are accepted, with leases, lost answers, retries and disks", () => {
  const events: number[] = []
  for (let seed = 1; seed <= 200; seed++) {
    const history = linearizableHistory(new Random(`linearizable ${seed}`))
    events.push(history.length)
    const verdict = checkLinearizable(history)
    expect(verdict.linearizable ? "" : `seed ${seed}: ${verdict.explanation}`).toBe("")
  }
  expect(Math.max(...events)).toBeGreaterThan(60)
})

test("[SM8] random corruptions of them are mostly refused", () => {
  let refused = 0
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(`corrupt ${seed}`)
    const verdict = checkLinearizable(corrupt(linearizableHistory(random), random))
    if (!verdict.linearizable) refused++
  }
  // The rest are corruptions that leave another explanation: an answer that overlaps with what it is said to show.
  expect(refused).toBeGreaterThan(165)
})

test("[SM8] on small histories the checker says what trying all orders says", () => {
  const said = { yes: 0, no: 0 }
  for (let seed = 1; seed <= 600; seed++) {
    const random = new Random(`small ${seed}`)
    const history = linearizableHistory(random, { operations: random.between(3, 6), plain: true })
    const events = random.chance(0.3) ? history : corrupt(history, random)
    const { linearizable } = checkLinearizable(events)
    if (linearizable) said.yes++
    else said.no++
    expect({ seed, linearizable }).toEqual({ seed, linearizable: linearizableByForce(events) })
  }
  expect(Math.min(said.yes, said.no)).toBeGreaterThan(150)
})

test("[SM8] a hundred at once, most of them without an answer, are decided in a few steps", () => {
  const events: RegisterEvent[] = []
  for (let round = 0; round < 5; round++) {
    const from = round * 100
    for (let rival = 0; rival < 100; rival++) {
      const answers =
        rival % 3 === 0 ? [] : rival === 1 ? [ok(from + 99, at(round + 1))] : [conflict(from + 98 + rival / 1_000, at(round + 1))]
      events.push(cas(from + rival / 1_000, [round, rival === 1 ? round + 1 : 1_000 * (round + 1) + rival], answers))
    }
  }
  const verdict = checkLinearizable(events)
  expect(verdict).toMatchObject({ linearizable: true })
  expect(verdict.linearizable && verdict.visited).toBeLessThan(2_000)
})

test("[SM8] a search beyond its budget is no proof", () => {
  const events = [...GOOD["one after another"]!]
  expect(checkLinearizable(events, 6)).toMatchObject({ linearizable: true })
  expect(checkLinearizable(events, 2)).toMatchObject({ linearizable: false, decided: false })
})

test("[SM8] a counterexample names the answer that nothing explains, what led to it, and what did not fit", () => {
  const verdict = checkLinearizable([...BAD["two winners"]!, get(7, 8, at(2)), cas(9, [2, 3], [ok(10, at(3))])])
  expect(verdict.linearizable ? "" : verdict.explanation).toMatchInlineSnapshot(`
    "no order explains the answer at [6.000], the last of:
      [1.000] writer sets v1 if at nothing (attempt 0-1-1); [5.000] ok: v1 at r1
      [2.000] writer sets v2 if at nothing (attempt 0-2-2); [6.000] ok: v2 at r2
    the order that explains most ends:
      v1 at r1 after: [1.000] writer sets v1 if at nothing (attempt 0-1-1); [5.000] ok: v1 at r1
    after which none of these fits:
      [2.000] writer sets v2 if at nothing (attempt 0-2-2); [6.000] ok: v2 at r2"
  `)
})
