import {
  carryOut,
  type LabelBase,
  labelBase,
  labelKey,
  MAX_INTENT_MESSAGE_LENGTH,
  MAX_SETTLED_INTENTS,
  type PublishedPrompt,
  type PublishIntent,
  PublishIntents,
  type RegisterClient,
  versionsKey,
  VersionNumbers,
} from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { countUpdates, reload, seededBytes, seededRandom, sync } from "./devices.ts"
import { type Fate, RegisterAuthority } from "./register-authority.ts"

const DOCUMENT = "home/prompt/p1"
const LABEL = labelKey(DOCUMENT, "production")
const ABSENT: LabelBase = { revision: null, versionId: null }

const version = (name: string): string => name.padEnd(43, "_")

interface Own {
  readonly ydoc: Y.Doc
  readonly intents: PublishIntents
  readonly clock: { now: number }
}

let seed = 0

/** A device of one person with its copy of the private document; no two mint the same attempt. */
function own(writer: string, ydoc = new Y.Doc()): Own {
  const clock = { now: 1_700_000_000_000 }
  const randomBytes = seededBytes(seededRandom(++seed))
  return { ydoc, clock, intents: new PublishIntents(ydoc, { writer, now: () => clock.now, randomBytes }) }
}

const want = (name: string, label: string | null = "production", base = ABSENT) => ({
  workspace: "home",
  promptId: "p1",
  label,
  versionId: version(name),
  base,
  message: `why ${name}`,
})

/** A prompt that has the versions named, each made from those behind it. */
function prompt(versions: Readonly<Record<string, readonly string[]>>): PublishedPrompt {
  const parents = new Map(Object.entries(versions).map(([name, from]) => [version(name), from.map(version)]))
  return {
    getMeta: () => ({ name: "Greeting" }),
    getVersion: (id) => (parents.has(id) ? { id } : undefined),
    parentsOf: (id) => parents.get(id) ?? [],
  }
}

const carrying = (device: Own, registers: RegisterClient, held: PublishedPrompt) => ({
  intents: device.intents,
  registers,
  prompt: held,
  stored: async () => true,
})

const first = (device: Own): PublishIntent => {
  const [intent] = device.intents.get("p1")
  if (intent === undefined) throw new Error("no intent")
  return intent
}

test("[CV85] what is to be published waits in the private document, over reloads, until it is carried out or withdrawn", async () => {
  const laptop = own("laptop")
  const added = laptop.intents.add({ ...want("one"), message: `${"w".repeat(MAX_INTENT_MESSAGE_LENGTH - 1)}\ud83d\ude00` })
  expect(added).toMatchObject({
    workspace: "home",
    promptId: "p1",
    label: "production",
    versionId: version("one"),
    base: ABSENT,
    state: "waiting",
  })
  expect(added.message).toBe(`${"w".repeat(MAX_INTENT_MESSAGE_LENGTH - 1)}\ufffd`)
  const later = own("laptop", reload(laptop.ydoc))
  expect(later.intents.getWaiting()).toEqual([added])
  const authority = new RegisterAuthority()
  const registers = authority.client("ana")
  expect(await carryOut(added, carrying(later, registers, prompt({})))).toBe("waiting")
  expect(authority.requests).toBe(0)
  expect(await carryOut(added, carrying(later, registers, prompt({ one: [] })))).toBe("done")
  expect(first(later)).toMatchObject({ state: "done", number: 1 })
  expect(later.intents.getWaiting()).toEqual([])
  const other = later.intents.add(want("two", "staging"))
  later.intents.withdraw(other)
  expect(await carryOut(other, carrying(later, registers, prompt({ two: [] })))).toBe("withdrawn")
  expect(authority.read(labelKey(DOCUMENT, "staging")).value).toBeNull()
})

test("[CV85] an array of intents is the same until one changes, listeners hear of their prompt, and what is known writes nothing", () => {
  const laptop = own("laptop")
  const heard: string[] = []
  laptop.intents.subscribe("p1", () => heard.push("p1"))
  laptop.intents.subscribe("p2", () => heard.push("p2"))
  laptop.intents.subscribeAll(() => heard.push("any"))
  expect(countUpdates(laptop.ydoc, () => laptop.intents.add(want("one")))).toBe(1)
  expect(heard).toEqual(["p1", "any"])
  const before = laptop.intents.get("p1")
  expect(laptop.intents.get("p1")).toBe(before)
  expect(laptop.intents.getWaiting()).toBe(laptop.intents.getWaiting())
  laptop.ydoc.getMap("read").set("x", 1)
  expect(laptop.intents.get("p1")).toBe(before)
  laptop.intents.settle(first(laptop), "done", { number: 3 })
  expect(laptop.intents.get("p1")).not.toBe(before)
  const repeat = (): void => {
    laptop.intents.settle(first(laptop), "done", { number: 3 })
    laptop.intents.withdraw(first(laptop))
  }
  expect(countUpdates(laptop.ydoc, repeat)).toBe(0)
  laptop.intents.destroy()
  laptop.intents.add(want("two"))
  expect(heard).toEqual(["p1", "any", "p1", "any"])
  expect(() => laptop.intents.add({ ...want("one"), promptId: "a/b" })).toThrow(expect.objectContaining({ code: "bad-id" }))
})

test("[CV85, I8] two devices of one person carry out one intent at once: it is published once, and both say so", async () => {
  const [laptop, phone] = [own("laptop"), own("phone")]
  const intent = laptop.intents.add(want("one"))
  sync(laptop.ydoc, phone.ydoc)
  const authority = new RegisterAuthority()
  const held = prompt({ one: [] })
  const states = await Promise.all([laptop, phone].map((device) => carryOut(intent, carrying(device, authority.client("ana"), held))))
  expect(states).toEqual(["done", "done"])
  sync(laptop.ydoc, phone.ydoc)
  expect(first(laptop)).toEqual(first(phone))
  expect(authority.changes.filter(({ key }) => key === LABEL).length).toBe(1)
})

test("[CV85, I8] an own device that was away finds that it was published, though others have published since", async () => {
  const [laptop, phone] = [own("laptop"), own("phone")]
  const intent = laptop.intents.add(want("one"))
  sync(laptop.ydoc, phone.ydoc)
  const authority = new RegisterAuthority()
  await carryOut(intent, carrying(laptop, authority.client("ana"), prompt({ one: [] })))
  const bo = own("bo")
  const theirs = bo.intents.add(want("two", "production", labelBase(authority.read(LABEL))))
  expect(await carryOut(theirs, carrying(bo, authority.client("bo"), prompt({ two: [] })))).toBe("done")
  expect(await carryOut(intent, carrying(phone, authority.client("ana"), prompt({ one: [] })))).toBe("done")
  expect(authority.read(LABEL).value).toBe(version("two"))
  // The same when the attempt is long forgotten: the phone takes it for a conflict, until it hears of the laptop.
  authority.forgetAttempts()
  const tablet = own("tablet")
  Y.applyUpdate(tablet.ydoc, Y.encodeStateAsUpdate(reload(laptop.ydoc)))
  expect(first(tablet).state).toBe("done")
})

test("[CV85] published on one device outranks withdrawn, refused and lost on others, whoever is heard first", () => {
  for (const order of [0, 1, 2, 3]) {
    const origin = own("origin")
    const intent = origin.intents.add(want("one"))
    const devices = (["done", "withdrawn", "conflict", "refused"] as const).map((state, index) => {
      const device = own(`d${index}`, reload(origin.ydoc))
      device.intents.settle(intent, state, state === "done" ? { number: 4 } : {})
      return device
    })
    const ordered = devices.map((_, index) => devices[(index + order) % devices.length]?.ydoc ?? new Y.Doc())
    for (const ydoc of ordered) Y.applyUpdate(origin.ydoc, Y.encodeStateAsUpdate(ydoc))
    expect(first(origin)).toMatchObject({ state: "done", number: 4 })
  }
})

test("[CV85] another intent for the same label takes the place of the one that waits; of settled ones a few are kept", () => {
  const laptop = own("laptop")
  const made: PublishIntent[] = []
  for (let index = 0; index < MAX_SETTLED_INTENTS + 5; index++) made.push(laptop.intents.add(want(`v${index}`)))
  const aside = laptop.intents.add(want("aside", "staging"))
  expect(laptop.intents.getWaiting()).toEqual([made.at(-1), aside])
  expect(made.at(-1)?.instead).toBe(version(`v${MAX_SETTLED_INTENTS + 3}`))
  const kept = laptop.intents.get("p1")
  expect(kept[0]).toBe(laptop.intents.find(aside))
  expect(kept.filter(({ state }) => state === "withdrawn").length).toBeLessThanOrEqual(MAX_SETTLED_INTENTS + 1)
  expect(laptop.intents.find(made[0] ?? aside)).toBeUndefined()
  expect(JSON.stringify(laptop.ydoc.getMap("publishing").toJSON())).not.toContain(version("v0"))
  expect(own("laptop", reload(laptop.ydoc)).intents.get("p1")).toEqual(kept)
})

test("[CV86, I8, I12] who publishes offline and finds that others have keeps the version, and is told what stands there", async () => {
  const authority = new RegisterAuthority()
  const [ana, bo] = [own("ana"), own("bo")]
  const lost = ana.intents.add(want("ana"))
  const won = bo.intents.add(want("bo"))
  await carryOut(won, carrying(bo, authority.client("bo"), prompt({ bo: [] })))
  expect(await carryOut(lost, carrying(ana, authority.client("ana"), prompt({ ana: [], bo: [] })))).toBe("conflict")
  const { revision, setAt } = authority.read(LABEL)
  const kept = first(own("ana", reload(ana.ydoc)))
  expect(kept).toMatchObject({ state: "conflict", theirs: { versionId: version("bo"), principal: "bo", revision, setAt } })
  expect(kept).toMatchObject({ versionId: version("ana"), message: "why ana" })
  // On top of it: another intent, from what stands there now, in the place of the one that lost.
  const onTop = ana.intents.add(want("mine", "production", kept.theirs ?? ABSENT))
  expect(await carryOut(onTop, carrying(ana, authority.client("ana"), prompt({ mine: [] })))).toBe("done")
  expect(ana.intents.get("p1").map(({ state }) => state)).toEqual(["done", "withdrawn"])
  expect(authority.read(LABEL).value).toBe(version("mine"))
})

test("[CV86] a version that others went on from before it was published is published in theirs", async () => {
  const authority = new RegisterAuthority()
  const [ana, bo] = [own("ana"), own("bo")]
  const mine = ana.intents.add(want("ana"))
  const held = prompt({ ana: [], other: [], merged: ["other", "ana"], bo: ["merged"] })
  await carryOut(bo.intents.add(want("bo")), carrying(bo, authority.client("bo"), held))
  expect(await carryOut(mine, carrying(ana, authority.client("ana"), held))).toBe("done")
  expect(first(ana)).toMatchObject({ overtaken: true, theirs: { versionId: version("bo") } })
  expect(authority.read(LABEL).value).toBe(version("bo"))
})

test("[CV86] an own version that was published while it was being replaced is no conflict with anybody", async () => {
  const authority = new RegisterAuthority()
  const laptop = own("laptop")
  const held = prompt({ one: [], two: ["one"] })
  const registers = authority.client("ana")
  const one = laptop.intents.add(want("one"))
  // Name, list and label are asked, the name and the number set; then the label, whose answer is lost.
  authority.fates.set(5, "unanswered")
  expect(await carryOut(one, carrying(laptop, registers, held))).toBe("waiting")
  expect(authority.read(LABEL).value).toBe(version("one"))
  const two = laptop.intents.add(want("two"))
  expect(laptop.intents.find(one)?.state).toBe("withdrawn")
  expect(await carryOut(two, carrying(laptop, registers, held))).toBe("done")
  expect(authority.changes.filter(({ key }) => key === LABEL).map(({ value }) => value)).toEqual([version("one"), version("two")])
})

test("[CV86, CV83] whatever request is cut, a later try of any own device ends it, and none publishes twice", async () => {
  for (const fate of ["lost", "unanswered", "late"] as const satisfies readonly Fate[]) {
    for (let request = 0; request < 6; request++) {
      const authority = new RegisterAuthority()
      authority.fates.set(request, fate)
      const [laptop, phone] = [own("laptop"), own("phone")]
      const intent = laptop.intents.add(want("one"))
      sync(laptop.ydoc, phone.ydoc)
      const held = prompt({ one: [] })
      expect(await carryOut(intent, carrying(laptop, authority.client("ana"), held))).toBe("waiting")
      expect(await carryOut(intent, carrying(phone, authority.client("ana"), held))).toBe("done")
      expect(await carryOut(intent, carrying(laptop, authority.client("ana"), held))).toBe("done")
      sync(laptop.ydoc, phone.ydoc)
      expect(first(laptop)).toMatchObject({ state: "done", number: 1 })
      expect(authority.changes.length).toBe(3)
    }
  }
})

test("[CV86] an intent taken back while it is under way sets no label", async () => {
  const authority = new RegisterAuthority()
  const laptop = own("laptop")
  const intent = laptop.intents.add(want("one"))
  authority.before = ({ key, cas }) => {
    if (cas && key === versionsKey(DOCUMENT)) laptop.intents.withdraw(intent)
  }
  expect(await carryOut(intent, carrying(laptop, authority.client("ana"), prompt({ one: [] })))).toBe("withdrawn")
  expect(authority.read(LABEL).value).toBeNull()
  expect(VersionNumbers.read(authority.read(versionsKey(DOCUMENT)).value)?.count).toBe(1)
})

test("[CV86] a refusal is kept with its reason, and waits for nobody", async () => {
  const authority = new RegisterAuthority()
  const laptop = own("laptop")
  const denied = laptop.intents.add(want("one"))
  const reader = authority.client("rita", { mayWrite: false })
  expect(await carryOut(denied, carrying(laptop, reader, prompt({ one: [] })))).toBe("refused")
  expect(first(laptop)).toMatchObject({ state: "refused", code: "forbidden" })
  const other = { ...want("one"), promptId: "p2" }
  await carryOut(laptop.intents.add(want("one")), carrying(laptop, authority.client("ana"), prompt({ one: [] })))
  const taken = laptop.intents.add(other)
  expect(await carryOut(taken, carrying(laptop, authority.client("ana"), prompt({ one: [] })))).toBe("refused")
  expect(laptop.intents.find(taken)).toMatchObject({ code: "name-taken", by: "p1" })
  expect(laptop.intents.getWaiting()).toEqual([])
})

test("[CV87] a private document that holds anything under any key is read without harm, and shows what is an intent", () => {
  const laptop = own("laptop")
  const intent = laptop.intents.add(want("one"))
  const random = seededRandom(11)
  const map = laptop.ydoc.getMap<unknown>("publishing")
  const strange = [
    null,
    true,
    7,
    "x",
    [],
    {},
    { at: "x" },
    { label: 1 },
    { label: "latest", versionId: "v" },
    { versionId: "" },
    { theirs: 4 },
  ]
  const pieces = ["p1", "p2", "", "%", intent.attempt, "00000000000000ff", "intent", "done", "conflict", "__proto__", "constructor", "w"]
  for (let index = 0; index < 600; index++) {
    const key = Array.from({ length: 1 + Math.floor(random() * 5) }, () => pieces[Math.floor(random() * pieces.length)]).join("/")
    if (key !== `p1/${intent.attempt}/intent`) map.set(key, strange[Math.floor(random() * strange.length)])
  }
  const again = own("laptop", reload(laptop.ydoc))
  for (const device of [laptop, again]) {
    for (const promptId of ["p1", "p2", "", "__proto__"]) expect(() => device.intents.get(promptId)).not.toThrow()
    expect(() => device.intents.getWaiting()).not.toThrow()
    expect(device.intents.find(intent)).toMatchObject({ versionId: version("one"), label: "production" })
  }
})
