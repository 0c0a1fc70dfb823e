import { usePolylogue, useReplicaStatus } from "@polylogue/react"
import { useEffect, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { unsavedUpdates } from "./leave-warning.ts"
import { takeNewVersion, useVersionState, type VersionState } from "./service-worker.ts"
import "../sync/banner.css"

/** Offers a new version of the app. It never reloads by itself, and not while something written here is on its way. */
export function UpdatePrompt() {
  const version = useVersionState()
  const { replica, pool } = usePolylogue()
  const { waitingRows, storageError } = useReplicaStatus()
  const [closed, setClosed] = useState<VersionState>()
  const [asked, setAsked] = useState(false)
  // Asked in the moment in which a word was written, it waits for that word: the status changes once a relay has it.
  useEffect(() => {
    if (!asked || waitingRows > 0 || replica.status.waitingRows > 0 || unsavedUpdates(pool) > 0) return
    takeNewVersion()
  }, [asked, replica, pool, waitingRows])
  if (version === "current" || closed === version) return null
  const safe = waitingRows === 0 && storageError === undefined
  return (
    <div className="banner" role="status" data-testid="update-prompt">
      <span>{updateWords(version, safe)}</span>
      <button type="button" className="button" disabled={!safe} onClick={() => setAsked(true)}>
        Reload now
      </button>
      <button type="button" className="icon-button" aria-label="Later" onClick={() => setClosed(version)}>
        <Icon name="close" />
      </button>
    </div>
  )
}

/** What is said about a version that is not the one on screen. `safe`: a relay has all that was written here. */
function updateWords(version: Exclude<VersionState, "current">, safe: boolean): string {
  const what =
    version === "ready"
      ? "A new version of Polylogue is ready."
      : "Another tab has updated Polylogue; some of this page works again after a reload."
  return safe ? what : `${what} It waits until everything you wrote is stored on a relay.`
}
