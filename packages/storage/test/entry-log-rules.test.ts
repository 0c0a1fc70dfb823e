import "fake-indexeddb/auto"
import { describe, test } from "vitest"
import { ENTRY_LOG_RULES } from "../src/index.ts"
import { openAt, PLACES } from "./under-test.ts"

describe.each(Object.keys(PLACES))("%s", (name) => {
  for (const rule of ENTRY_LOG_RULES) {
    test(`[${rule.id}] ${rule.name}`, async () => {
      await rule.check(async () => openAt(await PLACES[name]!()))
    })
  }
})
