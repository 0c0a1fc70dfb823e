import type { UpdateChecker } from "@polylogue/storage/level"
import * as Y from "yjs"

/** Takes updates in as a reader does. */
export function updateChecker(): UpdateChecker {
  const ydoc = new Y.Doc()
  return {
    take: (update) => Y.applyUpdate(ydoc, update),
    get waits() {
      return ydoc.store.pendingStructs !== null || ydoc.store.pendingDs !== null
    },
  }
}
