import { type Polylogue, usePolylogue } from "@polylogue/react"
import { useEffect } from "react"

/** Makes the browser ask before it closes a tab that holds words which are nowhere else. */
export function useLeaveWarning(): void {
  const { pool } = usePolylogue()
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (unsavedUpdates(pool) > 0) event.preventDefault()
    }
    window.addEventListener("beforeunload", ask)
    return () => window.removeEventListener("beforeunload", ask)
  }, [pool])
}

/** How many updates of the documents on screen are in memory only. */
export function unsavedUpdates(pool: Polylogue["pool"]): number {
  let count = 0
  for (const { document } of pool.openDocuments()) count += document.status.unsavedUpdates
  return count
}
