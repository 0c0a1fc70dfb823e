import { type OpenConversation, useReplicaStatus, usePolylogue } from "@polylogue/react"
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react"
import { bytesInWords, useStorageState } from "../device/storage-estimate.ts"
import { ConversationErasures } from "../erasing/erasure-state.tsx"
import { Icon } from "../frame/icon.tsx"
import { useOneMargin } from "../frame/one-margin.ts"
import { CopiesSection } from "./copies-section.tsx"
import { setCutOff } from "./cut-off.ts"
import { DetailSection, Fact } from "./detail-section.tsx"
import { keepsWords } from "./keeps-words.ts"
import { KeptTexts } from "./kept-texts.tsx"
import { RelaySection } from "./relay-section.tsx"
import { SafetyMark, safetyWords } from "./safety-mark.tsx"
import { WaitingList } from "./waiting-list.tsx"
import { useSentence } from "./use-sentence.ts"
import "./sync-details.css"

interface SyncDetailsProps {
  readonly held: OpenConversation | undefined
  readonly onUseText: (text: string) => void
  readonly onClose: () => void
}

const MARKS = ["memory", "local", "stored", "replicated"] as const
const NOTHING = (): void => {}

/** The margin on safety: each relay, what waits, what this device keeps. */
export function SyncDetails({ held, onUseText, onClose }: SyncDetailsProps) {
  const { sentence, waitingMessages } = useSentence(held)
  const { replica } = usePolylogue()
  const status = useReplicaStatus()
  const [storage, persist] = useStorageState()
  // A relay that stands alone gives nobody a mark to wait for.
  const hasOthers = useHasOthers(held)
  const close = useRef<HTMLButtonElement>(null)
  useOneMargin(onClose)
  useEffect(() => close.current?.focus(), [])
  return (
    // reason: Escape closes the margin wherever the focus in it is.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      className="margin"
      aria-label="Sync details"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose()
      }}
    >
      <header className="margin-head">
        <h2>Where it is safe</h2>
        <button ref={close} type="button" className="icon-button" aria-label="Close sync details" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="margin-body">
        <p className={`margin-sentence margin-sentence-${sentence.tone}`}>{sentence.detail}</p>
        <KeptTexts onUseText={onUseText} />
        <RelaySection />
        <DetailSection title="Waiting for a relay">
          <Fact term="Messages here">{waitingMessages}</Fact>
          <Fact term="Changes waiting">{status.waitingRows}</Fact>
          {status.waitingRows > 0 && <WaitingList />}
        </DetailSection>
        {held !== undefined && <CopiesSection held={held} />}
        {held !== undefined && <ConversationErasures key={held.conversationId} conversationId={held.conversationId} />}
        <DetailSection title="This device">
          <Fact term="Keeps it">{keepsWords(status.keeps, storage.persistent)}</Fact>
          {storage.usedBytes !== undefined && storage.quotaBytes !== undefined && (
            <Fact term="Space">
              {bytesInWords(storage.usedBytes)} of {bytesInWords(storage.quotaBytes)}
            </Fact>
          )}
          <Fact term="This tab">{status.holder ? "Holds the connection" : "Uses another tab’s connection"}</Fact>
          {status.keeps === "durable" && storage.persistent === false && (
            <>
              <p className="quiet">
                The browser may clear it when the disk is full, or when you have not been here for long. A private window forgets it when it
                closes.
              </p>
              <button type="button" className="button" onClick={persist}>
                Ask the browser to keep it
              </button>
            </>
          )}
        </DetailSection>
        <DetailSection title="Work without the relay">
          <label className="switch">
            <input
              type="checkbox"
              role="switch"
              aria-checked={status.cutOff}
              checked={status.cutOff}
              onChange={(event) => setCutOff(replica, event.target.checked)}
            />
            <span>Cut this device off</span>
          </label>
          <p className="quiet">
            Nothing is sent or received until you switch it back, also after a reload and in every tab. You can go on reading and writing.
          </p>
        </DetailSection>
        <DetailSection title="The marks">
          {MARKS.filter((safety) => safety !== "replicated" || hasOthers).map((safety) => (
            <p key={safety} className="margin-mark">
              <SafetyMark safety={safety} keeps={status.keeps} /> {safetyWords(safety, status.keeps)}
            </p>
          ))}
        </DetailSection>
      </div>
    </aside>
  )
}

/** Whether a relay has spoken of others that have something of the conversation. */
function useHasOthers(held: OpenConversation | undefined): boolean {
  const segments = held?.segments
  const subscribe = useCallback((listener: () => void) => segments?.subscribeStatus(listener) ?? NOTHING, [segments])
  return useSyncExternalStore(subscribe, () => (segments?.status.otherRelays ?? 0) > 0)
}
