import type { ModelCard, ResponderCard } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { answerNote } from "../src/answers/answer-words.ts"
import { NOBODY, offersOf, whoIsAsked } from "../src/answers/offers.ts"
import { MAX_REMEMBERED, parseChoices } from "../src/answers/remembered-choice.ts"
import { parseOffers } from "../src/answers/remembered-offers.ts"

const PASSAGES: ModelCard = { id: "passages", label: "Passages", kind: "passages", isDefault: false }
const SMALL: ModelCard = { id: "small", label: "Small", kind: "model", isDefault: false }
const LARGE: ModelCard = { id: "large", label: "Large", kind: "model", isDefault: true }
const cardOf = (id: string, ...models: ModelCard[]): ResponderCard => ({ id, name: id, models, problem: null })
const NOTHING = { chosen: undefined, usual: undefined, hasSources: false, isFirst: false }

test("[WB200] what several responders offer is offered once, models before passages", () => {
  const offers = offersOf([cardOf("a", PASSAGES, SMALL), cardOf("b", { ...SMALL, label: "Other" }, LARGE, PASSAGES)])
  expect(offers).toEqual([SMALL, LARGE, PASSAGES])
  expect(offersOf([])).toEqual([])
})

test("[WB200] who is asked: what was chosen here, else usually, as long as it is offered, else the default model", () => {
  const offers = [SMALL, LARGE, PASSAGES]
  expect(whoIsAsked({ ...NOTHING, offers })).toBe(LARGE)
  expect(whoIsAsked({ ...NOTHING, offers: [SMALL, PASSAGES] })).toBe(SMALL)
  expect(whoIsAsked({ ...NOTHING, offers, usual: "small" })).toBe(SMALL)
  expect(whoIsAsked({ ...NOTHING, offers, usual: "small", chosen: "passages" })).toBe(PASSAGES)
  expect(whoIsAsked({ ...NOTHING, offers, usual: "small", chosen: NOBODY })).toBeUndefined()
  expect(whoIsAsked({ ...NOTHING, offers, usual: NOBODY })).toBeUndefined()
  expect(whoIsAsked({ ...NOTHING, offers, usual: NOBODY, chosen: "small" })).toBe(SMALL)
  expect(whoIsAsked({ ...NOTHING, offers, chosen: "gone" })).toBe(LARGE)
})

test("[WB202] where no model is offered passages are asked for when there are sources, or once at the beginning; without a responder nothing is", () => {
  const offers = [PASSAGES]
  expect(whoIsAsked({ ...NOTHING, offers })).toBeUndefined()
  expect(whoIsAsked({ ...NOTHING, offers, hasSources: true })).toBe(PASSAGES)
  expect(whoIsAsked({ ...NOTHING, offers, isFirst: true })).toBe(PASSAGES)
  expect(whoIsAsked({ ...NOTHING, offers, chosen: "passages" })).toBe(PASSAGES)
  expect(whoIsAsked({ ...NOTHING, offers: [], hasSources: true, isFirst: true, chosen: "passages" })).toBeUndefined()
})

test("[WB203] what is said before one asks: when the answer comes, and what it is made of", () => {
  const known = { asked: LARGE, isWished: false, reach: "now", isFirst: true, hasModel: true, hasSources: true } as const
  expect(answerNote(known)).toBeUndefined()
  expect(answerNote({ ...known, reach: "relay" })).toContain("when a relay and a responder are reached")
  expect(answerNote({ ...known, reach: "responder" })).toContain("No responder is running")
  expect(answerNote({ ...known, reach: "relay", asked: undefined })).toBeUndefined()
  const without = { ...known, asked: PASSAGES, hasModel: false }
  expect(answerNote(without)).toContain("you get passages of your sources")
  expect(answerNote({ ...without, hasSources: false })).toContain("how to connect one")
  expect(answerNote({ ...without, isFirst: false })).toBeUndefined()
  const nobody = { ...without, asked: undefined, isFirst: false, hasSources: false }
  expect(answerNote(nobody)).toContain("so nobody answers")
  expect(answerNote({ ...nobody, isWished: true })).toBeUndefined()
})

test("[WB6] what is remembered of who answers is checked; what is damaged is as good as absent", () => {
  for (const text of [null, "", "{", "[]", "7", '{"usual":1,"conversations":[["a"],["b",1],7]}'])
    expect(parseChoices(text)).toEqual({ usual: undefined, conversations: new Map() })
  const all = Array.from({ length: MAX_REMEMBERED + 1 }, (_, at) => [`c${at}`, "m"])
  const most = parseChoices(JSON.stringify({ usual: "m", conversations: all }))
  expect([most.usual, most.conversations.size, most.conversations.has("c0"), most.conversations.get("c200")]).toEqual([
    "m",
    200,
    false,
    "m",
  ])
  for (const text of [null, "{", '{"offers":7,"at":"x"}']) expect(parseOffers(text)).toEqual({ offers: [], at: 0 })
  expect(parseOffers(JSON.stringify({ offers: [LARGE, { id: 7 }], at: 5 }))).toEqual({ offers: [LARGE], at: 5 })
})
