import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { promptDocumentId } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { addressOf, relay } from "./link-kit.ts"
import { folder, polylogue } from "./program.ts"

test("[PL93] a relay that holds what is in use has what is asked for over HTTP fetched, and says that nothing is there only when it could ask", async () => {
  const hub = await relay([])
  const edge = await relay(["--mirror", "none", "--peer", addressOf(hub)])
  await edge.running.logged('"event":"link-up"')
  const file = join(folder(), "greeting.txt")
  writeFileSync(file, "Say hello.\n")
  expect(await polylogue("prompt", "publish", file, "--name", "Hello", "--label", "production", "--relay", addressOf(hub))).toMatchObject({
    code: 0,
  })
  // Nobody has it open at the edge: it is the asking that brings it.
  const prompt = await fetch(`${edge.url}/api/prompts/Hello`)
  const answered = (await prompt.json()) as { readonly prompt: string; readonly promptId: string }
  expect([prompt.status, answered.prompt]).toEqual([200, "Say hello.\n"])
  const read = (documentId: string): Promise<Response> => fetch(`${edge.url}/api/documents/${documentId}`)
  expect((await read(promptDocumentId("home", answered.promptId))).status).toBe(200)
  expect((await read("home/prompt/none")).status).toBe(404)
  hub.running.kill("SIGKILL")
  await edge.running.logged('"event":"link-down"')
  const away = await read("home/conv/unknown")
  expect([away.status, away.headers.get("retry-after"), await away.json()]).toEqual([
    503,
    "2",
    expect.objectContaining({ error: "elsewhere" }),
  ])
  // What it has it answers at once.
  expect((await read(promptDocumentId("home", answered.promptId))).status).toBe(200)
})
