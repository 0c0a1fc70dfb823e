import type { LevelDatabase } from "../src/level/database.ts"

/** `database` with some of its methods replaced. */
export function bent(database: LevelDatabase, part: Partial<LevelDatabase>): LevelDatabase {
  return {
    open: () => database.open(),
    close: () => database.close(),
    get: (key, options) => database.get(key, options),
    getMany: (keys, options) => database.getMany(keys, options),
    batch: (operations, options) => database.batch(operations, options),
    iterator: (range) => database.iterator(range),
    snapshot: () => database.snapshot(),
    compactRange: (start, end) => database.compactRange(start, end),
    ...part,
  }
}
