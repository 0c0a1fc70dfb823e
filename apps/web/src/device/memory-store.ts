import { type EntryLog, MemoryEntryLog } from "@polylogue/storage"

/** A store for as long as the tab is open, for browsers that refuse another; loaded by those only. */
export function memoryStore(): EntryLog {
  return new MemoryEntryLog()
}
