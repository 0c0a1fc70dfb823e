import { createHash } from "node:crypto"
import { once } from "node:events"
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import { beforeAll, expect, test } from "vitest"
import { folder, polylogue, polylogueUnprivileged, type Run } from "./program.ts"

/** A data folder that was used, with keys. */
let data = ""

beforeAll(async () => {
  data = folder()
  const file = join(folder(), "chat.jsonl")
  writeFileSync(file, '{"messages": [{"role": "user", "content": "kept"}]}\n')
  expect(await polylogue("import", file, "--data", data)).toMatchObject({ code: 0 })
})

/** Names, times and contents of all that is in a folder. */
function digest(path: string): string {
  const hash = createHash("sha256")
  const add = (one: string): void => {
    const stats = statSync(one)
    hash.update(`${one} ${stats.mode} ${stats.mtimeMs}\n`)
    if (stats.isDirectory()) for (const name of readdirSync(one).toSorted()) add(join(one, name))
    else hash.update(readFileSync(one))
  }
  add(path)
  return hash.digest("hex")
}

async function refused(code: number, message: string, run: () => Promise<Run>, path = data): Promise<void> {
  const before = digest(path)
  const ended = await run()
  expect([ended.code, ended.stdout, ended.stderr.trim().split("\n")]).toEqual([code, "", [expect.stringContaining(message)]])
  expect(digest(path)).toBe(before)
}

test.each([
  [["--port", "x"], "--port is a number"],
  [["--auth", "all"], "--auth is one of"],
  [["--log", "loud"], "--log is one of"],
  [["--origin", "chat.example"], "--origin is an origin"],
  [["--origin", "https://a.example,https://b.example/x"], "--origin is an origin"],
  [["--public-url", "https://chat.example"], "can be reached from other machines"],
  [["--host", "::"], "can be reached from other machines"],
  [["--limits", '{"maxSesions": 1}'], "which is no limit"],
  [["--limits", '{"maxSessions": 0}'], "maxSessions is at least 1"],
])("[PL15] a start with %j leaves the folder alone", async (args, message) => {
  await refused(2, message, () => polylogue("relay", "--data", data, "--port", "0", ...args))
})

test("[PL15] limits of a configuration file are checked, and leave the folder alone", async () => {
  const config = join(folder(), "config.json")
  writeFileSync(config, JSON.stringify({ port: 0, limits: { drainMs: -1 } }))
  await refused(2, "drainMs is a whole number", () => polylogue("relay", "--data", data, "--config", config))
})

test("[PL15] a port in use leaves the folder alone, and makes none", async () => {
  const taken = createServer().listen(0, "127.0.0.1")
  await once(taken, "listening")
  const port = String((taken.address() as AddressInfo).port)
  await refused(1, "is in use; choose another", () => polylogue("relay", "--data", data, "--port", port, "--auth", "token"))
  const parent = folder()
  await refused(1, "is in use", () => polylogue("relay", "--data", join(parent, "new"), "--port", port), parent)
  taken.close()
})

test("[PL15] a folder that a newer version wrote is left alone", async () => {
  const other = copy()
  writeFileSync(join(other, "format"), "99\n")
  await refused(1, "newer version", () => polylogue("relay", "--data", other, "--port", "0"), other)
})

test("[PL15] a folder whose store is missing beside the format of a newer version is left alone, too", async () => {
  const other = folder()
  writeFileSync(join(other, "format"), "99\n")
  await refused(1, "newer version", () => polylogue("relay", "--data", other, "--port", "0"), other)
})

test("[PL15] a folder that is a file, and one in which a file stands for the store, are left alone", async () => {
  const file = join(folder(), "file")
  writeFileSync(file, "not a folder")
  await refused(1, "a part of the path is no folder", () => polylogue("relay", "--data", file, "--port", "0"), file)
  const odd = folder()
  writeFileSync(join(odd, "store"), "not a folder")
  await refused(1, "cannot be used", () => polylogue("relay", "--data", odd, "--port", "0"), odd)
})

test("[PL15] a folder that may not be read or written is left alone", async () => {
  const parent = folder()
  for (const mode of [0o555, 0o000]) {
    const other = join(parent, `data-${mode}`)
    mkdirSync(join(other, "store"), { recursive: true })
    writeFileSync(join(other, "store", "CURRENT"), "MANIFEST-000001\n")
    chmodSync(join(other, "store"), mode)
    chmodSync(other, 0o555)
    await refused(1, "it is not allowed", () => polylogueUnprivileged("relay", "--data", other, "--port", "0"), parent)
    chmodSync(other, 0o755)
    chmodSync(join(other, "store"), 0o755)
  }
  chmodSync(parent, 0o555)
  await refused(
    1,
    "cannot be made: it is not allowed",
    () => polylogueUnprivileged("relay", "--data", join(parent, "new"), "--port", "0"),
    parent,
  )
  chmodSync(parent, 0o755)
  rmSync(parent, { recursive: true })
})

test("[PL15] keys that are none leave the folder alone, and are not shown", async () => {
  const keys = join(folder(), "keys")
  writeFileSync(keys, '{"keys": ["hush"]}')
  const args = ["relay", "--data", data, "--port", "0", "--auth", "token", "--auth-key-file", keys]
  await refused(1, "no Ed25519 key", () => polylogue(...args))
  expect((await polylogue(...args)).stderr).not.toContain("hush")
})

function copy(): string {
  const other = folder()
  cpSync(data, other, { recursive: true })
  return other
}
