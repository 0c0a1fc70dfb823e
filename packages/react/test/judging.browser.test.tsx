import {
  AnswerOpinions,
  blindDocumentId,
  doneKey,
  hasFinishedRounds,
  indexDocumentId,
  opinionsDocumentId,
  Round,
  roundCards,
  roundDocumentId,
  userHomeDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { act, type ReactNode, useEffect } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import {
  createPolylogue,
  type Judging,
  type Polylogue,
  PolylogueProvider,
  useAnswerOpinions,
  useCorrections,
  useHasFinishedRounds,
  useJudging,
  useOpinionsOf,
  useRegisters,
  useRound,
  useRoundCard,
  useRoundItems,
  useRoundJudgements,
  useRoundList,
  useRoundSettings,
  useWorkspace,
} from "../src/index.ts"
import { FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const NOW = 1_700_000_000_000
const OTHER = { writer: "other", now: () => NOW, randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }
const ITEM = {
  conversationId: "c",
  messageId: "m",
  retrievalId: "r",
  query: "Where?",
  chunks: [{ sourceId: "s", chunkId: "one", rank: 1, score: 2 }],
}

function polylogueOf(replica: FakeReplica, user?: string): Polylogue {
  return createPolylogue({
    replica,
    writer: "device",
    author: () => ({ id: "an-author", kind: "person" }),
    ...(user === undefined ? {} : { user }),
    now: () => NOW,
    lingerMs: 0,
  })
}

function stage(polylogue: Polylogue): {
  show: (children: ReactNode) => Promise<void>
  text: (id: string) => string | null | undefined
  end: () => Promise<void>
} {
  const place = document.createElement("div")
  const root = createRoot(place)
  return {
    show: (children) => act(async () => root.render(<PolylogueProvider polylogue={polylogue}>{children}</PolylogueProvider>)),
    text: (id) => place.querySelector(`#${id}`)?.textContent,
    end: () => act(async () => root.unmount()),
  }
}

const Open = ({ id }: { readonly id: string }) => {
  const state = useRound(id)
  return state.state === "open" ? <Parts held={state} /> : <p id="state">{state.state}</p>
}

const Parts = ({ held }: { readonly held: Extract<ReturnType<typeof useRound>, { state: "open" }> }) => (
  <p id="parts">
    {useRoundSettings(held).name} {useRoundItems(held).length}{" "}
    {useRoundJudgements(held)
      .map(({ annotator, grade }) => `${annotator} ${grade}`)
      .join()}
  </p>
)

test("[RE40] rounds are listed, and one is open as long as a component shows it and follows its document", async () => {
  const replica = new FakeReplica()
  const { show, text, end } = stage(polylogueOf(replica))
  const List = () => {
    const workspace = useWorkspace()
    return (
      <p id="list">
        {useRoundList(workspace)
          .map(({ name }) => name)
          .join()}
        ;{useRoundCard(workspace, "r1")?.name};{useRoundList(workspace, "deleted").length}
      </p>
    )
  }
  await show([<List key="list" />, <Open key="open" id="r1" />])
  const { ydoc } = await replica.open(indexDocumentId("home"))
  await act(async () => void roundCards(new WorkspaceIndex(ydoc, OTHER)).create({ id: "r1", name: "Week 48" }))
  expect(text("list")).toBe("Week 48;Week 48;0")
  const round = new Round((await replica.open(roundDocumentId("home", "r1"))).ydoc, { ...OTHER, annotator: "ben", roundId: "r1" })
  await act(async () => {
    round.begin({ name: "Week 48" })
    const [itemId = ""] = round.addItems([ITEM])
    round.judge({ itemId, chunkId: "one" }, { grade: 2 })
  })
  await expect.poll(() => text("parts")).toBe("Week 48 1 ben 2")
  await end()
})

test("[RE45] judging writes where the round has it: openly in the round, blind in a document of one's own, and says whether that is enforced", async () => {
  const replica = new FakeReplica()
  const user = "ana.relay"
  const seen = new Map<string, Judging>()
  const Desk = ({ id }: { readonly id: string }) => {
    const judging = useJudging(id)
    useEffect(() => void seen.set(id, judging), [id, judging])
    return (
      <p id={id.replace(".", "-")}>{judging.state === "ready" ? `${judging.progress.judged}/${judging.progress.total}` : judging.state}</p>
    )
  }
  const { show, text, end } = stage(polylogueOf(replica, user))
  const Noted = () => <p id="noted">{String(useHasFinishedRounds())}</p>
  await show([...["r1", "blind.r1"].map((id) => <Desk key={id} id={id} />), <Noted key="noted" />])
  expect(text("noted")).toBe("false")
  const items = new Map<string, string>()
  for (const id of ["r1", "blind.r1"]) {
    const round = new Round((await replica.open(roundDocumentId("home", id))).ydoc, { ...OTHER, annotator: "ben", roundId: id })
    await act(async () => {
      round.begin({ annotators: [{ id: "ben", name: "Ben" }] })
      items.set(id, round.addItems([ITEM])[0] ?? "")
    })
    await expect.poll(() => text(id.replace(".", "-"))).toBe("0/1")
    const judging = seen.get(id)
    if (judging?.state !== "ready") throw new Error("not ready")
    expect(judging).toMatchObject({ kind: id === "r1" ? "open" : "blind", annotator: user, enforced: true, finished: false, done: false })
    await act(async () => judging.judge({ itemId: items.get(id) ?? "", chunkId: "one" }, { grade: 2 }))
    expect(text(id.replace(".", "-"))).toBe("1/1")
    expect(round.getJudgements().length).toBe(id === "r1" ? 1 : 0)
    await act(async () => judging.setFinished(true))
    expect(seen.get(id)).toMatchObject({
      finished: id !== "r1",
      done: false,
      standing: [{ annotator: { id: "ben" }, state: "judging" }, { annotator: { id: user } }],
    })
    expect(await judging.close()).toBe("unavailable")
  }
  const home = await replica.open(userHomeDocumentId(user))
  await expect.poll(() => hasFinishedRounds(home.ydoc)).toBe(true)
  expect(home.ydoc.getMap("judging").toJSON()).toEqual({ "blind.r1": true })
  expect(text("noted")).toBe("true")
  const own = await replica.open(blindDocumentId("home", "blind.r1", user))
  expect(own.ydoc.getMap("judgements").size).toBe(1)
  await end()

  const anybody = stage(polylogueOf(replica))
  await anybody.show(<Desk id="blind.r1" />)
  await expect.poll(() => anybody.text("blind-r1")).toBe("0/1")
  expect(seen.get("blind.r1")).toMatchObject({ annotator: "an-author", enforced: false })
  await anybody.end()
})

test("[RE46] what people think of one answer renders what shows that answer, and an accepted correction is shown as it was last heard", async () => {
  const replica = new FakeReplica()
  const { show, text, end } = stage(polylogueOf(replica))
  const renders = { one: 0, two: 0 }
  const Answer = ({ id }: { readonly id: "one" | "two" }) => {
    const state = useAnswerOpinions("c1")
    const opinions = useOpinionsOf(state, id)
    const corrections = useCorrections(state, id)
    useEffect(() => void renders[id]++)
    return (
      <p id={id}>
        {opinions.map(({ grade }) => grade).join()};{corrections.map(({ text }) => text).join()}
      </p>
    )
  }
  const Heard = () => (
    <p id="heard">{useRegisters(opinionsDocumentId("home", "c1")).get(doneKey("home/anno/x", "ana"))?.value ?? "nothing"}</p>
  )
  await show([<Answer key="one" id="one" />, <Answer key="two" id="two" />, <Heard key="heard" />])
  const { ydoc } = await replica.open(opinionsDocumentId("home", "c1"))
  const opinions = new AnswerOpinions(ydoc, { ...OTHER, annotator: "ben" })
  await expect.poll(() => text("one")).toBe(";")
  const before = renders.two
  await act(async () => {
    opinions.rate("one", { grade: 3 })
    opinions.suggest("one", "It is blue.")
  })
  expect([text("one"), text("two"), text("heard"), renders.two]).toEqual(["3;It is blue.", ";", "nothing", before])
  await end()
})
