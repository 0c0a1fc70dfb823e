import { BlindJudgements, blindDocumentId, closeRound, type NewRoundItem, Round, roundDocumentId } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { createPolylogue, type Polylogue } from "../src/index.ts"
import { JudgingDesk, type JudgingState } from "../src/judging-desk.ts"
import { RoundKeeper } from "../src/round-keeper.ts"
import { Town, type TownDevice } from "./town.ts"

const ROUND = "blind.r1"
const ROUND_DOCUMENT = roundDocumentId("home", ROUND)
const ITEM: NewRoundItem = {
  conversationId: "c",
  messageId: "m",
  retrievalId: "r",
  query: "Where?",
  chunks: [
    { sourceId: "s", chunkId: "one", rank: 1, score: 2 },
    { sourceId: "s", chunkId: "two", rank: 2, score: 1 },
  ],
}

/** One person's device in a blind round. */
interface Judge {
  readonly device: TownDevice
  readonly polylogue: Polylogue
  readonly round: Round
  readonly blind: BlindJudgements
  readonly desk: JudgingDesk
  /** How often the desk said that something changed. */
  readonly told: () => number
  readonly stop: () => void
}

async function judge(town: Town, person: string, writer = person): Promise<Judge> {
  const device = await town.device(person, writer)
  const { replica } = device
  const author = () => ({ id: "an-id", kind: "person" })
  const randomBytes = device.polylogue.randomBytes
  const polylogue = createPolylogue({ replica, writer, author, user: person, now: () => town.clock.now(), randomBytes, lingerMs: 0 })
  const { pool } = polylogue
  const blindDocument = blindDocumentId("home", ROUND, person)
  for (const id of [ROUND_DOCUMENT, blindDocument]) pool.subscribe(id, () => {})
  await town.clock.pass(0)
  const [open, own] = [pool.state(ROUND_DOCUMENT), pool.state(blindDocument)]
  if (open.state !== "open" || own.state !== "open") throw new Error("not open")
  const options = { writer, annotator: person, roundId: ROUND, now: () => town.clock.now(), randomBytes }
  const round = new Round(open.ydoc, options)
  const blind = new BlindJudgements(own.ydoc, options)
  const schedule = (ms: number, run: () => void): (() => void) => town.clock.setTimer(run, ms)
  const desk = new JudgingDesk(polylogue, { state: "open", roundId: ROUND, round, open }, { judgements: blind, open: own }, schedule)
  let told = 0
  const stop = desk.subscribe(() => told++)
  return { device, polylogue, round, blind, desk, told: () => told, stop }
}

const grade = ({ round, blind }: Judge, chunkId: string, value: number): void =>
  blind.judge({ itemId: round.getItems()[0]?.id ?? "", chunkId }, { grade: value }, "g")
const seen = ({ round }: Judge): string[] =>
  round.getJudgements().map(({ chunkId, annotator, grade }) => `${chunkId} ${annotator} ${grade}`)
const standing = ({ desk }: Judge): string[] => desk.getState().standing.map(({ annotator, state }) => `${annotator.id} ${state}`)

async function begin(): Promise<{ readonly town: Town; readonly ana: Judge; readonly ben: Judge }> {
  const town = new Town()
  town.permissions.set("owner", "erase")
  await town.raise()
  const ana = await judge(town, "ana")
  ana.round.begin({ annotators: ["ana", "ben"].map((id) => ({ id, name: id })) })
  ana.round.addItems([ITEM])
  await town.clock.pass(1_000)
  const ben = await judge(town, "ben")
  await town.clock.pass(1_000)
  grade(ana, "one", 3)
  grade(ben, "one", 1)
  return { town, ana, ben }
}

test("[RE41] finishing needs nothing but saying so: at the real relay it is sealed, said, and revealed when both are done", async () => {
  const { town, ana, ben } = await begin()
  expect(ana.desk.getState()).toMatchObject({
    progress: { judged: 1, total: 2 },
    finished: false,
    done: false,
    final: false,
  } satisfies Partial<Omit<JudgingState, "progress">> & { progress: object })
  ana.blind.setFinished(true)
  await town.clock.pass(1_000)
  expect([standing(ana), standing(ben)]).toEqual([
    ["ana done", "ben judging"],
    ["ana done", "ben judging"],
  ])
  expect(ben.desk.getState().standing[0]?.count).toBe(1)
  expect([seen(ana), seen(ben)]).toEqual([[], []])
  ben.blind.setFinished(true)
  await town.clock.pass(2_000)
  for (const one of [ana, ben]) {
    expect(standing(one)).toEqual(["ana revealed", "ben revealed"])
    expect(seen(one)).toEqual(["one ana 3", "one ben 1"])
    expect(one.desk.getState()).toMatchObject({ done: true, final: true, changedSinceDone: false, refused: null })
  }
  grade(ana, "two", 0)
  expect(ana.desk.getState().changedSinceDone).toBe(true)
  expect(seen(ben)).toEqual(["one ana 3", "one ben 1"])
})

test("[RE41] over a cut, a crash of the relay and lost answers it is tried again by itself; taken back in time, it is as if it had not been", async () => {
  const { town, ana, ben } = await begin()
  ana.blind.setFinished(true)
  await town.clock.pass(1_000)
  ana.blind.setFinished(false)
  await town.clock.pass(1_000)
  expect(standing(ben)).toEqual(["ana judging", "ben judging"])
  ben.device.replica.setCutOff(true)
  ben.blind.setFinished(true)
  ana.blind.setFinished(true)
  await town.clock.pass(5_000)
  expect(ben.desk.getState()).toMatchObject({ finished: true, done: false })
  town.lost.add("cas")
  ben.device.replica.setCutOff(false)
  await town.clock.pass(20_000)
  expect(ben.desk.getState()).toMatchObject({ finished: true, done: false })
  town.lost.clear()
  await town.restart()
  await town.clock.pass(120_000)
  for (const one of [ana, ben]) expect(seen(one)).toEqual(["one ana 3", "one ben 1"])
})

test("[RE42] any device of an annotator reveals what they judged, whichever they judged it on", async () => {
  const { town, ana, ben } = await begin()
  ana.blind.setFinished(true)
  await town.clock.pass(1_000)
  ana.stop()
  await ana.device.replica.close()
  ben.blind.setFinished(true)
  await town.clock.pass(2_000)
  expect([seen(ben), standing(ben)]).toEqual([["one ben 1"], ["ana done", "ben revealed"]])
  const phone = await judge(town, "ana", "ana-phone")
  await town.clock.pass(2_000)
  for (const one of [phone, ben]) expect(seen(one)).toEqual(["one ana 3", "one ben 1"])
})

test("[RE47] a round that nobody has on screen is revealed all the same, once everybody whom its annotator waits for is done", async () => {
  const { town, ana, ben } = await begin()
  ana.blind.setFinished(true)
  await town.clock.pass(1_000)
  ana.stop()
  const keeper = new RoundKeeper(ana.polylogue, (ms, run) => town.clock.setTimer(run, ms))
  const stops = [keeper.start(), keeper.start()]
  stops[0]?.()
  stops[0]?.()
  await town.clock.pass(2_000)
  expect(ana.round.reveals.get().size).toBe(0)
  ana.device.replica.setCutOff(true)
  ben.blind.setFinished(true)
  await town.clock.pass(2_000)
  expect(seen(ben)).toEqual(["one ben 1"])
  town.lost.add("get")
  ana.device.replica.setCutOff(false)
  await town.clock.pass(30_000)
  expect(seen(ben)).toEqual(["one ben 1"])
  town.lost.clear()
  await town.restart()
  await town.clock.pass(60_000)
  expect(seen(ben)).toEqual(["one ana 3", "one ben 1"])
  stops[1]?.()
})

test("[RE43] a round that an owner closed shows who was done, and who came later as late", async () => {
  const { town, ana, ben } = await begin()
  ana.blind.setFinished(true)
  await town.clock.pass(1_000)
  const owner = await town.device("owner", "owner")
  const closing = [closeRound(ben.device.replica.registers, ROUND_DOCUMENT), closeRound(owner.replica.registers, ROUND_DOCUMENT)]
  await town.clock.pass(2_000)
  expect(await Promise.all(closing)).toEqual(["forbidden", "closed"])
  expect(seen(ben)).toEqual(["one ana 3"])
  expect(ben.desk.getState().closedAt).not.toBeNull()
  ben.blind.setFinished(true)
  await town.clock.pass(2_000)
  expect(standing(ana)).toEqual(["ana revealed", "ben late"])
})

test("[RE44] what the desk gave is the same object until something changes, and it does nothing while nobody listens", async () => {
  const { town, ana } = await begin()
  await town.clock.pass(2_000)
  const [state, told] = [ana.desk.getState(), ana.told()]
  await town.clock.pass(10_000)
  expect([ana.desk.getState() === state, ana.told()]).toEqual([true, told])
  ana.stop()
  ana.stop()
  ana.blind.setFinished(true)
  await town.clock.pass(10_000)
  expect(ana.told()).toBe(told)
  expect(town.clock.pending).toBeGreaterThanOrEqual(0)
  expect((await town.relay.registers.get(`${ROUND_DOCUMENT}#done/ana`)).value).toBeNull()
})
