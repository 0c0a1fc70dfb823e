import { type OpenConversation, useReplicaStatus, usePolylogue } from "@polylogue/react"
import { type ReactNode, useEffect, useRef } from "react"
import { bytesInWords, useStorageState } from "../device/storage-estimate.ts"
import { ConversationErasures } from "../erasing/erasure-state.tsx"
import { Icon } from "../frame/icon.tsx"
import { useNow } from "../frame/now.ts"
import { useOneMargin } from "../frame/one-margin.ts"
import { exactDate, relativeDate } from "../frame/relative-time.ts"
import { setCutOff } from "./cut-off.ts"
import { keepsWords } from "./keeps-words.ts"
import { KeptTexts } from "./kept-texts.tsx"
import { SafetyMark, safetyWords } from "./safety-mark.tsx"
import { WaitingList } from "./waiting-list.tsx"
import { useSentence } from "./use-sentence.ts"
import "./sync-details.css"

interface SyncDetailsProps {
  readonly held: OpenConversation | undefined
  readonly onUseText: (text: string) => void
  readonly onClose: () => void
}

const CONNECTION_WORDS = { online: "Connected", connecting: "Connecting", offline: "Out of reach", refused: "Refused" } as const

/** The margin on safety: each relay, what waits, what this device keeps. */
export function SyncDetails({ held, onUseText, onClose }: SyncDetailsProps) {
  const { sentence, waitingMessages } = useSentence(held)
  const { replica } = usePolylogue()
  const status = useReplicaStatus()
  const [storage, persist] = useStorageState()
  const now = useNow()
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
        <Section title="Relay">
          <Fact term="Address">{status.relay === undefined ? "None" : <code>{status.relay}</code>}</Fact>
          <Fact term="State">
            {status.cutOff ? "Cut off by you" : CONNECTION_WORDS[status.connection]}
            {status.code === undefined || status.connection === "online" ? "" : ` (${status.code})`}
          </Fact>
          <Fact term="Since">
            <time title={exactDate(status.since)}>{relativeDate(status.since, Math.max(now, status.since))}</time>
          </Fact>
          {status.principal !== undefined && status.principal !== "anonymous" && <Fact term="Knows you as">{status.principal}</Fact>}
          {status.connection !== "online" && !status.cutOff && (
            <button type="button" className="button" onClick={() => replica.reconnect()}>
              Try now
            </button>
          )}
        </Section>
        <Section title="Waiting for a relay">
          <Fact term="Messages here">{waitingMessages}</Fact>
          <Fact term="Changes waiting">{status.waitingRows}</Fact>
          {status.waitingRows > 0 && <WaitingList />}
        </Section>
        {held !== undefined && <ConversationErasures key={held.conversationId} conversationId={held.conversationId} />}
        <Section title="This device">
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
        </Section>
        <Section title="Work without the relay">
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
        </Section>
        <Section title="The marks">
          {(["memory", "local", "stored"] as const).map((safety) => (
            <p key={safety} className="margin-mark">
              <SafetyMark safety={safety} keeps={status.keeps} /> {safetyWords(safety, status.keeps)}
            </p>
          ))}
        </Section>
      </div>
    </aside>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="margin-section">
      <h3>{title}</h3>
      {children}
    </section>
  )
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <p className="fact">
      <span className="fact-term">{term}</span>
      <span className="fact-value">{children}</span>
    </p>
  )
}
