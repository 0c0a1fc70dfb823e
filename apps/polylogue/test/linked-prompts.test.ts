import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test, vi } from "vitest"
import { addressOf, type LinkedProgram, relay, relayToken } from "./link-kit.ts"
import { folder, polylogue, type Run } from "./program.ts"

function file(words: string): string {
  const path = join(folder(), "greeting.txt")
  writeFileSync(path, words)
  return path
}

test("[PL49, I8] a prompt is published at a relay that asks another one for labels, read at both, and waits where that one is away", async () => {
  const hub = await relay(["--auth", "token"])
  const edge = await relay(["--auth", "token", "--peer", addressOf(hub), "--peer-token", await relayToken(hub, "edge")])
  const token = async ({ data }: LinkedProgram): Promise<string> => {
    const { stdout } = await polylogue("token", "--data", data, "--user", "ana", "--workspace", "home", "--role", "owner")
    return stdout.trim()
  }
  const [atHub, atEdge] = [await token(hub), await token(edge)]
  await edge.running.logged('"event":"link-up"')
  const publish = (words: string): Promise<Run> =>
    polylogue("prompt", "publish", file(words), "--name", "Hello", "--label", "production", "--relay", addressOf(edge), "--token", atEdge)
  const read = async ({ url }: LinkedProgram, bearer: string): Promise<readonly [number, Record<string, unknown>]> => {
    const answer = await fetch(`${url}/api/prompts/Hello`, { headers: { Authorization: `Bearer ${bearer}` } })
    return [answer.status, (await answer.json()) as Record<string, unknown>]
  }
  expect(await publish("Say hello.\n")).toMatchObject({ code: 0, stdout: expect.stringContaining("v1 as production") })
  expect(await read(edge, atEdge)).toMatchObject([200, { version: 1, prompt: "Say hello.\n", labels: ["production", "latest"] }])
  // The label is there at once, the text as soon as the link has brought it.
  await vi.waitFor(async () => expect(await read(hub, atHub)).toMatchObject([200, { prompt: "Say hello.\n" }]), { timeout: 10_000 })
  expect(await publish("Say hello again.\n")).toMatchObject({ code: 0, stdout: expect.stringContaining("v2 as production") })
  hub.running.kill("SIGKILL")
  await edge.running.logged('"event":"link-down"')
  expect(await read(edge, atEdge)).toMatchObject([503, { error: "unavailable", message: expect.stringContaining("not reached") }])
  expect(await publish("Say goodbye.\n")).toMatchObject({ code: 1, stderr: expect.stringContaining("the one that decides on them") })
})
