import { useSyncExternalStore } from "react"
import { Workbox } from "workbox-window"

/** Whether another version of the app waits to be used. */
let waiting = false
let workbox: Workbox | undefined
const listeners = new Set<() => void>()

/** Registers the service worker, after which the app opens without a network. Does nothing where there is none, or in development. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return
  workbox = new Workbox("./sw.js", { scope: "./" })
  workbox.addEventListener("waiting", () => {
    waiting = true
    for (const listener of listeners) listener()
  })
  // Without it (a private window, a blocked storage) the app works as long as the relay serves it.
  workbox.register().catch(() => {})
}

/** Whether another version of the app waits to be used; renders again when one comes. */
export function useUpdateWaiting(): boolean {
  return useSyncExternalStore(subscribe, () => waiting)
}

/** Uses the version that waits: the page is loaded anew once it is in charge. */
export function takeNewVersion(): void {
  workbox?.addEventListener("controlling", () => location.reload())
  workbox?.messageSkipWaiting()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
