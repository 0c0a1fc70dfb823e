import { decodeHead, encodeHead, encodeUint } from "../src/at-rest.ts"
import { classicLevel, type LevelOperation, pairs } from "../src/level/database.ts"
import { KIND, plainKey } from "../src/level/key.ts"

/** Makes the closed store at `location` what a program of format 1 would have written: no feed, and heads that know of none. */
export async function asFormat1(location: string): Promise<void> {
  const database = classicLevel(location)
  await database.open()
  const operations: LevelOperation[] = [{ type: "put", key: plainKey(KIND.format), value: encodeUint(1) }]
  for (const [key, value] of await pairs(database, {})) {
    if (key[0] === KIND.change || key[0] === KIND.lastChange || key[0] === KIND.purged) operations.push({ type: "del", key })
    if (key[0] === KIND.head) {
      const { head } = decodeHead(() => "a head", value)
      // The place is the last byte: format 1 ended before it.
      operations.push({ type: "put", key, value: encodeHead({ head, change: 0 }).slice(0, -1) })
    }
  }
  await database.batch(operations, { sync: true })
  await database.close()
}
