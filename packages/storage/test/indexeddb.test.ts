import "fake-indexeddb/auto"
import { forceCloseDatabase } from "fake-indexeddb"
import { test } from "vitest"
import { INDEXED_DB_RULES } from "./indexeddb-rules.ts"

for (const rule of INDEXED_DB_RULES) {
  test(`[${rule.id}] ${rule.name}`, async () => {
    await rule.check((connection) => {
      return new Promise((resolve) => {
        connection.addEventListener("close", () => resolve())
        forceCloseDatabase(connection as never)
      })
    })
  })
}
