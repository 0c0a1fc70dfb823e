import { Conversation, conversationDocumentId } from "@polylogue/conversation"
import { openReplica, type Replica } from "@polylogue/replica"
import { browserTabs, randomBytes, systemClock } from "@polylogue/replica/browser"
import { IndexedDbEntryLog } from "@polylogue/storage/indexeddb"
import { IndexBuilder } from "../src/search/index-builder.ts"
import { IndexStore } from "../src/search/index-store.ts"
import { parseQuery } from "../src/search/query.ts"
import { SearchEngine } from "../src/search/search-engine.ts"
import type { SearchGroup } from "../src/search/search-results.ts"
import { indexName } from "../src/search/search-service.ts"

/** A device with a real store that nobody else uses, and no relay. */
export async function device(name = `search-${crypto.randomUUID()}`): Promise<{ readonly name: string; readonly replica: Replica }> {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const tabs = browserTabs(name)!
  const replica = await openReplica({ store: new IndexedDbEntryLog({ name }), relays: [], dial, clock: systemClock, randomBytes, tabs })
  return { name, replica }
}

/** Writes a conversation of the device, and waits until it is on its disk. */
export async function write<Result>(replica: Replica, id: string, run: (conversation: Conversation) => Result): Promise<Result> {
  const document = await replica.open(conversationDocumentId("home", id))
  const author = { id: "ana", kind: "person", name: "Ana" }
  const conversation = new Conversation(document.ydoc, { writer: "w", author, now: Date.now, randomBytes })
  const result = run(conversation)
  conversation.destroy()
  await document.whenDurable("local")
  await document.close()
  return result
}

/** Index and engine of a device, as its worker has them. */
export async function shelf(name: string): Promise<{
  readonly index: IndexStore
  readonly store: IndexedDbEntryLog
  readonly builder: IndexBuilder
  readonly find: (typed: string) => Promise<string[]>
}> {
  const store = new IndexedDbEntryLog({ name })
  await store.open()
  const index = await IndexStore.open(indexName(name, "home"))
  const engine = new SearchEngine({ store, index, workspace: "home", now: Date.now })
  const find = async (typed: string): Promise<string[]> => {
    const found: SearchGroup[] = []
    const request = { query: parseQuery(typed), hidden: [], groups: 100, hitsPerGroup: 100 }
    await engine.search(
      request,
      (group) => found.push(group),
      () => false,
    )
    return found.flatMap(({ hits }) => hits.map(({ snippet }) => snippet.text))
  }
  return { index, store, builder: new IndexBuilder({ store, index, workspace: "home" }), find }
}

/** All bytes and strings that rest in the database `name`, as text. */
export async function restingText(name: string): Promise<string> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name)
    request.addEventListener("success", () => resolve(request.result))
    request.addEventListener("error", () => reject(request.error ?? new Error("not opened")))
  })
  const found: string[] = []
  const visit = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) found.push(new TextDecoder("latin1").decode(value))
    else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) visit(inner)
    else found.push(String(value))
  }
  for (const store of database.objectStoreNames) {
    const request = database.transaction(store).objectStore(store).getAll()
    await new Promise((resolve) => request.addEventListener("success", resolve))
    visit(request.result)
  }
  database.close()
  return found.join("|")
}
