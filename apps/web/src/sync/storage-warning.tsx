import { useReplicaStatus } from "@polylogue/react"
import { useState } from "react"
import { bytesInWords, isNearlyFull, useStorageState } from "../device/storage-estimate.ts"
import { Icon } from "../frame/icon.tsx"
import "./banner.css"

/** Says before it costs anything that this device will not keep what is written, or is nearly full. */
export function StorageWarning() {
  const { keeps } = useReplicaStatus()
  const [storage] = useStorageState()
  const [closed, setClosed] = useState<string>()
  const warning = warningOf(keeps, isNearlyFull(storage), (storage.quotaBytes ?? 0) - (storage.usedBytes ?? 0))
  if (warning === undefined || closed === warning) return null
  return (
    <div className="banner banner-warn" role="status">
      <span>{warning}</span>
      <button type="button" className="icon-button" aria-label="Close" onClick={() => setClosed(warning)}>
        <Icon name="close" />
      </button>
    </div>
  )
}

function warningOf(keeps: string, nearlyFull: boolean, leftBytes: number): string | undefined {
  if (keeps === "tab") {
    return "This browser does not let the page store anything. What you write is in this tab only until a relay has it: leave the tab open until it says “All safe”."
  }
  if (keeps === "window") return "This is a private window: what a relay does not have goes when you close it."
  if (nearlyFull) return `This device is nearly full (${bytesInWords(leftBytes)} left). Free some space, or export what you want to keep.`
  return undefined
}
