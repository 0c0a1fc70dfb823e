import type { ReplicaStatus } from "@polylogue/replica"
import { useCallback, useSyncExternalStore } from "react"
import { usePolylogue } from "./polylogue.ts"

/** How this device's replica stands; renders again at each change of it. */
export function useReplicaStatus(): ReplicaStatus {
  const { replica } = usePolylogue()
  const subscribe = useCallback((listener: () => void) => replica.subscribe(listener), [replica])
  return useSyncExternalStore(subscribe, () => replica.status)
}
