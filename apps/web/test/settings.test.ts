import { expect, test } from "vitest"
import type { ShelvedBlob } from "@polylogue/replica"
import { directionOf } from "../src/settings/appearance.ts"
import { enterSends } from "../src/settings/send-key.ts"
import { attachmentSum, storageParts } from "../src/settings/storage-parts.ts"

test("[WB63] the page reads the way of the browser's language until somebody chooses", () => {
  expect(directionOf("auto", "ar-EG")).toBe("rtl")
  expect(directionOf("auto", "he")).toBe("rtl")
  expect(directionOf("auto", "en-GB")).toBe("ltr")
  expect(directionOf("auto", "")).toBe("ltr")
  expect(directionOf("ltr", "ar")).toBe("ltr")
  expect(directionOf("rtl", "en")).toBe("rtl")
})

test("[WB63] Enter sends or begins a line as was chosen, with the modifier it always sends, on a touch screen it never does alone", () => {
  const plain = { shiftKey: false, ctrlKey: false, metaKey: false }
  expect(enterSends(plain, "sends", false)).toBe(true)
  expect(enterSends(plain, "new-line", false)).toBe(false)
  expect(enterSends(plain, "sends", true)).toBe(false)
  expect(enterSends({ ...plain, shiftKey: true }, "sends", false)).toBe(false)
  for (const held of [{ ctrlKey: true }, { metaKey: true }]) {
    expect(enterSends({ ...plain, ...held }, "new-line", false)).toBe(true)
    expect(enterSends({ ...plain, ...held }, "sends", true)).toBe(true)
  }
})

test("[WB64] the parts of the storage add up to what the browser says, and only what a relay has can be cleared", () => {
  const blob = (state: ShelvedBlob["state"], size: number): ShelvedBlob => ({
    workspace: "home",
    hash: "0".repeat(64),
    size,
    usedAt: 0,
    state,
    refusal: undefined,
  })
  const sum = attachmentSum([blob("stored", 100), blob("waiting", 20), blob("refused", 3)])
  expect(sum).toEqual({ bytes: 123, count: 3, clearableBytes: 100, clearableCount: 1 })
  const storage = { usedBytes: 1000, quotaBytes: 10_000, appBytes: 300, persistent: undefined }
  const parts = storageParts(storage, sum)
  expect(parts.map(({ bytes }) => bytes)).toEqual([577, 123, 300])
  for (const usedBytes of [0, 50, 350]) {
    const total = storageParts({ ...storage, usedBytes }, sum).reduce((all, { bytes }) => all + bytes, 0)
    expect(total).toBe(usedBytes)
  }
  expect(storageParts({ ...storage, usedBytes: undefined }, sum)).toEqual([])
})
