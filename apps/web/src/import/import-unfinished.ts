import { readStored, writeStored } from "../device/stored-value.ts"

const KEY = "polylogue.import-unfinished"

/** Whether an import may have been cut off. Cheap: what is needed to go on with it is loaded only then. */
export function mayBeUnfinished(): boolean {
  return readStored(KEY) !== null
}

export function noteUnfinished(): void {
  writeStored(KEY, "1")
}

export function forgetUnfinished(): void {
  writeStored(KEY, null)
}
