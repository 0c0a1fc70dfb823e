import type { MessagePart } from "@polylogue/conversation"
import { expect, test } from "vitest"
import {
  MAX_ANNOUNCED_LENGTH,
  MAX_READ_MESSAGES,
  nextAnnouncement,
  spokenText,
  type SpokenMessage,
} from "../src/conversation/announcements.ts"

const message = (text: string, more: Partial<SpokenMessage> = {}): SpokenMessage => ({
  author: "Sky",
  text,
  streaming: false,
  said: -1,
  ...more,
})
const one = (text: string, more: Partial<SpokenMessage> = {}): ReadonlyMap<string, SpokenMessage> => new Map([["a", message(text, more)]])

test("[WB59] a message is said once, with its author, as one reads it out", () => {
  const { words, rest } = nextAnnouncement(one("# Title\n\nSee **the** [paper](https://e.org).\n\n```js\nlet x\n```\n\n- one"), true)
  expect(words).toBe("Sky: Title See the paper. Code. one")
  expect(rest.size).toBe(0)
  expect(nextAnnouncement(rest, true).words).toBeUndefined()
})

test("[WB59] of a text that is being written whole sentences are said, each once, and then the rest", () => {
  let { words, rest } = nextAnnouncement(one("The sky is bl", { streaming: true }), true)
  expect(words).toBeUndefined()
  const grow = (text: string, streaming = true): void => {
    ;({ words, rest } = nextAnnouncement(new Map([["a", { ...rest.get("a")!, text, streaming }]]), true))
  }
  grow("The sky is blue. It sca")
  expect(words).toBe("Sky: The sky is blue.")
  grow("The sky is blue. It scatters")
  expect(words).toBeUndefined()
  grow("The sky is blue. It scatters. That", true)
  expect(words).toBe("It scatters.")
  grow("The sky is blue. It scatters. That is all", false)
  expect(words).toBe("That is all")
  expect(rest.size).toBe(0)
})

test("[WB59] no announcement is longer than one listens to, and what is behind is told by its end", () => {
  const long = "A sentence of some length. ".repeat(100)
  const first = nextAnnouncement(one(long, { streaming: true }), true)
  expect(first.words!.length).toBeLessThanOrEqual(MAX_ANNOUNCED_LENGTH + 8)
  expect(first.words).toMatch(/length\. …$/)
  expect(nextAnnouncement(first.rest, true).words).toBeUndefined()
  const end = nextAnnouncement(new Map([["a", { ...first.rest.get("a")!, text: long + long, streaming: false }]]), true)
  expect(end).toEqual({ words: "Sky has finished.", rest: new Map() })
})

test("[WB59] who reads elsewhere hears of the end only", () => {
  expect(nextAnnouncement(one("One. Two. ", { streaming: true }), false).words).toBeUndefined()
  expect(nextAnnouncement(one("One. Two. ", { said: 5 }), false).words).toBe("Sky has finished.")
  expect(nextAnnouncement(one("One. Two. "), false).words).toBe("Sky: One. Two.")
})

test("[WB59] many messages at once are counted, and those still being written are not read after it", () => {
  const few = new Map(["a", "b"].slice(0, MAX_READ_MESSAGES).map((id) => [id, message(`from ${id}`, { author: id })]))
  expect(nextAnnouncement(few, true).words).toBe("a: from a")
  const waiting = new Map(["a", "b", "c"].map((id) => [id, message("words. ", { author: id, streaming: id === "c" })]))
  const { words, rest } = nextAnnouncement(waiting, true)
  expect(words).toBe("3 new messages from a, b, c")
  expect([...rest.keys()]).toEqual(["c"])
  expect(nextAnnouncement(rest, true).words).toBeUndefined()
})

test("[WB59] an answer that stopped or failed is read out with that, and why; one that is still being written is not", () => {
  const part = { pid: "1", type: "text", text: "", state: "failed", fields: {}, details: { reason: "Nobody answers there." } } as const
  const failed = { text: "", parts: [part as unknown as MessagePart], streaming: false }
  expect(nextAnnouncement(one(spokenText(failed)), true).words).toBe("Sky: It ended early: Nobody answers there.")
  expect(nextAnnouncement(one(spokenText({ ...failed, text: "Because" }), { said: 7 }), true).words).toBe(
    "It ended early: Nobody answers there.",
  )
  expect(spokenText({ ...failed, text: "Because", streaming: true })).toBe("Because")
  expect(spokenText({ ...failed, text: "Because", parts: [{ ...failed.parts[0], state: "done" }] })).toBe("Because")
  expect(spokenText({ text: "", parts: [], streaming: false })).toBe("")
})
