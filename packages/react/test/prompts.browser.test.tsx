import { indexDocumentId, promptCards, promptDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { act, useEffect } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import {
  createPolylogue,
  PolylogueProvider,
  type PromptState,
  usePrompt,
  usePromptCard,
  usePromptList,
  useWorkspace,
} from "../src/index.ts"
import { FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const NOW = 1_700_000_000_000
const OTHER = { writer: "other", now: () => NOW, randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }

test("[RE29] the list of prompts, a card of it and an open prompt follow their documents", async () => {
  const replica = new FakeReplica()
  const polylogue = createPolylogue({
    replica,
    writer: "device",
    author: () => ({ id: "ana", kind: "person" }),
    now: () => NOW,
    lingerMs: 0,
  })
  const place = document.createElement("div")
  const root = createRoot(place)
  const seen: PromptState[] = []
  let cardRenders = 0
  const List = () => {
    const workspace = useWorkspace()
    return (
      <p id="list">
        {usePromptList(workspace)
          .map(({ name }) => name)
          .join()}
      </p>
    )
  }
  const Card = ({ id }: { readonly id: string }) => {
    const workspace = useWorkspace()
    const card = usePromptCard(workspace, id)
    useEffect(() => void cardRenders++, [card])
    return <p id="card">{card?.name}</p>
  }
  const Open = ({ id }: { readonly id: string | undefined }) => {
    const state = usePrompt(id)
    useEffect(() => void seen.push(state), [state])
    return <p id="open">{state.state === "open" ? state.prompt.getMeta().kind : state.state}</p>
  }
  const show = (id: string | undefined): Promise<void> =>
    act(async () =>
      root.render(
        <PolylogueProvider polylogue={polylogue}>
          <List />
          <Card id="one" />
          <Open id={id} />
          <Open id={id} />
        </PolylogueProvider>,
      ),
    )
  const text = (id: string): string | null | undefined => place.querySelector(`#${id}`)?.textContent
  await show(undefined)
  await expect.poll(() => text("open")).toBe("opening")
  const { ydoc } = await replica.open(indexDocumentId("home"))
  const cards = promptCards(new WorkspaceIndex(ydoc, OTHER))
  await act(async () => void cards.create({ id: "one", name: "first" }))
  await expect.poll(() => text("list")).toBe("first")
  expect(text("card")).toBe("first")
  const before = cardRenders
  await act(async () => void cards.create({ id: "two", name: "second" }))
  expect(text("list")?.split(",").toSorted()).toEqual(["first", "second"])
  expect(cardRenders).toBe(before)

  await show("one")
  await expect.poll(() => text("open")).toBe("chat")
  const [left, right] = seen.filter(({ state }) => state === "open")
  expect(left).toBe(right)
  expect((await replica.open(promptDocumentId("home", "one"))).documentId).toBe("home/prompt/one")
  await act(async () => root.unmount())
})
