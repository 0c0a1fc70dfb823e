import { Conversation } from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { awaySince } from "../src/conversation/away.ts"

function makeConversation(ydoc: Y.Doc, user: string, clock: { now: number }): Conversation {
  let seed = user.charCodeAt(0)
  return new Conversation(ydoc, {
    writer: user,
    author: { id: user, kind: "person" },
    now: () => clock.now++,
    randomBytes: (length) => Uint8Array.from({ length }, () => (seed = (seed * 31 + 7) % 251)),
  })
}

test("[WB30] new is what others wrote after what one had on screen, from the first of it in the line", () => {
  const ydoc = new Y.Doc()
  const clock = { now: 1_000 }
  const bo = makeConversation(ydoc, "bo", clock)
  const ana = makeConversation(ydoc, "ana", clock)
  const ids: string[] = []
  const say = (who: Conversation, text: string): string => {
    const id = who.send({ text, parentId: ids.at(-1) ?? null })
    ids.push(id)
    return id
  }
  for (const text of ["one", "two"]) say(bo, text)
  const seen = ana.getTree().nodes.get(ids[1] ?? "")!.clock
  expect(awaySince(ana, ana.getLine(), seen, "ana")).toBeUndefined()
  say(ana, "mine")
  const first = say(bo, "three")
  const deleted = say(bo, "four")
  say(bo, "five")
  bo.delete(deleted)
  expect(awaySince(ana, ana.getLine(), seen, "ana")).toEqual({ firstId: first, count: 2 })
  expect(awaySince(ana, ana.getLine(), Infinity, "ana")).toBeUndefined()
  expect(awaySince(bo, bo.getLine(), seen, "bo")).toMatchObject({ count: 1 })
})

test("[WB22] what came in since is new, though it was written before what one had read", () => {
  const clock = { now: 1_000 }
  const bo = makeConversation(new Y.Doc(), "bo", clock)
  const first = bo.send({ text: "one", parentId: null })
  const second = bo.send({ text: "two", parentId: first })
  expect(awaySince(bo, bo.getLine(), Infinity, "ana", new Set([first]))).toEqual({ firstId: first, count: 1 })
  expect(awaySince(bo, bo.getLine(), 0, "ana", new Set([second]))).toEqual({ firstId: first, count: 2 })
  expect(awaySince(bo, bo.getLine(), Infinity, "bo", new Set([first]))).toBeUndefined()
})
