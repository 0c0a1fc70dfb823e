import type { Safety } from "@polylogue/replica"
import "./safety-mark.css"

/** Where the words of a message are, said in words. */
export const SAFETY_WORDS: Readonly<Record<Safety, string>> = {
  memory: "In this tab only, being written down",
  local: "On this device only",
  stored: "Stored on a relay",
}

/** The signature: a dotted ring = in this tab, a ring = on this device, a half-filled disc = stored on a relay. */
export function SafetyMark({ safety, size = 14 }: { readonly safety: Safety; readonly size?: number }) {
  return (
    <span className={`safety-mark safety-mark-${safety}`} role="img" aria-label={SAFETY_WORDS[safety]} title={SAFETY_WORDS[safety]}>
      <svg aria-hidden="true" width={size} height={size} viewBox="0 0 14 14" fill="none" stroke="currentColor" strokeWidth="1.4">
        <circle cx="7" cy="7" r="5" strokeDasharray={safety === "memory" ? "2 1.93" : undefined} />
        {safety === "stored" && <path d="M7 2a5 5 0 0 0 0 10z" fill="currentColor" stroke="none" />}
      </svg>
    </span>
  )
}
