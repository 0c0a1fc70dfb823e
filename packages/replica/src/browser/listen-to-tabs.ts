import type { DocumentId } from "@polylogue/protocol"
import { isTabMessage } from "../tab-messages.ts"
import { meetingPlace, page } from "./scope.ts"

/**
 * Calls `listener` when a tab says that it has written to documents of the store `name`, this one included. A hint, as all that tabs say to each
 * other: the truth stands in the store. Hears nothing where there are no channels. Works in a worker. Returns a function that ends it.
 */
export function listenToTabs(name: string, listener: (documentIds: readonly DocumentId[]) => void): () => void {
  const Channel = page.BroadcastChannel
  if (Channel === undefined) return () => undefined
  const channel = new Channel(meetingPlace(name))
  channel.addEventListener("message", ({ data }) => {
    if (isTabMessage(data) && data.type === "changed") listener(data.documents)
  })
  return () => channel.close()
}
