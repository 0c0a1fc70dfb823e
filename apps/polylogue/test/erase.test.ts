import { randomBytes } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { Device, filesWith, hoarder } from "./devices.ts"
import { CONVERSATION, relayOn, SECRET, write } from "./erase-kit.ts"
import { folder, polylogue } from "./program.ts"

const TITLE = randomBytes(24).toString("base64url")

test("[PL23] nothing is erased without --yes, nor what is nowhere; no relay is said to have confirmed that did not", async () => {
  const data = folder()
  const relay = await relayOn(data)
  const device = new Device()
  const { secret } = await write(device, relay)
  await device.close()
  const erase = (...args: readonly string[]) => polylogue("erase", ...args)
  const usage = [
    [["--document", CONVERSATION], "Say --yes to do it"],
    [["--yes"], "Name one document"],
    [["--document", "home/conv/1", "--document", "home/conv/2", "--yes"], "Name one document"],
    [["--document", "home/prompt/1", "--message", "x", "--yes"], "is no conversation"],
    [["--document", CONVERSATION, "--message", "unknown", "--yes", "--relay", relay.ws], "There is nothing to erase"],
  ] as const
  for (const [args, message] of usage) {
    const run = await erase(...args)
    expect(run).toMatchObject({ code: 2, stdout: expect.not.stringContaining("confirmed") as string })
    expect(run.stderr).toContain(message)
  }
  expect(filesWith(data, SECRET)).not.toEqual([])
  // One relay that lets us in and one that does not: both are named.
  const closed = await relayOn(folder(), "--auth", "token")
  const half = await erase("--document", CONVERSATION, "--message", secret, "--yes", "--relay", closed.ws, "--relay", relay.ws)
  expect(half.code).toBe(1)
  expect(half.stdout).toBe(`confirmed  ${relay.ws}\n`)
  expect(half.stderr).toContain(`missing    ${closed.ws}: The relay refused the connection: unauthenticated. It asks for a token`)
  expect(half.stderr).toContain("Call this again for those that did not answer")
  expect(filesWith(data, SECRET)).toEqual([])
  await relay.end()
  await closed.end()
})

test("[PL23] erases in a folder that no relay uses, a whole conversation with its card, a document of any kind", async () => {
  const data = folder()
  const file = join(folder(), "chat.jsonl")
  writeFileSync(file, `${JSON.stringify({ title: TITLE, messages: [{ role: "user", content: SECRET }] })}\n`)
  await polylogue("import", file, "--data", data)
  const listed = await polylogue("export", "--data", data, "--out", "-")
  const [, id] = /"id":\s*"([^"]+)"/.exec(listed.stdout)!
  expect(filesWith(data, SECRET)).not.toEqual([])
  expect(filesWith(data, TITLE)).not.toEqual([])
  const run = await polylogue("erase", "--document", `home/conv/${id}`, "--data", data, "--yes")
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining(`confirmed  ${data}\nerased     everything`) as string })
  expect(filesWith(data, TITLE)).toEqual([])
  expect(await polylogue("doctor", "--data", data)).toMatchObject({ code: 0 })

  const relay = await relayOn(data)
  const { provider, ydoc } = hoarder(relay.url, "home/notes")
  ydoc.getText("any").insert(0, SECRET)
  const other = hoarder(relay.url, "home/notes")
  await new Promise<void>((resolve) => other.ydoc.on("update", () => resolve()))
  for (const one of [provider, other.provider]) one.destroy()
  expect(await polylogue("erase", "--document", "home/notes", "--relay", relay.ws, "--yes")).toMatchObject({ code: 0 })
  expect(filesWith(data, SECRET)).toEqual([])
  await relay.end()
})
