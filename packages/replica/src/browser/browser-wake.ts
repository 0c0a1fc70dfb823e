import { systemClock } from "../system/system-clock.ts"
import { page } from "./scope.ts"

/** Events that say that a page, or its network, is back. `visibilitychange` also says that it goes, which wakes nobody. */
const OF_WINDOW = ["online", "pageshow", "focus"]
const OF_DOCUMENT = ["visibilitychange", "resume"]

/**
 * A browser that loses its network says so and leaves its sockets open and mute: asked so much later, when a living connection would have been
 * heard, the connection is probed, and people are told within seconds instead of three heartbeats. The event itself is no proof: it is also
 * fired where the relay stays within reach.
 */
const OFFLINE_PROBE_MS = 2_500

/** Calls `woken` when the browser thinks that it is online again, or the page is seen again, and some seconds after it lost its network. Returns a function that ends it. */
export function browserWake(woken: () => void): () => void {
  let cancelProbe = (): void => {}
  const seen = () => {
    if (page.document?.visibilityState !== "hidden") woken()
  }
  const offline = () => {
    cancelProbe()
    cancelProbe = systemClock.setTimer(woken, OFFLINE_PROBE_MS)
  }
  for (const type of OF_WINDOW) page.addEventListener(type, woken)
  for (const type of OF_DOCUMENT) page.document?.addEventListener(type, seen)
  page.addEventListener("offline", offline)
  return () => {
    cancelProbe()
    for (const type of OF_WINDOW) page.removeEventListener(type, woken)
    for (const type of OF_DOCUMENT) page.document?.removeEventListener(type, seen)
    page.removeEventListener("offline", offline)
  }
}
