import { expect, test } from "vitest"
import * as Y from "yjs"
import { applyImport, type ImportItem, parseImport, WorkspaceIndex, workspaceFolders } from "@polylogue/conversation"

const options = { writer: "w", now: () => 1, randomBytes: (length: number) => new Uint8Array(length) }

/** Conversations as Open WebUI exports them, each with tags and a folder of its list. */
function listed(): readonly ImportItem[] {
  const chat = (at: number): object => ({
    id: `c${at}`,
    title: `Conversation ${at}`,
    pinned: at === 0,
    archived: at === 1,
    folder_id: null,
    meta: { tags: ["one", "two"] },
    chat: { title: `Conversation ${at}`, messages: [{ id: "m", role: "user", content: `question ${at}` }] },
  })
  const content = JSON.stringify(Array.from({ length: 5 }, (_, at) => chat(at)))
  return [...parseImport([{ name: "chats.json", content }])].map((item) =>
    item.kind === "report"
      ? item
      : { ...item, conversation: { ...item.conversation, card: { ...item.conversation.card, folder: "Work" } } },
  )
}

function shown(indexDoc: Y.Doc): unknown {
  const index = new WorkspaceIndex(indexDoc, options)
  const { folders } = workspaceFolders(index).getForest()
  return { cards: index.getCards(), folders: [...folders.values()] }
}

test("[CV53] imports in one transaction are one update, and give what they give one by one", () => {
  const apply = (items: readonly ImportItem[], indexDoc: Y.Doc): void => {
    for (const item of items) applyImport(item, { conversationDocs: [new Y.Doc()], indexDoc })
  }
  const apart = new Y.Doc()
  apply(listed(), apart)
  const together = new Y.Doc()
  let updates = 0
  together.on("update", () => updates++)
  together.transact(() => apply(listed(), together))
  expect(updates).toBe(1)
  expect(shown(together)).toEqual(shown(apart))
  expect(shown(together)).toMatchObject({ cards: { length: 5 }, folders: [{ name: "Work" }] })
  // What the first of them wrote of the folder, the others found.
  expect(together.store.clients.get(together.clientID)?.length).toBe(apart.store.clients.get(apart.clientID)?.length)
  together.transact(() => apply(listed(), together))
  expect(updates).toBe(1)
})
