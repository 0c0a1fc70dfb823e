import { useSyncExternalStore } from "react"

/*
 * The service worker keeps the app for opening without a network. A newer version is fetched beside the one in use and waits there:
 *
 *   current ──a newer one has been fetched──▶ ready ──takeNewVersion()──▶ the page loads anew
 *      └──another tab took it, or a part of this version is gone──▶ replaced
 *
 * A page that was `replaced` goes on with what it has loaded; parts that it never needed are gone with the old version.
 */

/** How the version of this page stands to the newest one known. */
export type VersionState = "current" | "ready" | "replaced"

/** A page that stays open for days looks for a new version so often. */
const LOOK_EVERY_MS = 60 * 60_000

let state: VersionState = "current"
let registration: ServiceWorkerRegistration | undefined
let asked = false
const listeners = new Set<() => void>()

/** Registers the service worker, after which the app opens without a network. Does nothing where there is none, or in development. */
export function registerServiceWorker(): void {
  window.addEventListener("vite:preloadError", () => void partMissing())
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return
  const controlled = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (asked) location.reload()
    // The first worker ever takes charge of a page that it had no part in; that is no new version.
    else if (controlled) settle("replaced")
  })
  // Without it (a private window, a blocked storage) the app works as long as the relay serves it.
  navigator.serviceWorker.register("./sw.js", { scope: "./" }).then(follow, () => {})
}

/** How this page stands to the newest version; renders again when that changes. */
export function useVersionState(): VersionState {
  return useSyncExternalStore(subscribe, () => state)
}

/** Uses the version that waits: the page is loaded anew once it is in charge. Where another tab did that already, at once. */
export function takeNewVersion(): void {
  const waiting = registration?.waiting
  if (state === "replaced" || waiting == null) {
    location.reload()
    return
  }
  asked = true
  waiting.postMessage({ type: "SKIP_WAITING" })
}

function follow(registered: ServiceWorkerRegistration): void {
  registration = registered
  if (registered.waiting !== null && navigator.serviceWorker.controller !== null) settle("ready")
  registered.addEventListener("updatefound", () => {
    const { installing } = registered
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && navigator.serviceWorker.controller !== null) settle("ready")
    })
  })
  // Without a network there is nothing new; it is asked again.
  setInterval(() => void registered.update().catch(() => {}), LOOK_EVERY_MS)
}

/** A part of this version cannot be loaded. Where the page itself can, a newer version has taken its place; else it is only out of reach. */
async function partMissing(): Promise<void> {
  const page = await fetch(location.pathname, { method: "HEAD", cache: "no-store" }).catch(() => undefined)
  if (page?.ok === true) settle("replaced")
}

function settle(next: VersionState): void {
  if (state === next || state === "replaced") return
  state = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
