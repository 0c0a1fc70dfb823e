import { Conversation, ConversationError, DraftParts, UserHome } from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { countUpdates, seededBytes, seededRandom, sync } from "./devices.ts"

function draftsAt(name: string): { readonly drafts: DraftParts; readonly ydoc: Y.Doc; readonly clock: { now: number } } {
  const ydoc = new Y.Doc()
  const clock = { now: 1_700_000_000_000 }
  const drafts = new DraftParts(ydoc, { now: () => clock.now++, randomBytes: seededBytes(seededRandom(name.charCodeAt(0))) })
  return { drafts, ydoc, clock }
}

const file = (name: string): { type: string; name: string } => ({ type: "file", name })
const namesOf = (drafts: DraftParts, id = "c"): unknown[] => drafts.get(id).map(({ part }) => part["name"])

test("[CV35] what goes with the next message is kept per conversation, in order, and by another device too", () => {
  const a = draftsAt("a")
  const b = draftsAt("b")
  expect(a.drafts.get("c")).toBe(a.drafts.get("c"))
  expect(countUpdates(a.ydoc, () => a.drafts.get("c"))).toBe(0)
  a.drafts.add("c", { type: "quote", text: "half \ud800", messageId: "m", name: "one" })
  b.clock.now += 10
  b.drafts.add("c", file("two"))
  b.drafts.add("d", file("elsewhere"))
  sync(a.ydoc, b.ydoc)
  expect(namesOf(a.drafts)).toEqual(["one", "two"])
  expect(a.drafts.get("c")[0]?.part).toEqual({ type: "quote", text: "half \ufffd", messageId: "m", name: "one" })
  expect(b.drafts.get("c")).toEqual(a.drafts.get("c"))
  expect(new DraftParts(a.ydoc, { now: () => 0, randomBytes: seededBytes(seededRandom(9)) }).get("c")).toEqual(a.drafts.get("c"))
  expect(a.drafts.get("c")).toBe(a.drafts.get("c"))
})

test("[CV35] removed here and added to there at the same time, what was added stays; each conversation notifies its own listeners", () => {
  const a = draftsAt("a")
  const b = draftsAt("b")
  const pid = a.drafts.add("c", file("one"))
  sync(a.ydoc, b.ydoc)
  let calls = 0
  const stop = b.drafts.subscribe("c", () => calls++)
  a.drafts.clear("c")
  b.drafts.add("c", file("two"))
  b.drafts.add("d", file("three"))
  sync(a.ydoc, b.ydoc)
  expect([namesOf(a.drafts), namesOf(b.drafts)]).toEqual([["two"], ["two"]])
  expect(calls).toBe(2)
  expect(countUpdates(a.ydoc, () => a.drafts.remove("c", pid))).toBe(0)
  stop()
  b.drafts.remove("c", b.drafts.get("c")[0]?.pid ?? "")
  expect(calls).toBe(2)
  expect(b.drafts.get("c")).toEqual([])
  b.drafts.destroy()
})

test("[CV35] a draft holds so much and no more, what has not the form of a part is passed over, and the text of the draft stands beside", () => {
  const { drafts, ydoc } = draftsAt("a")
  const home = new UserHome(ydoc)
  home.setDraft("c", "words")
  for (let count = 0; count < 32; count++) drafts.add("c", file(String(count)))
  expect(() => drafts.add("c", file("one more"))).toThrow(ConversationError)
  expect(drafts.get("c")).toHaveLength(32)
  expect(countUpdates(ydoc, () => drafts.clear("c"))).toBe(1)
  for (const value of [1, {}, { part: null }, { part: { type: 3 } }, { part: { type: "quote", text: 3 } }])
    ydoc.getMap("draft-parts").set(`c/${JSON.stringify(value).length}`, value)
  expect(drafts.get("c")).toEqual([])
  expect(home.getDraft("c")).toBe("words")
  expect(() => drafts.get("../x")).toThrow(ConversationError)
})

test("[CV35] what went with a message is written as it stood in the draft", () => {
  const { drafts } = draftsAt("a")
  const conversation = new Conversation(new Y.Doc(), {
    writer: "a",
    author: { id: "ana", kind: "person" },
    now: () => 1,
    randomBytes: seededBytes(seededRandom(1)),
  })
  drafts.add("c", { type: "quote", text: "said", messageId: "m" })
  drafts.add("c", { type: "file", name: "a.txt", sha256: "b".repeat(64) })
  const id = conversation.send({ parts: drafts.get("c").map(({ part }) => part), parentId: null })
  drafts.clear("c")
  expect(conversation.getMessage(id)?.parts.map(({ type, text, fields }) => ({ type, text, ...fields }))).toEqual([
    { type: "quote", text: "said", messageId: "m" },
    { type: "file", text: null, name: "a.txt", sha256: "b".repeat(64) },
  ])
})
