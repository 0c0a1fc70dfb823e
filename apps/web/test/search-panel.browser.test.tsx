import { Conversation, conversationDocumentId, indexDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { createPolylogue, PolylogueProvider, useConversation, useWorkspace } from "@polylogue/react"
import { openReplica } from "@polylogue/replica"
import { browserTabs, randomBytes, systemClock } from "@polylogue/replica/browser"
import { IndexedDbEntryLog } from "@polylogue/storage/indexeddb"
import { useState } from "react"
import { createRoot } from "react-dom/client"
import { afterEach, expect, test, vi } from "vitest"
import { userEvent } from "vitest/browser"
import { TextPlane } from "../src/conversation/text-plane.tsx"
import { STORE_NAME } from "../src/device/store-name.ts"
import { ToastProvider } from "../src/frame/toast.tsx"
import { parseRoute, useRoute } from "../src/frame/route.ts"
import { openFind } from "../src/search/conversation-find.tsx"
import { SearchPanel } from "../src/search/search-panel.tsx"

const ANA = { id: "ana", kind: "person", name: "Ana" }
const workspace = `search-${crypto.randomUUID().slice(0, 8)}`
const store = new IndexedDbEntryLog({ name: STORE_NAME })
const dial = (): never => {
  throw new Error("there is no relay here")
}
const tabs = browserTabs(STORE_NAME)
const replica = await openReplica({ store, relays: [], dial, clock: systemClock, randomBytes, ...(tabs === undefined ? {} : { tabs }) })
const polylogue = createPolylogue({ replica, writer: "w", author: () => ANA, workspace })
const list = await replica.open(indexDocumentId(workspace))
const index = new WorkspaceIndex(list.ydoc, { writer: "w", now: Date.now, randomBytes })

/** A conversation in the list, written by `write`, and on the disk. */
async function conversation<Result>(id: string, title: string, write: (conversation: Conversation) => Result): Promise<Result> {
  index.create({ id })
  index.rename(id, title)
  const document = await replica.open(conversationDocumentId(workspace, id))
  const result = write(new Conversation(document.ydoc, { writer: "w", author: ANA, now: Date.now, randomBytes }))
  await document.whenDurable("local")
  return result
}

const forked = await conversation("fork", "About trees", (talk) => {
  const question = talk.send({ text: "which tree is this", parentId: null })
  const old = talk.send({ text: "an ancient sequoia", parentId: question })
  const other = talk.edit(question, "which bush is this")
  let parentId = talk.send({ text: "a lilac bush", parentId: other })
  for (let number = 0; number < 60; number++) parentId = talk.send({ text: `further words, number ${number}, of a bush`, parentId })
  return { old, other }
})
await conversation("second", "About gardens", (talk) => talk.send({ text: "a sequoia in the garden, and 東京 too", parentId: null }))
await list.whenDurable("local")

function Page({ initial }: { readonly initial: string }) {
  const { conversationId } = useRoute()
  const held = useConversation(conversationId)
  const opened = useWorkspace()
  const [searching, setSearching] = useState(true)
  if (opened.state !== "open") return <p>opening</p>
  return (
    <>
      {held.state === "open" && (
        <TextPlane key={conversationId} held={held} workspace={opened} identity={{ id: "ana", name: "Ana", colour: 1 }} />
      )}
      {searching && <SearchPanel workspace={opened} initial={initial} onClose={() => setSearching(false)} />}
    </>
  )
}

let unmount = (): void => {}

function show(initial: string): void {
  const place = document.createElement("div")
  place.style.cssText = "display: flex; flex-direction: column; height: 600px"
  document.body.append(place)
  const root = createRoot(place)
  root.render(
    <PolylogueProvider polylogue={polylogue}>
      <ToastProvider>
        <Page initial={initial} />
      </ToastProvider>
    </PolylogueProvider>,
  )
  unmount = () => {
    root.unmount()
    place.remove()
  }
}

afterEach(() => {
  unmount()
  history.replaceState(null, "", "#/")
})

const hits = (): string[] => [...document.querySelectorAll(".search-hit-text")].map((hit) => hit.textContent ?? "")
const groups = (): string[] => [...document.querySelectorAll(".search-title")].map((title) => title.textContent ?? "")
const chosen = (): string => document.querySelector('[aria-selected="true"] .search-hit-text')?.textContent ?? ""
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000 })

test("[WB49] results stand by conversation with who, when and where, what was found marked; filters are chips; all of it by keyboard", async () => {
  show("sequoia")
  await soon(() => expect(hits()).toHaveLength(2))
  expect(groups().toSorted()).toEqual(["About gardens", "About trees"])
  expect(document.querySelectorAll(".search-hit mark")).toHaveLength(2)
  expect(document.querySelector(".search-panel")?.textContent).toContain("branch 1 of 2")
  expect(document.querySelector(".search-count")?.textContent).toBe("2 messages in 2 conversations")

  const field = document.querySelector<HTMLInputElement>(".search-field")
  expect(document.activeElement).toBe(field)
  expect(field?.getAttribute("aria-activedescendant")).toBe(document.querySelector('[aria-selected="true"]')?.id)
  const first = chosen()
  await userEvent.keyboard("{ArrowDown}")
  await soon(() => expect(chosen()).not.toBe(first))
  await userEvent.keyboard("{ArrowDown}")
  await soon(() => expect(chosen()).toBe(first))

  await userEvent.keyboard(" in:garden")
  await soon(() => expect(groups()).toEqual(["About gardens"]))
  await userEvent.click(document.querySelector(".search-chip-remove")!)
  await soon(() => expect(hits()).toHaveLength(2))
  expect(field?.value).toBe("sequoia")
  expect(document.activeElement).toBe(field)
})

test("[WB49] it says in words that nothing is asked for, that nothing was found, and what is wrong with a filter", async () => {
  show("")
  await soon(() => expect(document.querySelector(".search-hint")?.textContent).toContain("also without a network"))
  await userEvent.keyboard("zebra after:soon")
  await soon(() => expect(document.querySelector(".search-count")?.textContent).toContain("Nothing found for “zebra after:soon”"))
  expect(document.querySelector(".search-chip-problem")?.textContent).toContain("2024-05-01")
})

test("[WB49] a deleted conversation is not found, and is again once it is restored", async () => {
  show("garden")
  await soon(() => expect(hits()).toHaveLength(1))
  index.delete("second")
  await soon(() => expect(hits()).toHaveLength(0))
  index.restore("second")
  await soon(() => expect(hits()).toHaveLength(1))
})

test("[WB50] Enter opens the conversation on the branch of the message, scrolls to it and gives it the focus; the address is the conversation's again", async () => {
  show("ancient")
  await soon(() => expect(hits()).toHaveLength(1))
  await userEvent.keyboard("{Enter}")
  await soon(() => {
    const row = document.querySelector<HTMLElement>(`[data-message-id="${forked.old}"]`)
    expect(row?.textContent).toContain("an ancient sequoia")
    expect(document.activeElement).toBe(row)
    expect(parseRoute(location.hash)).toMatchObject({ conversationId: "fork", messageId: undefined })
  })
  expect(document.querySelector(".search-panel")).toBeNull()
})

test("[WB50] the address of a message that is far up leads there, and it stays there; one that is not there is told", async () => {
  location.hash = `#/c/fork/m/${forked.other}`
  show("")
  await soon(() => {
    const row = document.querySelector<HTMLElement>(`[data-message-id="${forked.other}"]`)
    const list = document.querySelector(".message-scroller")
    expect(row).not.toBeNull()
    expect(row!.getBoundingClientRect().top).toBeGreaterThanOrEqual(list!.getBoundingClientRect().top - row!.offsetHeight)
    expect(row!.getBoundingClientRect().bottom).toBeLessThanOrEqual(list!.getBoundingClientRect().bottom + row!.offsetHeight)
  })
})

test("[WB51] what stands in the whole conversation is counted and walked through, also what no row is there for, and what stands on other branches", async () => {
  location.hash = "#/c/fork"
  show("")
  await soon(() => expect(document.querySelector(".message-plane")).not.toBeNull())
  await userEvent.keyboard("{Escape}")
  openFind()
  await soon(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("Find in this conversation"))
  await userEvent.keyboard("bus")
  const count = (): string => document.querySelector(".find-count")?.textContent ?? ""
  await soon(() => expect(count()).toBe("62 found"))
  await userEvent.keyboard("{Enter}")
  await soon(() => expect(count()).toBe("62 of 62"))
  await userEvent.keyboard("{Enter}")
  await soon(() => expect(count()).toBe("1 of 62"))
  await soon(() => expect(document.querySelector(`[data-message-id="${forked.other}"]`)).not.toBeNull())
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Find in this conversation")

  const field = document.querySelector<HTMLInputElement>(".find-field")!
  await userEvent.fill(field, "ancient")
  await soon(() => expect(count()).toContain("on other branches"))
  await userEvent.keyboard("{Enter}")
  await soon(() => expect(document.querySelector(`[data-message-id="${forked.old}"]`)).not.toBeNull())
  await userEvent.fill(field, "nowhere at all")
  await soon(() => expect(count()).toBe("Not found"))
  await userEvent.keyboard("{Escape}")
  await soon(() => expect(document.querySelector(".find-bar")).toBeNull())
})
