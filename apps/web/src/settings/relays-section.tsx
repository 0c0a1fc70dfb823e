import { useReplicaStatus } from "@polylogue/react"
import { useRef } from "react"
import { OTHER_RELAYS_KEY } from "../device/other-relays.ts"
import { MAX_OTHER_RELAYS, MAX_OWN_RELAYS, ownRelays, removeOwnRelay } from "../device/own-relays.ts"
import { useStored } from "../device/stored-value.ts"
import { relayLines } from "../sync/relay-lines.ts"
import { AddRelay, type LookAt } from "./add-relay.tsx"
import { type KnownRelay, knownRelays } from "./known-relays.ts"
import "./relays-section.css"

const FROM_WORDS: Readonly<Record<KnownRelay["from"], string>> = {
  page: "The relay of this page",
  you: "Added by you",
  relay: "Named by your relay",
  removed: "Removed; used until the next start",
}

/** The relays of this device: that of the page, those it names, those added by hand. `lookAt` says what is at an address; by default it is dialled. */
export function RelaysSection({ lookAt }: { readonly lookAt?: LookAt }) {
  const status = useReplicaStatus()
  const remembered = useStored(OTHER_RELAYS_KEY)?.split("\n") ?? []
  const own = ownRelays()
  const field = useRef<HTMLInputElement>(null)
  const lines = new Map(relayLines(status).map((line) => [line.url, line]))
  const relays = knownRelays({ used: [...lines.keys()], remembered, own, pageHost: location.host })
  const isFull = own.length >= MAX_OWN_RELAYS || remembered.length >= MAX_OTHER_RELAYS
  return (
    <section className="setting-facts" aria-label="Relays">
      <div className="setting">
        <h3>Relays of this device</h3>
        <p className="quiet">It is connected to one of them. When that one is out of reach, it goes to the next.</p>
        <ul className="relays" aria-label="Relays of this device">
          {relays.map(({ url, from, isUsed }) => (
            <li key={url} className="relays-item">
              <div>
                <code dir="ltr">{url}</code>
                <p className="quiet">
                  {FROM_WORDS[from]}. {isUsed ? lines.get(url)?.state : "Used from the next start"}.
                </p>
              </div>
              {from === "you" && (
                <button
                  type="button"
                  className="button"
                  aria-label={`Remove ${url}`}
                  onClick={() => {
                    removeOwnRelay(url)
                    field.current?.focus()
                  }}
                >
                  Remove
                </button>
              )}
            </li>
          ))}
        </ul>
        {/* What is in this tab's memory only would not come back. */}
        {status.keeps !== "tab" && relays.some(({ from, isUsed }) => from === "removed" || !isUsed) && (
          <button type="button" className="button" onClick={() => location.reload()}>
            Start again now
          </button>
        )}
      </div>
      <AddRelay field={field} isFull={isFull} known={relays} {...(lookAt === undefined ? {} : { lookAt })} />
    </section>
  )
}
