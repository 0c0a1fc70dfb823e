import { exportNative, ConversationView, applyImport, parseImport, conversationDocumentId } from "@polylogue/conversation"
import axe from "axe-core"
import { act } from "react"
import { expect, test } from "vitest"
import { answersPage, LARGE, settled, SMALL } from "./answers-page.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

test("[WB191] a question whose answer is awaited says so below it, and what it waits for; the wait is stopped there, and asked for again", async () => {
  const page = await answersPage()
  const ask = await page.ask({ model: "large" })
  const { messageId } = ask
  await page.show()
  await settled(() => page.below(messageId)).toBe("No responder is running. It is answered when one runs again. [Stop this answer]")
  await page.announce(SMALL)
  await settled(() => page.below(messageId)).toBe("Nobody offers large now. It waits for a responder that does. [Stop this answer]")
  await page.announce(LARGE, SMALL)
  await settled(() => page.below(messageId)).toBe("Waits for an answer [Stop this answer]")
  await act(async () => page.replica.setStatus({ connection: "offline" }))
  await settled(() => page.below(messageId)).toBe("Asked on this device. It is answered when a responder is reached. [Stop this answer]")
  await page.press("Stop this answer")
  expect(page.asks(messageId)[0]?.stopped).toMatchObject({ userId: "ana" })
  await settled(() => page.below(messageId)).toBe("Stopped before it was answered. [Ask again]")
  await page.press("Ask again")
  expect(page.asks(messageId)).toMatchObject([{ model: "large" }, { model: "large", stopped: null }])
  await settled(() => page.below(messageId)).toContain("Asked on this device")
  await page.end()
})

test("[WB192] who is writing is said from the moment on in which somebody has the answer, and it is stopped below its words", async () => {
  const page = await answersPage()
  await page.announce(LARGE)
  const ask = await page.ask({ model: "large" })
  await page.show()
  await page.lease(ask, "writing")
  await settled(() => page.below(ask.messageId)).toBe("Large is writing [Stop this answer]")
  const reply = await act(async () => page.begin(ask))
  await act(async () => reply.append("Because"))
  await settled(() => page.below(reply.messageId)).toBe("Large is writing [Stop this answer]")
  expect(page.below(ask.messageId)).toBe("")
  const line = page.row(reply.messageId)?.querySelector("[role=status]")
  await act(async () => reply.append(" of light."))
  await settled(() => page.row(reply.messageId)?.textContent).toContain("of light.")
  expect(page.row(reply.messageId)?.querySelector("[role=status]")).toBe(line)
  await page.press("Stop this answer", page.row(reply.messageId))
  expect(page.asks(ask.messageId)[0]?.stopped).not.toBeNull()
  await settled(() => page.below(reply.messageId)).toMatch(/^Stopped\. What was written until then stays\. \[Regenerate\]/u)
  await act(async () => reply.stop())
  await settled(() => page.below(reply.messageId)).toMatch(/^\[Regenerate\]/u)
  expect(page.row(reply.messageId)?.textContent).toContain("Stopped here.")
  await page.end()
})

test("[WB193] an answer that broke off says who goes on; written anew, what broke off is folded away and stays", async () => {
  const page = await answersPage()
  await page.announce(LARGE)
  const ask = await page.ask()
  const reply = page.begin(ask)
  reply.append("Because of the")
  await page.lease(ask, undefined)
  await page.show()
  await settled(() => page.below(reply.messageId)).toBe("It broke off. Somebody else goes on soon. [Stop this answer]")
  await act(async () => page.program.interruptReply(reply.messageId, ask.slot))
  await page.announce()
  await settled(() => page.below(reply.messageId)).toBe("It waits for a responder. What was written stays. [Stop this answer]")
  expect(page.row(reply.messageId)?.textContent).toContain("It broke off here.")
  await page.announce(LARGE)
  await page.lease(ask, "writing")
  await settled(() => page.below(reply.messageId)).toBe("Large is writing [Stop this answer]")
  const anew = await act(async () => page.program.continueReply(reply.messageId, { token: "t2", slot: ask.slot }))
  await act(async () => {
    anew.append("Because of light.")
    anew.done()
  })
  const fold = (): HTMLDetailsElement | null => page.row(reply.messageId)!.querySelector("details.part-fold")
  await settled(() => fold()?.open).toBe(false)
  expect(fold()?.textContent).toContain("Because of the")
  await settled(() =>
    [...page.row(reply.messageId)!.querySelectorAll(".message-body > .markdown")].map((text) => text.textContent),
  ).toEqual(["Because of light."])
  await page.end()
})

test("[WB194] a failure says what to do, and from when on; trying again asks for the same, going on keeps what was written", async () => {
  const page = await answersPage()
  await page.announce(LARGE, SMALL)
  const ask = await page.ask({ model: "large", options: { temperature: 1 } })
  const reply = page.begin(ask)
  reply.append("Because")
  reply.fail("The provider takes no more requests for now.", { code: "rate-limited", retryAfterMs: 5 * 60_000 })
  await page.show()
  await settled(() => page.below(reply.messageId)).toMatch(
    /^It can be tried again in [45] min\. \[Try again\] \[Regenerate with another model\] \[Continue\] \[About this answer\]$/u,
  )
  expect(page.row(reply.messageId)?.textContent).toContain("It ended early: The provider takes no more requests for now.")
  await page.press("Try again")
  expect(page.asks(ask.messageId).at(-1)).toMatchObject({
    kind: "answer",
    replyId: reply.messageId,
    model: "large",
    options: { temperature: 1 },
  })
  await settled(() => page.below(ask.messageId)).toBe("Waits for an answer [Stop this answer]")
  await page.press("Continue")
  const more = page.asks(ask.messageId).at(-1)!
  expect(more).toMatchObject({ kind: "continue", replyId: reply.messageId, model: "large" })
  await settled(() => page.below(reply.messageId)).toContain("Waits to be continued [Stop this answer]")
  const rest = await act(async () => page.program.continueReply(reply.messageId, { token: "t2", slot: more.slot }))
  await settled(() => page.below(reply.messageId)).toBe("Large is writing [Stop this answer]")
  await act(async () => rest.done())
  await settled(() => page.below(reply.messageId)).toMatch(/^\[Regenerate\]/u)
  await page.end()
})

test("[WB195] an answer is written again by the same model, or by another; the new one stands beside it", async () => {
  const page = await answersPage()
  await page.announce(LARGE, SMALL)
  const ask = await page.ask({ model: "large", values: { tone: "kind" } })
  const reply = page.begin(ask)
  reply.append("Because")
  reply.done({ finishReason: "stop" })
  await page.show()
  await settled(() => page.below(reply.messageId)).toBe("[Regenerate] [Regenerate with another model] [About this answer]")
  const menu = page.row(reply.messageId)!.querySelector<HTMLElement>('[aria-label="Regenerate with another model"]')!
  await act(async () => menu.click())
  await settled(() => [...document.querySelectorAll('[role="menuitem"]')].map((item) => item.textContent)).toEqual(["With Small"])
  await act(async () => document.querySelector<HTMLElement>('[role="menuitem"]')!.click())
  const again = page.asks(ask.messageId).at(-1)!
  expect(again).toMatchObject({ kind: "answer", replyId: reply.messageId, model: "small", values: { tone: "kind" } })
  const other = await act(async () => page.begin(again, "t2"))
  await act(async () => {
    other.append("Light.")
    other.done()
  })
  await settled(() => page.row(other.messageId)?.textContent).toContain("Light.")
  await settled(() => page.row(other.messageId)?.textContent).toContain("2/2")
  await page.end()
})

test("[WB196] what an answer was made from, and what it took, is told when one asks for it", async () => {
  const page = await answersPage()
  const ask = await page.ask()
  const reply = page.begin(ask, "t1", {
    model: "large",
    messages: { first: "a", last: "b", count: 6, cutOff: 2, leftOut: 0 },
    prompt: { promptId: "p1", versionId: "v1" },
    files: [
      { name: "notes.txt", problem: null },
      { name: "song.mp3", problem: "a recording" },
    ],
    tools: ["search_sources"],
    passages: 3,
    tokens: 900,
    hash: "abc",
    retrieval: null,
    region: "north",
  })
  reply.append("Because")
  reply.done({ usage: { inputTokens: 1234, outputTokens: 7, reasoningTokens: 0 }, finishReason: "length" })
  await page.show()
  await settled(() => page.below(reply.messageId)).toContain("[About this answer]")
  // It had more to say.
  expect(page.below(reply.messageId)).toContain("[Continue]")
  await page.press("About this answer")
  const facts = [...page.row(reply.messageId)!.querySelectorAll(".message-ask-facts > div")].map((fact) => fact.textContent)
  expect(facts).toEqual([
    "Modellarge",
    "Messages read6",
    "Older messages cut off for want of room2",
    "Promptthe version it followed",
    "Filesnotes.txt, song.mp3 (a recording)",
    "Tools offeredsearch_sources",
    "Passages of sources given3",
    "regionnorth",
    "Read1,234 tokens",
    "Written7 tokens",
    "Ended becauseit reached its greatest length",
  ])
  await page.press("About this answer")
  expect(page.row(reply.messageId)!.querySelector(".message-ask-facts")).toBeNull()
  await page.end()
})

test("[WB197] what an import brought awaits no answer, and who may not write asks for none and stops none", async () => {
  const page = await answersPage()
  const ask = await page.ask()
  const file = `{"format":"polylogue","version":1,"conversations":[${JSON.stringify(exportNative("c", new ConversationView(page.ana.documents)))}]}`
  await page.end()
  const other = await answersPage()
  const { ydoc } = await other.replica.open(conversationDocumentId("home", "c"))
  for (const item of parseImport([{ name: "c.json", content: file }])) applyImport(item, { conversationDocs: [ydoc] })
  const mine = await other.ask()
  await other.show()
  await settled(() => other.below(mine.messageId)).toContain("[Stop this answer]")
  expect(other.row(ask.messageId)).not.toBeNull()
  expect(other.below(ask.messageId)).toBe("")
  await act(async () => other.replica.documents.get(conversationDocumentId("home", "c"))?.setStatus({ mayWrite: false }))
  await other.press("Stop this answer")
  expect(other.asks(mine.messageId)[0]?.stopped).toBeNull()
  await other.end()
})

test("[WB198] in every state of an answer nothing is wrong for those who cannot see it, and nothing is wider than a phone", async () => {
  const page = await answersPage()
  page.place.style.width = "390px"
  await page.announce({ ...LARGE, label: "A model with a very long name that does not end before the line does" }, SMALL)
  const ends = [
    (): void => {},
    (reply: ReturnType<typeof page.begin>) => reply.interrupt(),
    (reply: ReturnType<typeof page.begin>) => reply.fail("No.", { code: "unauthorised" }),
  ]
  await page.ask()
  for (const [index, end] of ends.entries()) {
    const ask = await page.ask({ model: "large" })
    const reply = page.begin(ask, `t${index}`)
    reply.append("Because")
    end(reply)
  }
  await page.show()
  await settled(() => page.place.querySelectorAll(".message-ask").length).toBeGreaterThanOrEqual(4)
  const { violations } = await axe.run(page.place, { rules: { region: { enabled: false } } })
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
  const scroller = page.place.querySelector<HTMLElement>(".message-scroller")!
  expect(scroller.scrollWidth).toBeLessThanOrEqual(scroller.clientWidth)
  await page.end()
})
