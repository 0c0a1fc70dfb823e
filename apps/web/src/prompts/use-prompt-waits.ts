import { promptDocumentId } from "@polylogue/conversation"
import { usePolylogue } from "@polylogue/react"
import { useCallback, useSyncExternalStore } from "react"

/** Whether something of a prompt waits on this device that no relay has; known without opening it. Renders again only when that changes. */
export function usePromptWaits(promptId: string): boolean {
  const { replica, workspace } = usePolylogue()
  const subscribe = useCallback((listener: () => void) => replica.subscribe(listener), [replica])
  return useSyncExternalStore(subscribe, () => replica.waits(promptDocumentId(workspace, promptId)))
}
