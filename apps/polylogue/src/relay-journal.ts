import type { RelayEvent } from "@polylogue/relay"
import { reasonOf } from "./command-error.ts"
import type { Journal, Level } from "./journal.ts"

/** Events that are not `info`. What a client does wrong is a warning; `error` is for what the operator has to know of. */
const LEVELS: Partial<Record<RelayEvent["type"], Level>> = Object.freeze({
  committed: "debug",
  compacted: "debug",
  "session-opened": "debug",
  "session-closed": "debug",
  "document-closed": "warning",
  "row-refused": "warning",
  "link-failed": "warning",
  "link-refused": "warning",
  "relay-refused": "warning",
  "feed-refused": "warning",
  "items-refused": "error",
  "authorities-torn": "error",
  "register-refused": "warning",
  "commit-failed": "error",
  quarantined: "error",
  "compaction-failed": "error",
  "audit-mismatch": "error",
  failed: "error",
})

/** What there is to do about an event whose fields do not say it. */
const ADVICE: Partial<Record<RelayEvent["type"], { readonly advice: string }>> = Object.freeze({
  "relay-refused": {
    advice: "it is known here with another token: if that is gone for good, polylogue peer forget, here; else somebody poses as it",
  },
  "authorities-torn": { advice: 'nothing is published before all but one of them are started with "authority": false' },
})

/** One line a relay event; errors by their text, never with what they are about. */
export function journalRelayEvent(journal: Journal, { type, ...fields }: RelayEvent): void {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined)
  const plain = said.map(([name, value]) => [name, plainValue(value)] as const)
  journal(type, { ...Object.fromEntries(plain), ...ADVICE[type] }, LEVELS[type])
}

function plainValue(value: unknown): string | number | boolean {
  if (Array.isArray(value)) return value.join(", ")
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : reasonOf(value)
}
