import { expect, test } from "vitest"
import { type Draft, draftResumed, draftSent, draftStored, parseDraft, readDraft, writeDraft } from "../src/composer/draft.ts"

const EMPTY: Draft = { text: "", sending: [] }

test("[WB8] a sent text stays beside the draft until its message is on disk", () => {
  let draft = draftSent({ text: "hello", sending: [] }, { messageId: "m1", text: "hello" })
  expect(draft).toEqual({ text: "", sending: [{ messageId: "m1", text: "hello" }] })
  draft = draftSent({ ...draft, text: "more" }, { messageId: "m2", text: "more" })
  expect(draftStored(draft, "m1")).toEqual({ text: "", sending: [{ messageId: "m2", text: "more" }] })
  expect(draftStored(draftStored(draft, "m1"), "m2")).toEqual(EMPTY)
})

test("[WB8] what never came to the document is back in the composer, before what was being written", () => {
  const draft: Draft = {
    text: "half",
    sending: [
      { messageId: "here", text: "stored" },
      { messageId: "lost", text: "not stored" },
    ],
  }
  expect(draftResumed(draft, (id) => id === "here")).toEqual({ text: "not stored\n\nhalf", sending: [] })
  const calm: Draft = { text: "half", sending: [] }
  expect(draftResumed(calm, () => false)).toBe(calm)
})

test("[WB8] drafts survive where the browser stores nothing, and leave nothing behind", () => {
  writeDraft("c1", { text: "hello", sending: [] })
  expect(readDraft("c1").text).toBe("hello")
  expect(readDraft("c2")).toEqual(EMPTY)
  writeDraft("c1", EMPTY)
  expect(readDraft("c1")).toEqual(EMPTY)
})

test("[WB8] a stored draft that is damaged is still a text", () => {
  expect(parseDraft("not json").text).toBe("not json")
  expect(parseDraft("7")).toEqual(EMPTY)
  expect(parseDraft('{"text":5,"sending":[{"messageId":1},null,{"messageId":"a","text":"b"}]}')).toEqual({
    text: "",
    sending: [{ messageId: "a", text: "b" }],
  })
})
