import { writeSync } from "node:fs"
import { LevelEntryLog } from "../src/level/index.ts"
import { A, append, B, compact, outbox, record, rowId, rowOf, run, snapshotOf } from "../src/rules/rule.ts"

/** Commits of each kind that are under way at once, so that they gather in groups. */
const AT_ONCE = 5

/**
 * Writes to the store in `location` until the process is killed. Commit number n, from 1, appends entry n of two documents, has row n in
 * place of row n - 1 and n in a record; every fifth compacts, and after every fiftieth what that left behind is purged. When commit n is acknowledged, and only then, a line `n` goes out.
 */
export async function writeForEver(location: string): Promise<void> {
  const log = new LevelEntryLog({ location })
  await log.open()
  let number = (await log.head("one")).head
  const writeOne = async (): Promise<void> => {
    for (;;) {
      const mine = ++number
      await log.commit([
        append("one", run(A, mine, mine)),
        append("two", run(B, mine, mine)),
        outbox("one", [rowOf(mine)], [rowId(mine - 1)]),
        record("last", Uint8Array.of(mine & 0xff)),
        ...(mine % 5 === 0 ? [compact("two", snapshotOf({ [B]: mine }), mine, mine - 2)] : []),
      ])
      // At once, past every buffer of the process: what was said is said even when it is killed now.
      writeSync(1, `${mine}\n`)
      if (mine % 50 === 0) await log.purge(["one", "two"])
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, writeOne))
}
