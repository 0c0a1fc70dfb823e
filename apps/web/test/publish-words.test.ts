import { expect, test } from "vitest"
import { asOfWords, labelSentence, refusalWords, savingProblem } from "../src/prompts/publish-words.ts"

const NOW = 1_700_000_000_000
const MINUTE = 60_000
const label = {
  label: "production",
  versionId: "v",
  number: 8,
  base: { revision: "00:1", versionId: "v" },
  setAt: NOW - 60 * MINUTE,
  by: "bo",
  asOf: NOW - 5 * MINUTE,
  protected: false,
} as const
const online = { connection: "online", since: NOW - 10 * MINUTE, relayTimeOffsetMs: 0 } as const

test("[WB108] everybody is said to get a version only when the relay said so in the present connection; else it is said how old the news is", () => {
  expect(labelSentence(label, { status: online, now: NOW })).toBe("Everybody who asks for production gets v8.")
  expect(asOfWords(label, { status: online, now: NOW })).toBe("")
  const cut = { status: { ...online, connection: "offline" }, now: NOW } as const
  expect(labelSentence(label, cut)).toBe("v8 was production, as of 5 min ago. It may have changed since.")
  // Connected again since, and not a word of the label yet.
  const again = { status: { ...online, since: NOW - 1000 }, now: NOW }
  expect(labelSentence(label, again)).toContain("as of 5 min ago")
  // By a clock that is an hour ahead of this device's.
  const ahead = { status: { ...online, relayTimeOffsetMs: 60 * MINUTE, connection: "offline" }, now: NOW } as const
  expect(asOfWords({ asOf: NOW + 55 * MINUTE }, ahead)).toBe("as of 5 min ago")
  expect(labelSentence({ ...label, number: undefined }, cut)).toContain("A version was production")
  expect(labelSentence({ ...label, versionId: null }, cut)).toBe("Nothing was production, as of 5 min ago.")
  expect(labelSentence({ ...label, versionId: null }, { status: online, now: NOW })).toBe("Nobody gets anything as production.")
})

test("[WB105] each refusal says what to do; one that is not known gives its code", () => {
  expect(refusalWords({ code: "forbidden" })).toContain("Ask an owner")
  expect(refusalWords({ code: "name-taken" })).toContain("another name")
  expect(refusalWords({ code: "else" })).toContain("(else)")
  expect(refusalWords({})).toBe("The relay refused it.")
})

test("[WB105] what could not be saved is said in plain words, never in those of an error, and that nothing was changed", () => {
  const tooLarge = Object.assign(new Error("a version holds at most 512 KiB of JSON"), { code: "too-large" })
  expect(savingProblem(tooLarge)).toMatch(/^This prompt is too long for a version.* Nothing was changed\.$/u)
  expect(savingProblem(new Error("quota_bytes exceeded"))).toBe("This device could not save it. Nothing was changed.")
})
