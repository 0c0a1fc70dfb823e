import "fake-indexeddb/auto"
import { describe, test } from "vitest"
import { ENTRY_LOG_RULES } from "../src/index.ts"
import { PLACES } from "./level-place.ts"
import { openAt } from "./under-test.ts"

describe.each(Object.entries(PLACES))("%s", (_name, place) => {
  for (const rule of ENTRY_LOG_RULES) {
    test(`[${rule.id}] ${rule.name}`, async () => {
      await rule.check(async () => openAt(await place()))
    })
  }
})
