import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import {
  AnsweringConversation,
  applyImport,
  ConversationView,
  eraseMessage,
  exportNative,
  MAX_SEGMENT,
  openSegments,
  parseImport,
  segmentFill,
  ViewedBranches,
  writeNativeFile,
} from "@polylogue/conversation"
import { TreeIndex } from "../src/tree-index.ts"
import { visibleLine } from "../src/visible-line.ts"
import { countUpdates, seededBytes, seededRandom, sync } from "./devices.ts"

const SEGMENTS = 4

/** A device with the documents of a few segments. */
class Device {
  readonly docs = Array.from({ length: SEGMENTS }, () => new Y.Doc())
  readonly #name: string
  readonly #bytes: (length: number) => Uint8Array
  now = 1_700_000_000_000

  constructor(name: string, seed = 1) {
    this.#name = name
    this.#bytes = seededBytes(seededRandom(seed * 7919 + name.charCodeAt(0)))
  }

  open(...segments: readonly number[]): AnsweringConversation {
    return new AnsweringConversation(new Map(segments.map((segment) => [segment, this.docs[segment]!])), {
      writer: this.#name,
      author: { id: this.#name, kind: "person", name: this.#name },
      now: () => this.now++,
      randomBytes: this.#bytes,
    })
  }
}

const ALL = [0, 1, 2, 3]
const ids = (view: ConversationView): string[] => view.getLine().map(({ id }) => id)
const exchange = (...devices: readonly Device[]): void => {
  for (const segment of ALL) sync(...devices.map(({ docs }) => docs[segment]!))
}

/** A chain of `count` messages, written with all segments at hand. */
function chain(device: Device, count: number): string[] {
  const conversation = device.open(...ALL)
  const written: string[] = []
  for (let step = 0; step < count; step++) written.push(conversation.send({ text: `m${step}`, parentId: written.at(-1) ?? null }))
  conversation.destroy()
  return written
}

describe("reading segments", () => {
  test("[CV20] the last segments are read as the end of the line; each older one puts its messages in front", () => {
    const device = new Device("a")
    const all = chain(device, 1700)
    const view = device.open(0, 3)
    expect(ids(view)).toEqual(all.slice(1536))
    expect([view.hasOlder, view.oldestSegment, view.lastSegment]).toEqual([true, 3, 3])
    expect(view.getLine()[0]).toMatchObject({ detached: false, concurrent: false })
    let calls = 0
    view.subscribeLine(() => calls++)
    view.attach(1, device.docs[1]!)
    expect(ids(view)).toEqual(all.slice(1536))
    view.attach(2, device.docs[2]!)
    expect(ids(view)).toEqual(all)
    expect([view.hasOlder, view.oldestSegment]).toEqual([false, 0])
    expect(calls).toBeGreaterThan(0)
  })

  test("[CV20] one document is read by itself; a noted segment that is not here hides the first, unless it is on screen", () => {
    const device = new Device("a")
    const all = chain(device, 520)
    expect(ids(new ConversationView(device.docs[0]!))).toEqual(all.slice(0, 512))
    expect(ids(device.open(0))).toEqual([])
    const other = new Device("b")
    const view = other.open(0)
    Y.applyUpdate(other.docs[0]!, Y.encodeStateAsUpdate(new Y.Doc()))
    const first = view.send({ text: "on screen", parentId: null })
    other.docs[0]!.getMap("meta").set("segments/elsewhere", 2)
    expect(ids(view)).toEqual([first])
    expect(() => new ConversationView(new Map([[1, new Y.Doc()]]))).toThrow(RangeError)
    expect(() => view.attach(MAX_SEGMENT + 1, new Y.Doc())).toThrow(RangeError)
  })

  test("[CV20] a new document in the place of a segment's replaces what came from it, and nothing listens to the old one", () => {
    const device = new Device("a")
    const all = chain(device, 600)
    const view = device.open(0, 1)
    const before = view.getMessage(all[10]!)
    const fresh = new Y.Doc()
    Y.applyUpdate(fresh, Y.encodeStateAsUpdate(device.docs[1]!))
    view.attach(1, fresh)
    expect(ids(view)).toEqual(all)
    expect(view.getMessage(all[10]!)).toBe(before)
    let calls = 0
    view.subscribeMessage(all[599]!, () => calls++)
    device.docs[1]!.getMap("flags").set(`${all[599]}/deleted/x`, { turn: 1, clock: 1, value: true })
    expect(calls).toBe(0)
    fresh.getMap("flags").set(`${all[599]}/deleted/x`, { turn: 1, clock: 1, value: true })
    expect([calls, view.getMessage(all[599]!)?.deletedAt]).toEqual([1, 1])
  })

  test("[CV20] a message that stands in two segments is one; what is recorded about it is read from both", () => {
    const file = nativeFile(3)
    const [left, right] = [new Device("a"), new Device("b")]
    importInto(file, [left.docs[0]!])
    importInto(file, [right.docs[1]!])
    const docs = new Map([left.docs[0]!, right.docs[1]!].entries())
    docs.get(0)!.getMap("meta").set("segments/x", 1)
    docs.get(1)!.getMap("reactions").set("i1/bo/👍/x", { turn: 1, clock: 5, value: true })
    const view = new AnsweringConversation(docs, {
      writer: "w",
      author: { id: "ana", kind: "person" },
      now: () => 9,
      randomBytes: seededBytes(() => 0.5),
    })
    expect(ids(view)).toEqual(["i0", "i1", "i2"])
    expect(view.segmentsOf("i1")).toEqual([0, 1])
    view.react("i1", "👍")
    expect(view.getMessage("i1")?.reactions).toEqual([{ emoji: "👍", userIds: ["ana", "bo"] }])
    expect([docs.get(0)!.getMap("reactions").size, docs.get(1)!.getMap("reactions").size]).toEqual([1, 1])
    const erasing = eraseMessage(docs.get(1)!, "i2")
    erasing.after()
    expect(view.getMessage("i2")).toMatchObject({ erased: true, text: "" })
  })
})

describe("writing segments", () => {
  test("[CV21] a message goes into the last segment that holds some, after the note into the next when that is full", () => {
    const device = new Device("a")
    const order: string[] = []
    for (const segment of [0, 1]) device.docs[segment]!.on("update", () => order.push(String(segment)))
    chain(device, 512)
    expect(segmentFill(device.docs[0]!)).toBe(1)
    expect(device.docs[0]!.getMap("meta").get("segments/a")).toBeUndefined()
    order.length = 0
    const conversation = device.open(0, 1)
    const last = conversation.getLine().at(-1)!.id
    const next = conversation.send({ text: "first of the next", parentId: last })
    expect(order).toEqual(["0", "1"])
    expect(device.docs[0]!.getMap("meta").get("segments/a")).toBe(1)
    expect(conversation.segmentsOf(next)).toEqual([1])
    conversation.react(last, "👍")
    expect(order).toEqual(["0", "1", "0"])
    const reply = conversation.startReply({ parentId: next, author: { id: "m", kind: "model" } })
    reply.append("in the same place")
    reply.done()
    expect(device.docs[1]!.getMap("state").size).toBe(1)
    expect(device.docs[0]!.getMap("state").size).toBe(0)
  })

  test("[CV21] without the next segment the full one takes it, and long texts fill one as many messages do", () => {
    const device = new Device("a")
    chain(device, 512)
    const conversation = device.open(0)
    conversation.send({ text: "513", parentId: null })
    expect(device.docs[0]!.getMap("messages").size).toBe(513)
    const long = new Device("b")
    const writer = long.open(0, 1)
    writer.send({ text: "x".repeat(512 * 1024), parentId: null })
    expect(segmentFill(long.docs[0]!)).toBeGreaterThanOrEqual(1)
    expect(writer.segmentsOf(writer.send({ text: "y", parentId: null }))).toEqual([1])
  })

  test("[CV21] all segments are opened, also past a lost note, and a note of one that cannot be is passed over", async () => {
    const device = new Device("a")
    chain(device, 1100)
    const meta = device.docs[0]!.getMap("meta")
    const open = (segment: number): Promise<{ ydoc: Y.Doc }> => Promise.resolve({ ydoc: device.docs[segment] ?? new Y.Doc() })
    expect([...(await openSegments(open)).keys()]).toEqual([0, 1, 2])
    meta.set("segments/a", 0)
    expect([...(await openSegments(open)).keys()]).toEqual([0, 1, 2])
    for (const wrong of [MAX_SEGMENT + 1, -1, 1.5, "2", null]) meta.set("segments/x", wrong)
    expect([...(await openSegments(open)).keys()]).toEqual([0, 1, 2])
    expect([...(await openSegments(open, () => 4)).keys()]).toEqual([0, 1, 2, 3])
  })
})

describe("branches over segments", () => {
  test("[CV22] the branch with the newest activity is shown, in the end of a conversation as in the whole", () => {
    const device = new Device("a")
    const all = chain(device, 1012)
    const conversation = device.open(...ALL)
    const old = conversation.edit(all[1002]!, "the other branch")
    let end = all.at(-1)!
    for (let step = 0; step < 30; step++) end = conversation.send({ text: `more ${step}`, parentId: end })
    const beside = conversation.send({ text: "answers the other branch", parentId: old })
    expect(ids(conversation).at(-1)).toBe(beside)
    const part = device.open(0, 2)
    expect(ids(part)).toEqual([beside])
    expect(
      part
        .getLine(new Set(), end)
        .map(({ id }) => id)
        .at(-1),
    ).toBe(end)
    const last = conversation.send({ text: "and on", parentId: end })
    expect(ids(conversation).at(-1)).toBe(last)
    expect(ids(conversation).slice(-part.getLine().length)).toEqual(ids(part))
    conversation.delete(last)
    expect(ids(conversation).at(-1)).toBe(beside)
    expect(ids(part)).toEqual([beside])
  })

  test("[CV22] a tree kept up to date message by message is the one that is built at once", () => {
    const anyNode = fc.record({
      id: fc.integer({ min: 0, max: 14 }),
      parent: fc.integer({ min: -2, max: 14 }),
      alternative: fc.integer({ min: -14, max: 14 }),
      role: fc.constantFrom("user", "assistant"),
      clock: fc.integer({ min: 0, max: 5 }),
      deleted: fc.boolean(),
      imported: fc.boolean(),
      generationId: fc.constant(null),
      superseded: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(anyNode, { maxLength: 60 }), fc.boolean(), fc.integer({ min: 0, max: 14 }), (steps, partial, head) => {
        const kept = new TreeIndex()
        kept.configure(partial, `n${head}`)
        for (const { id, parent, alternative, ...rest } of steps) {
          kept.set({
            id: `n${id}`,
            parentId: parent < 0 ? null : `n${parent}`,
            alternativeOf: alternative < 0 ? null : `n${alternative}`,
            ...rest,
          })
          const anew = new TreeIndex()
          for (const node of kept.nodes.values()) anew.set(node)
          anew.configure(partial, `n${head}`)
          expect(kept.read().roots).toEqual(anew.read().roots)
          expect(kept.read().edges).toEqual(anew.read().edges)
          expect(visibleLine(kept.read())).toEqual(visibleLine(anew.read()))
        }
      }),
      { seed: 5, numRuns: 150 },
    )
  })
})

describe("imports over segments", () => {
  test("[CV23] an import is cut the same on every device, comes out as it went in, and writes nothing the second time", () => {
    const file = nativeFile(1100)
    const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()]
    expect(importInto(file, docs)).toBe("imported")
    expect(docs.map((ydoc) => ydoc.getMap("imported").size)).toEqual([512, 512, 76])
    const view = new ConversationView(new Map(docs.entries()))
    expect(ids(view)).toHaveLength(1100)
    const exported = [...writeNativeFile([exportNative("c", view)])].join("")
    expect(JSON.parse(exported)).toEqual(JSON.parse(file))
    for (const ydoc of docs) expect(countUpdates(ydoc, () => importInto(file, docs))).toBe(0)
    const others = [new Y.Doc(), new Y.Doc(), new Y.Doc()]
    importInto(file, others)
    for (const [segment, ydoc] of docs.entries()) expect(others[segment]!.toJSON()).toEqual(ydoc.toJSON())
    expect(() => importInto(file, [new Y.Doc()])).toThrow(RangeError)
  })

  test("[CV23] what went into a tool and came out of it fills a segment as words do", () => {
    const file = JSON.parse(nativeFile(3)) as { conversations: { messages: { parts: object[] }[] }[] }
    for (const { parts } of file.conversations[0]!.messages)
      parts[0] = { pid: "0", type: "tool", name: "read", input: {}, output: { lines: ["x".repeat(300 * 1024)] } }
    const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()]
    expect(importInto(JSON.stringify(file), docs)).toBe("imported")
    expect(docs.map((ydoc) => ydoc.getMap("imported").size)).toEqual([1, 1, 1])
  })

  test("[CV23] what is here stays where it is, what is new follows it, and what was erased does not come back", () => {
    const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()]
    importInto(nativeFile(600), docs)
    eraseMessage(docs[1]!, "i520").after()
    expect(importInto(nativeFile(700), docs)).toBe("imported")
    expect(docs.map((ydoc) => ydoc.getMap("imported").size)).toEqual([512, 188, 0])
    const view = new ConversationView(new Map(docs.entries()))
    expect(ids(view)).toHaveLength(700)
    expect(view.getMessage("i520")).toMatchObject({ erased: true, text: "" })
  })
})

test("[CV24] many devices that write offline, with whatever segments they have: the same line everywhere, no word lost, and a part is its end", () => {
  const action = fc.record({
    device: fc.integer({ min: 0, max: 2 }),
    what: fc.constantFrom("send", "send", "send", "edit", "delete", "meet"),
    at: fc.integer({ min: 0, max: 1000 }),
    newest: fc.boolean(),
  })
  const base = new Device("base")
  chain(base, 1021)
  const updates = base.docs.map((ydoc) => Y.encodeStateAsUpdate(ydoc))
  let parts = 0
  fc.assert(
    fc.property(fc.array(action, { minLength: 10, maxLength: 40 }), fc.integer({ min: 1, max: 1000 }), (actions, seed) => {
      const devices = ["a", "b", "c"].map((name) => new Device(name, seed))
      for (const { docs } of devices) for (const segment of ALL) Y.applyUpdate(docs[segment]!, updates[segment]!)
      const written = new Map<string, string>()
      const views = devices.map((device) => device.open(0, 1, 2))
      for (const [step, { device, what, at, newest }] of actions.entries()) {
        const view = views[device]!
        for (const one of devices) one.now += 10
        const line = ids(view)
        const target = newest ? line.at(-1)! : line[at % line.length]!
        if (what === "meet") exchange(...devices)
        else if (what === "delete") view.delete(target)
        else {
          const text = `${step} of ${device}`
          written.set(what === "send" ? view.send({ text, parentId: target }) : view.edit(target, text), text)
        }
      }
      exchange(...devices)
      const wholes = devices.map((device) => device.open(...ALL))
      for (const whole of wholes) expect(ids(whole)).toEqual(ids(wholes[0]!))
      expect(ids(views[1]!)).toEqual(ids(wholes[0]!))
      for (const [id, text] of written) expect(wholes[1]!.getMessage(id)?.text).toBe(text)
      // However the segments come: the end first, then what is before it.
      const [whole] = wholes
      const last = whole!.lastSegment
      const part = devices[2]!.open(0, last)
      const shown = ids(part)
      if (part.hasOlder) parts++
      const place = ids(whole!).indexOf(shown[0] ?? "")
      if (place !== -1) expect(ids(whole!).slice(place, place + shown.length)).toEqual(shown)
      for (let segment = last - 1; segment > 0; segment--) part.attach(segment, devices[2]!.docs[segment]!)
      expect(ids(part)).toEqual(ids(whole!))
    }),
    { seed: 11, numRuns: 15 },
  )
  expect(parts).toBeGreaterThan(5)
})

test("[CV25] what one looks at is what was set last on any device, bounded, and nothing for what has another form", () => {
  const open = (ydoc: Y.Doc, writer: string, now: number): ViewedBranches => new ViewedBranches(ydoc, { writer, now: () => now })
  const [laptop, phone] = [new Y.Doc(), new Y.Doc()]
  const here = open(laptop, "laptop", 1000)
  const there = open(phone, "phone", 2000)
  here.set("c", { choices: new Set(["x"]), tip: null })
  there.set("c", { choices: new Set(["y"]), tip: { id: "z", segment: 3 } })
  let calls = 0
  here.subscribe("c", () => calls++)
  sync(laptop, phone)
  for (const view of [here, there]) expect(view.get("c")).toEqual({ choices: new Set(["y"]), tip: { id: "z", segment: 3 } })
  expect(calls).toBe(1)
  expect(here.get("c")).toBe(here.get("c"))
  expect(countUpdates(laptop, () => here.set("c", here.get("c")))).toBe(0)
  const many = Array.from({ length: 501 }, (_, step) => `n${step}`)
  here.set("d", { choices: new Set(many), tip: null })
  expect([...here.get("d").choices]).toEqual(many.slice(1))
  here.set("e", { choices: new Set(many.slice(1)), tip: null })
  expect(here.get("e").choices.size).toBe(500)
  for (const [step, wrong] of [null, 1, { choices: "x", tip: 1 }, { choices: [1, "k"], tip: { id: "a", segment: -1 } }].entries()) {
    laptop.getMap("branches").set(`w${step}/view/x`, { turn: 1, clock: 1, value: wrong })
    expect(here.get(`w${step}`).tip).toBeNull()
  }
  expect([...here.get("w3").choices]).toEqual(["k"])
  expect([here.has("w3"), here.has("nothing")]).toEqual([true, false])
  expect(() => here.set("a/b", { choices: new Set(), tip: null })).toThrow(expect.objectContaining({ code: "bad-id" }))
  here.destroy()
})

function nativeFile(count: number): string {
  const messages = Array.from({ length: count }, (_, place) => ({
    core: {
      id: `i${place}`,
      parentId: place === 0 ? null : `i${place - 1}`,
      role: "user",
      authorId: "ana",
      authorKind: "person",
      clock: 1000 + place,
      createdAt: 1000 + place,
    },
    parts: [{ pid: "0", type: "text", text: `text ${place}` }],
  }))
  const records = { flags: { "i1/pinned/w": { turn: 1, clock: 5, value: true } }, meta: { schema: 1 } }
  return [...writeNativeFile([{ id: "c", messages, records }])].join("")
}

function importInto(file: string, docs: readonly Y.Doc[]): string {
  const [item] = parseImport([{ name: "a.json", content: file }])
  if (item?.kind !== "conversation") throw new TypeError("the file holds a conversation")
  return applyImport(item, { conversationDocs: docs }).status
}
