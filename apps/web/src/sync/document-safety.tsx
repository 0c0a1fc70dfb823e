import { type OpenPrompt, useDocumentStatus, useReplicaStatus } from "@polylogue/react"
import { useCallback, useSyncExternalStore } from "react"
import { SafetyMark, safetyWords } from "./safety-mark.tsx"
import "./document-safety.css"

/** Where the words of a document are: the least safe one decides. In words while something waits for a relay. */
export function DocumentSafety({ open }: { readonly open: OpenPrompt["open"] }) {
  const { unsavedUpdates, waitingRows } = useDocumentStatus(open)
  const { keeps } = useReplicaStatus()
  const isReplicated = useIsReplicated(open)
  const safety = unsavedUpdates > 0 ? "memory" : waitingRows > 0 ? "local" : isReplicated ? "replicated" : "stored"
  return (
    <span className="document-safety" data-safety={safety}>
      <SafetyMark safety={safety} keeps={keeps} />
      {safety === "local" && <span>{safetyWords(safety, keeps)}</span>}
    </span>
  )
}

/** Whether all of it is on other relays, too; false where no relay has spoken of others. */
function useIsReplicated({ document }: OpenPrompt["open"]): boolean {
  const subscribe = useCallback((listener: () => void) => document.subscribe(listener), [document])
  return useSyncExternalStore(subscribe, () => document.status.otherRelays > 0 && document.replicated)
}
