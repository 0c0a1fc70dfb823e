import { conversationDocumentId, eraseMessage } from "@polylogue/conversation"
import { expect, test, vi } from "vitest"
import { ConversationReader } from "../src/search/conversation-reader.ts"
import { SHARD_MESSAGES } from "../src/search/index-builder.ts"
import { EMPTY_INDEX, IndexStore } from "../src/search/index-store.ts"
import { parseQuery } from "../src/search/query.ts"
import { SearchClient } from "../src/search/search-client.ts"
import type { SearchGroup } from "../src/search/search-results.ts"
import { MAX_LOOKED_AT, SearchEngine } from "../src/search/search-engine.ts"
import { indexName } from "../src/search/search-service.ts"
import { device, restingText, shelf, write } from "./search-device.ts"

test("[WB47] what is written is found at once; what grows, is edited or deleted changes what is found", async () => {
  const { name, replica } = await device()
  const { builder, find } = await shelf(name)
  const id = await write(replica, "a", (conversation) => conversation.send({ text: "the first apple", parentId: null }))
  expect(await builder.round()).toBe(true)
  expect(await builder.round()).toBe(false)
  expect(await find("apple")).toEqual(["the first apple"])

  await write(replica, "a", (conversation) => conversation.edit(id, "the second pear"))
  await write(replica, "b/s2".replace("/", "-"), (conversation) => conversation.send({ text: "another apple", parentId: null }))
  builder.noteWritten([conversationDocumentId("home", "a"), conversationDocumentId("home", "b-s2")])
  await builder.round()
  expect((await find("apple")).toSorted()).toEqual(["another apple", "the first apple"])
  expect(await find("pear")).toEqual(["the second pear"])

  await write(replica, "a", (conversation) => conversation.delete(id))
  builder.noteWritten([conversationDocumentId("home", "a")])
  await builder.round()
  expect(await find("apple")).toEqual(["another apple"])
  await write(replica, "a", (conversation) => conversation.restore(id))
  builder.noteWritten([conversationDocumentId("home", "a")])
  await builder.round()
  expect(await find("apple")).toHaveLength(2)
})

test("[WB48] the text has the last word: what the index still says and the message does not is not shown", async () => {
  const { name, replica } = await device()
  const { builder, find } = await shelf(name)
  const id = await write(replica, "a", (conversation) => conversation.send({ text: "an apple", parentId: null }))
  await builder.round()
  await write(replica, "a", (conversation) => conversation.delete(id))
  expect(await find("apple")).toEqual([])
})

test("[WB47] an erased word is gone from the index, and from every byte of its database", async () => {
  const { name, replica } = await device()
  const { builder, find } = await shelf(name)
  const id = await write(replica, "a", (conversation) => conversation.send({ text: "the verysecretword is out", parentId: null }))
  await write(replica, "b", (conversation) => conversation.send({ text: "a harmlessword", parentId: null }))
  await builder.round()
  expect(await find("verysecretword")).toHaveLength(1)
  expect(await restingText(indexName(name, "home"))).toContain("verysecretword")

  const document = await replica.open(conversationDocumentId("home", "a"))
  await document.erase(eraseMessage(document.ydoc, id))
  await document.whenDurable("local")
  builder.noteWritten([conversationDocumentId("home", "a")])
  await builder.round()
  expect(await find("verysecretword")).toEqual([])
  const rests = await restingText(indexName(name, "home"))
  expect(rests).not.toContain("verysecretword")
  expect(rests).toContain("harmlessword")
})

test("[WB47] only the shards concerned are written again, and a full one takes no more", async () => {
  const { name, replica } = await device()
  const { builder, index } = await shelf(name)
  const fill = (id: string, count: number) =>
    write(replica, id, (conversation) => {
      conversation.documents.get(0)!.transact(() => {
        for (let number = 0; number < count; number++) conversation.send({ text: `note ${id} ${number}`, parentId: null })
      })
    })
  await fill("large", SHARD_MESSAGES)
  await builder.round()
  await fill("small", 1)
  builder.noteWritten([conversationDocumentId("home", "small")])
  await builder.round()
  const before = (await index.state()).shards
  expect(before.map(({ messages }) => messages)).toEqual([SHARD_MESSAGES, 1])
  await fill("small", 1)
  builder.noteWritten([conversationDocumentId("home", "small")])
  await builder.round()
  const after = (await index.state()).shards
  expect(after.map(({ messages }) => messages)).toEqual([SHARD_MESSAGES, 2])
  expect(after[0]).toEqual(before[0])
  expect(after[1]?.generation).toBeGreaterThan(before[1].generation)
})

test("[WB47] a build that was cut off goes on behind its last commit; one that two run at once leaves nothing out", async () => {
  const { name, replica } = await device()
  for (const id of ["a", "b", "c"]) await write(replica, id, (conversation) => conversation.send({ text: `apple ${id}`, parentId: null }))
  const first = await shelf(name)
  await first.builder.round()
  await write(replica, "d", (conversation) => conversation.send({ text: "apple d", parentId: null }))
  const second = await shelf(name)
  const results = await Promise.allSettled([second.builder.round(), first.builder.round()])
  expect(results.some(({ status }) => status === "fulfilled")).toBe(true)
  await first.builder.round().catch(() => first.builder.round())
  await second.builder.round().catch(() => second.builder.round())
  expect(await second.find("apple")).toHaveLength(4)
  expect((await second.index.state()).shards.reduce((sum, { messages }) => sum + messages, 0)).toBe(4)
})

test("[WB47] an index that is damaged, of another form, or ahead of the store is built anew", async () => {
  const { name, replica } = await device()
  const { builder, find, index } = await shelf(name)
  await write(replica, "a", (conversation) => conversation.send({ text: "an apple", parentId: null }))
  await builder.round()
  const state = await index.state()
  await index.commit({
    from: state.generation,
    state: { ...state, generation: state.generation + 1, cursor: 1_000 },
    shards: [],
    removedShards: [],
    documents: new Map(),
  })
  const behind = await shelf(name)
  await behind.builder.round()
  expect(await behind.find("apple")).toEqual(["an apple"])
  expect((await behind.index.state()).cursor).toBeLessThan(1_000)

  const damaged = { ...(await behind.index.shard((await behind.index.state()).shards[0].id)), postings: new Uint8Array() }
  const now = await behind.index.state()
  const next = { ...now, generation: now.generation + 1, shards: now.shards.map((shard) => ({ ...shard, generation: now.generation + 1 })) }
  await behind.index.commit({ from: now.generation, state: next, shards: [damaged], removedShards: [], documents: new Map() })
  await expect(behind.find("apple")).rejects.toMatchObject({ code: "index-damaged" })

  index.close()
  behind.index.close()
  indexedDB.deleteDatabase(indexName(name, "home"))
  const opening = indexedDB.open(indexName(name, "home"), 1)
  opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore("strange"))
  await new Promise((resolve) => opening.addEventListener("success", resolve))
  opening.result.close()
  const fresh = await IndexStore.open(indexName(name, "home"))
  expect(await fresh.state()).toEqual(EMPTY_INDEX)
  expect(await find("apple").catch(() => [])).toEqual([])
})

test("[WB47] what the index takes in memory is bounded: what has no room is read when it is needed", async () => {
  const { name, replica } = await device()
  const { builder, index, store } = await shelf(name)
  for (const id of ["a", "b", "c"]) await write(replica, id, (conversation) => conversation.send({ text: `apple ${id}`, parentId: null }))
  await builder.round()
  const query = parseQuery("apple")
  const size = async (cacheBytes: number): Promise<readonly [found: number, bytes: number]> => {
    const engine = new SearchEngine({ store, index, workspace: "home", now: Date.now, cacheBytes })
    const found = await engine.candidates({ query, hidden: [] })
    return [found.length, engine.cacheBytes]
  }
  const [found, whole] = await size(Infinity)
  expect([found, whole > 0]).toEqual([3, true])
  expect(await size(whole)).toEqual([3, whole])
  expect(await size(whole - 1)).toEqual([3, 0])
})

/** Searches as a page does, and waits until `count` messages are found. */
async function found(client: SearchClient, typed: string, count: number): Promise<SearchGroup[]> {
  let groups: SearchGroup[] = []
  const ask = () =>
    new Promise<void>((resolve) => {
      const seen: SearchGroup[] = []
      const done = (): void => {
        groups = seen
        resolve()
      }
      client.search(
        { query: parseQuery(typed), hidden: [], groups: 20, hitsPerGroup: 3 },
        { group: (group) => seen.push(group), end: done, failed: done },
      )
    })
  await vi.waitFor(
    async () => {
      await ask()
      expect(groups.flatMap(({ hits }) => hits)).toHaveLength(count)
    },
    { timeout: 20_000 },
  )
  return groups
}

test("[WB47] a worker keeps the index, says how far it is, and two tabs find what either writes", async () => {
  const { name, replica } = await device()
  await write(replica, "a", (conversation) => conversation.send({ text: "an apple of before", parentId: null }))
  const [one, two] = [new SearchClient(name, "home"), new SearchClient(name, "home")]
  await found(one, "apple", 1)
  await write(replica, "b", (conversation) => conversation.send({ text: "an apple of now", parentId: null }))
  const groups = await found(two, "apple", 2)
  expect(groups.map(({ conversationId }) => conversationId).toSorted()).toEqual(["a", "b"])
  await vi.waitFor(() => expect([one.progress.state, two.progress.state]).toEqual(["ready", "ready"]))
  const places = await two.find({ conversationId: "b", text: "ppl", choices: [] })
  expect(places).toMatchObject({ onLine: 1, places: [{ count: 1 }] })
})

test("[WB49] of a word that stands everywhere so many messages are counted, and one more is said to be there", async () => {
  const { name, replica } = await device()
  const { builder, index, store } = await shelf(name)
  const engine = new SearchEngine({ store, index, workspace: "home", now: Date.now })
  const counted = async (messages: number): Promise<unknown> => {
    await write(replica, "a", (conversation) => {
      for (let sent = 0; sent < messages; sent++) conversation.send({ text: "an apple", parentId: null })
    })
    builder.noteWritten([conversationDocumentId("home", "a")])
    await builder.round()
    const groups: SearchGroup[] = []
    const request = { query: parseQuery("apple"), hidden: [], groups: 9, hitsPerGroup: 3 }
    await engine.search(
      request,
      (group) => groups.push(group),
      () => false,
    )
    return groups.map(({ hits, more, atLeast }) => ({ found: hits.length + more, atLeast }))
  }
  expect(await counted(MAX_LOOKED_AT)).toEqual([{ found: MAX_LOOKED_AT, atLeast: false }])
  expect(await counted(1)).toEqual([{ found: MAX_LOOKED_AT, atLeast: true }])
})

test("[WB51] however fast somebody types, a conversation is read once, and what they typed last is found", async () => {
  const { name, replica } = await device()
  await write(replica, "a", (conversation) => {
    for (const text of ["a pear", "an apple", "another apple"]) conversation.send({ text, parentId: null })
  })
  const { store } = await shelf(name)
  const reader = new ConversationReader(store, "home")
  const keys = Array.from("apple")
  const whole = await Promise.all(keys.map(() => reader.readWhole("a", (view) => view)))
  expect(new Set(whole).size).toBe(1)
  const parts = await Promise.all(keys.map(() => reader.read(conversationDocumentId("home", "a"))))
  expect(new Set(parts).size).toBe(1)

  const client = new SearchClient(name, "home")
  const answers = await Promise.all(keys.map((_, at) => client.find({ conversationId: "a", text: "apple".slice(0, at + 1), choices: [] })))
  expect(answers.slice(0, -1)).toEqual(keys.slice(1).map(() => "superseded"))
  expect(answers.at(-1)).toMatchObject({ places: [{ count: 1 }, { count: 1 }] })
})

test("[WB47] an index that is damaged while a worker runs is mended by itself", async () => {
  const { name, replica } = await device()
  await write(replica, "a", (conversation) => conversation.send({ text: "an apple", parentId: null }))
  const client = new SearchClient(name, "home")
  await found(client, "apple", 1)
  const index = await IndexStore.open(indexName(name, "home"))
  const state = await index.state()
  const [shard] = state.shards
  const damaged = { ...(await index.shard(shard.id)), postings: new Uint8Array() }
  await index.commit({
    from: state.generation,
    state: { ...state, generation: state.generation + 1, shards: [{ ...shard, generation: state.generation + 1 }] },
    shards: [damaged],
    removedShards: [],
    documents: new Map(),
  })
  await write(replica, "b", (conversation) => conversation.send({ text: "another apple", parentId: null }))
  await found(client, "apple", 2)
})

test("[WB47] without a store on the disk there is no index, and it is said", () => {
  const client = new SearchClient(undefined, "home")
  expect(client.progress.state).toBe("unavailable")
  let failed = 0
  client.search({ query: parseQuery("x"), hidden: [], groups: 1, hitsPerGroup: 1 }, { group() {}, end() {}, failed: () => failed++ })
  expect(failed).toBe(1)
})
