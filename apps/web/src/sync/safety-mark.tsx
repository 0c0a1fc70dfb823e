import type { Keeps, Safety } from "@polylogue/replica"
import "./safety-mark.css"

/** Where the words of a message are, said in words. */
const SAFETY_WORDS: Readonly<Record<Safety, string>> = {
  memory: "In this tab only, being written down",
  local: "On this device only",
  stored: "Stored on a relay",
  replicated: "Stored on more than one relay",
}

/** Where the words of a message are, on a device that keeps what it stores as long as `keeps` says. */
export function safetyWords(safety: Safety, keeps: Keeps = "durable"): string {
  if (safety !== "local" || keeps === "durable") return SAFETY_WORDS[safety]
  return keeps === "window" ? "In this window only" : "In this tab only"
}

interface SafetyMarkProps {
  readonly safety: Safety
  readonly keeps?: Keeps
}

/** The signature: a dotted ring = in this tab, a ring = on this device, a half-filled disc = stored on a relay, a disc = on others too. */
export function SafetyMark({ safety, keeps }: SafetyMarkProps) {
  const words = safetyWords(safety, keeps)
  return (
    <span className={`safety-mark safety-mark-${safety}`} role="img" aria-label={words} title={words}>
      <svg aria-hidden="true" width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" strokeWidth="1.4">
        <circle cx="7" cy="7" r="5" strokeDasharray={safety === "memory" ? "2 1.93" : undefined} />
        {safety === "stored" && <path d="M7 2a5 5 0 0 0 0 10z" fill="currentColor" stroke="none" />}
        {safety === "replicated" && <circle cx="7" cy="7" r="5" fill="currentColor" />}
      </svg>
    </span>
  )
}
