import { codeName } from "@polylogue/protocol"
import * as encoding from "lib0/encoding"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { summarizeUpdate } from "../src/yjs/closed-update.ts"
import { openTestBed, settle, type TestDevice } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

const named = async ({ token }: { token: string }) => ({ name: token, may: () => "write" as const })

function rejects(device: TestDevice): (string | undefined)[] {
  return device.of("reject").map(({ code }) => codeName(code))
}

async function judged(update: Uint8Array, before?: Uint8Array): Promise<string | undefined> {
  const bed = await openTestBed()
  const device = await bed.device()
  await device.open("home/a")
  if (before !== undefined) device.append(before)
  const row = device.append(update)
  await settle()
  const reject = device.of("reject").find((frame) => frame.row === row)
  return reject === undefined ? undefined : codeName(reject.code)
}

/** An update by hand: `[client, clock, structs]` sections, then deletions `[client, clock, length]`. */
function update(
  sections: [number, number, ((encoder: encoding.Encoder) => void)[]][],
  deletes: [number, number, number][] = [],
): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, sections.length)
    for (const [client, clock, structs] of sections) {
      encoding.writeVarUint(encoder, structs.length)
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, clock)
      for (const struct of structs) struct(encoder)
    }
    encoding.writeVarUint(encoder, deletes.length)
    for (const [client, clock, length] of deletes) for (const number of [client, 1, clock, length]) encoding.writeVarUint(encoder, number)
  })
}

const gc = (length: number) => (encoder: encoding.Encoder) => {
  encoding.writeUint8(encoder, 0)
  encoding.writeVarUint(encoder, length)
}
const skip = (length: number) => (encoder: encoding.Encoder) => {
  encoding.writeUint8(encoder, 10)
  encoding.writeVarUint(encoder, length)
}
/** A string in root type `t`, or behind `origin`. */
const string = (text: string, origin?: [number, number]) => (encoder: encoding.Encoder) => {
  encoding.writeUint8(encoder, 4 | (origin === undefined ? 0 : 128))
  for (const number of origin ?? [1]) encoding.writeVarUint(encoder, number)
  if (origin === undefined) encoding.writeVarString(encoder, "t")
  encoding.writeVarString(encoder, text)
}
/** A map in root type `t`, or inside `parent`. */
const map = (parent?: [number, number]) => (encoder: encoding.Encoder) => {
  encoding.writeUint8(encoder, 7 | 32)
  encoding.writeVarUint(encoder, parent === undefined ? 1 : 0)
  if (parent === undefined) encoding.writeVarString(encoder, "t")
  for (const number of parent ?? []) encoding.writeVarUint(encoder, number)
  encoding.writeVarString(encoder, "k")
  encoding.writeVarUint(encoder, 1)
}

test("[RL3] what is closed is taken", async () => {
  expect(await judged(update([[1, 0, [string("abc"), string("d", [1, 2])]]]))).toBeUndefined()
  expect(await judged(update([[1, 3, [string("d", [1, 2])]]], [[1, 0, 4]]), update([[1, 0, [string("abc")]]]))).toBeUndefined()
  // Two clients that build on one another in turn, without a circle.
  expect(
    await judged(
      update([
        [2, 0, [string("a"), string("c", [1, 0])]],
        [1, 0, [string("b", [2, 0]), string("d", [2, 1])]],
      ]),
    ),
  ).toBeUndefined()
  // A skipped run that the document has.
  expect(await judged(update([[1, 0, [string("a"), skip(2), string("d", [1, 2])]]]), update([[1, 0, [string("abc")]]]))).toBeUndefined()
})

test("[RL3] what builds on something missing is refused with gap and the state vector", async () => {
  const abc = update([[1, 0, [string("abc")]]])
  expect(await judged(update([[1, 1, [string("d", [1, 0])]]]))).toBe("gap")
  expect(await judged(update([[1, 5, [string("d")]]]), abc)).toBe("gap")
  expect(await judged(update([[2, 0, [string("d", [1, 3])]]]), abc)).toBe("gap")
  expect(await judged(update([[2, 0, [map([1, 3])]]]), abc)).toBe("gap")
  expect(await judged(update([[1, 0, [string("a"), skip(2), string("d")]]]))).toBe("gap")
  // Eleven bytes that would delete all that a client will ever write.
  expect(await judged(update([], [[1, 0, 2 ** 30]]), abc)).toBe("gap")

  const bed = await openTestBed()
  const device = await bed.device()
  await device.open("home/a")
  device.append(abc)
  device.append(update([[9, 1, [string("x")]]]))
  await settle()
  expect(Y.decodeStateVector(device.of("reject")[0]!.stateVector)).toEqual(new Map([[1, 3]]))
})

test("[RL3] what no reader could apply is refused with bad-update", async () => {
  const bad: Record<string, Uint8Array> = {
    empty: new Uint8Array(),
    garbage: Uint8Array.of(1, 2, 3, 255, 255),
    "two sections of one client": update([
      [1, 0, [string("a")]],
      [1, 1, [string("b", [1, 0])]],
    ]),
    "an empty section": update([[1, 0, []]]),
    "a struct of no length": update([[1, 0, [string("")]]]),
    "collected garbage of no length": update([[1, 0, [gc(0)]]]),
    "a struct that builds on itself": update([[1, 0, [string("a", [1, 0])]]]),
    "a circle": update([
      [2, 0, [string("a", [1, 0])]],
      [1, 0, [string("b", [2, 0])]],
    ]),
    "clock space eaten": update([[1, 0, [gc(2 ** 50)]]]),
    "clock space almost eaten": update([[1, 0, [gc(2 ** 31)]]]),
    "a deletion of no length": update([[1, 0, [string("a")]]], [[1, 0, 0]]),
    "bytes behind the update": Uint8Array.of(...update([[1, 0, [string("a")]]]), 0),
    "a v2 update": Y.encodeStateAsUpdateV2(new Writer().doc),
    "a length that lies": Uint8Array.of(1, 1, 1, 0, 4, 1, 1, 116, 90, 97, 0),
  }
  for (const [name, bytes] of Object.entries(bad)) expect([name, await judged(bytes)]).toEqual([name, "bad-update"])
  const full = new Writer()
  full.type("text")
  expect(await judged(Y.encodeStateAsUpdateV2(full.doc))).toBe("bad-update")
})

test("[RL3] values and types nested without end are refused, and the longest clock is taken", async () => {
  const deep = (depth: number): Uint8Array => update([[1, 0, [map(), ...Array.from({ length: depth }, (_, index) => map([1, index]))]]])
  expect(await judged(deep(900))).toBeUndefined()
  expect(await judged(deep(1100))).toBe("bad-update")
  const nested = (depth: number): Uint8Array => {
    let value: unknown = 1
    for (let index = 0; index < depth; index++) value = [value]
    return new Writer().edit((doc) => doc.getMap("m").set("k", value))
  }
  expect(await judged(nested(900))).toBeUndefined()
  expect(await judged(nested(1100))).toBe("bad-update")
  expect(() => summarizeUpdate(update([[1, 0, [gc(2 ** 31 - 1)]]]))).not.toThrow()
})

test("[RL3] a client id stays with the principal who used it first, except in a hand-over", async () => {
  const bed = await openTestBed({ authenticate: named })
  const [ada, bob] = [await bed.device("ada"), await bed.device("bob")]
  await ada.open("home/a")
  await bob.open("home/a")
  const writer = new Writer(5)
  ada.append(writer.type("hers"))
  await settle()
  const forged = writer.type(" and his")
  bob.append(forged)
  await settle()
  expect(rejects(bob)).toEqual(["client-taken"])
  await bob.open("home/a", 2)
  bob.append(forged, { handle: 2, handOver: true })
  await settle()
  expect(bob.of("ack")).toHaveLength(1)
  expect(ada.of("entries")[0]?.entries).toMatchObject([{ principal: "bob", handOver: true }])
  ada.append(writer.type("!"))
  await settle()
  expect(ada.of("ack")).toHaveLength(2)
})

test("[RL3] a hand-over makes nobody the owner of a client id, and known structs are nobody's offence", async () => {
  const bed = await openTestBed({ authenticate: named })
  const [ada, bob] = [await bed.device("ada"), await bed.device("bob")]
  await ada.open("home/a")
  await bob.open("home/a")
  const hers = new Writer(5)
  bob.append(hers.type("her words, from his device"), { handOver: true })
  ada.append(hers.type(" go on"))
  const his = new Writer(6)
  Y.applyUpdate(his.doc, Y.encodeStateAsUpdate(hers.doc))
  his.type(" and his")
  bob.append(Y.encodeStateAsUpdate(his.doc))
  await settle()
  expect([...rejects(ada), ...rejects(bob)]).toEqual([])
  expect(textOf(...ada.updates(), Y.encodeStateAsUpdate(hers.doc))).toBe("her words, from his device go on and his")
})

test("[RL3] a row at the limit is taken, one past it is refused, a full document too", async () => {
  const writer = new Writer(1)
  const update = writer.type("x".repeat(1000))
  for (const [maxRowBytes, expected] of [
    [update.length, []],
    [update.length - 1, ["row-too-large"]],
  ] as const) {
    const bed = await openTestBed({ limits: { maxRowBytes } })
    const device = await bed.device()
    await device.open("home/a")
    device.append(update)
    await settle()
    expect(rejects(device)).toEqual(expected)
  }
  const bed = await openTestBed({ limits: { maxDocumentBytes: update.length + 10 } })
  const device = await bed.device()
  await device.open("home/a")
  device.append(update)
  await settle()
  device.append(writer.type("one more"))
  await settle()
  expect([device.of("ack").length, rejects(device)]).toEqual([1, ["row-too-large"]])
})

test("[RL3] large updates are checked by the compactor, with the same outcome and in order", async () => {
  const bed = await openTestBed({ limits: { workerCheckBytes: 100 } })
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer(1)
  device.append(writer.type("x".repeat(500)))
  device.append(writer.type("y"))
  device.append(Uint8Array.from({ length: 500 }, () => 200))
  await settle()
  expect(bed.jobs.map(({ kind }) => kind)).toEqual(["check", "check"])
  expect(device.of("ack").map(({ seq }) => seq)).toEqual([1, 2])
  expect(rejects(device)).toEqual(["bad-update"])
})

test("[RL3] an update that the compactor dies of is refused after the second time", async () => {
  let runs = 0
  const bed = await openTestBed({
    limits: { workerCheckBytes: 100 },
    compactor: { run: () => Promise.reject(new Error(`worker ${++runs} died`)) },
  })
  const device = await bed.device()
  await device.open("home/a")
  device.append(new Writer().type("x".repeat(500)))
  await settle()
  expect([runs, rejects(device)]).toEqual([2, ["bad-update"]])
  expect(bed.eventsOf("quarantined")).toEqual([])
})

test("[RL3] what is known in part is stored without the part that is known", async () => {
  const log = new WatchedLog()
  for (const workerCheckBytes of [Infinity, 10]) {
    const bed = await openTestBed({ log, limits: { workerCheckBytes } })
    const device = await bed.device()
    await device.open(`home/${workerCheckBytes}`)
    device.append(update([[1, 0, [string("abc")]]]))
    device.append(update([[1, 0, [string("abcdef")]]], [[1, 0, 1]]))
    await settle()
    expect(device.of("ack")).toHaveLength(2)
    const items = await log.items(`home/${workerCheckBytes}`)
    const updates = items.flatMap((item) => (item.kind === "entry" ? [item.entry.update] : []))
    expect(summarizeUpdate(updates[1]!).runs).toEqual([{ client: 1, from: 3, to: 6 }])
    expect(textOf(...updates)).toBe("bcdef")
  }
})

test("[RL5] rows behind a refused one are refused for the same reason until a hand-over, or for good", async () => {
  const bed = await openTestBed({ limits: { maxRowBytes: 200 } })
  const device = await bed.device()
  await device.open("home/a", 1)
  await device.open("home/b", 2)
  const writer = new Writer(1)
  device.append(writer.type("a"))
  writer.type("lost on the way")
  device.append(writer.type("c"))
  // Closed in itself, but an effect of the one before.
  device.append(writer.edit((doc) => doc.getText("t").delete(0, 1)))
  await settle()
  expect(rejects(device)).toEqual(["gap", "gap"])
  device.append(Y.encodeStateAsUpdate(writer.doc), { handOver: true })
  device.append(writer.type("d"))
  await settle()
  expect([device.of("ack").length, rejects(device).length]).toEqual([3, 2])

  device.append(writer.type("x".repeat(300)))
  device.append(new Writer(2).type("y"))
  device.append(new Writer(3).type("z"), { handOver: true })
  device.append(new Writer(4).type("elsewhere"), { handle: 2 })
  await settle()
  expect(rejects(device)).toEqual(["gap", "gap", "row-too-large", "row-too-large", "row-too-large"])
  expect(device.of("ack").filter(({ handle }) => handle === 2)).toHaveLength(1)
})

test("[RL19] state is the state vector and delete set of what is durable, computed once per position", async () => {
  const bed = await openTestBed()
  const [one, two] = [await bed.device(), await bed.device()]
  const writer = new Writer(1)
  await one.open("home/a")
  await two.open("home/a")
  one.append(writer.type("abcdef"))
  one.append(writer.edit((doc) => doc.getText("t").delete(1, 2)))
  await settle()
  one.send({ type: "askState", handle: 1 }, { type: "askState", handle: 1 })
  two.send({ type: "askState", handle: 1 })
  await settle()
  expect([one.of("state").length, two.of("state").length]).toEqual([1, 1])
  const [state] = one.of("state")
  expect(state!.vector).toEqual(new Map([[bed.relay.log, 2]]))
  expect(Y.decodeStateVector(state!.stateVector)).toEqual(new Map([[1, 6]]))
  expect([...state!.deleteSet]).toEqual([1, 1, 1, 1, 2])
  expect(bed.jobs.filter(({ kind }) => kind === "state")).toHaveLength(1)

  one.append(writer.type("g"))
  await settle()
  one.send({ type: "askState", handle: 1 })
  await settle()
  expect(Y.decodeStateVector(one.of("state")[1]!.stateVector)).toEqual(new Map([[1, 7]]))
})

test("[RL3] a circle among structs that the document must have holds up nobody", () => {
  const types = Array.from({ length: 1001 }, () => map())
  const circle = update([
    [9, 0, [...types, string("c", [2, 0])]],
    [2, 0, [string("a", [1, 0]), skip(4), string("x", [2, 4])]],
    [1, 0, [string("b", [2, 0]), skip(4), string("x", [1, 4])]],
  ])
  expect(summarizeUpdate(circle).runs).toHaveLength(5)
})

test("[RL3, RL13] who repeats what is known owns none of it, before and after a compaction", async () => {
  for (const compactItems of [1000, 3]) {
    const bed = await openTestBed({ limits: { compactItems, windowItems: 1, roomIdleMs: 10 }, authenticate: named })
    const ada = new Writer(7)
    const words = ada.type("words of Ada. ")
    const device = await bed.device("bo")
    await device.open("home/a")
    // Bo's device fills a wiped relay, and then a provider of his sends the whole document along with words of his own.
    device.append(words, { handOver: true })
    const bo = new Writer(9)
    Y.applyUpdate(bo.doc, words)
    bo.type("Bo's. ")
    device.append(Y.encodeStateAsUpdate(bo.doc))
    await settle()
    for (let round = 0; round < 4; round++) {
      device.append(bo.type("x"))
      await settle()
    }
    await settle(30)
    expect(bed.relay.stats().compactions > 0).toBe(compactItems === 3)
    // The room leaves memory: what is known of owners is what rests.
    device.break()
    for (let round = 0; round < 3; round++) await bed.clock.advance(100)
    expect(bed.relay.stats().rooms).toBe(0)
    const adas = await bed.device("ada")
    await adas.open("home/a")
    const row = adas.append(ada.type("More of Ada."))
    await settle(30)
    expect(adas.of("reject")).toEqual([])
    expect(adas.of("ack").map((ack) => ack.row)).toEqual([row])
  }
})

test("[RL5] of rows behind a gap only the first brings the state vector, and so does a hand-over that leaves a gap", async () => {
  const bed = await openTestBed()
  const device = await bed.device()
  await device.open("home/a")
  device.append(update([[1, 0, [string("abc")]]]))
  const gap = update([[1, 5, [string("d")]]])
  for (const handOver of [false, false, false, true, false]) device.append(gap, { handOver })
  await settle()
  expect(rejects(device)).toEqual(Array(5).fill("gap"))
  expect(device.of("reject").map(({ stateVector }) => stateVector.length > 0)).toEqual([true, false, false, true, false])
})
