import type { FromPassages, ToPassages } from "./passage-messages.ts"
import { PassageShelf } from "./passage-shelf.ts"

/* Holds the passages of the workspace's sources and ranks them off the page. */

const scope = globalThis as unknown as {
  addEventListener(type: "message", listener: (event: MessageEvent<ToPassages>) => void): void
  postMessage(message: FromPassages): void
}
const shelf = new PassageShelf()

scope.addEventListener("message", ({ data }) => {
  if (data.type === "put") shelf.put(data.sourceId, data.passages)
  else if (data.type === "remove") shelf.remove(data.sourceId)
  else scope.postMessage({ id: data.id, found: shelf.search(data.query, data.limit) })
})
