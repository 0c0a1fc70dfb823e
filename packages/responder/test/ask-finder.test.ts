import { AnsweringConversation, addAsk, conversationDocumentId, indexDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import { seededBytes } from "../../replica/test/support/random.ts"
import { AskFinder } from "../src/ask-finder.ts"
import { DEFAULT_RESPONDER_LIMITS } from "../src/index.ts"
import { AnsweringTown } from "./support/answering-town.ts"

/** A finder on a disk, with what it found and read. */
async function finderOn(here: AnsweringTown, disk: MemoryDisk, limits: Partial<typeof DEFAULT_RESPONDER_LIMITS> = {}) {
  const replica = await here.town.replica(disk)
  const reads: string[] = []
  const read = replica.onDisk.read.bind(replica.onDisk)
  replica.onDisk.read = async (documentId) => {
    reads.push(documentId)
    return read(documentId)
  }
  const found = new Map<string, readonly string[]>()
  const problems: unknown[] = []
  let hasRoom = true
  const finder = new AskFinder({
    replica,
    workspaces: ["home"],
    id: "one",
    clock: here.town.clock,
    randomBytes: seededBytes(12),
    limits: { ...DEFAULT_RESPONDER_LIMITS, ...limits },
    found: ({ documentId }, asks) => {
      found.set(
        documentId,
        asks.map(({ messageId }) => messageId),
      )
      return hasRoom
    },
    problem: (documentId, error) => problems.push([documentId, error]),
  })
  const close = async () => {
    finder.close()
    await replica.close()
  }
  return { replica, finder, reads, found, problems, close, fill: (isFull: boolean) => (hasRoom = !isFull) }
}

test("[RS12] conversations that change are read from the store, none stays open, and none more often than ten times a second", async () => {
  const here = await AnsweringTown.open()
  const { reads, found } = await finderOn(here, new MemoryDisk())
  const ana = await here.person("ana")
  const first = ana.question("One?")
  await here.until("the first", () => found.get("home/conv/c1")?.length === 1)
  for (let count = 0; count < 100; count++) {
    ana.send(`more ${count}`)
    await here.pass(20)
  }
  const second = ana.question("Two?")
  await here.until("the second", () => found.get("home/conv/c1")?.length === 2)
  expect(found.get("home/conv/c1")!.toSorted()).toEqual([first.messageId, second.messageId].toSorted())
  expect(reads.filter((documentId) => documentId === "home/conv/c1").length).toBeLessThan(30)
})

test("[RS12] after a restart only what changed, or had something to be done, is read", async () => {
  const here = await AnsweringTown.open()
  const disk = new MemoryDisk()
  const people = []
  const index = await (await here.town.replica()).open(indexDocumentId("home"))
  const cards = new WorkspaceIndex(index.ydoc, { writer: "cards", now: () => here.town.clock.now(), randomBytes: seededBytes(1) })
  for (const id of ["quiet", "asked", "later"]) {
    const person = await here.person(id, id)
    person.send("Hello")
    cards.touch(id, { clock: 1, snippet: "Hello" })
    people.push(person)
  }
  const open = people[1]!.question("Still open?")
  const before = await finderOn(here, disk)
  await here.pass(5_000)
  expect([...before.found.keys()].toSorted()).toEqual(["home/conv/asked", "home/conv/later", "home/conv/quiet"])
  await before.close()
  const behind = await here.town.replica(disk, { cutOff: true })
  const document = await behind.open(conversationDocumentId("home", "later"))
  const writing = { writer: "behind", author: { id: "b", kind: "person" }, now: () => here.town.clock.now(), randomBytes: seededBytes(2) }
  const conversation = new AnsweringConversation(document.ydoc, writing)
  const offline = addAsk(document.ydoc, writing, { messageId: conversation.send({ text: "Offline?", parentId: null }) })
  await document.whenDurable("local")
  await behind.close()
  const after = await finderOn(here, disk)
  await here.pass(5_000)
  expect(new Set(after.reads.filter((documentId) => documentId.includes("/conv/")))).toEqual(
    new Set(["home/conv/asked", "home/conv/later"]),
  )
  expect([...after.found]).toEqual(
    expect.arrayContaining([
      ["home/conv/asked", [open.messageId]],
      ["home/conv/later", [offline.messageId]],
    ]),
  )
})

test("[RS12, I7] a document that cannot be read is told of and tried again later, and stops no other", async () => {
  const here = await AnsweringTown.open()
  const { replica, found, problems } = await finderOn(here, new MemoryDisk())
  const read = replica.onDisk.read.bind(replica.onDisk)
  let fails = true
  replica.onDisk.read = async (documentId) => {
    if (fails && documentId === "home/conv/bad") throw new Error("unreadable")
    return read(documentId)
  }
  const [bad, good] = [await here.person("ana", "bad"), await here.person("ben", "good")]
  bad.question("Lost?")
  good.question("Found?")
  await here.until("the other", () => found.get("home/conv/good")?.length === 1)
  expect(problems.length).toBeGreaterThan(0)
  fails = false
  await here.until("both", () => found.get("home/conv/bad")?.length === 1, 1_000)
})

test("[RS12, I7] at the first look, too, a conversation that cannot be looked at stops no other", async () => {
  const here = await AnsweringTown.open()
  const disk = new MemoryDisk()
  const index = await (await here.town.replica()).open(indexDocumentId("home"))
  const cards = new WorkspaceIndex(index.ydoc, { writer: "cards", now: () => here.town.clock.now(), randomBytes: seededBytes(1) })
  const [older, newer] = [await here.person("ana", "older"), await here.person("ben", "newer")]
  const asks = [older.question("Well?"), newer.question("And?")]
  cards.touch("older", { clock: 1, snippet: "Well?" })
  await here.pass(1_000)
  cards.touch("newer", { clock: 2, snippet: "And?" })
  await here.pass(1_000)
  cards.touch("no/id", { clock: 3, snippet: "Who?" })
  const before = await finderOn(here, disk)
  await here.pass(5_000)
  await before.close()
  const replica = await here.town.replica(disk, { cutOff: true })
  const note = replica.onDisk.note.bind(replica.onDisk)
  replica.onDisk.note = async (name) => {
    if (name.startsWith("home/conv/newer")) throw new Error("unreadable")
    return note(name)
  }
  const found = new Map<string, readonly string[]>()
  const problems: unknown[] = []
  const finder = new AskFinder({
    replica,
    workspaces: ["home"],
    id: "one",
    clock: here.town.clock,
    randomBytes: seededBytes(12),
    limits: DEFAULT_RESPONDER_LIMITS,
    found: ({ documentId }, todo) => {
      const ids = todo.map(({ messageId }) => messageId)
      found.set(documentId, ids)
      return true
    },
    problem: (documentId) => problems.push(documentId),
  })
  await here.pass(5_000)
  finder.close()
  expect(problems).toContain("home/conv/newer")
  expect(found.get("home/conv/older")).toEqual([asks[0]!.messageId])
  expect(found.get("home/conv/newer")).toEqual([asks[1]!.messageId])
})

test("[RS12] what there was no room for is read again when there is", async () => {
  const here = await AnsweringTown.open()
  const { finder, found, fill } = await finderOn(here, new MemoryDisk())
  fill(true)
  const ana = await here.person("ana")
  ana.question("Well?")
  await here.until("it is found", () => found.get("home/conv/c1")?.length === 1)
  found.clear()
  await here.pass(10_000)
  expect(found.size).toBe(0)
  finder.again()
  await here.until("it is found again", () => found.get("home/conv/c1")?.length === 1)
  found.clear()
  fill(false)
  // It was read just now, and rests.
  finder.again()
  await here.until("it is found once more", () => found.get("home/conv/c1")?.length === 1)
})

test("[RS12] an open ask of before a restart is found also when the card of its conversation comes only after it", async () => {
  const here = await AnsweringTown.open()
  const disk = new MemoryDisk()
  const before = await finderOn(here, disk)
  const ana = await here.person("ana", "cardless")
  const open = ana.question("Well?")
  await here.until("it is found", () => before.found.get("home/conv/cardless")?.length === 1)
  await before.close()
  const after = await finderOn(here, disk)
  await here.pass(5_000)
  const index = await (await here.town.replica()).open(indexDocumentId("home"))
  const cards = new WorkspaceIndex(index.ydoc, { writer: "cards", now: () => here.town.clock.now(), randomBytes: seededBytes(1) })
  cards.touch("cardless", { clock: 1, snippet: "Well?" })
  await here.until("it is found again", () => after.found.get("home/conv/cardless")?.[0] === open.messageId)
})
