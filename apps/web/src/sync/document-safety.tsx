import { type OpenPrompt, useDocumentStatus, useReplicaStatus } from "@polylogue/react"
import { SafetyMark, safetyWords } from "./safety-mark.tsx"
import "./document-safety.css"

/** Where the words of a document are: it waits as long as anything in it has not reached a relay. In words while it does. */
export function DocumentSafety({ open }: { readonly open: OpenPrompt["open"] }) {
  const { unsavedUpdates, waitingRows } = useDocumentStatus(open)
  const { keeps } = useReplicaStatus()
  const safety = unsavedUpdates > 0 ? "memory" : waitingRows > 0 ? "local" : "stored"
  return (
    <span className="document-safety" data-safety={safety}>
      <SafetyMark safety={safety} keeps={keeps} />
      {safety === "local" && <span>{safetyWords(safety, keeps)}</span>}
    </span>
  )
}
