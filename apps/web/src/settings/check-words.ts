import type { RelayStatus } from "@polylogue/replica"

/** What came of looking at a relay, and what to do; `undefined` when it let this device in. */
export function checkWords({ health, code }: RelayStatus): string | undefined {
  switch (health) {
    case "well":
      return undefined
    case "refused":
      return code === "unauthenticated"
        ? "A relay is there, and asks who you are: it does not know the link you signed in with, or you have not signed in."
        : `A relay is there, and does not take this device${code === undefined ? "" : ` (${code})`}. Ask whoever runs it for access.`
    case "slow":
      return "Nothing answered in time. Check the address, or add it anyway if the relay is only out of reach now."
    case "unreachable":
    case "untried":
      return "No relay answered. Check the address. A relay that is there takes pages of other addresses only when it was told to."
  }
}
