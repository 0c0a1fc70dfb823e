import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { createWriteStream, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { type IncomingMessage, request } from "node:http"
import { join } from "node:path"
import type { ReplicaDocument } from "@polylogue/replica"
import { expect, test } from "vitest"
import { bytesOf, hashOf } from "./blob-kit.ts"
import { Device, synced } from "./devices.ts"
import { relayOn, type Relay } from "./erase-kit.ts"
import { folder, polylogue, start } from "./program.ts"

const DOCUMENT = "home/conv/1"
const BLOB = bytesOf(3_000_000, 5)
const WORDS = "words"

/** Words that a fresh device reads from a relay. */
async function wordsOn(relay: Relay): Promise<string[]> {
  const device = new Device()
  const document = await device.open(DOCUMENT, [relay.url])
  await synced(document)
  const words = document.ydoc.getArray<string>(WORDS).toArray()
  await device.close()
  return words
}

/** Resolves once a document has so many words. */
function hears({ ydoc }: ReplicaDocument, count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (ydoc.getArray(WORDS).length < count) return
      ydoc.off("afterTransaction", look)
      resolve()
    }
    ydoc.on("afterTransaction", look)
    look()
  })
}

async function putBlob(relay: Relay): Promise<void> {
  expect((await fetch(`${relay.url}/blobs/home/${hashOf(BLOB)}`, { method: "PUT", body: BLOB })).status).toBe(201)
}

/** Gives a relay more than the sockets of both ends hold. */
async function fill(url: string): Promise<void> {
  for (let seed = 0; seed < 8; seed++) {
    const blob = randomBytes(4_000_000)
    expect((await fetch(`${url}/blobs/home/${hashOf(blob)}`, { method: "PUT", body: blob })).status).toBe(201)
  }
}

/** A folder with a document, a blob and an erased blob, of a relay that has stopped. */
async function stoppedFolder(): Promise<string> {
  const data = folder()
  const relay = await relayOn(data)
  const device = new Device()
  const document = await device.open(DOCUMENT, [relay.url])
  document.ydoc.getArray(WORDS).push(["one", "two"])
  await synced(document)
  await putBlob(relay)
  await device.close()
  await relay.end()
  return data
}

const backupOf = async (data: string): Promise<string> => {
  const out = join(folder(), "backup")
  const run = await polylogue("backup", "--data", data, "--out", out)
  expect(run, run.stderr).toMatchObject({ code: 0 })
  return out
}

test("[PL25] a stopped folder is backed up and restored: documents, blobs, and what counts no more", async () => {
  const data = await stoppedFolder()
  writeFileSync(join(data, "revoked"), "token gone\n")
  writeFileSync(join(data, "auth-key"), "a secret")
  const out = await backupOf(data)
  expect(statSync(out).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(out, ".."))).toEqual(["backup"])
  const restored = join(folder(), "deep", "data")
  const run = await polylogue("restore", out, "--data", restored)
  expect(run, run.stderr).toMatchObject({ code: 0, stdout: `1 documents and 1 blobs restored to ${restored}\n` })
  expect(readdirSync(restored).toSorted()).toEqual(["blobs", "format", "revoked", "store"])
  expect(readFileSync(join(restored, "revoked"), "utf8")).toBe("token gone\n")
  expect(await polylogue("doctor", "--data", restored)).toMatchObject({ code: 0 })
  const relay = await relayOn(restored)
  expect(await wordsOn(relay)).toEqual(["one", "two"])
  const answer = await fetch(`${relay.url}/blobs/home/${hashOf(BLOB)}`)
  expect(hashOf(new Uint8Array(await answer.arrayBuffer()))).toBe(hashOf(BLOB))
  await relay.end()
})

test("[PL25] a running relay is backed up as it is at one instant, while commits go on", async () => {
  const relay = await relayOn(folder())
  await putBlob(relay)
  const device = new Device()
  const document = await device.open(DOCUMENT, [relay.url])
  const words = document.ydoc.getArray<string>(WORDS)
  for (let count = 0; count < 200; count++) words.push([`w${count}`])
  await synced(document)
  const writing = { ended: false }
  const load = (async () => {
    for (let count = 200; !writing.ended; count++) {
      words.push([`w${count}`])
      await document.whenDurable("stored")
    }
  })()
  const out = join(folder(), "backup")
  const run = await polylogue("backup", "--relay", relay.ws, "--out", out)
  writing.ended = true
  await load
  expect(run, run.stderr).toMatchObject({ code: 0 })
  const all = words.toArray()
  const restored = folder()
  expect(await polylogue("restore", out, "--data", restored)).toMatchObject({ code: 0 })
  const other = await relayOn(restored)
  const then = await wordsOn(other)
  expect(then).toEqual(all.slice(0, then.length))
  expect(then.length).toBeGreaterThanOrEqual(200)
  expect(all.length).toBeGreaterThan(200)
  await device.close()
  await Promise.all([relay.end(), other.end()])
})

test("[PL25] a backup that breaks off leaves the older one, and nothing of itself", async () => {
  const data = await stoppedFolder()
  const out = await backupOf(data)
  const before = readFileSync(out)
  const relay = start(["relay", "--port", "0", "--data", data])
  const url = (await relay.firstLine).slice("polylogue ready ".length)
  // Over the wire the relay is killed as soon as it has begun to answer, to a client that does not take the rest.
  await fill(url)
  const asking = request(`${url}/backup`).end()
  const [answer] = (await once(asking, "response")) as [IncomingMessage]
  const busy = await polylogue("backup", "--relay", url, "--out", out)
  expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining("Another backup is under way") as string })
  answer.destroy()
  relay.kill("SIGKILL")
  await relay.ended
  const none = await polylogue("backup", "--relay", url, "--out", out)
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("No relay answers") as string })
  expect(readFileSync(out).equals(before)).toBe(true)
  expect(readdirSync(join(out, ".."))).toEqual(["backup"])
})

test("[PL26] over HTTP a backup is the operator's", async () => {
  const data = folder()
  const relay = await relayOn(data, "--auth", "token")
  const token = async (...args: string[]): Promise<string> => (await polylogue("token", "--data", data, ...args)).stdout.trim()
  const out = join(folder(), "backup")
  const backup = (...more: string[]) => polylogue("backup", "--relay", relay.url, "--out", out, ...more)
  expect(await backup()).toMatchObject({ code: 1, stderr: expect.stringContaining("a token is needed") as string })
  const owner = await token("--user", "ana", "--role", "owner")
  expect(await backup("--token", owner)).toMatchObject({ code: 1, stderr: expect.stringContaining("operator") as string })
  expect(existsSync(out)).toBe(false)
  expect(await backup("--token", await token("--user", "ops", "--operator"))).toMatchObject({ code: 0 })
  await relay.end()
})

test("[PL26] one who takes a backup too slowly is cut, and the next is served", async () => {
  const data = folder()
  const relay = await relayOn(data, "--limits", JSON.stringify({ backupStallMs: 200 }))
  await fill(relay.url)
  const asking = request(`${relay.url}/backup`).end()
  const [answer] = (await once(asking, "response")) as [IncomingMessage]
  const cut = once(answer, "error")
  // Nobody reads: it is paused until the relay is served to another.
  const out = join(folder(), "backup")
  let run = await polylogue("backup", "--relay", relay.url, "--out", out)
  while (run.code !== 0) {
    expect(run.stderr).toContain("Another backup is under way")
    run = await polylogue("backup", "--relay", relay.url, "--out", out)
  }
  answer.resume()
  await cut
  await relay.end()
})

test("[PL27] what is not empty, no backup, cut short or changed is refused, and nothing is left", async () => {
  const data = await stoppedFolder()
  const out = await backupOf(data)
  const names = readdirSync(data)
  const busy = await polylogue("restore", out, "--data", data)
  expect(busy).toMatchObject({ code: 2, stderr: expect.stringContaining("is not empty") as string })
  expect(readdirSync(data)).toEqual(names)
  const whole = readFileSync(out)
  const changed = (at: number): Buffer => {
    const copy = Buffer.from(whole)
    copy[at]! ^= 1
    return copy
  }
  const wrong: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    "no backup": Buffer.from("polylogue dump 1\n"),
    "without its end": whole.subarray(0, -1),
    "half of it": whole.subarray(0, whole.length / 2),
    "within the store": whole.subarray(0, 200),
    "the store changed": changed(300),
    "a blob changed": changed(whole.length - 100_000),
    "its checksum changed": changed(whole.length - 1),
    "more behind it": Buffer.concat([whole, Buffer.of(0)]),
  }
  const file = join(folder(), "wrong")
  const empty = folder()
  for (const [what, bytes] of Object.entries(wrong)) {
    writeFileSync(file, bytes)
    for (const target of [empty, join(empty, "new", "folder")]) {
      const run = await polylogue("restore", file, "--data", target)
      expect(run, what).toMatchObject({ code: 1, stderr: expect.stringContaining("Nothing was left") as string })
      expect(run.stderr.trim().split("\n")).toHaveLength(1)
      expect(readdirSync(empty), what).toEqual([])
    }
  }
})

test("[PL27] a restore that does not end leaves a folder that no start accepts", async () => {
  const out = await backupOf(await stoppedFolder())
  const whole = readFileSync(out)
  const pipe = join(folder(), "pipe")
  await once(spawn("mkfifo", [pipe]), "close")
  for (const share of [0.001, 0.5]) {
    const data = folder()
    const restoring = start(["restore", pipe, "--data", data])
    const into = createWriteStream(pipe)
    into.on("error", () => undefined)
    await new Promise((resolve) => into.write(whole.subarray(0, whole.length * share), resolve))
    // It has begun; the rest never comes.
    while (!existsSync(join(data, "restoring"))) await new Promise((resolve) => setImmediate(resolve))
    restoring.kill("SIGKILL")
    await restoring.ended
    into.destroy()
    for (const command of [["relay", "--port", "0"], ["doctor"], ["backup", "--out", join(folder(), "x")]]) {
      const [name, ...args] = command
      const run = await polylogue(name!, "--data", data, ...args)
      expect([command, run.code === 0, run.stderr.trim().split("\n").length]).toEqual([command, false, 1])
      expect(run.stderr).toMatch(/A restore into .* did not end|There is no store/)
    }
    expect(await polylogue("restore", out, "--data", data)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did not end") as string,
    })
  }
})

test("[PL28, I1] a relay restored from an old backup is healed by the devices that return", async () => {
  const data = folder()
  let relay = await relayOn(data)
  const [ana, ben] = [new Device(), new Device()]
  const [anas, bens] = [await ana.open(DOCUMENT, [relay.url]), await ben.open(DOCUMENT, [relay.url])]
  anas.ydoc.getArray(WORDS).push(["before"])
  await synced(anas)
  await hears(bens, 1)
  const out = join(folder(), "backup")
  expect(await polylogue("backup", "--relay", relay.url, "--out", out)).toMatchObject({ code: 0 })
  // Acknowledged after the backup: the relay that had it is lost, the devices are not.
  anas.ydoc.getArray(WORDS).push(["ana's"])
  bens.ydoc.getArray(WORDS).push(["ben's"])
  await Promise.all([synced(anas), synced(bens)])
  await Promise.all([hears(anas, 3), hears(bens, 3)])
  await ben.close()
  await relay.end("SIGKILL")
  await ana.close()
  const offline = await ben.open(DOCUMENT)
  offline.ydoc.getArray(WORDS).push(["offline"])
  await offline.whenDurable("local")
  await ben.close()
  const restored = folder()
  expect(await polylogue("restore", out, "--data", restored)).toMatchObject({ code: 0 })
  relay = await relayOn(restored)
  expect(await wordsOn(relay)).toEqual(["before"])
  const reader = new Device()
  const read = await reader.open(DOCUMENT, [relay.url])
  await ana.open(DOCUMENT, [relay.url])
  await hears(read, 3)
  await ben.open(DOCUMENT, [relay.url])
  await hears(read, 4)
  await Promise.all([ana, ben, reader].map((device) => device.close()))
  await relay.end("SIGKILL")
  relay = await relayOn(restored)
  expect((await wordsOn(relay)).toSorted()).toEqual(["ana's", "before", "ben's", "offline"])
  await relay.end()
  expect(await polylogue("doctor", "--data", restored)).toMatchObject({ code: 0 })
})
