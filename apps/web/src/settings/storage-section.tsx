import { usePolylogue, useReplicaStatus } from "@polylogue/react"
import { useCallback, useEffect, useState } from "react"
import { bytesInWords, type StorageState, useStorageState } from "../device/storage-estimate.ts"
import { BackupSection } from "../export/backup-section.tsx"
import { counted } from "../frame/relative-time.ts"
import { useToast } from "../frame/toast.tsx"
import { keepsWords } from "../sync/keeps-words.ts"
import { type AttachmentSum, attachmentSum, type StoragePart, storageParts } from "./storage-parts.ts"

/** What is on this device, how long it stays, and what can be cleared without losing anything. */
export function StorageSection({ onRestore }: { readonly onRestore: () => void }) {
  const { keeps } = useReplicaStatus()
  const [storage, persist] = useStorageState()
  const [attachments, clear] = useAttachments()
  return (
    <section className="setting-facts" aria-label="Storage">
      <Meter storage={storage} parts={storageParts(storage, attachments)} />
      <div className="setting">
        <h3>How long it stays</h3>
        <p>{keepsWords(keeps, storage.persistent)}.</p>
        {keeps === "durable" && storage.persistent === true && <p className="quiet">The browser has promised not to clear it by itself.</p>}
        {keeps === "durable" && storage.persistent === false && (
          <>
            <p className="quiet">
              The browser may clear it when the disk is full, or when you have not been here for long. What a relay has comes back then;
              what is on this device only would not.
            </p>
            <button type="button" className="button" onClick={persist}>
              Ask the browser to keep it
            </button>
          </>
        )}
      </div>
      <BackupSection onRestore={onRestore} />
      <div className="setting">
        <h3>Attachments</h3>
        <p>{attachmentWords(attachments)}</p>
        {attachments.clearableCount > 0 && (
          <>
            <p className="quiet">Those that a relay has can be cleared here; they are fetched again when you look at them.</p>
            <button type="button" className="button" onClick={clear}>
              Clear {bytesInWords(attachments.clearableBytes)}
            </button>
          </>
        )}
      </div>
    </section>
  )
}

function Meter({ storage, parts }: { readonly storage: StorageState; readonly parts: readonly StoragePart[] }) {
  const { usedBytes, quotaBytes } = storage
  if (usedBytes === undefined || quotaBytes === undefined) return <p className="quiet">This browser does not tell how much is stored.</p>
  const share = quotaBytes === 0 ? 1 : usedBytes / quotaBytes
  return (
    <div className="setting">
      <h3>Space</h3>
      <p>
        {bytesInWords(usedBytes)} of {bytesInWords(quotaBytes)} used.
      </p>
      <meter className="storage-meter" aria-label="Space used" min={0} max={1} high={0.9} value={share} />
      <dl className="facts">
        {parts.map(({ name, bytes }) => (
          <div key={name} className="facts-row">
            <dt>{name}</dt>
            <dd>{bytesInWords(bytes)}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet">As the browser estimates it.</p>
    </div>
  )
}

function attachmentWords({ count, bytes, clearableCount }: AttachmentSum): string {
  if (count === 0) return "None on this device."
  const rest = count - clearableCount
  return `${counted(count, "attachment")}, ${bytesInWords(bytes)}. ${rest === 0 ? "A relay has all of them." : `No relay has ${rest} of them.`}`
}

const NONE: AttachmentSum = attachmentSum([])

function useAttachments(): readonly [AttachmentSum, () => void] {
  const { replica } = usePolylogue()
  const toast = useToast()
  const [sum, setSum] = useState(NONE)
  const refresh = useCallback(async (): Promise<void> => {
    setSum(attachmentSum(await replica.blobs.shelved()))
  }, [replica])
  useEffect(() => {
    // The store's trouble is in the replica's status, which is on screen.
    const load = (): void => void refresh().catch(() => {})
    load()
    return replica.blobs.subscribe(load)
  }, [replica, refresh])
  const clear = useCallback(() => {
    const run = async (): Promise<void> => {
      try {
        const freedBytes = await replica.blobs.clear()
        toast({ text: `${bytesInWords(freedBytes)} cleared.` })
      } catch {
        toast({ text: "The attachments could not be cleared. Nothing was lost." })
      }
      await refresh().catch(() => {})
    }
    void run()
  }, [replica, refresh, toast])
  return [sum, clear]
}
