import { usePolylogue, useReplicaStatus, useUpload } from "@polylogue/react"
import { SafetyMark } from "../../sync/safety-mark.tsx"
import { REFUSAL_WORDS } from "./file-words.ts"

/** Where a file of this device is, as long as no relay has it; and why, where one refused it. */
export function UploadNote({ sha256 }: { readonly sha256: string | undefined }) {
  const { replica, workspace } = usePolylogue()
  const { connection, keeps } = useReplicaStatus()
  const upload = useUpload(sha256)
  if (upload === undefined) return null
  if (upload.state !== "refused") {
    return (
      <span className="upload-note">
        <SafetyMark safety="local" keeps={keeps} />
        {connection === "online" ? "On its way to the relay" : "On this device, waiting for the relay"}
      </span>
    )
  }
  return (
    <span className="upload-note upload-refused" role="status">
      <SafetyMark safety="local" keeps={keeps} />
      <span>{upload.refusal === undefined ? "The relay does not take it." : REFUSAL_WORDS[upload.refusal]}</span>
      {upload.refusal !== "erased" && upload.refusal !== "mismatch" && (
        <button type="button" className="button" onClick={() => void replica.blobs.retry(workspace, upload.hash)}>
          Try again
        </button>
      )}
    </span>
  )
}
