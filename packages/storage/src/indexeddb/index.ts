export { IndexedDbEntryLog, type IndexedDbEntryLogOptions } from "./indexed-db-entry-log.ts"
