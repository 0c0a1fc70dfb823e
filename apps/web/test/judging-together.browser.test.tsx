import { BlindJudgements, blindDocumentId, doneKey, goldKey, goldValue, readGold, roundDocumentId } from "@polylogue/conversation"
import axe from "axe-core"
import { act } from "react"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { JudgingDevice } from "./judging-device.tsx"
import { button, click, named, press, type } from "./prompts-device.tsx"
import "../src/style/tokens.css"
import "../src/style/base.css"

let authority: RegisterAuthority
let device: JudgingDevice

beforeEach(async () => {
  localStorage.clear()
  authority = new RegisterAuthority()
  authority.now = Date.now()
  device = await JudgingDevice.open("ana", authority)
})

afterEach(() => device.close())

const QUESTIONS = ["When was it built?", "Which ways cross the river?"] as const
const BLIND = "blind.r2"
const dialog = (): HTMLElement | null => document.querySelector("dialog[open]")
const inDialog = (text: string): HTMLElement | undefined =>
  [...(dialog()?.querySelectorAll<HTMLElement>("button") ?? [])].find((candidate) => candidate.textContent.trim() === text)
const text = (): string => device.place.textContent
const key = (name: string): Promise<void> => press(document.activeElement ?? document.body, name)
const choose = async (item: string): Promise<void> => {
  await click(named("Round actions"))
  const items = (): Element[] => [...document.querySelectorAll('[role^="menuitem"]')]
  await expect.poll(() => items().map((candidate) => candidate.textContent)).toContain(item)
  await click(items().find((candidate) => candidate.textContent === item))
}

/** The grades that Ana and Ben gave to the six passages, of which two differ. */
const ANA = [3, 1, 0, 0, 2, 1] as const
const BEN = [3, 0, 0, 0, 2, 3] as const

/** An open round that both judged, in which Ben noted why. */
async function judged(): Promise<void> {
  const round = await device.round("r1", { people: ["ana", "ben"], questions: QUESTIONS })
  const ben = await (await JudgingDevice.open("ben", authority, device)).roundOf("r1")
  const targets = round.getItems().flatMap((item) => item.chunks.map(({ chunkId }) => ({ itemId: item.id, chunkId })))
  for (const [at, target] of targets.entries()) {
    round.judge(target, { grade: ANA[at] })
    ben.judge(target, { grade: BEN[at], note: BEN[at] === 3 ? "Says it all" : "" })
  }
}

test("[WB169] a round is begun from what was looked up in conversations: counted, with grades, labels and people, and missing things said", async () => {
  const id = await device.conversation("Bridges", QUESTIONS)
  await device.show()
  await press(document.body, "n")
  await expect.poll(dialog).not.toBeNull()
  const status = (): string | null | undefined => dialog()?.querySelector(".publish-foot p")?.textContent
  expect(status()).toBe("Give the round a name.")
  await type(dialog()!.querySelector<HTMLInputElement>(".publish-field input"), "First round")
  await expect.poll(status).toBe("Choose conversations in which passages are kept with a message.")
  await click(dialog()!.querySelector('input[type="checkbox"]'))
  await expect.poll(() => dialog()?.querySelector(".round-conversation")?.textContent).toContain("2 questions")
  expect(status()).toBe("2 questions with 6 passages, judged by 1 person, each by all.")
  await type(dialog()!.querySelector<HTMLInputElement>(".people-add input"), "no such name!")
  await key("Enter")
  expect(dialog()?.textContent).toContain("A name has letters from a to z")
  await type(dialog()!.querySelector<HTMLInputElement>(".people-add input"), "ben")
  await click(inDialog("Add"))
  await type(dialog()!.querySelector<HTMLInputElement>('[placeholder="outdated, wrong language"]'), "outdated, unclear, outdated")
  await type(named("Name of grade 3") as HTMLInputElement, "Perfect")
  await click(inDialog("Begin"))
  await expect.poll(() => location.hash).toMatch(/^#\/j\/blind\./u)
  const roundId = /^#\/j\/([^/]+)/u.exec(location.hash)?.[1] ?? ""
  const round = await device.roundOf(roundId)
  const { name, labels, scale, annotators } = round.getSettings()
  expect([name, labels, scale[3]?.name]).toEqual(["First round", ["outdated", "unclear"], "Perfect"])
  expect(annotators.map((annotator) => annotator.id)).toEqual(["ana", "ben"])
  const items = round.getItems()
  expect(items.map((item) => [item.query, item.conversationId, item.chunks.length])).toEqual(QUESTIONS.map((query) => [query, id, 3]))
  // The answer of the model to each question is judged as well.
  expect(items.every(({ answer }) => answer !== undefined)).toBe(true)
  await expect.poll(() => device.place.querySelector(".judged-name")?.textContent).toBe("The answer")
})

test("[WB170] only who judges in a blind round is offered to be done", async () => {
  await device.round(BLIND, { people: ["ben"], questions: QUESTIONS.slice(0, 1) })
  await device.show(`#/j/${BLIND}`)
  const offered = async (): Promise<(string | null)[]> => {
    await click(device.place.querySelector('[aria-label="Round actions"]'))
    const items = [...document.querySelectorAll('[role="menuitem"]')].map(({ textContent }) => textContent)
    await click(device.place.querySelector('[aria-label="Round actions"]'))
    return items
  }
  await expect.poll(() => device.place.querySelector(".judge-note")?.textContent).toContain("You are not among those who judge here.")
  expect(await offered()).toContain("Export")
  expect(await offered()).not.toContain("I am done")
  await click(button("Judge too"))
  await expect.poll(offered).toContain("I am done")
})

test("[WB170] in a blind round one is done on purpose, waits for the others without seeing anything of theirs, and all shows at once", async () => {
  await device.round(BLIND, { people: ["ana", "ben"], questions: QUESTIONS.slice(0, 1) })
  const round = await device.roundOf(BLIND)
  const [item] = round.getItems()
  // Ben judges and is done before anybody looks: nothing of it may show.
  const ben = await JudgingDevice.open("ben", authority)
  const { ydoc } = await ben.replica.open(blindDocumentId("home", BLIND, "ben"))
  const sheet = new BlindJudgements(ydoc, { ...ben.polylogue, annotator: "ben", roundId: BLIND })
  sheet.judge({ itemId: item.id, chunkId: item.chunks[0].chunkId }, { grade: 2, note: "marker-of-ben" }, "")
  await device.show(`#/j/${BLIND}`)
  await expect.poll(() => device.focused()).toBe("Passage 1")
  for (const grade of ["3", "0", "1"]) await key(grade)
  await expect.poll(() => button("I am done")).toBeDefined()
  await click(button("I am done"))
  await expect.poll(() => dialog()?.textContent).toContain("Nobody sees it before everybody in the round is done")
  await click(inDialog("I am done"))
  await expect.poll(text).toContain("You are done")
  expect(text()).toContain("\u2068Ben\u2069 is still judging. Nobody sees what anybody judged before all are done.")
  await expect.poll(() => authority.read(doneKey(roundDocumentId("home", BLIND), "ana")).value).not.toBeNull()
  // The dialog takes its step back out of the history first.
  await expect.poll(() => (history.state as { layer?: number } | null)?.layer).toBeUndefined()
  await act(async () => void (location.hash = `#/j/${BLIND}/agreement`))
  await expect.poll(text).toContain("Not all are done")
  expect(text()).not.toContain("alpha")
  // What Ben's own device does once Ben is done.
  const value = JSON.stringify({ commitment: sheet.seal(), count: 1, roster: ["ana"] })
  await act(async () => {
    await ben.replica.registers.cas(doneKey(roundDocumentId("home", BLIND), "ben"), { expected: null, value })
  })
  await expect
    .poll(text, { timeout: 5_000 })
    .toContain("What \u2068Ben\u2069 judged comes as soon as a device of theirs reaches the relay.")
  expect(text()).not.toContain("marker-of-ben")
  await act(async () => {
    const sealed = sheet.sealed(sheet.seal()) ?? ""
    const theirs = await (await JudgingDevice.open("ben", authority, device)).roundOf(BLIND)
    theirs.reveals.reveal("ben", sheet.seal(), sealed, new Map())
  })
  await expect.poll(text, { timeout: 5_000 }).toContain("Where they differ")
  expect(text()).toContain("marker-of-ben")
})

test("[WB171] agreement is told in words, as numbers of all and of each pair, as a plot with a name, and as a table", async () => {
  await judged()
  await device.show("#/j/r1/agreement")
  await expect.poll(() => device.place.querySelector("#agreement-all")).not.toBeNull()
  // 4 of 6 pairs are equal; the rest is checked where it is computed.
  expect(text()).toContain("67 % of the grades that two gave the same thing are equal.")
  expect(text()).toMatch(/Krippendorff’s alpha is 0\.\d\d: /u)
  const plot = device.place.querySelector(".agreement-plot svg")
  expect(plot?.getAttribute("role")).toBe("img")
  expect(plot?.getAttribute("aria-label")).toMatch(/^Krippendorff’s alpha\. Alpha, ordered: 0\.\d\d, /u)
  const cells = [...device.place.querySelectorAll(".confusion tbody tr")].map((row) =>
    [...row.querySelectorAll("td")].map(({ textContent }) => Number(textContent)),
  )
  expect(cells).toEqual([
    [2, 0, 0, 0],
    [1, 0, 0, 1],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ])
})

test("[WB172] where people differ, the furthest apart stands first with what each judged and why, and keys decide it at the relay", async () => {
  await judged()
  await device.show("#/j/r1/agreement")
  const items = (): HTMLElement[] => [...device.place.querySelectorAll<HTMLElement>(".disagreements .judged-item")]
  await expect.poll(() => items().length).toBe(2)
  const others = items().map((item) => item.querySelector(".judge-others")?.textContent)
  expect(others).toEqual(["Ana: 1 RelatedBen: 3 Answers it. Says it all", "Ana: 1 RelatedBen: 0 Not relevant"])
  await act(async () => items()[0].focus())
  await key("2")
  await expect.poll(() => text()).toContain("1 of 2 differences decided.")
  await expect.poll(() => document.activeElement).toBe(items()[1])
  const round = await device.roundOf("r1")
  const last = round.getItems()[1]
  const register = authority.read(goldKey(roundDocumentId("home", "r1"), last.id, last.chunks[2].chunkId))
  expect([readGold(register)?.grade, register.principal]).toEqual([2, "ana"])
  await key("u")
  await expect.poll(() => text()).toContain("0 of 2 differences decided.")
})

test("[WB173] of two who decide at once one has decided, and the other is told; without a relay nothing is decided", async () => {
  await judged()
  await device.show("#/j/r1/agreement")
  const items = (): HTMLElement[] => [...device.place.querySelectorAll<HTMLElement>(".disagreements .judged-item")]
  await expect.poll(() => items().length).toBe(2)
  const last = (await device.roundOf("r1")).getItems()[1]
  const gold = goldKey(roundDocumentId("home", "r1"), last.id, last.chunks[2].chunkId)
  await act(async () => items()[0].focus())
  // Ben's decision is at the relay before Ana's, and she has not heard of it when she decides.
  await act(async () => {
    void authority.client("ben").cas(gold, { expected: null, value: goldValue({ grade: 0 }) })
    items()[0].dispatchEvent(new KeyboardEvent("keydown", { key: "2", bubbles: true, cancelable: true }))
  })
  await expect
    .poll(() => items()[0].textContent)
    .toContain("Somebody was faster: Ben decided 0, Not relevant. Yours (2, Relevant) was not taken.")
  expect(readGold(authority.read(gold))?.grade).toBe(0)
  await act(async () => device.replica.setStatus({ connection: "offline" }))
  await expect.poll(text).toContain("No relay is in reach. A decision stands at the relay")
  expect([...items()[1].querySelectorAll<HTMLButtonElement>(".grade")].every(({ disabled }) => disabled)).toBe(true)
  expect(items()[0].textContent).toContain("Decided by Ben")
})

test("[WB174] a round is written in each format, with what it cannot hold said", async () => {
  await judged()
  await device.show("#/j/r1")
  await expect.poll(() => device.focused()).toBe("Passage 1")
  const made = vi.spyOn(URL, "createObjectURL")
  await choose("Export")
  await expect.poll(dialog).not.toBeNull()
  await click(inDialog("Export"))
  await expect.poll(() => dialog()?.querySelector('[role="status"]')?.textContent).toBe("Written to Bridges.qrels.")
  const file = made.mock.calls[0]?.[0]
  const words = file instanceof Blob ? await file.text() : ""
  expect(words.trim().split("\n").length).toBe(6)
  expect(dialog()?.textContent).toContain("people disagree (1, 3)")
  await click(
    [...dialog()!.querySelectorAll<HTMLInputElement>('input[type="radio"]')].find((radio) =>
      radio.parentElement!.textContent.startsWith("BEIR"),
    ),
  )
  await click(inDialog("Export"))
  await expect.poll(() => dialog()?.querySelector('[role="status"]')?.textContent).toBe("Written to Bridges.zip.")
  made.mockRestore()
})

for (const theme of ["light", "dark"] as const) {
  test(`[WB177] judging, comparing and beginning a round keep no assistive technology out (${theme})`, async () => {
    document.documentElement.dataset["theme"] = theme
    await device.conversation("Bridges", QUESTIONS)
    await judged()
    await device.show("#/j/r1")
    await expect.poll(() => device.focused()).toBe("Passage 1")
    await expect.poll(() => device.place.querySelector(".judge-others")).not.toBeNull()
    await key("n")
    const problems = async (): Promise<string[]> => {
      const { violations } = await axe.run(document.body, {
        resultTypes: ["violations"],
        // The page is a part of the app here, without what stands around it.
        rules: { region: { enabled: false }, "page-has-heading-one": { enabled: false } },
      })
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`)
    }
    expect(await problems()).toEqual([])
    await act(async () => void (location.hash = "#/j/r1/agreement"))
    await expect.poll(() => device.place.querySelectorAll(".disagreements .judged-item").length).toBe(2)
    expect(await problems()).toEqual([])
    await click(named("New round"))
    await expect.poll(dialog).not.toBeNull()
    expect(await problems()).toEqual([])
    delete document.documentElement.dataset["theme"]
  })
}
