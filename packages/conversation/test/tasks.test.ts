import { expect, test } from "vitest"
import {
  claimTask,
  correctionKey,
  correctionValue,
  decide,
  goldKey,
  goldValue,
  nextTask,
  opinionsDocumentId,
  readAccepted,
  readGold,
  releaseTask,
  roundDocumentId,
  TASK_LEASE_MS,
  type TaskDesk,
  taskHolders,
  taskKey,
} from "@polylogue/conversation"
import { sync } from "./devices.ts"
import { item, opinionsDevice, roundDevice, saidIn } from "./judging-devices.ts"
import { RegisterAuthority } from "./register-authority.ts"

const ROUND = roundDocumentId("home", "r1")

function desk(authority: RegisterAuthority, annotator: string, places = 1): TaskDesk {
  const registers = authority.client(annotator)
  registers.watch(ROUND, () => {})
  return { registers, roundDocument: ROUND, annotator, places }
}

test("[CV180] of two who ask for the last place of an item at once one gets it; the other gets the next item", async () => {
  const authority = new RegisterAuthority()
  const [ana, ben] = [desk(authority, "ana"), desk(authority, "ben")]
  const both = await Promise.all([claimTask(ana, "x"), claimTask(ben, "x")])
  expect(both.map(({ state }) => state).toSorted()).toEqual(["claimed", "taken"])
  const [winner, loser] = both[0].state === "claimed" ? [ana, ben] : [ben, ana]
  expect(taskHolders(loser, "x")).toMatchObject([
    { annotator: winner.annotator, place: 0, finished: false, until: authority.now + TASK_LEASE_MS },
  ])
  expect([nextTask(winner, ["y", "x"]), nextTask(loser, ["x", "y"]), nextTask(loser, ["x"])]).toEqual(["x", "y", undefined])
})

test("[CV180] an item has as many places as it is to get annotators, and nobody has two of them", async () => {
  const authority = new RegisterAuthority()
  const desks = ["ana", "ben", "cid"].map((annotator) => desk(authority, annotator, 2))
  const states: string[] = []
  for (const one of desks) {
    states.push((await claimTask(one, "x")).state)
    states.push((await claimTask(one, "x")).state)
  }
  expect(states).toEqual(["claimed", "claimed", "claimed", "claimed", "taken", "taken"])
  expect(taskHolders(desks[2]!, "x").map(({ annotator }) => annotator)).toEqual(["ana", "ben"])
})

test("[CV181] what somebody left goes to others when its lease ends, what they keep asking for or have judged does not", async () => {
  const authority = new RegisterAuthority()
  const [ana, ben] = [desk(authority, "ana"), desk(authority, "ben")]
  await claimTask(ana, "x")
  await claimTask(ana, "y")
  authority.now += TASK_LEASE_MS - 1
  expect(await claimTask(ana, "y")).toMatchObject({ state: "claimed", holder: { until: authority.now + TASK_LEASE_MS } })
  expect(await claimTask(ben, "x")).toEqual({ state: "taken" })
  authority.now += 1
  expect([(await claimTask(ben, "x")).state, (await claimTask(ben, "y")).state]).toEqual(["claimed", "taken"])
  expect(await claimTask(ana, "y", { finished: true })).toMatchObject({ state: "claimed", holder: { finished: true, until: null } })
  authority.now += 10 * TASK_LEASE_MS
  expect([(await claimTask(ben, "y")).state, (await claimTask(ana, "y")).state]).toEqual(["taken", "claimed"])
  await claimTask(ben, "z")
  await releaseTask(ben, "z")
  await releaseTask(ana, "y")
  expect([(await claimTask(ana, "z")).state, (await claimTask(ben, "y")).state]).toEqual(["claimed", "taken"])
})

test("[CV181] cut off, nobody is told that an item is theirs; two who judge it all the same both count", async () => {
  const authority = new RegisterAuthority()
  const devices = [roundDevice("ana"), roundDevice("ben")]
  for (const [at, { round }] of devices.entries()) {
    const [id = ""] = round.addItems([item("x", 1)])
    authority.fates.set(authority.requests, "lost")
    expect(await claimTask(desk(authority, round.annotator), id)).toEqual({ state: "unavailable" })
    round.judge({ itemId: id, chunkId: "x-0" }, { grade: at })
  }
  sync(...devices.map(({ ydoc }) => ydoc))
  for (const { round } of devices) expect(saidIn(round)).toEqual(["0/x-0 ana 0", "0/x-0 ben 1"])
  authority.fates.set(authority.requests + 1, "deny")
  expect(await claimTask(desk(authority, "ana"), "x")).toEqual({ state: "refused", code: "forbidden" })
})

test("[CV182, I8] of two who decide on one passage from the same state one wins and the other is told; a decision is changed from where it was seen", async () => {
  const authority = new RegisterAuthority()
  const key = goldKey(ROUND, "x", "x-0")
  const by = (annotator: string, grade: number, base: string | null) =>
    decide({ registers: authority.client(annotator), key, base, value: goldValue({ grade, labels: ["b", "a"], note: "agreed" }) })
  const [first, second] = await Promise.all([by("ana", 2, null), by("ben", 3, null)])
  expect([first.outcome, second.outcome].toSorted()).toEqual(["conflict", "done"])
  const gold = readGold(authority.read(key))
  expect(gold).toMatchObject({ labels: ["a", "b"], note: "agreed", by: gold?.grade === 2 ? "ana" : "ben" })
  // Whoever says the same as what stands there is no loser.
  expect((await by("cid", gold?.grade ?? 0, null)).outcome).toBe("done")
  expect((await by("cid", 1, gold?.revision ?? null)).outcome).toBe("done")
  expect(readGold(authority.read(key))).toMatchObject({ grade: 1, by: "cid" })
  authority.fates.set(authority.requests, "lost")
  expect(await by("ana", 0, null)).toEqual({ outcome: "unavailable" })
  expect(() => goldValue({ grade: 0.5 })).toThrow(RangeError)
  expect(goldKey(ROUND, "x", null)).toBe(`${ROUND}#gold/x/answer`)
})

test("[CV183, I8] one correction of an answer is accepted; the others keep their words, and one that was written on since is known by its digest", async () => {
  const authority = new RegisterAuthority()
  const document = opinionsDocumentId("home", "c1")
  const key = correctionKey(document, "m")
  expect(key).toBe("home/anno/conv.c1#correction/m")
  const [a, b] = [opinionsDevice("ana"), opinionsDevice("ben")]
  a.opinions.suggest("m", "It is blue.")
  b.opinions.suggest("m", "It is green.")
  const accept = (opinions: typeof a.opinions, registers: ReturnType<RegisterAuthority["client"]>) => {
    const { id, digest } = opinions.correctionsOf("m")[0]!
    return decide({ registers, key, base: null, value: correctionValue(id, digest) })
  }
  const outcomes = await Promise.all([accept(a.opinions, authority.client("ana")), accept(b.opinions, authority.client("ben"))])
  expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(["conflict", "done"])
  sync(a.ydoc, b.ydoc)
  expect(
    a.opinions
      .correctionsOf("m")
      .map(({ text }) => text)
      .toSorted(),
  ).toEqual(["It is blue.", "It is green."])
  const accepted = readAccepted(authority.read(key))
  const found = (): string | undefined => a.opinions.correctionsOf("m").find(({ id }) => id === accepted?.correctionId)?.digest
  expect(found()).toBe(accepted?.digest)
  a.opinions.rewrite(accepted?.correctionId ?? "", "It is something else.")
  expect(found()).not.toBe(accepted?.digest)
})

test("[CV184] registers that hold something else are no holder, no decision and no acceptance", async () => {
  const authority = new RegisterAuthority()
  const registers = authority.client("ana")
  for (const [at, value] of [
    "",
    "x",
    "null",
    "[]",
    "7",
    "{}",
    '{"annotator":7}',
    '{"grade":"3"}',
    '{"correctionId":3,"digest":4}',
  ].entries()) {
    const itemId = `i${at}`
    for (const key of [taskKey(ROUND, itemId, 0), goldKey(ROUND, itemId, "c")]) await registers.cas(key, { expected: null, value })
    expect(taskHolders({ registers, roundDocument: ROUND, places: 1 }, itemId)).toEqual([])
    expect([readGold(registers.cached(goldKey(ROUND, itemId, "c"))), readAccepted(registers.cached(goldKey(ROUND, itemId, "c")))]).toEqual([
      undefined,
      undefined,
    ])
    expect((await claimTask(desk(authority, "ana"), itemId)).state).toBe("claimed")
  }
  expect([readGold(undefined), readAccepted(undefined)]).toEqual([undefined, undefined])
})
