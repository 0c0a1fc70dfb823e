import { CODE_MEANINGS, type Code } from "@polylogue/protocol"

/** What somebody who runs a relay does when a link of it ended with a code. Where nothing is said it is tried again, and nothing has to be done. */
const ADVICE: Partial<Record<Code, string>> = Object.freeze({
  "bad-frame": "Both relays should run the same version; if they do, please report it with the logs of both.",
  unauthenticated: "Make a new token there with `polylogue token --relay`, and put it into --peer-token-file here.",
  forbidden:
    "The token is none of a relay: make one there with `polylogue token --relay`, and put it into --peer-token-file here. Or it is not the one that this relay is known with there: show that one, or have this relay forgotten there with `polylogue peer forget`.",
  "unsupported-version": "Update the older of the two relays: links need version 4 of the protocol.",
  "same-relay":
    "Either a relay dials itself: take its own address out with `polylogue peer remove`. Or one data folder is a copy of the other: start the copy with an empty folder, it gets everything over the link.",
  "frame-too-large": "Set maxFrameBytes alike on both relays.",
  "too-many-documents": "Raise maxDocuments on the other relay, or mirror less here with --mirror.",
  unavailable: "The other relay cannot write to its disk: look at its /readyz. It is tried again.",
  "heartbeat-lost": "The network between the two does not let anything through, or the other relay is frozen. It is tried again.",
  "handshake-timeout": "The other relay answers too slowly. It is tried again.",
  draining: "The other relay is being stopped or restarted. It is tried again.",
  quarantined: "Look at what `polylogue doctor` says of the other relay's folder.",
  "rate-limited": "Raise maxFramesPerSecond on the other relay. It is tried again.",
  overloaded: "The other relay has as many sessions as it may: see its maxSessions. It is tried again.",
})

const NOTHING_TO_DO = "It is tried again; nothing has to be done."

/** What each of `codes` means and what to do about it; a code that this version does not know is left out. */
export function codeWords(codes: Iterable<string>): Record<string, { readonly meaning: string; readonly advice: string }> {
  const words: Record<string, { readonly meaning: string; readonly advice: string }> = {}
  for (const code of codes) {
    if (!Object.hasOwn(CODE_MEANINGS, code)) continue
    words[code] = { meaning: CODE_MEANINGS[code as Code].meaning, advice: ADVICE[code as Code] ?? NOTHING_TO_DO }
  }
  return words
}
