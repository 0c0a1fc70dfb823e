import { expect, test } from "vitest"
import { checkLinearizable } from "./linearizability.ts"
import { RegisterHistory } from "./register-history.ts"

const absent = { value: null, revision: null }
const one = { value: "one", revision: "r1" }

test("[SM8] a history joins what was sent of one attempt, and keeps the order of what happened at one instant", () => {
  let now = 5
  const history = new RegisterHistory(() => now)
  const read = history.get("reader")
  const lost = history.cas("writer", "first", { expected: null, value: "one", ttlMs: 0 })
  read(absent)
  const again = history.cas("writer", "first", { expected: null, value: "one", ttlMs: 0 })
  now = 9
  again("ok", one)
  lost("ok", one)
  history.heard("watcher", one)
  history.disk("wiped")
  expect(history.events.map((event) => event.kind)).toEqual(["get", "get", "cas", "wiped"])
  expect(history.events).toContainEqual(
    expect.objectContaining({ kind: "cas", from: expect.closeTo(5), answers: [expect.anything(), expect.anything()] }),
  )
  expect(checkLinearizable(history.events)).toMatchObject({ linearizable: true })
  const late = history.get("reader")
  late(one)
  expect(checkLinearizable(history.events)).toMatchObject({ linearizable: false })
})

test("[SM8] a history is not recorded of values that say nothing, nor of attempts that change", () => {
  const history = new RegisterHistory(() => 0)
  history.cas("writer", "first", { expected: null, value: "one", ttlMs: 0 })
  expect(() => history.cas("writer", "second", { expected: null, value: "one", ttlMs: 0 })).toThrow(RangeError)
  expect(() => history.cas("writer", "first", { expected: "r1", value: "one", ttlMs: 0 })).toThrow(RangeError)
  history.cas("writer", "third", { expected: "r1", value: null, ttlMs: 0 })
  history.cas("writer", "fourth", { expected: "r2", value: null, ttlMs: 0 })
  expect(history.events).toHaveLength(3)
})
