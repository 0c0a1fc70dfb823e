import type { FleetStatus } from "@polylogue/relay"

/** What `/status.json` answers. */
export interface StatusAnswer extends FleetStatus {
  /** In one word, as `/readyz` has it. */
  readonly readiness: string
  /** For each code that a link of this answer ended with: what it means, and what to do about it. */
  readonly codes: Readonly<Record<string, { readonly meaning: string; readonly advice: string }>>
}
