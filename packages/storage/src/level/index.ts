export { LEVEL_FORMAT } from "./database.ts"
export type { LevelDatabase, LevelIterator, LevelOperation, LevelRange, LevelSnapshot } from "./database.ts"
export { LevelEntryLog, type LevelEntryLogOptions } from "./level-entry-log.ts"
