import type { DocumentStatus } from "@polylogue/replica"

/** How several documents stand together: each must be synced, none may await others, what waits is added up, and one that may not be written, was refused or is on fewest relays decides. */
export function joinStatus(all: readonly DocumentStatus[]): DocumentStatus {
  const sum = (field: "unsavedUpdates" | "waitingRows"): number => all.reduce((total, status) => total + status[field], 0)
  return {
    loaded: true,
    synced: all.every(({ synced }) => synced),
    relayAwaits: all.some(({ relayAwaits }) => relayAwaits),
    unsavedUpdates: sum("unsavedUpdates"),
    waitingRows: sum("waitingRows"),
    mayWrite: everyOf(all.map(({ mayWrite }) => mayWrite)),
    mayErase: everyOf(all.map(({ mayErase }) => mayErase)),
    otherRelays: Math.min(...all.map(({ otherRelays }) => otherRelays)),
    rejected: all.find(({ rejected }) => rejected !== undefined)?.rejected,
  }
}

/** False when one is, true when all are, else unknown. */
function everyOf(answers: readonly (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(false)) return false
  return answers.includes(undefined) ? undefined : true
}
