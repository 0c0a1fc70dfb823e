import { describe, test } from "vitest"
import { ENTRY_LOG_RULES } from "../src/index.ts"
import { INDEXED_DB_RULES } from "./indexeddb-rules.ts"
import { indexedDbPlace, memoryPlace, openAt } from "./under-test.ts"

describe.each(Object.entries({ memory: memoryPlace, indexeddb: indexedDbPlace }))("%s in a browser", (_name, place) => {
  for (const rule of ENTRY_LOG_RULES) {
    test(`[${rule.id}] ${rule.name}`, async () => {
      await rule.check(async () => openAt(await place()))
    })
  }
})

describe("indexeddb in a browser", () => {
  for (const rule of INDEXED_DB_RULES) {
    test(`[${rule.id}] ${rule.name}`, async () => {
      await rule.check(async (connection) => {
        connection.dispatchEvent(new Event("close"))
      })
    })
  }
})
