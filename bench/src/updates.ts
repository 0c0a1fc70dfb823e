import { randomBytes } from "node:crypto"
import { AnsweringConversation } from "@polylogue/conversation"
import * as Y from "yjs"

/** The root text that {@link tokenUpdates} write. */
export const TEXT = "text"

/** One update a token, as one writer streams them: appended to a `Y.Text`. Made before anything is measured. */
export function tokenUpdates(count: number, token: (index: number) => string = tokenOf): Uint8Array[] {
  const ydoc = new Y.Doc()
  const updates: Uint8Array[] = []
  ydoc.on("update", (update: Uint8Array) => updates.push(update))
  const text = ydoc.getText(TEXT)
  for (let index = 0; index < count; index++) text.insert(text.length, token(index))
  return updates
}

/** The token with this number: five characters. */
export function tokenOf(index: number): string {
  return ` ${index.toString(36).padStart(4, "0")}`
}

/** Updates of `bytes` random bytes each, of which every one replaces the one before: traffic that leaves no document behind. */
export function largeUpdates(count: number, bytes: number): Uint8Array[] {
  const ydoc = new Y.Doc()
  const updates: Uint8Array[] = []
  ydoc.on("update", (update: Uint8Array) => updates.push(update))
  const map = ydoc.getMap("map")
  for (let index = 0; index < count; index++) map.set("key", new Uint8Array(randomBytes(bytes)))
  return updates
}

/** A conversation of `messages` messages of some 120 characters, one update each. */
export function conversationUpdates(messages: number): Uint8Array[] {
  const ydoc = new Y.Doc()
  const updates: Uint8Array[] = []
  ydoc.on("update", (update: Uint8Array) => updates.push(update))
  const conversation = new AnsweringConversation(ydoc, {
    writer: "bench",
    author: { id: "ana", kind: "person", name: "Ana" },
    now: () => Date.now(),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  })
  let parentId: string | null = null
  for (let index = 0; index < messages; index++) parentId = conversation.send({ text: sentence(index), parentId })
  conversation.destroy()
  return updates
}

const WORDS =
  "the relay keeps every word that people write to each other and brings it to all of their devices in the order of its log".split(" ")

function sentence(index: number): string {
  return Array.from({ length: 20 }, (_, place) => WORDS[(index * 7 + place * 3) % WORDS.length]).join(" ")
}

/** What all of `updates` come to, and its state vector. */
export function stateOf(updates: readonly Uint8Array[]): { readonly ydoc: Y.Doc; readonly stateVector: Uint8Array } {
  const ydoc = new Y.Doc()
  ydoc.transact(() => {
    for (const update of updates) Y.applyUpdate(ydoc, update)
  })
  return { ydoc, stateVector: Y.encodeStateVector(ydoc) }
}
