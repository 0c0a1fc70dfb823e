import { expect, test } from "vitest"
import {
  advanceBlind,
  type BlindJudgements,
  type BlindOutcome,
  blindDocumentId,
  blindStanding,
  closedKey,
  closeRound,
  type ConversationError,
  doneKey,
  MAX_SEALED_LENGTH,
  type Round,
  roundDocumentId,
} from "@polylogue/conversation"
import { countUpdates, sync } from "./devices.ts"
import { blindDevice, item, roundDevice, saidIn } from "./judging-devices.ts"
import { RegisterAuthority } from "./register-authority.ts"

const ROUND = "blind.r1"
const ROUND_DOCUMENT = roundDocumentId("home", ROUND)

interface Judge {
  readonly round: Round
  readonly blind: BlindJudgements
  readonly ydoc: ReturnType<typeof roundDevice>["ydoc"]
  readonly work: { stored: () => Promise<boolean>; enforced: boolean }
  readonly advance: () => Promise<BlindOutcome>
  /** Takes in what the authority says. */
  readonly listen: () => void
}

const authorityClients = new WeakMap<RegisterAuthority, Map<string, ReturnType<RegisterAuthority["client"]>>>()

function judge(authority: RegisterAuthority, annotator: string, writer = annotator): Judge {
  const { round, ydoc } = roundDevice(annotator, ROUND, writer)
  const { blind } = blindDevice(annotator, ROUND, writer)
  const registers = authority.client(annotator, { mayGuard: annotator === "owner" })
  const known = authorityClients.get(authority) ?? new Map<string, typeof registers>()
  authorityClients.set(authority, known.set(writer, registers))
  registers.watch(ROUND_DOCUMENT, () => {})
  const work = { stored: () => Promise.resolve(true), enforced: true }
  const advance = (): Promise<BlindOutcome> => advanceBlind({ registers, roundDocument: ROUND_DOCUMENT, round, blind, ...work })
  const listen = (): void => {
    const names = round.getSettings().annotators.map(({ id }) => id)
    const { done } = blindStanding(registers, ROUND_DOCUMENT, names, work.enforced)
    round.setClaims(new Map([...done].map(([name, { commitment }]) => [name, commitment])))
  }
  return { round, blind, ydoc, work, advance, listen }
}

/** A blind round of ana and ben with one item, which both have judged. */
function twoJudges(): { authority: RegisterAuthority; ana: Judge; ben: Judge; itemId: string; share: () => void } {
  const authority = new RegisterAuthority()
  const [ana, ben] = [judge(authority, "ana"), judge(authority, "ben")]
  ana.round.begin({ annotators: ["ana", "ben"].map((id) => ({ id, name: id })) })
  const [itemId = ""] = ana.round.addItems([item("x", 2)])
  const share = (): void => {
    sync(ana.ydoc, ben.ydoc)
    for (const one of [ana, ben]) one.listen()
  }
  share()
  ana.blind.judge({ itemId, chunkId: "x-0" }, { grade: 3, note: "a secret of ana" }, "g")
  ben.blind.judge({ itemId, chunkId: "x-0" }, { grade: 1 }, "g")
  return { authority, ana, ben, itemId, share }
}

test("[CV170] in a blind round one judges in one's own document, and others' values in it do not count", () => {
  const { ana, ben, itemId } = twoJudges()
  expect(() => ana.round.judge({ itemId, chunkId: "x-0" }, { grade: 1 })).toThrow(
    expect.objectContaining({ code: "not-writable" }) as ConversationError,
  )
  expect(blindDocumentId("home", ROUND, "ana")).toBe(`home/blind/${ROUND}/ana`)
  const { blind } = blindDevice("ana")
  sync(blind.ydoc, ben.blind.ydoc)
  expect([blind.getJudgements(), ben.blind.getJudgements().length]).toEqual([[], 1])
  ana.ydoc.getMap<unknown>("judgements").set(`${itemId}/chunk/x-1/ben/grade/w`, { turn: 1, clock: 1, value: { by: "ben", value: 0 } })
  expect(ana.round.getJudgements()).toEqual([])
})

test("[CV171] what was judged is shown to nobody before all are done, and then to all", async () => {
  const { ana, ben, share, authority } = twoJudges()
  expect(await ana.advance()).toEqual({ state: "judging" })
  ana.blind.setFinished(true)
  expect(await ana.advance()).toEqual({ state: "waiting" })
  share()
  expect(saidIn(ben.round)).toEqual([])
  // What the authority and the round's document hold until then shows no word and no grade.
  const shown = JSON.stringify([...authority.registers.values()]) + JSON.stringify(ana.ydoc.getMap("reveals").toJSON())
  expect(shown).not.toContain("secret")
  ben.blind.setFinished(true)
  expect(await ben.advance()).toEqual({ state: "revealed" })
  share()
  expect(saidIn(ana.round)).toEqual(["0/x-0 ben 1"])
  expect(await ana.advance()).toEqual({ state: "revealed" })
  share()
  for (const { round } of [ana, ben]) expect(saidIn(round)).toEqual(["0/x-0 ana 3", "0/x-0 ben 1"])
  expect(countUpdates(ana.ydoc, () => void ana.advance())).toBe(0)
})

test("[CV171] the same judgements have another hash at another sealing of somebody else: few grades cannot be guessed from it", () => {
  const [one, other] = [blindDevice("ana", ROUND, "one"), blindDevice("ana", ROUND, "other")]
  for (const { blind } of [one, other]) blind.judge({ itemId: "i", chunkId: "c" }, { grade: 1 }, "g")
  const seals = [one.blind.seal(), other.blind.seal()]
  expect(seals[0]).not.toBe(seals[1])
  expect(one.blind.seal()).toBe(seals[0])
  expect(one.blind.sealed(seals[0] ?? "")).toContain('"grade":1')
  expect(one.blind.sealed(seals[1] ?? "")).toBeUndefined()
})

test("[CV172] a text counts only with the hash that its annotator gave the authority: in another's name nobody says, or reveals, anything", async () => {
  const { ana, ben, share, authority } = twoJudges()
  const eve = authority.client("eve")
  const forged = blindDevice("ben", ROUND, "eve")
  forged.blind.judge({ itemId: ana.round.getItems()[0]?.id ?? "", chunkId: "x-0" }, { grade: 0 }, "g")
  const commitment = forged.blind.seal()
  await eve.cas(doneKey(ROUND_DOCUMENT, "ben"), { expected: null, value: JSON.stringify({ commitment, count: 1, roster: [] }) })
  ana.round.reveals.reveal("ben", commitment, forged.blind.sealed(commitment) ?? "", new Map())
  ana.blind.setFinished(true)
  expect(await ana.advance()).toEqual({ state: "waiting" })
  share()
  expect([saidIn(ana.round), saidIn(ben.round)]).toEqual([[], []])
  // The real one takes the register over.
  ben.blind.setFinished(true)
  expect(await ben.advance()).toEqual({ state: "revealed" })
  share()
  expect(saidIn(ana.round)).toEqual(["0/x-0 ben 1"])
})

test("[CV172] who is taken out of the round after somebody was done with them in it is still waited for", async () => {
  const { ana, ben, share } = twoJudges()
  ana.blind.setFinished(true)
  expect(await ana.advance()).toEqual({ state: "waiting" })
  ben.round.setAnnotator("ben", null)
  share()
  expect(await ana.advance()).toEqual({ state: "waiting" })
})

test("[CV173] being done is taken back while nobody has revealed; what counts is what was sealed, whatever is judged after", async () => {
  const { ana, ben, itemId, share } = twoJudges()
  ana.blind.setFinished(true)
  await ana.advance()
  ana.blind.setFinished(false)
  expect(await ana.advance()).toEqual({ state: "judging" })
  ana.blind.judge({ itemId, chunkId: "x-0" }, { grade: 2 }, "g")
  ana.blind.setFinished(true)
  await ana.advance()
  ana.blind.judge({ itemId, chunkId: "x-0" }, { grade: 0 }, "g")
  ben.blind.setFinished(true)
  await ben.advance()
  share()
  await ana.advance()
  share()
  expect(saidIn(ben.round)).toEqual(["0/x-0 ana 2", "0/x-0 ben 1"])
  expect([...ben.round.reveals.get().values()].map(({ changed }) => changed)).toEqual([false, false])
  // Now it is final: taking it back changes nothing.
  ana.blind.setFinished(false)
  expect(await ana.advance()).toEqual({ state: "revealed" })
})

test("[CV173] judgements that were changed after others revealed theirs are shown as changed", async () => {
  const { ana, ben, itemId, share, authority } = twoJudges()
  for (const one of [ana, ben]) one.blind.setFinished(true)
  await ana.advance()
  await ben.advance()
  // Ana has not heard of it in the document, and gives the authority other judgements than ben saw her done with.
  ana.blind.judge({ itemId, chunkId: "x-0" }, { grade: 1 }, "g")
  const registers = authority.client("ana")
  const key = doneKey(ROUND_DOCUMENT, "ana")
  const held = await registers.get(key)
  const commitment = ana.blind.seal()
  const value = JSON.stringify({ commitment, count: 1, roster: ["ben"] })
  await registers.cas(key, { expected: "register" in held ? held.register.revision : null, value })
  await ana.advance()
  share()
  expect(ben.round.reveals.get().get("ana")).toMatchObject({ commitment, changed: true })
  expect(ben.round.reveals.get().get("ben")?.changed).toBe(false)
})

test("[CV174] an owner closes a round for who never finishes; nobody else can, and a register that others set closes nothing", async () => {
  const { ana, ben, share, authority } = twoJudges()
  ana.blind.setFinished(true)
  const eve = authority.client("eve", { mayGuard: false })
  await eve.cas(closedKey(ROUND_DOCUMENT), { expected: null, value: "closed" })
  expect(await ana.advance()).toEqual({ state: "waiting" })
  expect(await closeRound(eve, ROUND_DOCUMENT)).toBe("forbidden")
  expect(await closeRound(authority.client("owner"), ROUND_DOCUMENT)).toBe("closed")
  expect(await closeRound(authority.client("owner"), ROUND_DOCUMENT)).toBe("closed")
  expect(await ana.advance()).toEqual({ state: "revealed" })
  share()
  expect(saidIn(ben.round)).toEqual(["0/x-0 ana 3"])
  expect(blindStanding(authority.client("ben"), ROUND_DOCUMENT, ["ana"], true)).toEqual({ done: new Map(), closedAt: null })
})

test("[CV175] wherever it breaks off or an answer is lost, going on ends it: done once, revealed once, on whichever device", async () => {
  for (let lost = 0; lost < 8; lost++) {
    for (const fate of ["lost", "unanswered", "late"] as const) {
      const { ana, ben, share, authority } = twoJudges()
      ben.blind.setFinished(true)
      await ben.advance()
      ana.blind.setFinished(true)
      authority.fates.set(authority.requests + lost, fate)
      const outcomes = [await ana.advance(), await ana.advance(), await ana.advance()]
      expect(outcomes).toContainEqual({ state: "revealed" })
      await ben.advance()
      share()
      expect(saidIn(ana.round)).toEqual(["0/x-0 ana 3", "0/x-0 ben 1"])
      expect(authority.changes.filter(({ principal }) => principal === "ana").length).toBe(1)
    }
  }
})

test("[CV175] who is cut off, or whose words no relay has, is not done", async () => {
  const { ana, authority } = twoJudges()
  ana.blind.setFinished(true)
  ana.work.stored = () => Promise.resolve(false)
  expect(await ana.advance()).toEqual({ state: "unavailable" })
  expect(authority.changes).toEqual([])
  ana.work.stored = () => {
    ana.blind.setFinished(false)
    return Promise.resolve(true)
  }
  expect(await ana.advance()).toEqual({ state: "judging" })
  ana.blind.setFinished(true)
  ana.work.stored = () => Promise.resolve(true)
  authority.fates.set(authority.requests, "deny")
  expect(await ana.advance()).toEqual({ state: "refused", code: "forbidden" })
})

test("[CV176] what can be sealed is bounded, and strange seals and reveals are none", () => {
  const { blind, ydoc } = blindDevice("ana")
  const note = "n".repeat(10_000)
  for (let at = 0; at < MAX_SEALED_LENGTH / 10_000 - 3; at++) blind.judge({ itemId: `i${at}`, chunkId: null }, { note }, "g")
  expect(blind.seal()).toHaveLength(43)
  blind.judge({ itemId: "more", chunkId: null }, { note }, "g")
  blind.judge({ itemId: "most", chunkId: null }, { note }, "g")
  blind.judge({ itemId: "last", chunkId: null }, { note }, "g")
  expect(() => blind.seal()).toThrow(expect.objectContaining({ code: "too-large" }) as ConversationError)
  const round = roundDevice("ana", ROUND)
  for (const value of [null, 1, "x", "{}", {}]) {
    ydoc.getMap<unknown>("seals").set("x", value)
    round.ydoc.getMap<unknown>("reveals").set("ben/sealed/x", value)
    round.ydoc.getMap<unknown>("reveals").set("ben/saw", value)
    round.round.setClaims(new Map([["ben", "x"]]))
    expect([blind.sealed("x"), round.round.getJudgements()]).toEqual([undefined, []])
    round.round.setClaims(new Map())
  }
  expect(ydoc.getMap("meta").get("schema")).toBe(1)
})

test("[CV172] what is revealed counts only as the very text that its annotator sealed: no other of theirs, and nobody else's", () => {
  const target = { itemId: "i", chunkId: "c" }
  const [ana, ben] = [blindDevice("ana"), blindDevice("ben")]
  ana.blind.judge(target, { grade: 3 }, "g")
  const anas = ana.blind.seal()
  ben.blind.judge(target, { grade: 0 }, "g")
  const first = ben.blind.seal()
  ben.blind.judge(target, { grade: 2 }, "g")
  const second = ben.blind.seal()
  const revealed = (commitment: string, text: string | undefined): readonly (number | null)[] => {
    const { round } = roundDevice("cem", "blind.r1")
    round.setClaims(new Map([["ben", commitment]]))
    round.reveals.reveal("ben", commitment, text ?? "", new Map())
    return round.getJudgements().map(({ grade }) => grade)
  }
  expect(revealed(first, ben.blind.sealed(first))).toEqual([0])
  expect(revealed(first, ben.blind.sealed(second))).toEqual([])
  expect(revealed(anas, ana.blind.sealed(anas))).toEqual([])
})
