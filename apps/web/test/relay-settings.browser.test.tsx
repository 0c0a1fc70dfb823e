import { createPolylogue, PolylogueProvider } from "@polylogue/react"
import type { RelayStatus } from "@polylogue/replica"
import axe from "axe-core"
import { act } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { page } from "vitest/browser"
import { FakeReplica } from "../../../packages/react/test/fake-replica.ts"
import { otherRelays } from "../src/device/other-relays.ts"
import { ownRelays } from "../src/device/own-relays.ts"
import { RelaysSection } from "../src/settings/relays-section.tsx"
import "../src/style/tokens.css"
import "../src/style/base.css"
import "../src/settings/settings.css"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const PAGE = `ws://${location.host}/sync`
let place: HTMLElement
let root: Root
/** What is found at an address; those of which nothing stands here let everybody in. */
let found: Map<string, Partial<RelayStatus>>
let lookedAt: string[]

beforeEach(async () => {
  await page.viewport(390, 844)
  localStorage.clear()
  found = new Map()
  lookedAt = []
  const replica = new FakeReplica()
  replica.setStatus({ relay: PAGE, relays: [{ url: PAGE, health: "well", code: undefined, welcomeMs: 5 }] })
  const polylogue = createPolylogue({ replica, writer: "device", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
  place = document.body.appendChild(document.createElement("main"))
  root = createRoot(place)
  const lookAt = (url: string): Promise<RelayStatus> => {
    lookedAt.push(url)
    return Promise.resolve({ url, health: "well", code: undefined, welcomeMs: 9, ...found.get(url) })
  }
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <RelaysSection lookAt={lookAt} />
      </PolylogueProvider>,
    ),
  )
})

afterEach(async () => {
  await act(async () => root.unmount())
  place.remove()
  localStorage.clear()
})

const field = (): HTMLInputElement => place.querySelector("input")!
const rows = (): (string | null)[] => [...place.querySelectorAll("li p")].map((row) => row.textContent)
const button = (name: string): HTMLButtonElement | undefined =>
  [...place.querySelectorAll("button")].find(({ textContent }) => textContent === name)
const said = (): string | null => place.querySelector('[role="status"]')!.textContent

async function add(address: string): Promise<void> {
  await act(async () => {
    // React hears of a value only when it is set past its own setter.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field(), address)
    field().dispatchEvent(new Event("input", { bubbles: true }))
  })
  await act(async () => field().form!.requestSubmit())
}

test("[WB184] a relay that lets this device in is added, shown with how it came to be known, and removed again with the focus kept", async () => {
  expect(rows()).toEqual(["The relay of this page. This device is here; it answered in 5 ms."])
  expect(button("Start again now")).toBeUndefined()
  await add("mine.example")
  expect(lookedAt).toEqual(["ws://mine.example/sync"])
  expect(ownRelays()).toEqual(["ws://mine.example/sync"])
  expect(rows()[1]).toBe("Added by you. Used from the next start.")
  expect(said()).toBe("Added. It is used from the next start.")
  expect(button("Start again now")).toBeDefined()
  expect([field().value, document.activeElement]).toEqual(["", field()])
  await add("ws://mine.example/sync")
  expect(said()).toBe("That one is there already.")
  await act(async () => button("Remove")?.click())
  expect([rows().length, otherRelays(), document.activeElement]).toEqual([1, [], field()])
})

test("[WB184] of a relay that does not let it in is said why, and it is added when somebody insists", async () => {
  found.set("ws://asks.example/sync", { health: "refused", code: "unauthenticated" })
  found.set("ws://gone.example/sync", { health: "unreachable" })
  await add("asks.example")
  expect(said()).toContain("asks who you are")
  expect(otherRelays()).toEqual([])
  await add("gone.example")
  expect(said()).toContain("No relay answered")
  await act(async () => button("Add it anyway")?.click())
  expect(otherRelays()).toEqual(["ws://gone.example/sync"])
  await add("not an address")
  expect(said()).toContain("no address")
  expect(button("Add it anyway")).toBeUndefined()
  expect(lookedAt).toHaveLength(2)
})

test("[WB184] the relays among the settings keep no assistive technology out", async () => {
  await add("mine.example")
  const { violations } = await axe.run(place, { resultTypes: ["violations"] })
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([])
})
