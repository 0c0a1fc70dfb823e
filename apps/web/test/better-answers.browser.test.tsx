import { AnswerOpinions, correctionKey, opinionsDocumentId, readAccepted } from "@polylogue/conversation"
import { randomBytes } from "@polylogue/replica/browser"
import axe from "axe-core"
import { expect, test } from "vitest"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { besidePage } from "./beside-page.tsx"

const ANSWER = "The sky is blue because short waves are scattered more."
const BETTER = "The sky is blue because the air scatters short waves more."

type Page = Awaited<ReturnType<typeof besidePage>>

/** Polls between renders, as what comes later needs. */
function eventually(page: Page, read: () => unknown) {
  return expect.poll(async () => {
    await page.settle()
    return read()
  })
}

async function opened(page: Page): Promise<string> {
  const answer = page.answer(ANSWER)
  await page.show()
  await eventually(page, () => page.row(answer)?.querySelector('[aria-label="More actions"]')).toBeInstanceOf(HTMLElement)
  await page.press("More actions", page.row(answer) ?? page.place)
  await page.press("Suggest a better answer")
  await eventually(page, () => page.margin()?.querySelector("textarea")).toBeInstanceOf(HTMLElement)
  return answer
}

/** Suggests and accepts as somebody else. */
async function other(page: Page, id: string): Promise<AnswerOpinions> {
  const { ydoc } = await page.replica.open(opinionsDocumentId("home", id))
  return new AnswerOpinions(ydoc, { writer: "b", annotator: "bo", now: Date.now, randomBytes })
}

async function suggest(page: Page, text: string): Promise<void> {
  const field = page.margin()?.querySelector("textarea")
  if (field == null) throw new Error("there is no field")
  await page.type(field, text)
  await page.press("Suggest", page.margin() ?? page.place)
}

test("[WB163] a better answer is suggested beside the one there is, which stays; one press accepts it for everybody, and the message says so", async () => {
  const authority = new RegisterAuthority()
  const page = await besidePage("better", (replica) => Object.assign(replica.registers, authority.client("ana")))
  const answer = await opened(page)
  const field = page.margin()?.querySelector("textarea")
  expect(field?.value).toBe(ANSWER)
  await suggest(page, BETTER)
  await eventually(page, () => page.margin()?.querySelector(".better-answer ins")?.textContent).not.toBeUndefined()
  // Nobody goes from change to change here: none of them is the one at which one is.
  expect(page.margin()?.querySelectorAll("[data-current]")).toHaveLength(0)
  expect(page.ana.getMessage(answer)?.text).toBe(ANSWER)
  await eventually(page, () => page.row(answer)?.querySelector(".message-retrieval")?.textContent).toBe("1 better answer suggested")
  await page.press("Accept")
  await eventually(page, () => page.row(answer)?.querySelector(".message-retrieval")?.textContent).toBe("A better answer was accepted")
  expect(page.margin()?.querySelector(".better-answer-accepted")?.textContent).toBe("Accepted")
  page.place.style.height = "auto"
  const { violations } = await axe.run(page.place, { resultTypes: ["violations"] })
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])).toEqual([])
  await page.end()
})

test("[I8] of two answers accepted at once one stands, and the words of both are kept", async () => {
  const authority = new RegisterAuthority()
  const page = await besidePage("two", (replica) => Object.assign(replica.registers, authority.client("ana")))
  const answer = await opened(page)
  await suggest(page, BETTER)
  const bo = await other(page, "two")
  let theirs = ""
  await page.does(() => {
    theirs = bo.suggest(answer, "Because of the air.")
  })
  await eventually(page, () => page.margin()?.querySelectorAll(".better-answer").length).toBe(2)
  const key = correctionKey(opinionsDocumentId("home", "two"), answer)
  // Bo's device asked first; Ana's has not heard of it.
  const { digest = "" } = bo.correctionsOf(answer).find(({ id }) => id === theirs) ?? {}
  authority.fates.set(authority.requests, "late")
  await authority.client("bo").cas(key, { expected: null, value: JSON.stringify({ correctionId: theirs, digest }) })
  await page.press("Accept", page.margin()?.querySelector('[aria-label="Answer suggested by You"]') ?? page.place)
  await eventually(page, () => page.said()).toContain("Somebody accepted another answer first.")
  expect(readAccepted(authority.read(key))?.correctionId).toBe(theirs)
  expect(bo.correctionsOf(answer).map(({ text }) => text)).toEqual([BETTER, "Because of the air."])
  await page.end()
})

test("[WB163] without a relay nothing is accepted, and it is said why; what is begun stays on this device", async () => {
  const page = await besidePage("offline")
  const answer = await opened(page)
  await suggest(page, BETTER)
  await eventually(page, () => page.margin()?.querySelector(".better-answer")).toBeInstanceOf(HTMLElement)
  await page.press("Accept")
  await eventually(page, () => page.said()).toContain("Accepting needs a relay")
  expect(page.margin()?.querySelector(".better-answer-accepted")).toBeNull()
  await page.press("Another answer")
  const field = page.margin()?.querySelector("textarea")
  if (field == null) throw new Error("there is no field")
  await page.type(field, "half an ans")
  await page.press("Close better answers")
  await page.press("1 better answer suggested", page.row(answer) ?? page.place)
  await eventually(page, () => page.margin()?.querySelector("textarea")?.value).toBe("half an ans")
  await page.end()
})
