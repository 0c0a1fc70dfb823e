import { claimTask, roundDocumentId, taskKey } from "@polylogue/conversation"
import { act } from "react"
import { afterEach, beforeEach, expect, test } from "vitest"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { JudgingDevice, PASSAGES } from "./judging-device.tsx"
import { button, click, named, press, type } from "./prompts-device.tsx"

let device: JudgingDevice

beforeEach(async () => {
  localStorage.clear()
  device = await JudgingDevice.open("ana", new RegisterAuthority())
})

afterEach(() => device.close())

const OPEN = "r1"
const QUESTIONS = ["When was it built?", "Which ways cross the river?"] as const
const begin = () => device.round(OPEN, { people: ["ana", "ben"], questions: QUESTIONS, labels: ["outdated", "unclear"] })
const passages = (): string[] => [...device.place.querySelectorAll(".judged-text")].map((element) => element.textContent)
const facts = (): string | undefined => device.place.querySelector(".judge-facts [role='status']")?.textContent
const question = (): string | undefined => device.place.querySelector(".judge-question h3")?.textContent
const key = (name: string): Promise<void> => press(document.activeElement ?? document.body, name)
const pressed = (): (string | undefined)[] =>
  [...device.place.querySelectorAll(".judged-item")].map(
    (item) => item.querySelector('.grade[aria-pressed="true"] .grade-number')?.textContent ?? undefined,
  )

test("[WB165] the list shows each round with what kind it is and how far one is; who may only judge is offered no change of it", async () => {
  await begin()
  await device.round("blind.r2", { people: ["ana"], questions: QUESTIONS })
  await device.show()
  await expect.poll(() => device.place.querySelectorAll('[data-testid="round-item"]').length).toBe(2)
  await expect
    .poll(() => [...device.place.querySelectorAll(".round-kind-word")].map((word) => word.textContent).sort())
    .toEqual(["blind", "open"])
  await expect.poll(() => device.place.querySelector(".round-line-words")?.textContent).toBe("0 of 6")
  expect(named("New round")).not.toBeNull()
  await act(async () => device.replica.documents.get("home/index")?.setStatus({ mayWrite: false }))
  await expect.poll(() => named("New round")).toBeNull()
  expect(device.place.querySelector('[aria-label="Actions for Bridges"]')).toBeNull()
  await press(document.body, "n")
  expect(document.querySelector("dialog")).toBeNull()
})

test("[WB166] keys grade the passage that has the focus and go on, take back, move, and lead to the next question", async () => {
  const round = await begin()
  await device.show(`#/j/${OPEN}`)
  await expect.poll(passages).toEqual([...PASSAGES])
  expect(question()).toBe(QUESTIONS[0])
  await expect.poll(() => device.focused()).toBe("Passage 1")
  await key("3")
  expect(device.focused()).toBe("Passage 2")
  await key("j")
  await key("ArrowUp")
  await key("1")
  await expect.poll(pressed).toEqual(["3", "1", undefined])
  expect(facts()).toBe("2 of 6 judged · 4 left for you")
  await key("u")
  await expect.poll(pressed).toEqual(["3", undefined, undefined])
  expect(device.focused()).toBe("Passage 2")
  await key("0")
  await key("2")
  expect(document.activeElement?.textContent).toBe("Next question")
  await click(button("Next question"))
  await expect.poll(question).toBe(QUESTIONS[1])
  await expect.poll(() => device.focused()).toBe("Passage 1")
  expect(round.getJudgements("ana").map(({ grade }) => grade)).toEqual([3, 0, 2])
  await key("b")
  await expect.poll(question).toBe(QUESTIONS[0])
  await expect.poll(pressed).toEqual(["3", "0", "2"])
})

test("[WB166] where nothing is left to judge one is led on, and a question that is not done can be passed over", async () => {
  await begin()
  await device.show(`#/j/${OPEN}`)
  await expect.poll(() => device.focused()).toBe("Passage 1")
  await key("Enter")
  await expect.poll(question).toBe(QUESTIONS[1])
  for (const grade of ["0", "1", "2"]) await key(grade)
  await click(button("Next question"))
  await expect.poll(question).toBe(QUESTIONS[0])
  for (const grade of ["0", "1", "2"]) await key(grade)
  await expect.poll(() => button("See how all agree")).toBeDefined()
  await click(button("See how all agree"))
  await expect.poll(() => location.hash).toBe(`#/j/${OPEN}/agreement`)
})

test("[WB167] labels and notes are given by keys and by touch, and stand with the judgement", async () => {
  const round = await begin()
  await device.show(`#/j/${OPEN}`)
  await expect.poll(() => device.focused()).toBe("Passage 1")
  await key("l")
  await expect.poll(() => document.querySelector(".picker-field")).not.toBeNull()
  await type(document.querySelector<HTMLInputElement>(".picker-field"), "out")
  await press(document.querySelector(".picker-field")!, "Enter")
  await press(document.querySelector("dialog")!, "Escape")
  await act(async () => void document.querySelector("dialog")?.dispatchEvent(new Event("cancel", { cancelable: true })))
  await click([...device.place.querySelectorAll(".judging-labels .tag-chip")].find(({ textContent }) => textContent === "unclear"))
  await expect.poll(() => round.getJudgements("ana")[0]?.labels).toEqual(["outdated", "unclear"])
  await key("n")
  await expect.poll(() => document.activeElement?.getAttribute("aria-label")).toBe("Note on Passage 1")
  await type(document.activeElement as HTMLTextAreaElement, "Says the year")
  // Keys that judge are text in a note.
  await key("3")
  await key("Escape")
  expect(device.focused()).toBe("Passage 1")
  await expect.poll(() => round.getJudgements("ana")[0]?.note).toBe("Says the year")
  expect(round.getJudgements("ana")[0]?.grade).toBeNull()
})

test("[WB168] what others judged shows once one has judged the same, in an open round only", async () => {
  await begin()
  const ben = await JudgingDevice.open("ben", new RegisterAuthority(), device)
  const theirs = await ben.roundOf(OPEN)
  const [item] = theirs.getItems()
  await act(async () => theirs.judge({ itemId: item.id, chunkId: item.chunks[0].chunkId }, { grade: 1, note: "Only the year" }))
  await device.show(`#/j/${OPEN}`)
  await expect.poll(() => device.focused()).toBe("Passage 1")
  expect(device.place.querySelector(".judge-others")).toBeNull()
  await key("3")
  await expect.poll(() => device.place.querySelector(".judge-others")?.textContent).toBe("Ben: 1 Related. Only the year")
})

test("[WB176] who is not among those who judge may look, and can join; who may only read is told so", async () => {
  const round = await device.round(OPEN, { people: ["ben"], questions: QUESTIONS })
  await device.show(`#/j/${OPEN}`)
  await expect.poll(() => device.place.querySelector(".judge-note")?.textContent).toContain("You are not among those who judge here.")
  await expect.poll(() => device.focused()).toBe("Passage 1")
  expect(facts()).toMatch(/^\d to judge$/u)
  await key("3")
  expect(round.getJudgements()).toEqual([])
  await click(button("Judge too"))
  await expect.poll(() => device.place.querySelector(".judge-note")).toBeNull()
  await press(device.place.querySelector(".judged-item")!, "3")
  expect(round.getJudgements("ana").map(({ grade }) => grade)).toEqual([3])
  await act(async () => device.replica.documents.get(`home/anno/${OPEN}`)?.setStatus({ mayWrite: false }))
  await expect.poll(() => device.place.querySelector(".judge-note")?.textContent).toBe("You may read this round, not judge in it.")
})

test("[WB176] where not everybody judges everything, a question is kept for whoever is at it, and what others have is left to them", async () => {
  const authority = new RegisterAuthority()
  authority.now = Date.now()
  device.replica.registers = authority.client("ana")
  const round = await device.round(OPEN, { people: ["ana", "ben"], questions: QUESTIONS, perItem: 1 })
  const [first, second] = round.getItems()
  const roundDocument = roundDocumentId("home", OPEN)
  await claimTask({ registers: authority.client("ben"), roundDocument, annotator: "ben", places: 1 }, first.id)
  await device.show(`#/j/${OPEN}`)
  await expect.poll(question).toBe(QUESTIONS[1])
  await expect.poll(() => device.place.querySelector(".judge-facts")?.textContent).toMatch(/yours for 1[45] min/u)
  expect(device.place.querySelector(".judge-question .quiet")?.textContent).toBe("Question 1 of 1")
  expect(facts()).toBe("0 of 3 judged · 3 left for you")
  for (const grade of ["0", "1", "2"]) await key(grade)
  await expect.poll(() => authority.read(taskKey(roundDocument, second.id, 0)).value).toContain("finished")
})
