import { expect, test } from "vitest"
import type { BlobsPart } from "../src/blobs/blobs-part.ts"
import { LaterBlobs } from "../src/blobs/later-blobs.ts"

const HASH = "00".repeat(32)

/** Blobs that only note what they are asked and told. */
function noting(): { readonly part: BlobsPart; readonly notes: string[]; change: () => void } {
  const notes: string[] = []
  const listeners = new Set<() => void>()
  const note = <Result>(what: string, result: Result): Promise<Result> => {
    notes.push(what)
    return Promise.resolve(result)
  }
  const part: BlobsPart = {
    put: (workspace) => note(`put ${workspace}`, HASH),
    get: (workspace) => note(`get ${workspace}`, Uint8Array.of(1)),
    status: () => note("status", undefined),
    uploads: () => note("uploads", []),
    shelved: () => note("shelved", []),
    clear: () => note("clear", 7),
    retry: () => note("retry", undefined),
    forget: (documentId) => note(`forget ${documentId}`, undefined),
    begin: () => note("begin", undefined),
    heard: () => void notes.push("heard"),
    resume: () => void notes.push("resume"),
    stop: () => void notes.push("stop"),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const change = (): void => {
    for (const listener of listeners) listener()
  }
  return { part, notes, change }
}

test("[RP39] what is asked for and told before the code is there reaches it, in order, and is loaded once", async () => {
  const { part, notes } = noting()
  let loads = 0
  const blobs = new LaterBlobs(() => {
    loads++
    return Promise.resolve(part)
  })
  blobs.resume()
  const all = [
    blobs.put("home", Uint8Array.of(1)),
    blobs.get("home", HASH),
    blobs.status("home", HASH),
    blobs.uploads(),
    blobs.shelved(),
    blobs.clear(),
  ]
  blobs.heard()
  await blobs.retry("home", HASH)
  await blobs.forget("home/conv/1", [HASH])
  await blobs.forget("home/conv/2", [])
  await blobs.begin()
  expect(await Promise.all(all)).toEqual([HASH, Uint8Array.of(1), undefined, [], [], 7])
  expect(loads).toBe(1)
  expect(notes).toEqual([
    "resume",
    "put home",
    "get home",
    "status",
    "uploads",
    "shelved",
    "clear",
    "heard",
    "retry",
    "forget home/conv/1",
    "begin",
  ])
})

test("[RP39] who listened before the code was there hears of changes, until it lets go", async () => {
  const { part, change } = noting()
  const blobs = new LaterBlobs(() => Promise.resolve(part))
  let heard = 0
  const stop = blobs.subscribe(() => heard++)
  await blobs.begin()
  change()
  stop()
  change()
  expect(heard).toBe(1)
})

test("[RP39] what cannot be loaded is said with a code, and the next one who asks tries again; a closed replica loads nothing", async () => {
  const { part, notes } = noting()
  let fails = true
  const blobs = new LaterBlobs(() => (fails ? Promise.reject(new Error("no such file")) : Promise.resolve(part)))
  await expect(blobs.put("home", Uint8Array.of(1))).rejects.toMatchObject({ code: "unavailable" })
  blobs.heard()
  await blobs.begin()
  fails = false
  expect(await blobs.put("home", Uint8Array.of(1))).toBe(HASH)
  blobs.stop()
  await blobs.begin()
  expect(notes).toContain("stop")
  const unused = new LaterBlobs(() => Promise.resolve(part))
  unused.stop()
  await expect(unused.uploads()).rejects.toMatchObject({ code: "closed" })
})

test("[RP39] closed while its code is on the way, it is stopped as soon as that is there", async () => {
  const { part, notes } = noting()
  let arrive = (): void => {}
  const blobs = new LaterBlobs(() => new Promise((resolve) => (arrive = () => resolve(part))))
  const begun = blobs.begin()
  blobs.stop()
  arrive()
  await begun
  expect(notes[0]).toBe("stop")
})
