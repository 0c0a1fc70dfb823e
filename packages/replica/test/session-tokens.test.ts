import { decodeSessionToken, encodeSessionToken, unionSessionTokens } from "@polylogue/protocol"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import { isLacking, type LackingError, type Replica, tokenOf, waitFor, type WaitOptions } from "../src/index.ts"
import { textOf, type } from "./support/device.ts"
import { FakeTabs } from "./support/fake-tabs.ts"
import { Town } from "./support/town.ts"

async function raised(): Promise<Town> {
  const town = new Town()
  await town.raise(new MemoryDisk())
  return town
}

/** What becomes of a wait, as soon as it is known. */
function outcome(replica: Replica, token: string, options?: WaitOptions): { now: unknown } {
  const seen: { now: unknown } = { now: "waiting" }
  waitFor(replica, token, options).then(
    () => (seen.now = "here"),
    (error: unknown) => (seen.now = error),
  )
  return seen
}

/** Writes `text` at the end of `document` of a device of its own, and gives the token for it. */
async function written(town: Town, text: string, document = "home/a"): Promise<string> {
  const device = await town.replica()
  const here = await device.open(document)
  await town.clock.pass(100)
  type(here, text)
  const asked = tokenOf(here, { after: "stored" })
  await town.clock.pass(100)
  return await asked
}

/** `token` with entries that nobody has written. */
function beyond(token: string, by = 3): string {
  return encodeSessionToken(
    new Map([...decodeSessionToken(token)].map(([id, vector]) => [id, new Map([...vector].map(([log, seq]) => [log, seq + by]))])),
  )
}

test("[RP65, RP66, I3] whoever waits for the token of another device shows what that one shows, and what it wrote itself when it asked after that", async () => {
  const town = await raised()
  const token = await written(town, "one ")
  const right = await town.replica()
  const waiting = outcome(right, token)
  await town.clock.pass(100)
  expect(waiting.now).toBe("here")
  const there = await right.open("home/a")
  expect(textOf(there)).toBe("one ")
  // Its own words have no stamp while no relay has them, and no token asks for them.
  right.setCutOff(true)
  type(there, "two")
  await there.whenDurable("local")
  expect(await tokenOf(there)).toBe(token)
  const after = tokenOf([there], { after: "stored" })
  right.setCutOff(false)
  await town.clock.pass(10_000)
  const later = await after
  const third = await town.replica()
  const here = await third.open("home/a")
  const whole = outcome(third, later)
  await town.clock.pass(100)
  expect([whole.now, textOf(here)]).toEqual(["here", "one two"])
})

test("[RP66] a device that is away waits until it has come back, and resolves no sooner than it shows everything", async () => {
  const town = await raised()
  const right = await town.replica()
  const there = await right.open("home/a")
  await town.clock.pass(100)
  right.setCutOff(true)
  const token = unionSessionTokens(
    decodeSessionToken(await written(town, "a")),
    decodeSessionToken(await written(town, "b", "home/b")),
    decodeSessionToken(await written(town, "c")),
  )
  const seen: string[] = []
  const shown = async (): Promise<void> => {
    await waitFor(right, token, { deadlineMs: Infinity })
    seen.push(textOf(there), textOf(await right.open("home/b")))
  }
  const waiting = shown()
  await town.clock.pass(60_000)
  expect(seen).toEqual([])
  right.setCutOff(false)
  await town.clock.pass(10_000)
  await waiting
  expect(seen).toEqual(["ac", "b"])
})

test("[RP66] a tab without the socket shows it too, whether or not word of it is lost between the tabs", async () => {
  for (const lossy of [false, true]) {
    const town = await raised()
    const tabs = new FakeTabs()
    const disk = new MemoryDisk()
    const [holder, other] = [await town.replica(disk, { tabs: tabs.tab() }), await town.replica(disk, { tabs: tabs.tab() })]
    // The one that holds the socket has the document open too: it is on its way here without a word from the other.
    await holder.open("home/a")
    const there = await other.open("home/a")
    await town.clock.pass(100)
    tabs.lossy = lossy
    const token = await written(town, "one ")
    const waiting = outcome(other, beyond(token, 1))
    await town.clock.pass(100)
    expect(waiting.now).toBe("waiting")
    await written(town, "two")
    await town.clock.pass(1_500)
    expect([waiting.now, textOf(there)]).toEqual(["here", "one two"])
  }
})

test("[RP66] a document whose words are refused while it is waited for is shown as it is without them", async () => {
  const town = new Town()
  town.may = () => "write"
  await town.raise(new MemoryDisk())
  const token = await written(town, "one ")
  // It learns only at a relay that it may not erase.
  const right = await town.replica(new MemoryDisk(), { cutOff: true })
  const there = await right.open("home/a")
  type(there, "refused")
  await there.erase({ ranges: [{ client: there.ydoc.clientID, clock: 0, length: 3 }] })
  const waiting = outcome(right, beyond(token, 1), { deadlineMs: 60_000 })
  await town.clock.pass(100)
  const old = there.ydoc
  right.setCutOff(false)
  await town.clock.pass(10_000)
  expect([waiting.now, there.status.rejected, there.ydoc === old]).toEqual(["waiting", "forbidden", false])
  await written(town, "two")
  await town.clock.pass(1_000)
  expect([waiting.now, textOf(there)]).toEqual(["here", "one two"])
})

test("[RP66] a document that is replaced while it is waited for, after an erasure, is shown as it is then", async () => {
  const town = await raised()
  const [left, right] = [await town.replica(), await town.replica()]
  const [here, there] = [await left.open("home/a"), await right.open("home/a")]
  type(here, "secret")
  await town.clock.pass(100)
  right.setCutOff(true)
  const client = here.ydoc.clientID
  void here.erase({ ranges: [{ client, clock: 0, length: 6 }] })
  type(here, "rest")
  const asked = tokenOf(here, { after: "stored" })
  await town.clock.pass(1_000)
  const token = await asked
  const old = there.ydoc
  const waiting = outcome(right, token)
  right.setCutOff(false)
  await town.clock.pass(10_000)
  expect([waiting.now, textOf(there)]).toEqual(["here", "rest"])
  expect(there.ydoc).not.toBe(old)
})

test("[RP67] at its deadline, and not before, it says which entries of which logs are lacking, and why", async () => {
  const town = await raised()
  const token = await written(town, "word")
  const [log] = [...decodeSessionToken(token).get("home/a")!.keys()]
  const right = await town.replica()
  const behind = outcome(right, beyond(token), { deadlineMs: 5_000 })
  await town.clock.pass(4_999)
  expect(behind.now).toBe("waiting")
  await town.clock.pass(1)
  expect(behind.now).toMatchObject({
    code: "lacking",
    why: "behind",
    lacking: [{ documentId: "home/a", ranges: [{ log, from: 2, to: 4 }] }],
  })
  expect(isLacking(behind.now)).toBe(true)
  expect((behind.now as LackingError).message).toBe(`the relay has not sent in time: home/a (${log} 2-4)`)
  right.setCutOff(true)
  const cut = outcome(right, beyond(token), { deadlineMs: 0 })
  await town.clock.pass(0)
  expect(cut.now).toMatchObject({ code: "lacking", why: "cut-off" })
  const away = outcome(await town.replica(new MemoryDisk(), { relays: [] }), token)
  await town.clock.pass(9_999)
  expect(away.now).toBe("waiting")
  await town.clock.pass(1)
  expect(away.now).toMatchObject({ why: "offline", lacking: [{ ranges: [{ from: 1, to: 1 }] }] })
  expect(isLacking(new Error("lacking"))).toBe(false)
})

test("[RP67] a text of many logs is cut in words, not in what the error holds", async () => {
  const town = await raised()
  const vector = new Map(Array.from({ length: 9 }, (_, at) => [at.toString(16).padStart(16, "0"), 1]))
  const lacking = outcome(await town.replica(), encodeSessionToken(new Map([["home/a", vector]])), { deadlineMs: 0 })
  await town.clock.pass(0)
  expect((lacking.now as LackingError).message).toMatch(/0000000000000007 1-1, …\)$/)
  expect((lacking.now as LackingError).lacking[0]!.ranges).toHaveLength(9)
})

test("[RP67] it does not wait where nothing can come: the document may not be read, nobody is let in", async () => {
  const town = new Town()
  town.may = (token, documentId) => (token === "ana" || documentId === "home/b" ? "write" : "none")
  await town.raise(new MemoryDisk())
  const ana = await town.replica(new MemoryDisk(), { token: "ana" })
  const here = await ana.open("home/a")
  type(here, "hidden")
  const asked = tokenOf(here, { after: "stored" })
  await town.clock.pass(100)
  const forbidden = outcome(await town.replica(new MemoryDisk(), { token: "ben" }), await asked)
  await town.clock.pass(100)
  expect(forbidden.now).toMatchObject({ code: "lacking", why: "forbidden", lacking: [{ documentId: "home/a" }] })
  town.relay.revoke(() => true)
  const out = await town.replica(new MemoryDisk(), { token: "cy" })
  await town.clock.pass(100)
  const elsewhere = outcome(out, encodeSessionToken(new Map([["home/b", new Map([["00000000000000aa", 1]])]])), { deadlineMs: Infinity })
  await town.clock.pass(100)
  expect(elsewhere.now).toBe("waiting")
  town.relay.revoke(() => true)
  await town.clock.pass(100)
  expect(out.status.connection).toBe("refused")
  expect(elsewhere.now).toMatchObject({ code: "lacking", why: "refused" })
})

test("[RP67] it gives up when it is aborted or the replica is closed, and gives every document back", async () => {
  const town = await raised()
  const token = await written(town, "word")
  const right = await town.replica()
  const abort = new AbortController()
  const waiting = outcome(right, beyond(token), { deadlineMs: Infinity, signal: abort.signal })
  await town.clock.pass(100)
  const reason = new Error("enough")
  abort.abort(reason)
  await town.clock.pass(0)
  expect(waiting.now).toBe(reason)
  expect(outcome(right, token, { signal: abort.signal })).toEqual({ now: "waiting" })
  await expect(waitFor(right, token, { signal: abort.signal })).rejects.toBe(reason)
  const document = await right.open("home/a")
  const old = document.ydoc
  await document.close()
  expect(old.isDestroyed).toBe(true)
  const closing = outcome(right, beyond(token), { deadlineMs: Infinity })
  await town.clock.pass(100)
  await right.close()
  await town.clock.pass(0)
  expect(closing.now).toMatchObject({ code: "closed" })
  await expect(waitFor(right, token)).rejects.toMatchObject({ code: "closed" })
  await expect(waitFor(right, token, { deadlineMs: -1 })).rejects.toThrow(RangeError)
  await expect(waitFor(right, "no token")).rejects.toMatchObject({ code: "bad-value" })
  await waitFor(right, encodeSessionToken(new Map()))
})

test("[RP67] a store that cannot be read is told as such", async () => {
  const town = await raised()
  const token = await written(town, "word")
  const store = new MemoryEntryLog({ disk: new MemoryDisk() })
  const right = await town.replica(new MemoryDisk(), { store })
  await right.open("home/a")
  right.setCutOff(true)
  store.head = () => Promise.reject(new Error("no disk"))
  await expect(waitFor(right, token)).rejects.toMatchObject({ code: "storage" })
})

test("[RP68, I3, I4] who waits before they write writes behind it: no device shows an answer without its question, from whatever device it was written", async () => {
  const town = await raised()
  const question = await written(town, "question ")
  const phone = await town.replica()
  await Promise.all([waitFor(phone, question), town.clock.pass(100)])
  const there = await phone.open("home/a")
  type(there, "answer ")
  const asked = tokenOf(there, { after: "stored" })
  await town.clock.pass(100)
  const answer = await asked
  // The token of what was written covers that of what was read before: one session over two devices needs only the later one.
  expect(unionSessionTokens(decodeSessionToken(question), decodeSessionToken(answer))).toEqual(decodeSessionToken(answer))
  const reader = await town.replica()
  const shown: string[] = []
  const copy = await reader.open("home/a")
  copy.ydoc.on("afterTransaction", () => shown.push(textOf(copy)))
  await Promise.all([waitFor(reader, answer), town.clock.pass(100)])
  expect(shown.every((text) => !text.includes("answer") || text.includes("question"))).toBe(true)
  expect(shown.at(-1)).toBe("question answer ")
})

test("[RP69, I3] after a relay has lost its disk, or was put back, a token names what was handed over: who comes later has it, and shows it all", async () => {
  const town = new Town()
  const disk = new MemoryDisk()
  await town.raise(disk)
  const [left, right] = [await town.replica(), await town.replica()]
  const [here, other] = [await left.open("home/a"), await right.open("home/a")]
  await town.clock.pass(100)
  type(here, "early ")
  await town.clock.pass(100)
  const backup = disk.copy()
  type(here, "lost ")
  await town.clock.pass(100)
  const [before] = decodeSessionToken(await tokenOf(here)).values()
  for (const next of [backup, new MemoryDisk()]) {
    await town.relay.close()
    await town.raise(next)
    await town.clock.pass(60_000)
    const fresh = await town.replica()
    const there = await fresh.open("home/a")
    // One of the two has handed it over, the other found that there was nothing to hand over any more.
    for (const device of [here, other]) {
      const waiting = outcome(fresh, await tokenOf(device))
      await town.clock.pass(1_000)
      expect([waiting.now, textOf(there)]).toEqual(["here", "early lost "])
    }
    // Nobody will ever have what the old stamps name.
    const old = outcome(fresh, encodeSessionToken(new Map([["home/a", before!]])), { deadlineMs: 0 })
    await town.clock.pass(0)
    expect(old.now).toMatchObject({ code: "lacking", why: "behind" })
    // What is written afterwards is named by its own stamp.
    type(here, "later ")
    const asked = tokenOf(here, { after: "stored" })
    await town.clock.pass(1_000)
    const after = outcome(fresh, await asked)
    await town.clock.pass(1_000)
    expect([after.now, textOf(there)]).toEqual(["here", "early lost later "])
    await expect(waitFor(left, await tokenOf(here), { deadlineMs: 0 })).resolves.toBeUndefined()
    here.ydoc.getText("t").delete(11, 6)
    await town.clock.pass(1_000)
  }
})

test("[RP69] what an older version remembered, or what cannot be read, is passed over", async () => {
  const town = await raised()
  const store = new MemoryEntryLog({ disk: new MemoryDisk() })
  const right = await town.replica(new MemoryDisk(), { store })
  const token = await written(town, "word")
  await Promise.all([waitFor(right, token), town.clock.pass(100)])
  const there = await right.open("home/a")
  for (const value of [Uint8Array.of(0), Uint8Array.of(1, 2, 0x61, 0x62, 1, 0), Uint8Array.of(9)]) {
    await store.commit([{ type: "record", key: "verified/home/a", value }])
    expect(await tokenOf(there)).toBe(token)
  }
})

test("[RP65] no token is made of a document that is being replaced: it would ask for less than was shown", async () => {
  const town = await raised()
  const token = await written(town, "word")
  const store = new MemoryEntryLog({ disk: new MemoryDisk() })
  const right = await town.replica(new MemoryDisk(), { store })
  const there = await right.open("home/a")
  await Promise.all([waitFor(right, token), town.clock.pass(100)])
  await store.commit([{ type: "reset", documentId: "home/a" }])
  await expect(tokenOf(there)).rejects.toMatchObject({ code: "rejected" })
})
