import { expect, test } from "vitest"
import { bytesOf, hashOf } from "./blob-kit.ts"
import { folder, polylogue, type Running, start } from "./program.ts"

async function running(args: readonly string[], use: (url: string, running: Running) => Promise<void>): Promise<void> {
  const relay = start(["relay", "--port", "0", ...args])
  try {
    await use((await relay.firstLine).slice("polylogue ready ".length), relay)
  } finally {
    relay.kill("SIGKILL")
    await relay.ended
  }
}

const CONTENT = bytesOf(200_000)
const PATH = `/blobs/home/${hashOf(CONTENT)}`

test("[PL16, PL19] what a relay has answered as stored is there after kill -9", async () => {
  const data = folder()
  await running(["--data", data], async (url, relay) => {
    expect((await fetch(url + PATH, { method: "PUT", body: CONTENT })).status).toBe(201)
    relay.kill("SIGKILL")
    await relay.ended
  })
  await running(["--data", data], async (url) => {
    const response = await fetch(url + PATH)
    expect(response.status).toBe(200)
    expect(hashOf(new Uint8Array(await response.arrayBuffer()))).toBe(hashOf(CONTENT))
    expect((await fetch(url + PATH, { method: "DELETE" })).status).toBe(405)
  })
})

test("[PL19, I11] with tokens, blobs are a workspace's: readers read, writers write, others learn nothing", async () => {
  const data = folder()
  await running(["--data", data, "--auth", "token", "--limits", '{"maxBlobBytes": 199999}'], async (url) => {
    const bearer = async (...grants: readonly string[]) => {
      const { stdout } = await polylogue("token", "--user", "ana", "--data", data, ...grants)
      return { Authorization: `Bearer ${stdout.split("\n")[0]}` }
    }
    const [viewer, editor, elsewhere] = await Promise.all([
      bearer("--workspace", "home", "--role", "viewer"),
      bearer("--document", "home/conv/1", "--role", "editor"),
      bearer("--workspace", "homework", "--role", "owner"),
    ])
    const put = async (headers: Record<string, string>, body = CONTENT.subarray(1)) =>
      (await fetch(`${url}/blobs/home/${hashOf(body)}`, { method: "PUT", body, headers })).status
    const get = async (headers: Record<string, string>) =>
      (await fetch(`${url}/blobs/home/${hashOf(CONTENT.subarray(1))}`, { headers })).status
    expect([await put({}), await put(viewer), await put(elsewhere), await put(editor, CONTENT)]).toEqual([401, 403, 403, 413])
    expect(await get(elsewhere)).toBe(403)
    expect(await put(editor)).toBe(201)
    expect([await get({}), await get(viewer), await get(editor), await get(elsewhere)]).toEqual([401, 200, 200, 403])
  })
})
