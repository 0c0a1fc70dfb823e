import {
  labelKey,
  MAIN_DRAFT,
  Prompt,
  promptDocumentId,
  PublishIntents,
  publishVersion,
  userHomeDocumentId,
  VersionNumbers,
  versionsKey,
} from "@polylogue/conversation"
import { act, type ReactNode, useEffect } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { RegisterAuthority } from "../../conversation/test/register-authority.ts"
import {
  createPolylogue,
  type OpenPrompt,
  type Polylogue,
  PolylogueProvider,
  type PromptLabels,
  type Publishing,
  useHasIntents,
  useLabel,
  useLabels,
  usePrompt,
  usePromptContent,
  usePromptDraft,
  usePromptDrafts,
  usePromptMeta,
  usePromptThreads,
  usePromptVersions,
  usePublishing,
  useWaitingIntents,
  useWatchLabels,
} from "../src/index.ts"
import { FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const NOW = 1_700_000_000_000
const DOCUMENT = promptDocumentId("home", "p1")
const LABEL = labelKey(DOCUMENT, "production")
const ABSENT = { revision: null, versionId: null }
const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))

let authority: RegisterAuthority
let replica: FakeReplica
let polylogue: Polylogue
let root: Root
let place: HTMLElement
let renders: string[]
let publishing: Publishing | undefined
let seen: Publishing[]
let labels: PromptLabels | undefined

beforeEach(() => {
  authority = new RegisterAuthority()
  replica = new FakeReplica()
  replica.registers = authority.client("ana")
  polylogue = createPolylogue({
    replica,
    writer: "device",
    author: () => ({ id: "ana", kind: "person", name: "Ana" }),
    now: () => NOW,
    lingerMs: 0,
  })
  renders = []
  seen = []
  place = document.createElement("div")
  root = createRoot(place)
})

afterEach(async () => {
  await act(async () => root.unmount())
})

const show = (children: ReactNode): Promise<void> =>
  act(async () => root.render(<PolylogueProvider polylogue={polylogue}>{children}</PolylogueProvider>))

/** The prompt as somebody else writes it. */
async function otherPrompt(): Promise<Prompt> {
  const { ydoc } = await replica.open(DOCUMENT)
  return new Prompt(ydoc, { writer: "other", author: { id: "bo", kind: "person" }, now: () => NOW, randomBytes })
}

/** Publishes what somebody else has saved. */
async function publishOther(versionId: string, base = labelBaseNow()): Promise<void> {
  const registers = authority.client("bo")
  const attempt = [...randomBytes(8)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  const stored = async (): Promise<boolean> => true
  const outcome = await publishVersion({
    registers,
    workspace: "home",
    promptId: "p1",
    name: "Greeting",
    versionId,
    label: "production",
    base,
    attempt,
    stored,
  })
  expect(outcome.outcome).toBe("published")
}

function labelBaseNow() {
  const { revision, value } = authority.read(LABEL)
  return { revision, versionId: value }
}

function Held({ children }: { readonly children: (held: OpenPrompt) => ReactNode }) {
  const held = usePrompt("p1")
  return held.state === "open" ? children(held) : null
}

function Parts({ held }: { readonly held: OpenPrompt }) {
  const { slots, used, variables, config } = usePromptDraft(held, MAIN_DRAFT)
  renders.push("parts")
  return <p id="parts">{[slots.length, used.join("+"), Object.keys(variables).join("+"), JSON.stringify(config)].join(" ")}</p>
}

function About({ held }: { readonly held: OpenPrompt }) {
  const { name } = usePromptMeta(held)
  const drafts = usePromptDrafts(held)
  const versions = usePromptVersions(held)
  renders.push("about")
  return <p id="about">{[name, drafts.length, versions.length].join(" ")}</p>
}

function Threads({ held }: { readonly held: OpenPrompt }) {
  const threads = usePromptThreads(held, MAIN_DRAFT)
  renders.push("threads")
  return <p id="threads">{threads.map(({ quote, comments }) => `${quote}: ${comments[0]?.text}`).join()}</p>
}

function Words({ held }: { readonly held: OpenPrompt }) {
  return (
    <p id="words">
      {usePromptContent(held, MAIN_DRAFT)
        .slots.map(({ text }) => text)
        .join("|")}
    </p>
  )
}

function Publish() {
  const found = usePublishing("p1")
  const waiting = useWaitingIntents()
  useEffect(() => {
    publishing = found
    seen.push(found)
  }, [found])
  return <p id="waiting">{waiting.length}</p>
}

function Labels() {
  const found = useLabels("p1")
  renders.push("labels")
  useEffect(() => {
    labels = found
  }, [found])
  return null
}

function Row({ id }: { readonly id: string }) {
  const label = useLabel(id, "production")
  renders.push(id)
  return <p id={id}>{label === undefined ? "none" : `v${label.number ?? "?"}`}</p>
}

function Rows() {
  useWatchLabels()
  return (
    <>
      <Row id="p1" />
      <Row id="p2" />
    </>
  )
}

const text = (id: string): string | null | undefined => place.querySelector(`#${id}`)?.textContent
const settled = (check: () => void): Promise<void> => act(async () => expect.poll(() => (check(), true)).toBe(true))

test("[RE30] who types renders what shows words, and neither the parts of the draft nor name, drafts and versions", async () => {
  const other = await otherPrompt()
  other.create({ kind: "text", name: "Greeting", text: "Hello" })
  await show(
    <Held>
      {(held) => (
        <>
          <Parts held={held} />
          <About held={held} />
          <Words held={held} />
          <Threads held={held} />
        </>
      )}
    </Held>,
  )
  await expect.poll(() => text("parts")).toBe("1   {}")
  expect([text("about"), text("words")]).toEqual(["Greeting 1 0", "Hello"])
  renders.length = 0
  await act(async () => other.setText(MAIN_DRAFT, "text", "Hello all"))
  expect(text("words")).toBe("Hello all")
  expect(renders).toEqual([])
  await act(async () => other.setText(MAIN_DRAFT, "text", "Hello {{name}}"))
  expect([text("parts"), renders]).toEqual(["1 name  {}", ["parts"]])
  await act(async () => other.setVariable(MAIN_DRAFT, "name", { type: "text" }))
  await act(async () => other.setConfig(MAIN_DRAFT, "model", "sky-1"))
  await act(async () => void other.addSlot(MAIN_DRAFT, { role: "user" }))
  expect(text("parts")).toBe('2 name name {"model":"sky-1"}')
  expect(renders).not.toContain("about")
  await act(async () => void other.saveVersion(MAIN_DRAFT, { message: "first" }))
  expect(text("about")).toBe("Greeting 1 1")
  await act(async () => void other.comment(MAIN_DRAFT, "text", { from: 0, to: 5 }, "warmer?"))
  expect(text("threads")).toBe("Hello: warmer?")
  renders.length = 0
  await act(async () => other.setText(MAIN_DRAFT, "text", "Hello {{name}}, and goodbye"))
  expect(renders).toEqual([])
})

test("[RE31] labels are shown as they were last heard, follow the authority, and stand with what is to be published", async () => {
  const other = await otherPrompt()
  other.create({ kind: "text", name: "Greeting", text: "Hello" })
  const first = other.saveVersion(MAIN_DRAFT, { message: "first" })
  await show(
    <>
      <Labels />
      <Publish />
    </>,
  )
  await expect.poll(() => publishing?.state).toBe("ready")
  expect(labels).toMatchObject({ labels: [], known: false, unset: [] })
  await act(async () => publishOther(first, ABSENT))
  await settled(() =>
    expect(labels?.labels).toMatchObject([{ label: "production", versionId: first, number: 1, by: "bo", protected: false }]),
  )
  expect(labels?.labels[0]?.asOf).toBe(authority.now)
  const before = labels
  await act(async () => other.setName("Other"))
  expect(labels).toBe(before)
  await act(async () => replica.setCutOff(true))
  await act(async () => other.setText(MAIN_DRAFT, "text", "Hello all"))
  await act(async () => void publishing?.publish("production", { draftId: MAIN_DRAFT, message: "warmer" }))
  expect(labels?.labels[0]).toMatchObject({
    versionId: first,
    pending: { state: "waiting", message: "warmer", base: { versionId: first } },
  })
  await act(async () => void publishing?.publish("staging", { draftId: MAIN_DRAFT, message: "first try" }))
  expect(labels?.unset).toMatchObject([{ label: "staging", state: "waiting" }])
  expect(text("waiting")).toBe("2")
  await act(async () => replica.setCutOff(false))
  await settled(() =>
    expect(labels?.labels.map(({ label, number, pending }) => [label, number, pending])).toEqual([
      ["production", 2, undefined],
      ["staging", 2, undefined],
    ]),
  )
  expect(text("waiting")).toBe("0")
})

test("[RE31] rows of a list follow the labels of all prompts by one watch, and a change of one renders no other", async () => {
  await show(<Rows />)
  expect([text("p1"), text("p2")]).toEqual(["none", "none"])
  const other = await otherPrompt()
  other.create({ kind: "text", name: "Greeting", text: "Hello" })
  const first = other.saveVersion(MAIN_DRAFT, { message: "first" })
  renders.length = 0
  await act(async () => publishOther(first, ABSENT))
  await settled(() => expect(text("p1")).toBe("v1"))
  expect(new Set(renders)).toEqual(new Set(["p1"]))
})

test("[RE34] whether anything was ever to be published is known once the private document is open, and when that comes", async () => {
  const Asks = () => <p id="asks">{String(useHasIntents())}</p>
  const home = await replica.open(userHomeDocumentId("ana"))
  await show(<Asks />)
  expect(text("asks")).toBe("false")
  await act(async () => home.ydoc.getMap("read").set("x", 1))
  expect(text("asks")).toBe("false")
  const intents = new PublishIntents(home.ydoc, { writer: "phone", now: () => NOW, randomBytes })
  const wish = { workspace: "home", promptId: "p1", label: "production", versionId: "v".repeat(43), base: ABSENT, message: "" }
  await act(async () => void intents.add(wish))
  expect(text("asks")).toBe("true")
})

test("[RE33] publishing saves version and wish in one turn, and what cannot be published saves nothing", async () => {
  const other = await otherPrompt()
  other.create({ kind: "text", name: "Greeting", text: "Hello" })
  await show(<Publish />)
  const [early] = seen
  expect(early?.state).toBe("opening")
  expect(() => early?.publish("production", { draftId: MAIN_DRAFT, message: "" })).toThrow(TypeError)
  await expect.poll(() => publishing?.state).toBe("ready")
  for (const bad of ["latest", "No label"]) {
    expect(() => publishing?.publish(bad, { draftId: MAIN_DRAFT, message: "" })).toThrow(expect.objectContaining({ code: "bad-label" }))
  }
  expect(other.getVersions()).toEqual([])
  let turns = 0
  await act(async () => {
    const intent = publishing?.publish("production", { draftId: MAIN_DRAFT, message: "first" })
    expect(other.getVersions().map(({ id }) => id)).toEqual([intent?.versionId])
    expect(authority.requests).toBe(turns)
    turns++
  })
  await settled(() => expect(publishing?.intents).toMatchObject([{ state: "done", number: 1 }]))
  await act(async () => void publishing?.publish(null, { draftId: MAIN_DRAFT, message: "again" }))
  await settled(() => expect(publishing?.intents[0]).toMatchObject({ label: null, state: "done", number: 1 }))
  await act(async () => void publishing?.publishVersion("staging", other.getVersions()[0]?.id ?? ""))
  await settled(() => expect(publishing?.intents[0]).toMatchObject({ label: "staging", state: "done" }))
})

test("[RE33, I8, I12] lost to others, then published on top of them, and taken back to an old version: each a version of its own", async () => {
  const other = await otherPrompt()
  other.create({ kind: "text", name: "Greeting", text: "Hello" })
  const first = other.saveVersion(MAIN_DRAFT, { message: "first" })
  const draft = other.createDraft({ from: MAIN_DRAFT, name: "Bo's" })
  other.setText(draft, "text", "Good evening")
  const theirs = other.saveVersion(draft, { message: "evening" })
  await publishOther(first, ABSENT)
  await show(
    <>
      <Labels />
      <Publish />
    </>,
  )
  await expect.poll(() => publishing?.state).toBe("ready")
  await settled(() => expect(labels?.labels[0]?.versionId).toBe(first))
  const seen = labelBaseNow()
  await act(async () => publishOther(theirs))
  other.setText(MAIN_DRAFT, "text", "Good morning")
  await act(async () => void publishing?.publish("production", { draftId: MAIN_DRAFT, message: "morning", base: seen }))
  await settled(() => expect(publishing?.intents[0]?.state).toBe("conflict"))
  const lost = publishing?.intents[0]
  expect(lost?.theirs).toMatchObject({ versionId: theirs, principal: "bo" })
  expect(other.getVersion(lost?.versionId ?? "")?.content.slots[0]?.text).toBe("Good morning")
  expect(labels?.labels[0]).toMatchObject({ versionId: theirs, pending: { state: "conflict" } })
  await act(async () => void publishing?.publishOnTop(lost!))
  await settled(() => expect(publishing?.intents.map(({ state }) => state)).toEqual(["done", "withdrawn"]))
  const above = other.getVersion(authority.read(LABEL).value ?? "")
  expect(above?.content.slots[0]?.text).toBe("Good morning")
  expect(new Set(above?.parents)).toEqual(new Set([lost?.versionId, theirs]))
  await settled(() => expect(labels?.labels[0]?.versionId).toBe(above?.id))
  await act(async () => void publishing?.goBack("production", { to: first, message: "Back to v1" }))
  await settled(() => expect(publishing?.intents[0]).toMatchObject({ state: "done", message: "Back to v1" }))
  const back = other.getVersion(authority.read(LABEL).value ?? "")
  expect(back).toMatchObject({ parents: [above?.id], message: "Back to v1", author: { id: "ana" } })
  expect(back?.content.slots[0]?.text).toBe("Hello")
  expect(VersionNumbers.read(authority.read(versionsKey(DOCUMENT)).value)?.count).toBe(4)
  await act(async () => replica.setCutOff(true))
  await act(async () => void publishing?.goBack("production", { to: theirs, message: "no" }))
  await act(async () => publishing?.withdraw(publishing.intents[0]!))
  await act(async () => replica.setCutOff(false))
  expect(publishing?.intents[0]?.state).toBe("withdrawn")
  expect(authority.read(LABEL).value).toBe(back?.id)
})
