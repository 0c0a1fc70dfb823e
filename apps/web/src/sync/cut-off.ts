import type { Replica } from "@polylogue/replica"
import { readStored, watchStored, writeStored } from "../device/stored-value.ts"

const KEY = "polylogue.cut-off"

/** Whether the person has cut this device off; the wish outlasts reloads until they switch it back. */
export function isCutOff(): boolean {
  return readStored(KEY) === "yes"
}

/** Cuts this device off, or switches it back, in all tabs and over reloads. `ReplicaStatus.cutOff` says how it stands. */
export function setCutOff(replica: Replica, cutOff: boolean): void {
  // Kept first: a tab that opens at this moment must not connect.
  writeStored(KEY, cutOff ? "yes" : null)
  replica.setCutOff(cutOff)
}

/** Keeps `replica` to the wish of this device: a tab that was frozen may have missed what another one said. Returns a function that ends it. */
export function followCutOff(replica: Replica): () => void {
  const follow = (): void => replica.setCutOff(isCutOff())
  // It may have changed while the replica opened.
  follow()
  return watchStored(KEY, follow)
}
