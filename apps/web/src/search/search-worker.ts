import { IndexedDbEntryLog } from "@polylogue/storage/indexeddb"
import type { FromWorker, ToWorker } from "./search-messages.ts"
import { SearchService } from "./search-service.ts"

/* The worker's door: opens the device's store beside the page, which is the first thing that it is told, and passes on what comes after that. */

/** What is used of a worker's global scope; the types of a page and of a worker exclude each other. */
interface WorkerScope {
  postMessage(message: FromWorker): void
  addEventListener(type: "message", listener: (event: MessageEvent<ToWorker>) => void): void
}

const scope = globalThis as unknown as WorkerScope
let service: Promise<SearchService | undefined> = Promise.resolve(undefined)

scope.addEventListener("message", ({ data }) => {
  if (data.type === "start") service = start(data.store, data.workspace)
  else void pass(data)
})

async function start(name: string, workspace: string): Promise<SearchService | undefined> {
  const store = new IndexedDbEntryLog({ name })
  const post = (message: FromWorker): void => scope.postMessage(message)
  try {
    await store.open()
    return await SearchService.start({ store, name, workspace, post, now: Date.now })
  } catch {
    post({ type: "progress", progress: { state: "unavailable", done: 0, total: 0 } })
    return undefined
  }
}

async function pass(message: Exclude<ToWorker, { readonly type: "start" }>): Promise<void> {
  const running = await service
  if (running !== undefined) running.handle(message)
  else if ("id" in message) scope.postMessage({ type: "failed", id: message.id })
}
