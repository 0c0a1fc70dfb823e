import {
  labelBase,
  labelKey,
  MAIN_DRAFT,
  Prompt,
  promptDocumentId,
  protectLabel,
  type PublishIntent,
  type PublishIntents,
  savedDraft,
  userHomeDocumentId,
  VersionNumbers,
  versionsKey,
} from "@polylogue/conversation"
import { expect, test } from "vitest"
import { publishIntentsOf } from "../src/publisher.ts"
import { Town, type TownDevice } from "./town.ts"

const DOCUMENT = promptDocumentId("home", "p1")
const LABEL = labelKey(DOCUMENT, "production")

/** What an author does at a device: the prompt and the intents, kept open. */
interface Desk {
  readonly device: TownDevice
  readonly prompt: Prompt
  readonly intents: PublishIntents
}

async function desk(town: Town, device: TownDevice): Promise<Desk> {
  const { pool, writer, author, now, randomBytes } = device.polylogue
  const home = userHomeDocumentId(author.id)
  for (const id of [home, DOCUMENT]) pool.subscribe(id, () => {})
  await town.clock.pass(0)
  const [open, document] = [pool.state(home), pool.state(DOCUMENT)]
  if (open.state !== "open" || document.state !== "open") throw new Error("not open")
  const prompt = new Prompt(document.ydoc, { writer, author, now, randomBytes })
  device.publisher.start()
  return { device, prompt, intents: publishIntentsOf(device.polylogue, open) }
}

function publish({ device, prompt, intents }: Desk, text: string, label = "production"): PublishIntent {
  prompt.setText(MAIN_DRAFT, "text", text)
  const versionId = savedDraft(prompt, MAIN_DRAFT, `say ${text}`)
  const base = labelBase(device.replica.registers.cached(labelKey(DOCUMENT, label)))
  return intents.add({ workspace: "home", promptId: "p1", label, versionId, base, message: `say ${text}` })
}

const stateOf = ({ intents }: Desk, intent: PublishIntent): PublishIntent | undefined => intents.find(intent)
const production = async (town: Town): Promise<string | null> => (await town.relay.registers.get(LABEL)).value
const numbered = async (town: Town): Promise<number | undefined> =>
  VersionNumbers.read((await town.relay.registers.get(versionsKey(DOCUMENT))).value)?.count

async function begin(): Promise<{ readonly town: Town; readonly ana: Desk; readonly bo: Desk }> {
  const town = new Town()
  await town.raise()
  const ana = await desk(town, await town.device("ana", "ana-laptop"))
  ana.prompt.create({ kind: "text", name: "Greeting", text: "Hello" })
  await town.clock.pass(1_000)
  const bo = await desk(town, await town.device("bo", "bo-laptop"))
  await town.clock.pass(1_000)
  return { town, ana, bo }
}

test("[RE32, I8, I12] two publish at once at the real relay: one wins, the other is told, and keeps version and draft", async () => {
  const { town, ana, bo } = await begin()
  const draft = bo.prompt.createDraft({ from: MAIN_DRAFT, name: "Bo's" })
  bo.prompt.setText(draft, "text", "Good evening")
  const theirs = savedDraft(bo.prompt, draft, "evening")
  const mine = publish(ana, "Good morning")
  const lost = bo.intents.add({
    workspace: "home",
    promptId: "p1",
    label: "production",
    versionId: theirs,
    base: { revision: null, versionId: null },
    message: "evening",
  })
  await town.clock.pass(5_000)
  const states = [stateOf(ana, mine)?.state, stateOf(bo, lost)?.state]
  expect(new Set(states)).toEqual(new Set(["conflict", "done"]))
  const [winner, loser] = states[0] === "done" ? [mine, lost] : [lost, mine]
  expect(await production(town)).toBe(winner.versionId)
  expect((stateOf(ana, loser) ?? stateOf(bo, loser))?.theirs?.versionId).toBe(winner.versionId)
  for (const { prompt } of [ana, bo]) {
    expect(prompt.getVersion(theirs)?.content.slots[0]?.text).toBe("Good evening")
    expect(prompt.getVersion(mine.versionId)?.content.slots[0]?.text).toBe("Good morning")
    expect(prompt.getText(draft, "text")).toBe("Good evening")
  }
})

test("[RE32, I8] what was published offline waits over a reload and is then published; others who were first are a conflict", async () => {
  const { town, ana, bo } = await begin()
  ana.device.replica.setCutOff(true)
  await town.clock.pass(100)
  const mine = publish(ana, "from the train")
  await town.clock.pass(60_000)
  expect(stateOf(ana, mine)?.state).toBe("waiting")
  await ana.device.replica.close()
  await town.clock.pass(100)
  const home = await desk(town, await town.device("ana", "ana-laptop", ana.device.disk))
  await town.clock.pass(5_000)
  expect(stateOf(home, mine)).toMatchObject({ state: "done", number: 1 })
  expect(await production(town)).toBe(mine.versionId)
  home.device.replica.setCutOff(true)
  await town.clock.pass(100)
  const late = publish(home, "from the train again")
  bo.device.replica.registers.watch(DOCUMENT, () => {})
  await town.clock.pass(1_000)
  const theirs = publish(bo, "from the office")
  await town.clock.pass(5_000)
  expect(stateOf(bo, theirs)).toMatchObject({ state: "done", number: 2 })
  home.device.replica.setCutOff(false)
  await town.clock.pass(60_000)
  expect(stateOf(home, late)).toMatchObject({ state: "conflict", theirs: { versionId: theirs.versionId, principal: "bo" } })
  expect(await production(town)).toBe(theirs.versionId)
  expect(await numbered(town)).toBe(2)
})

test("[RE32, I8] two devices of one person carry out what one of them wanted: published once", async () => {
  const { town, ana } = await begin()
  const phone = await desk(town, await town.device("ana", "ana-phone"))
  await town.clock.pass(1_000)
  phone.device.replica.setCutOff(true)
  ana.device.replica.setCutOff(true)
  await town.clock.pass(100)
  const intent = publish(ana, "both")
  for (const each of [ana, phone]) each.device.replica.setCutOff(false)
  await town.clock.pass(60_000)
  for (const each of [ana, phone]) expect(stateOf(each, intent)).toMatchObject({ state: "done", number: 1 })
  expect(await numbered(town)).toBe(1)
  expect((await town.relay.registers.get(LABEL)).revision?.split(":")[1]).toBeDefined()
})

test("[RE32, I8] a device that published and is lost before it could say so is followed by another, which publishes nothing again", async () => {
  const { town, ana, bo } = await begin()
  const intent = publish(ana, "lost")
  // The phone learns of it through the relay, and the laptop is gone for good as soon as the label is set.
  for (let turn = 0; turn < 2_000 && (await production(town)) === null; turn++) await town.clock.pass(1)
  ana.device.replica.setCutOff(true)
  bo.device.replica.registers.watch(DOCUMENT, () => {})
  await town.clock.pass(100)
  const theirs = publish(bo, "next")
  await town.clock.pass(5_000)
  expect(stateOf(bo, theirs)?.state).toBe("done")
  const phone = await desk(town, await town.device("ana", "ana-phone"))
  await town.clock.pass(60_000)
  expect(stateOf(phone, intent)).toMatchObject({ state: "done", number: 1 })
  expect(await production(town)).toBe(theirs.versionId)
})

test("[RE32, I8] a relay killed at any frame of the way is asked again when it is back: one number, one label, nothing lost", async () => {
  let killed = 0
  let ambiguous = 0
  for (let frame = 1; ; frame++) {
    const { town, ana } = await begin()
    const intent = publish(ana, "through")
    town.framesToCrash = frame
    await town.clock.pass(100)
    if (town.framesToCrash > 0) {
      expect(stateOf(ana, intent)?.state).toBe("done")
      break
    }
    killed++
    const before = stateOf(ana, intent)?.state
    await town.restart()
    const set = await production(town)
    if (before === "waiting" && set !== null) ambiguous++
    if (set !== null) {
      // Nobody gets a label for a version that went with the relay: somebody who knows nothing finds it.
      ana.device.replica.setCutOff(true)
      const reader = await desk(town, await town.device("cleo", "cleo-phone"))
      await town.clock.pass(1_000)
      expect(reader.prompt.getVersion(set), `killed at frame ${frame}`).toBeDefined()
      await reader.device.replica.close()
      ana.device.replica.setCutOff(false)
    }
    await town.clock.pass(120_000)
    expect(stateOf(ana, intent), `killed at frame ${frame}`).toMatchObject({ state: "done", number: 1 })
    expect(await production(town)).toBe(intent.versionId)
    expect(await numbered(town)).toBe(1)
    await ana.device.replica.close()
  }
  // The row of the version, three questions, name, number and label, and the answers to them all.
  expect(killed).toBeGreaterThan(12)
  expect(ambiguous).toBeGreaterThan(0)
})

test("[RE32, I8] as long as no relay has the version, the authority is asked for nothing", async () => {
  const { town, ana } = await begin()
  town.lost.add("append")
  const intent = publish(ana, "not there yet")
  await town.clock.pass(50)
  expect(await town.relay.registers.list(DOCUMENT)).toEqual([])
  await town.clock.pass(120_000)
  expect(stateOf(ana, intent)?.state).toBe("waiting")
  expect(await production(town)).toBeNull()
  town.lost.clear()
  await town.restart()
  await town.clock.pass(120_000)
  expect(stateOf(ana, intent)).toMatchObject({ state: "done", number: 1 })
})

test("[RE32] an editor is refused a protected label, and told so; one prompt that waits holds up no other", async () => {
  const { town, bo } = await begin()
  town.permissions.set("olga", "erase")
  const owner = await town.device("olga", "olga-desk")
  const guarding = protectLabel(owner.replica.registers, DOCUMENT, "production", true)
  await town.clock.pass(1_000)
  expect((await guarding).outcome).toBe("done")
  const stuck = bo.intents.add({
    workspace: "home",
    promptId: "elsewhere",
    label: "production",
    versionId: "v".repeat(43),
    base: { revision: null, versionId: null },
    message: "on its way from another device",
  })
  const foreign = bo.intents.add({ ...stuck, workspace: "other", promptId: "p9" })
  const denied = publish(bo, "not mine to say")
  await town.clock.pass(30_000)
  expect(stateOf(bo, denied)).toMatchObject({ state: "refused", code: "forbidden" })
  expect(bo.prompt.getVersion(denied.versionId)?.content.slots[0]?.text).toBe("not mine to say")
  expect([stateOf(bo, stuck)?.state, stateOf(bo, foreign)?.state]).toEqual(["waiting", "waiting"])
  expect(await production(town)).toBeNull()
})

test("[RE32, I8] ten people publish the same label again and again: the relay's history is one line, and every loser has a version", async () => {
  const town = new Town()
  await town.raise()
  const first = await desk(town, await town.device("p0", "p0"))
  first.prompt.create({ kind: "text", name: "Greeting", text: "Hello" })
  await town.clock.pass(1_000)
  const others = await Promise.all(Array.from({ length: 9 }, (_, index) => town.device(`p${index + 1}`, `p${index + 1}`)))
  const desks = [first, ...(await Promise.all(others.map((device) => desk(town, device))))]
  await town.clock.pass(1_000)
  const versions: string[] = []
  let conflicts = 0
  for (let round = 0; round < 5; round++) {
    const base = labelBase(await town.relay.registers.get(LABEL).then((state) => ({ ...state, asOf: 0 })))
    const wanted = desks.map((each, index) => {
      const draft = each.prompt.createDraft({ from: MAIN_DRAFT, name: `${round}-${index}` })
      each.prompt.setText(draft, "text", `word ${round} of ${index}`)
      const versionId = savedDraft(each.prompt, draft, "")
      versions.push(versionId)
      return each.intents.add({ workspace: "home", promptId: "p1", label: "production", versionId, base, message: "" })
    })
    await town.clock.pass(20_000)
    const states = wanted.map((intent, index) => desks[index]?.intents.find(intent)?.state)
    expect(states.filter((state) => state === "done")).toHaveLength(1)
    conflicts += states.filter((state) => state === "conflict").length
    expect(wanted[states.indexOf("done")]?.versionId).toBe(await production(town))
  }
  expect(conflicts).toBe(45)
  for (const { prompt } of desks) for (const id of versions) expect(prompt.getVersion(id)).toBeDefined()
})
