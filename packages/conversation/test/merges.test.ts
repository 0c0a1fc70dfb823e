import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { countUpdates, device, indexDevice, linesOf, reload, seededRandom, sync } from "./devices.ts"
import { Shelf } from "./imports.ts"

const MODEL = { id: "model:test", kind: "model" }
const SEEDS = Array.from({ length: 100 }, (_, seed) => seed)

/** What plain Yjs does, so that the day it changes is noticed, and what the model makes of it. */
describe("facts about Yjs that the layout answers", () => {
  test("[CV8] a shared key goes to the higher client id, a register to the later clock", () => {
    for (const seed of SEEDS) {
      const a = device("a", seed)
      const b = device("b", seed)
      const aLater = seededRandom(seed)() < 0.5
      a.clock.now += aLater ? 2000 : 1000
      b.clock.now += aLater ? 1000 : 2000
      for (const { ydoc, conversation } of [a, b]) {
        ydoc.getMap("probe").set("key", ydoc.clientID)
        conversation.setTitle(conversation === a.conversation ? "a" : "b")
      }
      sync(a.ydoc, b.ydoc)
      expect(a.ydoc.getMap("probe").get("key")).toBe(Math.max(a.ydoc.clientID, b.ydoc.clientID))
      expect([a.conversation.getTitle(), b.conversation.getTitle()]).toEqual(aLater ? ["a", "a"] : ["b", "b"])
      // The title that lost is still in the document.
      expect(JSON.stringify(reload(a.ydoc).getMap("meta").toJSON())).toMatch(/"value":"a".*"value":"b"|"value":"b".*"value":"a"/)
    }
  })

  test("[CV8] an automatic title never takes the place of a person's, whoever was first", () => {
    for (const seed of SEEDS) {
      const a = device("a", seed)
      const b = device("b", seed)
      b.clock.now += 60_000
      a.conversation.setTitle("mine")
      b.conversation.setAutoTitle("automatic")
      sync(a.ydoc, b.ydoc)
      expect([a.conversation.getTitle(), b.conversation.getTitle()]).toEqual(["mine", "mine"])
    }
  })

  test("[CV8] of two nested types under one key one is lost whole; two devices that continue one reply keep both parts", () => {
    for (const seed of SEEDS) {
      const a = device("a", seed)
      const b = device("b", seed)
      for (const { ydoc } of [a, b]) ydoc.getMap("probe").set("key", new Y.Text(String(ydoc.clientID)))
      const reply = a.conversation.startReply({ parentId: null, author: MODEL })
      reply.append("start")
      reply.stop()
      sync(a.ydoc, b.ydoc)
      expect(String(a.ydoc.getMap("probe").get("key"))).toBe(String(Math.max(a.ydoc.clientID, b.ydoc.clientID)))
      for (const { conversation } of [a, b]) {
        const rest = conversation.continueReply(reply.messageId)
        rest.append(conversation === a.conversation ? "at a" : "at b")
        rest.done()
      }
      sync(a.ydoc, b.ydoc)
      const texts = a.conversation.getMessage(reply.messageId)?.parts.map((part) => part.text)
      expect(texts?.toSorted()).toEqual(["at a", "at b", "start"])
      expect(b.conversation.getMessage(reply.messageId)).toEqual(a.conversation.getMessage(reply.messageId))
    }
  })

  test("[CV8] removing a map swallows what is written in it; deleting a message while it is written, reacted to and answered loses nothing", () => {
    for (const seed of SEEDS) {
      const a = device("a", seed)
      const b = device("b", seed)
      const reply = a.conversation.startReply({ parentId: null, author: MODEL })
      reply.append("word")
      sync(a.ydoc, b.ydoc)
      b.conversation.delete(reply.messageId)
      b.conversation.react(reply.messageId, "👍")
      reply.append(" and word")
      reply.done({ usage: 2 })
      a.conversation.send({ text: "answer", parentId: reply.messageId })
      a.conversation.react(reply.messageId, "🎉")
      sync(a.ydoc, b.ydoc)
      const message = b.conversation.getMessage(reply.messageId)
      expect(message).toMatchObject({ text: "word and word", streaming: false })
      expect(message?.deletedAt).not.toBeNull()
      expect(message?.reactions.map(({ emoji }) => emoji)).toEqual(["🎉", "👍"])
      expect(linesOf(b.conversation)).toEqual(["word and word", "answer"])
      b.conversation.restore(reply.messageId)
      expect(b.conversation.getMessage(reply.messageId)?.deletedAt).toBeNull()
    }
  })

  test("[CV8] pushes to one array come in blocks per device; messages written offline come in the order of their clocks", () => {
    for (const seed of SEEDS) {
      const a = device("a", seed)
      const b = device("b", seed)
      const start = a.conversation.send({ text: "start", parentId: null })
      sync(a.ydoc, b.ydoc)
      const written: string[] = []
      for (let step = 0; step < 6; step++) {
        const { conversation, clock } = step % 2 === 0 ? a : b
        clock.now = 1_700_000_001_000 + step * 10
        conversation.send({ text: `m${step}`, parentId: start })
        written.push(`m${step}`)
      }
      sync(a.ydoc, b.ydoc)
      expect(linesOf(a.conversation)).toEqual(["start", ...written])
      expect(linesOf(b.conversation)).toEqual(linesOf(a.conversation))
    }
  })

  test("[CV8] a state in one key can go back; with a key for each it never does, whatever arrives in whatever order", () => {
    const states = ["done", "stopped", "failed"] as const
    for (const seed of SEEDS) {
      const a = device("a", seed)
      const b = device("b", seed)
      const reply = a.conversation.startReply({ parentId: null, author: MODEL })
      sync(a.ydoc, b.ydoc)
      const random = seededRandom(seed)
      const reached = [a, b].map(({ conversation }) => {
        const state = states[Math.floor(random() * 3)] ?? "done"
        conversation.endPart(reply.messageId, reply.pid, state, { by: conversation === a.conversation ? "a" : "b" })
        return state
      })
      sync(a.ydoc, b.ydoc)
      const furthest = Math.max(...reached.map((state) => states.indexOf(state)))
      for (const { conversation } of [a, b]) expect(conversation.getMessage(reply.messageId)?.parts[0]?.state).toBe(states[furthest])
    }
  })

  test("[CV8] reactions and feedback of several people never displace each other", () => {
    const devices = ["a", "b", "c"].map((name) => device(name))
    const [first] = devices
    const id = first?.conversation.send({ text: "x", parentId: null }) ?? ""
    sync(...devices.map(({ ydoc }) => ydoc))
    for (const { conversation } of devices) {
      conversation.react(id, "👍")
      conversation.react(id, "a/b%2F")
      conversation.setFeedback(id, { rating: "up", text: conversation === first?.conversation ? "one" : "other" })
    }
    sync(...devices.map(({ ydoc }) => ydoc))
    for (const { conversation } of devices) {
      const message = conversation.getMessage(id)
      expect(message?.reactions).toEqual([
        { emoji: "a/b%2F", userIds: ["user-a", "user-b", "user-c"] },
        { emoji: "👍", userIds: ["user-a", "user-b", "user-c"] },
      ])
      expect(message?.feedback.map(({ userId }) => userId)).toEqual(["user-a", "user-b", "user-c"])
    }
    first?.conversation.setFeedback(id, null)
    expect(first?.conversation.getMessage(id)?.feedback).toHaveLength(2)
  })

  test("[CV8] a register keeps a key per device and none per session, and a person on two devices has one reaction", () => {
    const phone = device("phone", 1, { author: { id: "ana", kind: "person" } })
    const laptop = device("laptop", 2, { author: { id: "ana", kind: "person" } })
    const id = phone.conversation.send({ text: "x", parentId: null })
    sync(phone.ydoc, laptop.ydoc)
    for (let step = 0; step < 20; step++) {
      phone.conversation.react(id, "👍", step % 2 === 0)
      laptop.conversation.react(id, "👍")
      sync(phone.ydoc, laptop.ydoc)
    }
    expect(phone.conversation.getMessage(id)?.reactions).toEqual(laptop.conversation.getMessage(id)?.reactions)
    expect(phone.ydoc.getMap("reactions").size).toBe(2)
  })

  test("[CV8] a streamed answer costs little more than its text, and a message little more than its words", () => {
    const { conversation, ydoc } = device("a")
    let bytes = 0
    ydoc.on("update", (update: Uint8Array) => {
      bytes += update.length
    })
    const reply = conversation.startReply({ parentId: null, author: MODEL })
    for (let batch = 0; batch < 100; batch++) reply.append("token ".repeat(20))
    reply.done()
    expect(bytes).toBeLessThan(2 * 12_000)
    expect(Y.encodeStateAsUpdate(ydoc).length).toBeLessThan(1.1 * 12_000)

    const many = device("b")
    let parentId: string | null = null
    for (let step = 0; step < 500; step++) parentId = many.conversation.send({ text: "x".repeat(522), parentId })
    expect(Y.encodeStateAsUpdate(many.ydoc).length / 500).toBeLessThan(900)
  })
})

describe("the same export on two devices", () => {
  const source = JSON.stringify([
    {
      title: "Trip",
      conversation_id: "trip",
      create_time: 1_700_000_000,
      current_node: "a2",
      mapping: {
        root: { id: "root", message: null, parent: null, children: ["q"] },
        q: { id: "q", parent: "root", children: ["a1", "a2"], message: message("user", "Where to?", 1_700_000_001) },
        a1: { id: "a1", parent: "q", children: [], message: message("assistant", "North", 1_700_000_002) },
        a2: { id: "a2", parent: "q", children: [], message: message("assistant", "South", 1_700_000_003) },
      },
    },
  ])

  function message(role: string, text: string, time: number): unknown {
    return { author: { role }, create_time: time, content: { content_type: "text", parts: [text] } }
  }

  test("[CV9] imported offline on two devices and edited on both, nothing is lost and nothing is doubled, in 200 seeded runs", () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = seededRandom(seed)
      const shelves = [new Shelf(), new Shelf()] as const
      const [id = ""] = shelves.map((shelf) => shelf.import(source)[0]?.conversationId ?? "")
      const expected = { texts: new Set(["Where to?", "North", "South"]), reactions: new Set<string>(), pinned: new Set<string>() }
      const views = shelves.map((shelf, position) => shelf.conversation(id, position === 0 ? "ana" : "bob"))
      for (const [position, view] of views.entries()) {
        const ids = [...view.getTree().nodes.keys()].sort()
        for (let step = 0; step < 6; step++) {
          const target = ids[Math.floor(random() * ids.length)] ?? ""
          const text = `text ${seed}.${position}.${step}`
          const kind = Math.floor(random() * 5)
          if (kind === 0) view.edit(target, text)
          if (kind === 1) view.send({ text, parentId: target })
          if (kind <= 1) expected.texts.add(text)
          if (kind === 2) view.react(target, "👍")
          if (kind === 2) expected.reactions.add(`${target} user-${position === 0 ? "ana" : "bob"}`)
          if (kind === 3) view.setPinned(target, true)
          if (kind === 3) expected.pinned.add(target)
          if (kind === 4) view.setFeedback(target, { rating: "up" })
        }
      }
      sync(shelves[0].doc(id), shelves[1].doc(id))
      sync(shelves[0].index, shelves[1].index)
      for (const view of views) {
        const all = [...view.getTree().nodes.keys()].map((key) => view.getMessage(key))
        expect(all.map((item) => item?.text ?? "").sort()).toEqual([...expected.texts].sort())
        const reactions = all.flatMap((item) => item?.reactions.flatMap(({ userIds }) => userIds.map((user) => `${item.id} ${user}`)) ?? [])
        expect(new Set(reactions)).toEqual(expected.reactions)
        expect(new Set(all.filter((item) => item?.pinned === true).map((item) => item?.id ?? ""))).toEqual(expected.pinned)
        expect(view.getTitle()).toBe("Trip")
      }
      expect(views[0]?.getLine()).toEqual(views[1]?.getLine())
      expect(shelves[0].index.getMap("cards").size).toBe(3)
      for (const shelf of shelves) expect(shelf.countUpdates(() => shelf.import(source))).toBe(0)
    }
  })

  test("[CV9] of one message exported before and after it was complete, both devices show the complete one, whoever had which", () => {
    const early = source.replace("North", "Nor")
    const other = source.replace("North", "West")
    for (let seed = 0; seed < 40; seed++) {
      const a = new Shelf()
      const b = new Shelf()
      const [report] = a.import(early)
      b.import(source)
      const id = report?.conversationId ?? ""
      sync(a.doc(id), b.doc(id))
      for (const shelf of [a, b]) {
        const texts = [...shelf.conversation(id).getTree().nodes.keys()].map((key) => shelf.conversation(id).getMessage(key)?.text ?? "")
        expect(texts.sort()).toEqual(["North", "South", "Where to?"])
      }
      const [changed] = a.import(other)
      expect(changed).toMatchObject({ status: "imported", messages: { imported: 1 }, notices: [{ code: "other-text" }] })
      sync(a.doc(id), b.doc(id))
      const view = b.conversation(id)
      const texts = [...view.getTree().nodes.keys()].map((key) => view.getMessage(key)?.text ?? "")
      expect(texts.sort()).toEqual(["North", "South", "West", "Where to?"])
      expect(view.getLine()[1]?.alternatives).toHaveLength(3)
      const again = new Shelf()
      again.import(b.nativeFile())
      expect(again.nativeFile()).toBe(b.nativeFile())
    }
  })

  test("[CV9] a backup imported beside the living conversation takes nothing from it, and an older one writes nothing", () => {
    const living = device("a")
    const id = living.conversation.send({ text: "question", parentId: null })
    const reply = living.conversation.startReply({ parentId: id, author: MODEL })
    reply.append("half ")
    living.conversation.react(id, "👍")
    const shelf = new Shelf()
    shelf.docs.set("c", living.ydoc)
    const backup = shelf.nativeFile()
    reply.append("and half")
    reply.done()
    living.conversation.react(id, "👍", false)
    const now = shelf.nativeFile()
    expect(countUpdates(living.ydoc, () => shelf.import(backup))).toBe(0)
    expect(shelf.nativeFile()).toBe(now)

    const elsewhere = new Shelf()
    elsewhere.import(backup)
    const copy = elsewhere.conversation("c")
    copy.react(id, "🎉")
    sync(elsewhere.doc("c"), living.ydoc)
    for (const view of [copy, living.conversation]) {
      expect(linesOf(view)).toEqual(["question", "half and half"])
      expect(view.getMessage(id)?.reactions).toEqual([{ emoji: "🎉", userIds: ["user-reader"] }])
      expect(view.getMessage(reply.messageId)?.imported).toBe(false)
    }
    expect(new Set([copy, living.conversation].map((view) => JSON.stringify(view.getLine()))).size).toBe(1)
  })

  test("[CV9] a conversation that was deleted stays so, and the report says it", () => {
    const shelf = new Shelf()
    const [report] = shelf.import(source)
    const { index, ydoc } = indexDevice("z")
    sync(shelf.index, ydoc)
    index.delete(report?.conversationId ?? "")
    sync(ydoc, shelf.index)
    expect(shelf.import(source)).toMatchObject([{ status: "unchanged", notices: [{ code: "in-trash" }] }])
    expect(index.getCards()).toEqual([])
  })
})
