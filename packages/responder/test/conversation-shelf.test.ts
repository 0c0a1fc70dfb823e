import { AnsweringConversation, conversationDocumentId, indexDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { ConversationShelf, MAX_SEARCHED_CONVERSATIONS, MAX_SEARCHED_LENGTH, searchConversationsTool } from "../src/index.ts"
import { Library, WORKSPACE } from "./support/library.ts"

/** Says something in a conversation of the workspace, and puts it on the list. Returns the ids of its messages. */
async function say(library: Library, id: string, title: string, ...texts: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = []
  await library.write(conversationDocumentId(WORKSPACE, id), (ydoc) => {
    const conversation = new AnsweringConversation(ydoc, library.options)
    if (title !== "") conversation.setTitle(title)
    for (const text of texts) ids.push(conversation.send({ text, parentId: ids.at(-1) ?? null }))
    conversation.destroy()
  })
  await library.write(indexDocumentId(WORKSPACE), (ydoc) => {
    const index = new WorkspaceIndex(ydoc, library.options)
    index.create({ id })
    index.touch(id, { clock: library.options.now(), snippet: "" })
  })
  return ids
}

function shelfOf({ replica, clock }: Library, limits = {}): ConversationShelf {
  return new ConversationShelf({ replica, clock, workspace: WORKSPACE, limits })
}

test("[RS37] what was said in other conversations is found with who said it and where", async () => {
  const library = await Library.open()
  const [, second] = await say(library, "birds", "Birds", "Hello.", "Herons live by the water. Swans do not.")
  await say(library, "here", "Here", "Where do herons live?")
  const shelf = shelfOf(library)
  const { messages, searched, unsearched } = await shelf.search("where do herons live", 5, "here")
  expect(messages).toEqual([
    {
      conversationId: "birds",
      title: "Birds",
      messageId: second,
      role: "user",
      author: "Ada",
      createdAt: expect.any(Number),
      excerpt: "Herons live by the water. Swans do not.",
      rank: 1,
    },
  ])
  expect([searched, unsearched]).toEqual([2, 0])
  expect((await shelf.search("where do herons live", 1)).messages).toHaveLength(1)
  await shelf.close()
})

test("[RS37] what is deleted is not found, nor what was deleted since; what is said since is", async () => {
  const library = await Library.open()
  const [first] = await say(library, "birds", "", "Herons live by the water.", "Swans too.")
  const shelf = shelfOf(library)
  expect((await shelf.search("herons", 5)).messages).toHaveLength(1)
  await library.write(conversationDocumentId(WORKSPACE, "birds"), (ydoc) => {
    const conversation = new AnsweringConversation(ydoc, library.options)
    conversation.delete(first!)
    conversation.send({ text: "Ducks swim.", parentId: null })
    conversation.destroy()
  })
  expect((await shelf.search("herons", 5)).messages).toEqual([])
  expect((await shelf.search("ducks", 5)).messages).toHaveLength(1)
  await library.write(indexDocumentId(WORKSPACE), (ydoc) => new WorkspaceIndex(ydoc, library.options).delete("birds"))
  expect((await shelf.search("ducks", 5)).messages).toEqual([])
})

test("[RS37] the newest conversations are searched, and how many are not is told", async () => {
  const library = await Library.open()
  await say(library, "old", "", "herons of old")
  await say(library, "new", "", "herons of new")
  const { messages, searched, unsearched } = await shelfOf(library, { maxIndexedCharacters: 13 }).search("herons", 5)
  expect(messages.map(({ conversationId }) => conversationId)).toEqual(["new"])
  expect([searched, unsearched]).toEqual([1, 1])
})

test("[RS37] as many conversations are searched as the limit says, and as much of a message", async () => {
  const library = await Library.open()
  await say(library, "talk", "", `${"x ".repeat(MAX_SEARCHED_LENGTH / 2 - 3)}heron swans`)
  await library.write(indexDocumentId(WORKSPACE), (ydoc) => {
    const index = new WorkspaceIndex(ydoc, library.options)
    for (let at = 1; at < MAX_SEARCHED_CONVERSATIONS; at++) index.create({ id: `empty-${at}` })
  })
  const shelf = shelfOf(library)
  expect(await shelf.search("heron", 5)).toMatchObject({
    searched: MAX_SEARCHED_CONVERSATIONS,
    unsearched: 0,
    messages: [{ messageId: expect.any(String) }],
  })
  expect((await shelf.search("swans", 5)).messages).toEqual([])
  await library.write(indexDocumentId(WORKSPACE), (ydoc) => void new WorkspaceIndex(ydoc, library.options).create({ id: "more" }))
  expect(await shelf.search("heron", 5)).toMatchObject({ searched: MAX_SEARCHED_CONVERSATIONS, unsearched: 1 })
})

test("[RS37] a model searches the other conversations by a tool, and is told who wrote what and when", async () => {
  const library = await Library.open()
  await say(library, "birds", "Birds", "Herons live by the water.")
  await say(library, "talk", "This one", "Where do herons live?")
  const tool = searchConversationsTool(() => shelfOf(library))
  const run = (input: unknown): Promise<unknown> =>
    tool.run(input, { question: library.ask("herons"), signal: new AbortController().signal, cite: () => 0 })
  expect(tool).toMatchObject({ name: "search_conversations", asks: false, readsOnly: true })
  expect(await run({ query: "herons" })).toEqual({
    messages: [
      { conversation: "Birds", writtenBy: "Ada", writtenAt: expect.stringMatching(/^2023-11-14T/u), text: "Herons live by the water." },
    ],
    searchedConversations: 2,
  })
})
