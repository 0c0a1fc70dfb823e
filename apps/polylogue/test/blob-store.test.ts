import { utimesSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ANA, blobStore, body, bytesOf, expectFailure, filesIn, gate, hashOf, readBlob, W } from "./blob-kit.ts"
import { diskError, FaultyFiles } from "./faulty-files.ts"
import { folder } from "./program.ts"

const CONTENT = bytesOf(5000)
const HASH = hashOf(CONTENT)
const upload = { workspace: W, hash: HASH, principal: ANA }
const whole = () => ({ ...upload, declaredBytes: CONTENT.length, body: body(CONTENT) })
const piece = (offset: number, end: number, totalBytes = CONTENT.length) => ({
  ...upload,
  offset,
  totalBytes,
  body: body(CONTENT.slice(offset, end)),
})

test("[PL16] a blob is found by a later start, whole, and sent again is there already", async () => {
  const data = folder()
  const first = blobStore(data)
  expect(await first.find(W, HASH)).toBeUndefined()
  expect(await first.put(whole())).toBe("stored")
  const second = blobStore(data)
  expect(await readBlob(second, HASH)).toEqual(CONTENT)
  expect(await second.put({ ...whole(), body: body(bytesOf(1)) })).toBe("present")
  expect(await second.find("other", HASH)).toBeUndefined()
  expect([...filesIn(join(data, "blobs")).keys()]).toEqual([`home/${HASH.slice(0, 2)}/${HASH}`])
})

test("[PL16] the empty blob, and a workspace with capital letters and dots", async () => {
  const data = folder()
  const store = blobStore(data)
  const hash = hashOf(new Uint8Array())
  for (const workspace of ["Home.", "home", "home."]) {
    expect(await store.put({ workspace, hash, principal: ANA, body: body(new Uint8Array()) })).toBe("stored")
    expect(await readBlob(store, hash, workspace)).toEqual(new Uint8Array())
  }
  expect(await store.workspaces()).toEqual(["Home.", "home", "home."])
})

test("[PL16] names that are none are mistakes, not paths", async () => {
  const store = blobStore(folder())
  for (const workspace of ["..", ".", "a/b", "", "a\0", "%2e%2e", "ü", "a".repeat(65)]) {
    await expect(store.put({ ...whole(), workspace })).rejects.toThrow(RangeError)
  }
  for (const hash of ["../../../etc/passwd", HASH.toUpperCase(), HASH.slice(1), `${HASH}0`, `${HASH}\n`]) {
    await expect(store.put({ ...whole(), hash })).rejects.toThrow(RangeError)
    await expect(store.erase("home/conv/1", [hash])).rejects.toThrow(RangeError)
  }
})

test("[PL16] bytes of another hash, a body that is cut and one that falls silent leave nothing", async () => {
  const data = folder()
  const store = blobStore(data, { limits: { blobIdleMs: 5 } })
  await expectFailure(store.put({ ...whole(), body: body(bytesOf(5000, 2)) }), "mismatch")
  await expectFailure(store.put({ ...whole(), body: body(CONTENT.slice(0, 4000)) }), "mismatch")
  const cut = (): Promise<void> => Promise.reject(new Error("connection reset"))
  await expectFailure(store.put({ ...whole(), body: body(CONTENT.slice(0, 4000), 1000, cut) }), "cut")
  await expectFailure(store.put({ ...whole(), body: body(CONTENT.slice(0, 4000), 1000, () => gate().opened) }), "cut")
  expect(filesIn(data).size).toBe(0)
  expect(await store.usage()).toEqual({ bytes: 0, blobs: 0 })
  expect(await store.put(whole())).toBe("stored")
})

test("[PL16] of uploads of one blob at once each ends well, and one file is left", async () => {
  const data = folder()
  const store = blobStore(data)
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => store.put(whole())))
  expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === "present")).toHaveLength(7)
  expect(filesIn(data).size).toBe(1)
  expect(await store.usage()).toEqual({ bytes: 5000, blobs: 1 })
})

test("[PL16] a blob gets its name after its bytes are on the disk, and is answered after its name is", async () => {
  const { files, steps } = new FaultyFiles(() => undefined)
  await blobStore(folder(), { files }).put(whole())
  const written = steps.findLastIndex((step) => step === `write ${HASH}.*.new`)
  const synced = steps.indexOf(`sync ${HASH}.*.new`)
  const named = steps.indexOf(`rename ${HASH}`)
  const known = steps.indexOf(`sync ${HASH.slice(0, 2)}`, named)
  expect([written, synced, named, known]).toEqual([written, synced, named, known].sort((a, b) => a - b))
  expect(Math.min(written, synced, named, known)).toBeGreaterThan(0)
  // The folders' own names, from the data folder down.
  const folders = steps.filter((step) => step.startsWith("mkdir"))
  expect(folders).toEqual(["mkdir blobs", "mkdir home", `mkdir ${HASH.slice(0, 2)}`])
})

const WAYS = {
  put: (store: ReturnType<typeof blobStore>) => store.put(whole()),
  append: async (store: ReturnType<typeof blobStore>) => {
    const have = await store.offset(W, HASH, ANA)
    if (have === 0) await store.append(piece(0, 2500))
    return store.append(piece(2500, 5000))
  },
}

test.each([
  ["put", "EIO"],
  ["put", "ENOSPC"],
  ["append", "EIO"],
  ["append", "ENOSPC"],
] as const)("[PL16] %s: when the n-th step on the disk fails with %s, nothing is left and the next attempt succeeds", async (way, code) => {
  let failed = 0
  for (let n = 1; ; n++) {
    const data = folder()
    const faulty = new FaultyFiles((step) => (step === n ? diskError(code) : undefined))
    const store = blobStore(data, { files: faulty.files })
    const outcome = await WAYS[way](store).catch((error: unknown) => error)
    if (faulty.steps.length < n) {
      expect(outcome).toBe("stored")
      break
    }
    failed++
    expect(outcome).toMatchObject({ code: code === "EIO" ? "io" : "disk-full" })
    // A rest that could not be removed stays counted, and goes at the next start.
    const left = [...filesIn(data).values()]
    expect(await store.usage()).toEqual({ bytes: left.reduce((sum, { length }) => sum + length, 0), blobs: left.length })
    const next = blobStore(data)
    await next.sweep()
    for (const name of filesIn(data).keys()) expect(name).toMatch(/part$/)
    expect(await next.find(W, HASH)).toBeUndefined()
    expect(await WAYS[way](next)).toBe("stored")
    expect(await readBlob(next, HASH)).toEqual(CONTENT)
    expect(await next.usage()).toEqual({ bytes: 5000, blobs: 1 })
  }
  expect(failed).toBeGreaterThan(15)
})

test.each(["put", "append"] as const)("[PL16] %s: after a crash at any step a blob is there whole or not at all", async (way) => {
  for (let n = 1; ; n++) {
    const data = folder()
    const faulty = new FaultyFiles((step) => (step >= n ? diskError("EIO") : undefined))
    const stored = await WAYS[way](blobStore(data, { files: faulty.files })).catch(() => "crashed")
    const next = blobStore(data)
    const bytes = await readBlob(next, HASH)
    if (bytes !== undefined) expect(bytes).toEqual(CONTENT)
    await next.sweep()
    expect([...filesIn(data).keys()].filter((name) => name.endsWith(".new"))).toEqual([])
    if (stored === "stored") {
      expect(bytes).toEqual(CONTENT)
      break
    }
  }
})

test("[PL17] bytes of a blob, of a workspace and its blobs: at the limit, and one past it", async () => {
  const data = folder()
  const limits = { maxBlobBytes: 100, maxWorkspaceBytes: 250, maxWorkspaceBlobs: 4 }
  const store = blobStore(data, { limits })
  const put = (length: number, seed: number, declared: boolean, workspace = W) => {
    const content = bytesOf(length, seed)
    const declaredBytes = declared ? length : undefined
    return store.put({ workspace, hash: hashOf(content), principal: ANA, declaredBytes, body: body(content, 10) })
  }
  for (const declared of [true, false]) {
    await expectFailure(put(101, 1, declared), "too-large")
    expect(await store.usage()).toEqual({ bytes: 0, blobs: 0 })
  }
  expect(await put(100, 1, false)).toBe("stored")
  expect(await put(100, 2, false)).toBe("stored")
  for (const declared of [true, false]) await expectFailure(put(51, 3, declared), "quota")
  expect(await put(48, 3, true)).toBe("stored")
  expect(await put(2, 4, false)).toBe("stored")
  // At 250 bytes and 4 blobs; an empty one is one too many, in another workspace there is room.
  await expectFailure(put(0, 5, false), "quota")
  expect(await put(0, 5, false, "other")).toBe("stored")
  // A later start counts what is there, even when less is allowed by then.
  const later = blobStore(data, { limits: { ...limits, maxWorkspaceBytes: 100 } })
  await later.sweep()
  expect(await later.usage()).toEqual({ bytes: 250, blobs: 5 })
  await expectFailure(later.put(whole()), "too-large")
})

test("[PL17] leaves free what the entries need of the disk", async () => {
  const store = blobStore(folder(), { limits: { minFreeBytes: Number.MAX_SAFE_INTEGER } })
  await expectFailure(store.put(whole()), "disk-full")
  await expectFailure(store.append(piece(0, 10)), "disk-full")
  expect(await store.usage()).toEqual({ bytes: 0, blobs: 0 })
})

test("[PL17] uploads at once: of one principal, of all; one more is told to wait", async () => {
  const store = blobStore(folder(), { limits: { maxUploads: 3, maxUploadsPerPrincipal: 2 } })
  const end = gate()
  const slow = (principal: string, seed: number) => {
    const content = bytesOf(10, seed)
    return store.put({ workspace: W, hash: hashOf(content), principal, body: body(content, 10, () => end.opened) })
  }
  const running = [slow(ANA, 1), slow(ANA, 2)]
  await expectFailure(slow(ANA, 3), "overloaded")
  running.push(slow("bo", 3))
  await expectFailure(slow("cy", 4), "overloaded")
  end.open()
  expect(await Promise.all(running)).toEqual(["stored", "stored", "stored"])
  expect(await slow(ANA, 5)).toBe("stored")
})

test("[PL17] downloads at once, and readers that fall silent", async () => {
  const store = blobStore(folder(), { limits: { maxDownloads: 3, maxDownloadsPerPrincipal: 2, blobIdleMs: 20 } })
  await store.put(whole())
  const silent = (principal: string) => store.read(W, HASH, principal, ({ transfer }) => transfer.wait(gate().opened))
  const reading = [silent(ANA), silent(ANA)]
  const refused = [silent(ANA)]
  reading.push(silent("bo"))
  refused.push(silent("cy"))
  for (const one of refused) await expectFailure(one, "overloaded")
  for (const one of reading) await expectFailure(one, "cut")
  expect(await readBlob(store, HASH)).toEqual(CONTENT)
})

test("[PL18] goes on where it stood, over cuts and starts, and only for whom it belongs to", async () => {
  const data = folder()
  const store = blobStore(data)
  expect(await store.append(piece(0, 1000))).toBe(1000)
  const cut = () => Promise.reject(new Error("connection reset"))
  await expectFailure(store.append({ ...piece(1000, 1000), body: body(CONTENT.slice(1000, 3000), 500, cut) }), "cut")
  expect(await store.offset(W, HASH, ANA)).toBe(3000)
  expect(await store.find(W, HASH)).toBeUndefined()
  const later = blobStore(data)
  expect(await later.offset(W, HASH, "bo")).toBe(0)
  expect(await later.offset(W, HASH, ANA)).toBe(3000)
  for (const offset of [0, 2999, 3001]) await expectFailure(later.append(piece(offset, 5000)), "wrong-offset", { offset: 3000 })
  expect(await later.append(piece(3000, 5000))).toBe("stored")
  expect(await readBlob(later, HASH)).toEqual(CONTENT)
  expect(await later.offset(W, HASH, ANA)).toBe(0)
  expect(await later.append(piece(0, 5000))).toBe("present")
  expect(await later.usage()).toEqual({ bytes: 5000, blobs: 1 })
  expect(filesIn(data).size).toBe(1)
})

test("[PL18] wrong bytes and bytes beyond the length end the upload; nothing of it is kept", async () => {
  const data = folder()
  const store = blobStore(data)
  await store.append(piece(0, 1000))
  await expectFailure(store.append({ ...piece(1000, 1000), body: body(bytesOf(4000, 7)) }), "mismatch")
  await store.append(piece(0, 1000))
  await expectFailure(store.append(piece(1000, 5000, 4999)), "mismatch")
  await expectFailure(store.append(piece(0, 10, 256 * 1024 * 1024 + 1)), "too-large")
  expect(filesIn(data).size).toBe(0)
  expect(await store.usage()).toEqual({ bytes: 0, blobs: 0 })
})

test("[PL18] a newer attempt takes over from one that hangs", async () => {
  const store = blobStore(folder())
  const hangs = gate()
  const half = gate()
  const old = store.append({
    ...piece(0, 0),
    body: body(CONTENT.slice(0, 2000), 1000, () => {
      half.open()
      return hangs.opened
    }),
  })
  const ended = expectFailure(old, "superseded")
  await half.opened
  expect(await store.append(piece(2000, 5000))).toBe("stored")
  await ended
  expect(await readBlob(store, HASH)).toEqual(CONTENT)
})

test("[PL18] of attempts that begin together the last one wins, and none waits for ever", async () => {
  const store = blobStore(folder())
  const attempts = await Promise.allSettled(Array.from({ length: 5 }, () => store.append(piece(0, 5000))))
  expect(attempts.map((attempt) => attempt.status === "fulfilled" || (attempt.reason as { code: string }).code)).toEqual([
    ...Array.from({ length: 4 }, () => "superseded"),
    true,
  ])
  expect(await readBlob(store, HASH)).toEqual(CONTENT)
  expect(await store.usage()).toEqual({ bytes: 5000, blobs: 1 })
})

test("[PL18] when another sends the whole meanwhile, what was unfinished goes", async () => {
  const data = folder()
  const store = blobStore(data)
  await store.append(piece(0, 4000))
  expect(await store.put({ ...whole(), principal: "bo" })).toBe("stored")
  expect(await store.append(piece(4000, 5000))).toBe("present")
  expect(await store.usage()).toEqual({ bytes: 5000, blobs: 1 })
  expect(filesIn(data).size).toBe(1)
})

test("[PL18] as many wait as may be: the one that waited longest goes; too old ones are swept", async () => {
  let now = Date.now()
  const store = blobStore(folder(), { limits: { maxUnfinished: 2, unfinishedMs: 1000 }, now: () => now })
  const begin = (principal: string) => store.append({ ...piece(0, 100), principal })
  const offsets = async () => Promise.all([ANA, "bo", "cy"].map((principal) => store.offset(W, HASH, principal)))
  for (const principal of [ANA, "bo", "cy"]) {
    await begin(principal)
    now += 10
  }
  expect(await offsets()).toEqual([0, 100, 100])
  now += 980
  await store.sweep()
  expect(await offsets()).toEqual([0, 100, 100])
  now += 1
  await store.sweep()
  expect(await offsets()).toEqual([0, 0, 100])
  expect(await store.usage()).toEqual({ bytes: 100, blobs: 1 })
})

test("[PL20, I10] what was erased is gone, finished or not, and is never taken again in that workspace", async () => {
  const data = folder()
  const store = blobStore(data)
  await store.put(whole())
  await store.put({ ...whole(), workspace: "other" })
  const other = bytesOf(100, 9)
  await store.append({ workspace: W, hash: hashOf(other), principal: ANA, offset: 0, totalBytes: 100, body: body(other.slice(0, 50)) })
  const never = hashOf(bytesOf(3))
  await store.erase("home/conv/1", [HASH, hashOf(other), never, HASH])
  await store.erase("home/conv/1", [HASH])
  for (const later of [store, blobStore(data)]) {
    for (const hash of [HASH, hashOf(other), never]) {
      await expectFailure(later.find(W, hash), "erased")
      await expectFailure(readBlob(later, hash), "erased")
      await expectFailure(later.put({ ...whole(), hash }), "erased")
      await expectFailure(later.append({ ...piece(0, 10), hash }), "erased")
    }
    expect(await readBlob(later, HASH, "other")).toEqual(CONTENT)
  }
  const left = [...filesIn(join(data, "blobs", "home"))]
  expect(left.map(([, bytes]) => bytes.length)).toEqual([0, 0, 0])
  await store.erase(`${"x".repeat(100)}/conv/1`, [HASH])
})

test("[PL20, I10] ends what is under way: no upload finishes, no reader reads on, no file is left", async () => {
  const data = folder()
  const store = blobStore(data)
  const wait = gate()
  const begun = gate()
  const late = () =>
    body(CONTENT, 1000, () => {
      begun.open()
      return wait.opened
    })
  const putting = expectFailure(store.put({ ...whole(), body: late() }), "erased")
  const appending = expectFailure(store.append({ ...piece(0, 0), body: late() }), "erased")
  await begun.opened
  await store.erase("home/conv/1", [HASH])
  expect([...filesIn(data).values()].map((bytes) => bytes.length)).toEqual([0])
  await Promise.all([putting, appending])
  expect(await store.usage()).toEqual({ bytes: 0, blobs: 0 })

  const read = blobStore(folder())
  await read.put(whole())
  const reading = expectFailure(
    read.read(W, HASH, ANA, ({ transfer }) => {
      begun.open()
      return transfer.wait(gate().opened)
    }),
    "erased",
  )
  await begun.opened
  await read.erase("home/conv/1", [HASH])
  await reading
})

test("[PL20, I10] a tombstone that appears while a body is written is seen before the blob gets its name", async () => {
  const data = folder()
  const store = blobStore(data)
  const buried = (): Promise<void> => blobStore(data).erase("home/conv/1", [HASH])
  await expectFailure(store.put({ ...whole(), body: body(CONTENT, 1000, buried) }), "erased")
  expect([...filesIn(data).values()].map((bytes) => bytes.length)).toEqual([0])
})

test("[PL20] whatever step of an erasure fails or is cut short, done again it is whole", async () => {
  for (let n = 1; ; n++) {
    const data = folder()
    await blobStore(data).put(whole())
    const faulty = new FaultyFiles((step) => (step >= n ? diskError("EIO") : undefined))
    const outcome = await blobStore(data, { files: faulty.files })
      .erase("home/conv/1", [HASH])
      .then(
        () => "done",
        () => "failed",
      )
    const next = blobStore(data)
    if (outcome === "failed") await next.erase("home/conv/1", [HASH])
    expect([...filesIn(data).values()].map((bytes) => bytes.length)).toEqual([0])
    await expectFailure(next.find(W, HASH), "erased")
    if (outcome === "done") break
  }
})

test("[PL20] what is erased again costs nothing, and a full disk is told as one that passes", async () => {
  const data = folder()
  const { files, steps } = new FaultyFiles(() => undefined)
  const store = blobStore(data, { files })
  await store.erase("home/conv/1", [HASH])
  const before = steps.length
  await store.erase("home/conv/2", [HASH, HASH])
  expect(steps).toHaveLength(before)
  const full = new FaultyFiles((_, name) => (name === "open" ? diskError("ENOSPC") : undefined))
  await expectFailure(blobStore(data, { files: full.files }).erase("home/conv/1", [HASH]), "io")
})

test("[PL20] a tombstone on the disk is obeyed although the bytes are there still", async () => {
  const data = folder()
  await blobStore(data).put(whole())
  const faulty = new FaultyFiles((_, name) => (name === "unlink" ? diskError("EIO") : undefined))
  await expectFailure(blobStore(data, { files: faulty.files }).erase("home/conv/1", [HASH]), "io")
  expect(filesIn(data).size).toBe(2)
  const next = blobStore(data)
  await expectFailure(next.find(W, HASH), "erased")
  await next.sweep()
  expect(filesIn(data).size).toBe(1)
})

test("[PL21] using a blob begins its grace anew; one that is used or on its way is not removed", async () => {
  const data = folder()
  const day = 86_400_000
  const now = Date.now()
  const store = blobStore(data, { now: () => now })
  await store.put(whole())
  const path = join(data, "blobs", W, HASH.slice(0, 2), HASH)
  const age = (days: number) => utimesSync(path, (now - days * day) / 1000, (now - days * day) / 1000)
  const since = now - 30 * day
  const unused = () => store.unused(W, since)
  expect(await unused()).toEqual([])
  for (const use of [() => readBlob(store, HASH), () => store.put(whole()), () => store.append(piece(0, 5000))]) {
    age(31)
    expect(await unused()).toEqual([HASH])
    await use()
    expect(await unused()).toEqual([])
    expect(await store.removeUnused(W, HASH, since)).toBeUndefined()
  }
  age(31)
  expect(await store.removeUnused(W, HASH, since)).toBe(5000)
  expect(await store.removeUnused(W, HASH, since)).toBeUndefined()
  expect(await store.find(W, HASH)).toBeUndefined()
  expect(await store.usage()).toEqual({ bytes: 0, blobs: 0 })
  expect(await store.put(whole())).toBe("stored")
})
