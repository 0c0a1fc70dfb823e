import { expect, test } from "vitest"
import { Random } from "./random.ts"
import { checkSessionGuarantees, describeViolation, type SessionEvent } from "./session-guarantees.ts"

const write = (session: string, one: number, documentId = "d"): SessionEvent => ({ kind: "write", session, documentId, write: one })
const stored = (session: string, one: number, documentId = "d"): SessionEvent => ({ kind: "stored", session, documentId, write: one })
const read = (session: string, shown: readonly number[], documentId = "d"): SessionEvent => {
  return { kind: "read", session, documentId, shown: new Set(shown) }
}

const found = (...history: SessionEvent[]): (string | number)[][] =>
  checkSessionGuarantees(history).map(({ guarantee, at, missing }) => [guarantee, at, ...missing])

test("[SM30] what every guarantee allows is accepted", () => {
  expect(found()).toEqual([])
  expect(found(write("a", 1), stored("a", 1), read("a", [1]), read("a", [1, 2]))).toEqual([])
  // Of a write that was never stored nothing is promised to its session, and an older state is no breach for another session.
  expect(found(write("a", 1), read("a", []), read("b", []), read("a", [1]), read("b", []))).toEqual([])
  // Across documents no order is promised.
  expect(found(read("a", [1], "d"), write("a", 2, "e"), stored("a", 2, "e"), read("b", [2], "e"), read("b", [], "d"))).toEqual([])
  // What is on one device alone, and went down with it, is owed to nobody.
  expect(found({ kind: "read", session: "a", documentId: "d", shown: new Set([1, 2]), promised: new Set([1]) }, read("a", [1]))).toEqual([])
  // What was read after a write does not go before it.
  expect(found(write("a", 2), read("a", [1, 2]), read("b", [2]))).toEqual([])
})

test("[SM30] a session that is not shown what it wrote is found", () => {
  expect(found(write("a", 1), stored("a", 1), read("a", [2]))).toEqual([["read your writes", 2, 1]])
})

test("[SM30] a session that is shown less than before is found, as often as it is", () => {
  expect(found(read("a", [1, 2, 3]), read("a", [2]), read("b", []), read("a", []))).toEqual([
    ["monotonic reads", 1, 1, 3],
    ["monotonic reads", 3, 1, 2, 3],
  ])
})

test("[SM30] an answer that anybody is shown without what it answers is found", () => {
  const history = [read("a", [1]), write("a", 2), read("b", [1, 2]), read("c", [2])]
  expect(found(...history)).toEqual([["writes follow reads", 3, 1]])
  expect(describeViolation(checkSessionGuarantees(history)[0]!)).toBe("writes follow reads: read 3 of c shows write 2 of d without 1")
})

test("[SM30] a later write that anybody is shown without an earlier one of the same session is found", () => {
  const history = [write("a", 1), stored("a", 1), write("a", 2), read("b", [2]), read("c", [1]), read("d", [1, 2])]
  expect(found(...history)).toEqual([["monotonic writes", 3, 1]])
  const many = { ...checkSessionGuarantees([read("x", [1, 2, 3, 4, 5]), read("x", [])])[0]! }
  expect(describeViolation(many)).toBe("monotonic reads: read 1 of x shows d without 1, 2, 3 and 2 more")
})

test("[SM30] of histories of one log, read at any of its places that a session's token allows, none is refused; with one place that goes back, each is", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(`guarantees ${seed}`)
    const log: number[] = []
    const history: SessionEvent[] = []
    const tokens = new Map<string, number>()
    const look = (session: string, place: number): void => {
      history.push(read(session, log.slice(0, place)))
      tokens.set(session, place)
    }
    for (let step = 0; step < 30; step++) {
      const session = `s${random.between(1, 4)}`
      const token = tokens.get(session) ?? 0
      if (random.chance(0.5)) look(session, random.between(token, log.length))
      else {
        // Waiting for the token before writing is what puts the write behind it.
        history.push(write(session, step))
        log.push(step)
        history.push(stored(session, step))
        tokens.set(session, log.length)
      }
    }
    expect(checkSessionGuarantees(history)).toEqual([])
    const [session, place] = [...tokens].find(([, token]) => token > 0) ?? ["", 0]
    if (place === 0) continue
    look(session, random.between(0, place - 1))
    expect(checkSessionGuarantees(history)).not.toEqual([])
  }
})
