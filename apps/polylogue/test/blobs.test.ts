import { utimesSync } from "node:fs"
import { join } from "node:path"
import { MemoryEntryLog } from "@polylogue/storage"
import { afterEach, expect, test, vi } from "vitest"
import { Blobs } from "../src/blobs.ts"
import { ANA, body, bytesOf, filesIn, hashOf, W } from "./blob-kit.ts"
import { folder } from "./program.ts"

const MINUTES_MS = 60_000
const DAY_MS = 86_400_000

afterEach(() => void vi.useRealTimers())

test("[PL21, PL18] a running relay tidies up: what waits too long soon, what nothing refers to once a day, each workspace by itself", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] })
  const data = folder()
  const log = new MemoryEntryLog()
  await log.open()
  const told: string[] = []
  let tell = (): void => undefined
  const journal = (event: string, fields: object = {}): void => {
    told.push(`${event} ${JSON.stringify(fields)}`)
    tell()
  }
  const next = (): Promise<void> => new Promise((resolve) => (tell = resolve))
  const blobs = new Blobs({ data, log, limits: { minFreeBytes: 1 }, journal })
  const content = bytesOf(100)
  const hash = hashOf(content)
  const put = async (): Promise<void> => {
    await blobs.store.put({ workspace: W, hash, principal: ANA, body: body(content) })
    const usedS = (Date.now() - 31 * DAY_MS) / 1000
    utimesSync(join(data, "blobs", W, hash.slice(0, 2), hash), usedS, usedS)
  }
  await put()
  await blobs.store.append({ workspace: W, hash: hashOf(bytesOf(9)), principal: ANA, offset: 0, totalBytes: 9, body: body(bytesOf(3)) })
  const first = next()
  vi.advanceTimersByTime(10 * MINUTES_MS)
  await first
  expect(told).toEqual([`blobs-collected {"workspace":"home","blobs":1,"bytes":100}`])
  expect(await blobs.store.usage()).toEqual({ bytes: 3, blobs: 1 })

  // Not again for a day; then also the upload that nobody went on with is gone.
  await put()
  vi.advanceTimersByTime(DAY_MS - 20 * MINUTES_MS)
  expect(told).toHaveLength(1)
  const second = next()
  vi.advanceTimersByTime(40 * MINUTES_MS)
  await second
  expect(told).toHaveLength(2)
  expect(filesIn(data).size).toBe(0)

  // What cannot be read keeps everything, is told, and comes up again.
  await put()
  await log.close()
  const third = next()
  vi.advanceTimersByTime(DAY_MS)
  await third
  expect(told[2]).toContain("blobs-not-tidied")
  expect(filesIn(data).size).toBe(1)
  await blobs.close()
})
