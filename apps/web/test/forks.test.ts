import { Conversation } from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { MAX_OUTLINE_ENTRIES, outlineOf } from "../src/conversation/forks.ts"

function conversation(): Conversation {
  let time = 1_700_000_000_000
  const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
  return new Conversation(new Y.Doc(), { writer: "w", author: { id: "ana", kind: "person" }, now: () => time++, randomBytes })
}

test("[WB58] the outline has each version at each fork, followed by the forks below it", () => {
  const view = conversation()
  const question = view.send({ text: "q", parentId: null })
  const answer = view.send({ text: "a", parentId: question, role: "assistant" })
  const other = view.edit(answer, "a2")
  const next = view.send({ text: "n", parentId: answer })
  view.send({ text: "end", parentId: next, role: "assistant" })
  const nextToo = view.edit(next, "n2")
  const texts = outlineOf(view.getTree()).entries.map(({ id, depth, place, of }) => [view.getMessage(id)?.text, depth, `${place}/${of}`])
  expect(texts).toEqual([
    ["a", 0, "1/2"],
    ["n", 1, "1/2"],
    ["n2", 1, "2/2"],
    ["a2", 0, "2/2"],
  ])
  expect(new Set([other, nextToo]).size).toBe(2)
})

test("[WB58] turns written at the same time are no fork, and an outline has a longest length", () => {
  const view = conversation()
  const question = view.send({ text: "q", parentId: null })
  view.send({ text: "one", parentId: question })
  view.send({ text: "two", parentId: question })
  expect(outlineOf(view.getTree())).toEqual({ entries: [], cut: false })
  for (let count = 1; count < MAX_OUTLINE_ENTRIES; count++) view.edit(question, String(count))
  expect(outlineOf(view.getTree()).entries).toHaveLength(MAX_OUTLINE_ENTRIES)
  expect(outlineOf(view.getTree()).cut).toBe(false)
  view.edit(question, "one more")
  expect(outlineOf(view.getTree()).entries).toHaveLength(MAX_OUTLINE_ENTRIES)
  expect(outlineOf(view.getTree()).cut).toBe(true)
})
