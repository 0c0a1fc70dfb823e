import { useSyncExternalStore } from "react"
import { Icon } from "../frame/icon.tsx"

/** What a browser that installs pages fires; it is in no standard. */
interface InstallEvent extends Event {
  readonly prompt: () => Promise<unknown>
}

let offered: InstallEvent | undefined
const listeners = new Set<() => void>()

/** Keeps the browser's offer to install the page for later, instead of showing it over what somebody reads. Called once, when the page starts. */
export function followInstallOffer(): void {
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault()
    settle(event as InstallEvent)
  })
  window.addEventListener("appinstalled", () => settle(undefined))
}

/** What asks the browser to install the page; `undefined` where it does not, or has. */
export function useInstall(): (() => void) | undefined {
  const event = useSyncExternalStore(subscribe, () => offered)
  if (event === undefined) return undefined
  return () => {
    // An offer can be used once; who says no is offered it again when the browser thinks so.
    settle(undefined)
    event.prompt().catch(() => {})
  }
}

/** The offer in the settings: quiet, and only where the browser makes one. */
export function InstallOffer() {
  const install = useInstall()
  if (install === undefined) return null
  return (
    <section className="setting" aria-label="Install">
      <p>Installed, Polylogue has a window and an icon of its own, and opens without a network.</p>
      <button type="button" className="button" onClick={install}>
        <Icon name="install" /> Install Polylogue
      </button>
    </section>
  )
}

function settle(event: InstallEvent | undefined): void {
  offered = event
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
