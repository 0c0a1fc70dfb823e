import { indexDocumentId, type ModelCard, responderKey, type ResponderCard, responderValue } from "@polylogue/conversation"
import { createPolylogue, PolylogueProvider } from "@polylogue/react"
import axe from "axe-core"
import { act } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { page } from "vitest/browser"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { FakeReplica } from "../../../packages/react/test/fake-replica.ts"
import { parseChoices } from "../src/answers/remembered-choice.ts"
import { AnswersSection } from "../src/settings/answers-section.tsx"
import "../src/style/tokens.css"
import "../src/style/base.css"
import "../src/settings/settings.css"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const INDEX = indexDocumentId("home")
const PASSAGES: ModelCard = { id: "passages", label: "Passages", kind: "passages", isDefault: false }
const LARGE: ModelCard = { id: "large", label: "Large", kind: "model", isDefault: true }

let authority: RegisterAuthority
let replica: FakeReplica
let place: HTMLElement
let root: Root

beforeEach(async () => {
  await page.viewport(390, 844)
  localStorage.clear()
  authority = new RegisterAuthority()
  authority.now = Date.now()
  replica = new FakeReplica()
  replica.registers = authority.client("ana")
  place = document.body.appendChild(document.createElement("main"))
  root = createRoot(place)
  const polylogue = createPolylogue({ replica, writer: "device", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <AnswersSection />
      </PolylogueProvider>,
    ),
  )
})

afterEach(async () => {
  await act(async () => root.unmount())
  place.remove()
  localStorage.clear()
})

async function announce(card: ResponderCard | null, id = card?.id ?? ""): Promise<void> {
  const key = responderKey(INDEX, id)
  const value = card === null ? null : responderValue(card)
  await act(() => authority.client(id).cas(key, { expected: authority.read(key).revision, value, ttlMs: value === null ? 0 : 60_000 }))
}

const words = (): string => place.querySelector(".setting p")?.textContent ?? ""
const rows = (): string[] => [...place.querySelectorAll(".responders-item")].map((row) => row.textContent)
const choices = (): string[] => [...place.querySelectorAll("label")].map((label) => label.textContent)

test("[WB208] the settings say who answers, whether a model is connected, what is wrong, and how old that is", async () => {
  expect(words()).toContain("No responder is running.")
  expect(choices()).toEqual([])
  await announce({ id: "a", name: "This relay", models: [PASSAGES], problem: null })
  expect(words()).toBe("No model is connected. You get passages of your sources, and nothing that is made up.")
  expect(rows()).toEqual(["This relay runningPassages of your sources"])
  await announce({ id: "b", name: "<b>Other", models: [LARGE, PASSAGES], problem: "The key is not taken." })
  expect(words()).toBe("1 model is connected.")
  expect(rows()[1]).toBe("<b>Other runningLarge, Passages of your sourcesThe key is not taken.")
  await act(async () => replica.setStatus({ connection: "offline" }))
  expect(words()).toBe("1 model is connected. That is as it was last heard; the relay is out of reach.")
  expect(rows()[0]).toBe("This relay last heard nowPassages of your sources")
  const { violations } = await axe.run(place)
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
})

test("[WB208] who usually answers is chosen there; commands that connect a model can be copied", async () => {
  await announce({ id: "a", name: "This relay", models: [LARGE, PASSAGES], problem: null })
  expect(choices()).toEqual(["What is offered first (Large)", "Large", "Passages of your sources", "Nobody"])
  const usual = (): string | undefined => parseChoices(localStorage.getItem("polylogue.who-answers/ana")).usual
  for (const [name, choice] of [
    ["Nobody", ""],
    ["Passages of your sources", "passages"],
    ["What is offered first (Large)", undefined],
  ] as const) {
    const label = [...place.querySelectorAll("label")].find(({ textContent }) => textContent === name)
    await act(async () => label?.querySelector("input")?.click())
    expect([name, usual()]).toEqual([name, choice])
    expect(label?.querySelector("input")?.checked).toBe(true)
  }
  const ways = [...place.querySelectorAll(".connect-ways dd")]
  expect(ways.map((way) => way.querySelector("button")?.getAttribute("aria-label")?.slice(0, 21))).toEqual(
    ways.map(() => "Copy the command for "),
  )
  expect(ways[0]?.textContent).toContain("--model-url http://127.0.0.1:11434/v1")
})
