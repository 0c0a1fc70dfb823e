import { usePolylogue, useReplicaStatus } from "@polylogue/react"
import { useContext } from "react"
import { useNow } from "../frame/now.ts"
import { exactDate, relativeDate } from "../frame/relative-time.ts"
import { DetailSection, Fact } from "./detail-section.tsx"
import { LinkContext } from "./link-context.tsx"
import { type RelayLine, relayLines, relayName } from "./relay-lines.ts"
import { useRelayMove } from "./relay-moves.ts"
import "./relay-section.css"

const CONNECTION_WORDS = { online: "Connected", connecting: "Connecting", offline: "Out of reach", refused: "Refused" } as const

/** The relays that this device knows: at which it is and since when, how the others are, which one comes next. */
export function RelaySection() {
  const { replica } = usePolylogue()
  const status = useReplicaStatus()
  const link = useContext(LinkContext)
  const move = useRelayMove()
  const lines = relayLines(status)
  // An attempt that fails is no news: it is cut off since the connection went.
  const since = link.kind === "cut-off" ? link.since : status.since
  return (
    <DetailSection title={lines.length > 1 ? "Relays" : "Relay"}>
      {lines.length === 0 ? (
        <p className="quiet">None. Everything stays on this device.</p>
      ) : (
        <ul className="relay-list" aria-label="Relays this device knows">
          {lines.map((line) => (
            <Relay key={line.url} line={line} />
          ))}
        </ul>
      )}
      <Fact term="State">
        {status.cutOff ? "Cut off by you" : CONNECTION_WORDS[status.connection]}
        {status.code === undefined || status.connection === "online" ? "" : ` (${status.code})`}
      </Fact>
      <Fact term="Since">
        <When time={since} />
      </Fact>
      {move !== undefined && status.connection === "online" && (
        <Fact term="Moved">
          from <code dir="ltr">{relayName(move.from)}</code>, <When time={move.at} />
        </Fact>
      )}
      {status.principal !== undefined && status.principal !== "anonymous" && <Fact term="Knows you as">{status.principal}</Fact>}
      {status.connection !== "online" && !status.cutOff && (
        <button type="button" className="button" onClick={() => replica.reconnect()}>
          Try now
        </button>
      )}
    </DetailSection>
  )
}

function Relay({ line: { url, name, shape, state, isNext } }: { readonly line: RelayLine }) {
  return (
    <li className={`relay-line relay-line-${shape}`} data-relay={url} data-shape={shape}>
      <RelayShape shape={shape} />
      <div>
        <p className="relay-name">
          <code dir="ltr" title={url}>
            {name}
          </code>
          {isNext && <span className="relay-next">Next</span>}
        </p>
        <p className="quiet">{state}</p>
      </div>
    </li>
  )
}

/** A disc: here. A ring: may be. A dotted ring: not tried. A crossed ring: something is wrong. */
function RelayShape({ shape }: Pick<RelayLine, "shape">) {
  return (
    <svg aria-hidden="true" width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" strokeWidth="1.4">
      <circle
        cx="7"
        cy="7"
        r="5"
        fill={shape === "here" ? "currentColor" : "none"}
        strokeDasharray={shape === "untried" ? "2 1.93" : undefined}
      />
      {shape === "lost" && <path d="M3.5 10.5l7-7" />}
    </svg>
  )
}

function When({ time }: { readonly time: number }) {
  const now = useNow()
  return <time title={exactDate(time)}>{relativeDate(time, Math.max(now, time))}</time>
}
