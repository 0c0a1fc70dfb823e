import { userHomeDocumentId } from "@polylogue/conversation"
import { type OpenDocument, useDocument, useDocumentStatus, usePolylogue, useReplicaStatus } from "@polylogue/react"
import type { Safety } from "@polylogue/replica"
import { SafetyMark } from "../sync/safety-mark.tsx"

/** Where the draft is: it is kept as a message is, in the author's private document. */
export function DraftMark() {
  const { author, user } = usePolylogue()
  const document = useDocument(userHomeDocumentId(user ?? author.id))
  return document.state === "open" ? <Mark open={document} /> : null
}

function Mark({ open }: { readonly open: OpenDocument }) {
  const { unsavedUpdates, waitingRows } = useDocumentStatus(open)
  const { keeps } = useReplicaStatus()
  const safety: Safety = unsavedUpdates > 0 ? "memory" : waitingRows > 0 ? "local" : "stored"
  return (
    <span className="composer-draft">
      Draft <SafetyMark safety={safety} keeps={keeps} />
    </span>
  )
}
