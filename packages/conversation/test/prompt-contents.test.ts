import { describe, expect, test } from "vitest"
import {
  checkValue,
  type ContentSlot,
  diffContents,
  diffText,
  findVariables,
  MAX_VARIABLE_NAME_LENGTH,
  mergeContents,
  mergeTexts,
  type PromptContent,
  readContent,
  renderPrompt,
} from "@polylogue/conversation"
import { seededRandom } from "./devices.ts"

function content(slots: readonly (readonly [id: string, text: string, role?: string])[], more: Partial<PromptContent> = {}): PromptContent {
  const made = slots.map(([id, text, role = "user"]): ContentSlot => ({ id, role, text }))
  return { kind: "chat", slots: made, variables: {}, config: {}, ...more }
}

/** A text of few words, so that two of them have much in common, with characters that must not be cut. */
function someText(random: () => number, length = 12): string {
  const words = ["one", "two", "three", " ", " ", "\n", "\r\n", "👩‍👩‍👧", "🇩🇪", "é", "e\u0301", "漢字", "かな", "שלום", "{{x}}", "."]
  return Array.from({ length: Math.floor(random() * length) }, () => words[Math.floor(random() * words.length)]).join("")
}

describe("differences", () => {
  test("[CV67] what is the same and what was removed make the old text, what is the same and what was added the new one, in whole characters", () => {
    const random = seededRandom(67)
    for (let round = 0; round < 500; round++) {
      const [from, to] = [someText(random, 30), someText(random, 30)]
      const parts = diffText(from, to)
      const joined = (kind: string): string =>
        parts
          .filter((part) => part.kind === "same" || part.kind === kind)
          .map(({ text }) => text)
          .join("")
      expect([joined("removed"), joined("added")]).toEqual([from, to])
      for (const { text } of parts) {
        expect(text).not.toBe("")
        expect(text).not.toMatch(/^(?:\u200d|\u0301|\p{Emoji_Modifier})|\u200d$/u)
        expect(text.isWellFormed()).toBe(true)
      }
    }
    expect(diffText("", "")).toEqual([])
    expect(diffText("same", "same")).toEqual([{ kind: "same", text: "same" }])
  })

  test("[CV67] a changed word is told as that word, in scripts without blanks as that character", () => {
    expect(diffText("Be kind to all.\nBye.\n", "Be good to all.\nBye.\n")).toEqual([
      { kind: "same", text: "Be " },
      { kind: "removed", text: "kind" },
      { kind: "added", text: "good" },
      { kind: "same", text: " to all.\nBye.\n" },
    ])
    expect(diffText("你是老师", "你是医师")).toEqual([
      { kind: "same", text: "你是" },
      { kind: "removed", text: "老" },
      { kind: "added", text: "医" },
      { kind: "same", text: "师" },
    ])
    expect(diffText("a 👩‍👩‍👧 b", "a 👩‍👩‍👦 b").filter(({ kind }) => kind !== "same")).toEqual([
      { kind: "removed", text: "👩‍👩‍👧" },
      { kind: "added", text: "👩‍👩‍👦" },
    ])
  })

  test("[CV67] texts that have nothing in common, and long ones, are told in bounded time", () => {
    const random = seededRandom(1)
    const noise = (): string => Array.from({ length: 30_000 }, () => `${Math.floor(random() * 1e9).toString(36)}\n`).join("")
    const [from, to] = [noise(), noise()]
    expect(diffText(from, to).map(({ kind }) => kind)).toContain("removed")
    expect(diffText(from, `${from}x`)).toEqual([
      { kind: "same", text: from },
      { kind: "added", text: "x" },
    ])
  })

  test("[CV67] slots are told apart as added, removed, changed and moved; one carried past others is one move", () => {
    const from = content([
      ["a", "A"],
      ["b", "B"],
      ["c", "C"],
      ["d", "D"],
    ])
    const to = content([
      ["d", "D"],
      ["a", "A"],
      ["new", "N"],
      ["c", "C and more", "assistant"],
    ])
    const diff = diffContents(from, to)
    expect(diff.same).toBe(false)
    expect(diff.slots.map(({ slotId, change, moved }) => [slotId, change, moved])).toEqual([
      ["d", "same", true],
      ["a", "same", false],
      ["b", "removed", false],
      ["new", "added", false],
      ["c", "changed", false],
    ])
    expect(diff.slots[4]).toMatchObject({
      from: { role: "user" },
      to: { role: "assistant" },
      parts: [
        { kind: "same", text: "C" },
        { kind: "added", text: " and more" },
      ],
    })
    expect(diffContents(from, from)).toMatchObject({ same: true, variables: [], config: [] })
    const renamed = content(from.slots.map(({ id, text }) => [`import-${id}`, text] as const))
    expect(diffContents(from, renamed).same).toBe(true)
  })

  test("[CV67] variables, configuration and kind that differ are named, whatever the order of their keys", () => {
    const from = content([], { variables: { x: { type: "text" }, y: { type: "number" } }, config: { same: { a: 1, b: 2 }, gone: null } })
    const to = content([], { kind: "text", variables: { x: { type: "json" }, z: { type: "text" } }, config: { same: { b: 2, a: 1 } } })
    expect(diffContents(from, to)).toEqual({
      same: false,
      kind: { from: "chat", to: "text" },
      slots: [],
      variables: [
        { key: "x", from: { type: "text" }, to: { type: "json" } },
        { key: "y", from: { type: "number" } },
        { key: "z", to: { type: "text" } },
      ],
      config: [{ key: "gone", from: null }],
    })
  })
})

describe("merging", () => {
  test("[CV68] what one side changed is taken; what both changed is merged by lines and words, or both are kept on lines of their own", () => {
    expect(mergeTexts("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\nd\n")).toEqual({ text: "a\nB\nc\nd\n", conflicts: [] })
    expect(mergeTexts("Be nice, be short.", "Be kind, be short.", "Be nice, be clear.")).toEqual({
      text: "Be kind, be clear.",
      conflicts: [],
    })
    expect(mergeTexts("one\ntwo\n", "ONE\ntwo\n", "one\nTWO\n")).toEqual({ text: "ONE\nTWO\n", conflicts: [] })
    expect(mergeTexts("top\nBe nice.\nend\n", "top\nBe kind.\nend\n", "top\nBe good.\nend\n")).toEqual({
      text: "top\nBe kind.\nBe good.\nend\n",
      conflicts: [{ from: 4, to: 22, base: "Be nice.\n", ours: "Be kind.\n", theirs: "Be good.\n" }],
    })
    expect(mergeTexts("", "ours", "theirs")).toEqual({
      text: "ours\ntheirs",
      conflicts: [{ from: 0, to: 11, base: "", ours: "ours", theirs: "theirs" }],
    })
    expect(mergeTexts("a b", "", "a b c")).toEqual({
      text: "a b c",
      conflicts: [{ from: 0, to: 5, base: "a b", ours: "", theirs: "a b c" }],
    })
  })

  test("[CV68] for any three texts: equal sides are taken, one side's change is taken, and no word of either side is lost", () => {
    const random = seededRandom(68)
    const seen = { clean: 0, conflicts: 0 }
    for (let round = 0; round < 700; round++) {
      const base = someText(random, 25)
      const side = (): string => base.replaceAll(/one|two|\n/gu, (word) => (random() < 0.3 ? `<${Math.floor(random() * 1e6)}>` : word))
      const [ours, theirs] = [side(), side()]
      expect(mergeTexts(base, ours, base).text).toBe(ours)
      expect(mergeTexts(base, base, theirs).text).toBe(theirs)
      expect(mergeTexts(base, ours, ours).text).toBe(ours)
      const { text, conflicts } = mergeTexts(base, ours, theirs)
      for (const word of [ours, theirs].flatMap((said) => said.match(/<[0-9]+>/gu) ?? [])) expect(text).toContain(word)
      for (const place of conflicts) {
        const both = text.slice(place.from, place.to)
        expect([both.startsWith(place.ours), both.endsWith(place.theirs)]).toEqual([true, true])
      }
      seen[conflicts.length === 0 ? "clean" : "conflicts"]++
    }
    expect(Math.min(seen.clean, seen.conflicts)).toBeGreaterThan(100)
  })

  test("[CV68] slots that one side added, moved, changed or removed come out so; one removed here and changed there stays and is named", () => {
    const base = content([
      ["a", "A"],
      ["b", "B"],
      ["c", "C"],
      ["d", "D"],
    ])
    const ours = content([
      ["b", "B"],
      ["a", "A2"],
      ["mine", "M"],
      ["c", "C"],
    ])
    const theirs = content([
      ["a", "A"],
      ["b", "B"],
      ["d", "D2"],
      ["other", "O"],
    ])
    const { content: merged, conflicts } = mergeContents(base, ours, theirs)
    expect(merged.slots.map(({ id, text }) => [id, text])).toEqual([
      ["b", "B"],
      ["d", "D2"],
      ["other", "O"],
      ["a", "A2"],
      ["mine", "M"],
    ])
    expect(conflicts).toEqual([{ kind: "removed", slotId: "d", base: "D", ours: null, theirs: "D2" }])
    expect(mergeContents(base, base, theirs).content).toEqual(theirs)
    expect(mergeContents(base, ours, base).content).toEqual(ours)
  })

  test("[CV68] slots of an import are matched by what they say, and keep our ids", () => {
    const base = content([["a", "same"]])
    const ours = content([
      ["x", "same"],
      ["y", "new of both"],
    ])
    const theirs = content([
      ["z", "same"],
      ["w", "new of both"],
      ["x", "only theirs"],
    ])
    const { content: merged, conflicts } = mergeContents(base, ours, theirs)
    expect(merged.slots.map(({ id, text }) => [id, text])).toEqual([
      ["x", "same"],
      ["y", "new of both"],
      ["x~", "only theirs"],
    ])
    expect(conflicts).toEqual([])
  })

  test("[CV68] roles, variables and configuration are merged by key; where both changed one, ours stands and both are named", () => {
    const base = content([["a", "A", "user"]], { variables: { x: { type: "text" } }, config: { t: 0, gone: 1, both: 1 } })
    const ours = content([["a", "A", "system"]], { variables: { x: { type: "text" } }, config: { t: 1, gone: 1 } })
    const theirs = content([["a", "A", "tool"]], { variables: { x: { type: "json" } }, config: { t: 2, new: 3, both: 2 } })
    const { content: merged, conflicts } = mergeContents(base, ours, theirs)
    expect(merged).toEqual(content([["a", "A", "system"]], { variables: { x: { type: "json" } }, config: { t: 1, new: 3, both: 2 } }))
    expect(conflicts).toEqual([
      { kind: "role", slotId: "a", base: "user", ours: "system", theirs: "tool" },
      { kind: "config", key: "both", base: 1, ours: undefined, theirs: 2 },
      { kind: "config", key: "t", base: 0, ours: 1, theirs: 2 },
    ])
  })
})

describe("variables", () => {
  test("[CV70] variables are found with their places, and what is no name is text", () => {
    const text = "Dear {{ name }}, {{name}} {{ 1st }} {{a b}} {x} {{{inner}}} {{x.y-z_2}} {{\n}}"
    const found = findVariables(text)
    expect(found.map(({ name, from, to }) => [name, text.slice(from, to)])).toEqual([
      ["name", "{{ name }}"],
      ["name", "{{name}}"],
      ["inner", "{{inner}}"],
      ["x.y-z_2", "{{x.y-z_2}}"],
    ])
    const longest = "n".repeat(MAX_VARIABLE_NAME_LENGTH)
    expect(findVariables(`{{${longest}}}`)).toHaveLength(1)
    expect(findVariables(`{{${longest}n}}`)).toEqual([])
    expect(findVariables(`{{${" ".repeat(200_000)}`)).toEqual([])
    expect(findVariables("{{ x".repeat(50_000))).toEqual([])
  })

  test("[CV70] a value is checked against the type of its variable", () => {
    const choice = { type: "choice", choices: ["a", "b"] } as const
    expect(checkValue({ type: "text" }, "anything")).toBeNull()
    for (const right of ["0", "-1.5e3", " 7 ", "+2"]) expect(checkValue({ type: "number" }, right)).toBeNull()
    for (const wrong of ["", "x", "0x10", "1,5", "Infinity", "01"]) expect(checkValue({ type: "number" }, wrong)).toBe("not-a-number")
    expect([checkValue({ type: "boolean" }, "true"), checkValue({ type: "boolean" }, "yes")]).toEqual([null, "not-a-boolean"])
    expect([checkValue(choice, "a"), checkValue(choice, "c"), checkValue({ type: "choice" }, "a")]).toEqual([
      null,
      "not-a-choice",
      "not-a-choice",
    ])
    expect([checkValue({ type: "json" }, "[1]"), checkValue({ type: "json" }, "{")]).toEqual([null, "not-json"])
  })

  test("[CV70] a prompt is filled in once: what a value contains is never looked into, defaults stand in, and what is missing is named", () => {
    const prompt: PromptContent = {
      kind: "chat",
      slots: [
        { id: "1", role: "system", text: "You are {{tone}}, {{tone}}. {{gone}}" },
        { id: "2", role: "placeholder", name: "history", text: "" },
        { id: "3", role: "user", text: "{{question}}{{ extra }}{{constructor}}" },
        { id: "4", role: "placeholder", name: "none", text: "" },
      ],
      variables: { tone: { type: "text", default: "kind" } },
      config: {},
    }
    const values = { question: "{{extra}} $& {{tone}}", extra: "{{question}}", history: [{ role: "assistant", content: "{{tone}}" }] }
    expect(renderPrompt(prompt, values)).toEqual({
      messages: [
        { role: "system", content: "You are kind, kind. {{gone}}" },
        { role: "assistant", content: "{{tone}}" },
        { role: "user", content: "{{extra}} $& {{tone}}{{question}}{{constructor}}" },
      ],
      missing: ["gone", "constructor", "none"],
    })
  })
})

test("[CV74] any value is read as a content: what has the wrong form is left out, and no id is doubled", () => {
  for (const value of [null, 7, "x", [], { slots: 7, variables: [], config: "x" }])
    expect(readContent(value)).toMatchObject({ slots: [], kind: "chat" })
  const read = readContent({
    kind: "text",
    slots: [{ id: "a", text: "A" }, { id: "a", text: "B" }, null, { role: 7, text: 8, name: 9 }],
    variables: { x: { type: "what", default: 7, choices: [1, "one"] }, y: null },
    config: JSON.parse('{"__proto__":1}') as unknown,
  })
  expect(read.slots.map(({ id, role, text }) => [id, role, text])).toEqual([
    ["a", "user", "A"],
    ["slot-1", "user", "B"],
    ["slot-2", "user", ""],
    ["slot-3", "user", ""],
  ])
  expect(read.variables).toEqual({ x: { type: "text", choices: ["one"] } })
  expect(Object.keys(read.config)).toEqual(["__proto__"])
})
