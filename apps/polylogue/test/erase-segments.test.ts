import { randomBytes } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { filesWith } from "./devices.ts"
import { folder, polylogue } from "./program.ts"

const secret = (): string => randomBytes(24).toString("base64url")
const MESSAGES = 1100

test("[PL39] a message far back and then the whole conversation are erased in all three segments", async () => {
  const data = folder()
  const file = join(folder(), "chat.jsonl")
  const secrets = [secret(), secret(), secret()]
  const contents = Array.from({ length: MESSAGES }, (_, place) => `message ${place}`)
  for (const [segment, words] of secrets.entries()) contents[segment * 512 + 3] = words
  const messages = contents.map((content, place) => ({ role: place % 2 === 0 ? "user" : "assistant", content }))
  writeFileSync(file, `${JSON.stringify({ title: "long", messages })}\n`)
  expect(await polylogue("import", file, "--data", data)).toMatchObject({ code: 0 })
  const exported = (await polylogue("export", "--data", data, "--out", "-")).stdout
  const [, id] = /"id":\s*"([^"]+)"/.exec(exported)!
  const line = exported.split("\n").find((text) => text.includes(secrets[1]!))!
  const message = [...line.slice(0, line.indexOf(secrets[1]!)).matchAll(/"id":\s*"([^"]+)"/g)].at(-1)?.[1]

  const one = await polylogue("erase", "--document", `home/conv/${id}`, "--message", message!, "--data", data, "--yes")
  expect(one).toMatchObject({ code: 0 })
  expect(secrets.map((words) => filesWith(data, words).length > 0)).toEqual([true, false, true])

  // Named by a document of another segment: it is the same conversation.
  const all = await polylogue("erase", "--document", `home/conv/${id}/s2`, "--data", data, "--yes")
  expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining(`erased     everything in home/conv/${id};`) as string })
  expect(secrets.flatMap((words) => filesWith(data, words))).toEqual([])
  const after = await polylogue("export", "--data", data, "--out", "-")
  expect(after.stdout).not.toMatch(/message \d/)
})
