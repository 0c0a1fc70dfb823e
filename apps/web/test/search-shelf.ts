import { AnsweringConversation, type ConversationView } from "@polylogue/conversation"
import * as Y from "yjs"
import { indexedMessages } from "../src/search/indexed-message.ts"
import { type Found, searchIndex } from "../src/search/index-search.ts"
import { parseQuery } from "../src/search/query.ts"
import { findIn } from "../src/search/search-engine.ts"
import type { ShardRecord } from "../src/search/shard.ts"
import { ShardWriter } from "../src/search/shard-writer.ts"

/** The time of all that is written here. */
export const NOW = Date.UTC(2026, 4, 20, 12)

let minted = 0

/** A conversation with these messages, one after the other, each by somebody at some time. */
export function conversationOf(
  messages: readonly { readonly text: string; readonly by?: string; readonly at?: number }[],
): AnsweringConversation {
  let now = NOW
  let by = "ana"
  const conversation = new AnsweringConversation(new Y.Doc(), {
    writer: "w",
    author: {
      get id() {
        return by
      },
      kind: "person",
      get name() {
        return by === "ana" ? "Ana María Ñuñez" : by
      },
    },
    now: () => now,
    randomBytes: (length) => Uint8Array.from({ length }, (_, index) => (index === 0 ? ++minted : minted >> (8 * (index % 4))) & 255),
  })
  let parentId: string | null = null
  for (const message of messages) {
    now = message.at ?? NOW
    by = message.by ?? "ana"
    parentId = conversation.send({ text: message.text, parentId })
  }
  return conversation
}

/** An index of conversations by id, a shard each. */
export function shardsOf(conversations: Readonly<Record<string, ConversationView>>): ShardRecord[] {
  return Object.entries(conversations).map(([id, view], place) => {
    const writer = new ShardWriter()
    for (const message of indexedMessages(view)) writer.add(`home/conv/${id}`, message)
    return writer.record(place + 1, 1)
  })
}

/** What the index says of what somebody typed. */
export function lookUp(shards: readonly ShardRecord[], typed: string, hidden: readonly string[] = [], limit?: number): Promise<Found> {
  return searchIndex(() => shards, parseQuery(typed), { workspace: "home", hidden: new Set(hidden), now: NOW }, limit)
}

/** The texts found by what somebody typed among `texts`, each a message: by the index first, then by the text. */
export async function textsFound(texts: readonly string[], typed: string): Promise<string[]> {
  const view = conversationOf(texts.map((text) => ({ text })))
  const { candidates } = await lookUp(shardsOf({ c: view }), typed)
  const messages = candidates.flatMap(({ messageId }) => view.getMessage(messageId) ?? [])
  return messages.filter((message) => findIn(message, parseQuery(typed)) !== undefined).map(({ text }) => text)
}
