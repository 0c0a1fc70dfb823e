export type {
  Applied,
  Change,
  ChangesPage,
  ChangesQuery,
  DocumentHead,
  DocumentPlace,
  EntryLog,
  KeysPage,
  LogItem,
  NewLogItem,
  NewOutboxRow,
  OutboxRow,
  Page,
  PageLimits,
  ReceivedSnapshot,
  Snapshot,
  StoredSnapshot,
} from "./entry-log.ts"
export { StorageError, type StorageErrorCode } from "./errors.ts"
export { MemoryDisk, MemoryEntryLog, type MemoryEntryLogOptions } from "./memory.ts"
export { ENTRY_LOG_RULES } from "./rules/entry-log-rules.ts"
export type { EntryLogRule, EntryLogUnderTest } from "./rules/rule.ts"
