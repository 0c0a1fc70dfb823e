import { expect, test } from "vitest"
import { answerFacts, MAX_FACT_LENGTH, MAX_FACTS } from "../src/answers/answer-facts.ts"
import { answerStateWords, failureAdvice, failureOf } from "../src/answers/answer-state-words.ts"

const ask = { model: null, kind: "answer", stopped: null } as const
const place = { online: true, running: true, offers: [] }

test("[WB199] each failure has its advice, one that is not known as well; what documents hold in place of a failure or of facts does no harm", () => {
  const codes = [
    "no-model",
    "unauthorised",
    "rate-limited",
    "overloaded",
    "unreachable",
    "timed-out",
    "broken-stream",
    "context-overflow",
    "refused",
    "bad-request",
  ]
  const advice = codes.map((code) => failureAdvice({ code, retryAt: null, isTold: false }, undefined))
  expect(advice.every((words) => /^[A-Z].*\.$/u.test(words ?? ""))).toBe(true)
  expect(failureAdvice({ code: "of another time", retryAt: null, isTold: false }, undefined)).toBe("Try again, or ask another model.")
  expect(failureAdvice({ code: "constructor", retryAt: null, isTold: false }, undefined)).toBe("Try again, or ask another model.")
  expect(failureAdvice({ code: "refused", retryAt: 1, isTold: true }, "3 min")).toBe("It can be tried again in 3 min.")
  const failed = (details: unknown) => failureOf([{ type: "text", state: "failed", details }])
  expect(failed({ code: "overloaded", at: 10, retryAfterMs: 5 })).toEqual({ code: "overloaded", retryAt: 15, isTold: false })
  for (const details of [null, 1, "x", [], { code: 1, at: "late", retryAfterMs: 5 }])
    expect(failed(details)).toEqual({ code: "failed", retryAt: null, isTold: false })
  const told = failed({ code: "overloaded", reason: "Try again in a while." })!
  expect(failureAdvice(told, undefined)).toBeUndefined()
  expect(failed({ code: "overloaded", reason: " " })?.isTold).toBe(false)
  expect(failureOf([{ type: "tool", state: "failed", details: null }])).toBeUndefined()
  for (const odd of [
    null,
    1,
    "x",
    [],
    { about: 1 },
    { about: { a: [1, {}], b: {}, messages: [], prompt: { promptId: 1 }, files: [1, null], tools: {}, passages: "x" } },
  ]) {
    expect(Array.isArray(answerFacts([{ details: odd, fields: (odd ?? {}) as Record<string, unknown> }]))).toBe(true)
  }
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, "x".repeat(1_000)]))
  const facts = answerFacts([{ details: null, fields: { about: many } }])
  expect(facts).toHaveLength(MAX_FACTS)
  expect(facts[0]?.value).toHaveLength(MAX_FACT_LENGTH)
})

test("[WB199] a state that says itself how it ended has no words, and a model that nobody knows is named by what was asked for", () => {
  for (const phase of ["done", "stopped", "failed"] as const)
    expect(answerStateWords({ phase, ask, author: null, isOpen: false, place })).toBeUndefined()
  expect(answerStateWords({ phase: "writing", ask, author: null, isOpen: false, place })).toBe("A responder is writing")
  expect(answerStateWords({ phase: "writing", ask: { ...ask, model: "m".repeat(200) }, author: null, isOpen: false, place })).toBe(
    `${"m".repeat(80)} is writing`,
  )
  expect(answerStateWords({ phase: "writing", ask: { ...ask, model: "m" }, author: "Sky", isOpen: true, place })).toBe("Sky is writing")
  expect(answerStateWords({ phase: "asks", ask, author: null, isOpen: false, place })).toBe(
    "It waits until somebody answers the tool above.",
  )
})

test("[WB193] that an answer broke off is said also while nobody has noted it below its words, as when its responder was killed", () => {
  const broken = { phase: "interrupted", ask, author: "Sky" } as const
  const away = { ...place, running: false }
  expect(answerStateWords({ ...broken, isOpen: true, place })).toBe("It broke off. Somebody else goes on soon.")
  expect(answerStateWords({ ...broken, isOpen: true, place: away })).toBe("It broke off. It waits for a responder. What was written stays.")
  expect(answerStateWords({ ...broken, isOpen: false, place })).toBe("Somebody else goes on soon.")
  expect(answerStateWords({ ...broken, isOpen: false, place: away })).toBe("It waits for a responder. What was written stays.")
})
