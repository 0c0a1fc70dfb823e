import type { Tabs } from "../options.ts"
import { meetingPlace, page, type PageChannel } from "./scope.ts"

/**
 * The tabs of one origin that use the store `name`: a Web Lock says which one holds the socket, a BroadcastChannel carries hints.
 * `undefined` where a page has neither (an insecure origin): each tab then holds a socket of its own, which costs a socket and nothing else.
 */
export function browserTabs(name: string): Tabs | undefined {
  const { locks } = page.navigator
  const Channel = page.BroadcastChannel
  if (locks === undefined || Channel === undefined) return undefined
  const lock = meetingPlace(name)
  let channel: PageChannel | undefined
  return {
    lead(request) {
      const { steal } = request
      const abort = new page.AbortController()
      let state: "asking" | "holding" | "over" = "asking"
      let giveBack: () => void = () => undefined
      const hold = () =>
        new Promise<void>((resolve) => {
          if (state === "over") return resolve()
          state = "holding"
          giveBack = resolve
          request.granted()
        })
      // A steal cannot be withdrawn, so it takes no signal.
      locks.request(lock, steal ? { steal } : { signal: abort.signal }, hold).catch(() => {
        if (state !== "holding") return
        state = "over"
        request.lost()
      })
      return () => {
        const before = state
        state = "over"
        if (before === "holding") giveBack()
        else if (!steal) abort.abort()
      }
    },
    post(message) {
      channel?.postMessage(message)
    },
    listen(handler) {
      const listening = new Channel(lock)
      channel = listening
      listening.addEventListener("message", (event) => handler(event.data))
      return () => {
        if (channel === listening) channel = undefined
        listening.close()
      }
    },
    visible: () => page.document?.visibilityState !== "hidden",
  }
}
