import { page } from "./scope.ts"

/** Events that say that a page, or its network, is back. `visibilitychange` also says that it goes, which wakes nobody. */
const OF_WINDOW = ["online", "pageshow", "focus"]
const OF_DOCUMENT = ["visibilitychange", "resume"]

/** Calls `woken` when the browser thinks that it is online again, or the page is seen again. Returns a function that ends it. */
export function browserWake(woken: () => void): () => void {
  const seen = () => {
    if (page.document?.visibilityState !== "hidden") woken()
  }
  for (const type of OF_WINDOW) page.addEventListener(type, woken)
  for (const type of OF_DOCUMENT) page.document?.addEventListener(type, seen)
  return () => {
    for (const type of OF_WINDOW) page.removeEventListener(type, woken)
    for (const type of OF_DOCUMENT) page.document?.removeEventListener(type, seen)
  }
}
