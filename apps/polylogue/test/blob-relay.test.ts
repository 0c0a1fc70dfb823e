import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { setImmediate as immediate } from "node:timers/promises"
import { expect, test } from "vitest"
import { bytesOf, hashOf } from "./blob-kit.ts"
import { Device } from "./devices.ts"
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

test("[PL18, PL19, I10] what one device attaches another gets, in pieces over a restart of the relay; erased, it is gone from both", async () => {
  const data = folder()
  const large = bytesOf(3 * 1024 * 1024 + 5, 9)
  const hash = hashOf(large)
  const one = new Device()
  const other = new Device()
  const path = `/blobs/home/${hash}`
  // Half of it is there already when the device begins: it goes on with the rest.
  await running(["--data", data], async (url) => {
    const headers = { "Upload-Offset": "0", "Upload-Length": String(large.length) }
    expect((await fetch(url + path, { method: "PATCH", headers, body: large.subarray(0, 2_000_000) })).status).toBe(204)
  })
  await running(["--data", data], async (url) => {
    const blobs = await one.blobs([url])
    expect(await blobs.put("home", large)).toBe(hash)
    await new Promise<void>((resolve) => {
      const look = async (): Promise<void> => {
        if ((await blobs.status("home", hash))?.state === "stored") resolve()
      }
      blobs.subscribe(() => void look())
      void look()
    })
    expect(hashOf(await (await other.blobs([url])).get("home", hash))).toBe(hash)
    const document = await one.open("home/conv/1", [url])
    document.ydoc.getMap("files").set("a", { sha256: hash })
    await document.whenDurable("stored")
    await document.erase({ ranges: [{ client: document.ydoc.clientID, clock: 0, length: 1 }], blobs: [hash] })
    await document.whenDurable("stored")
    for (let answer = 200; answer !== 410;) answer = (await fetch(url + path, { method: "HEAD" })).status
    while ((await blobs.status("home", hash)) !== undefined) await immediate()
    await expect(blobs.get("home", hash)).rejects.toMatchObject({ code: "erased" })
    expect((await fetch(url + path, { method: "PUT", body: large })).status).toBe(410)
    await one.close()
    await other.close()
  })
})

test("[PL22] doctor reads the blobs as well", async () => {
  const data = folder()
  await running(["--data", data], async (url) => void (await fetch(url + PATH, { method: "PUT", body: CONTENT })))
  expect(await polylogue("doctor", "--data", data)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 blobs, 200000 bytes: all well") as string,
  })
  const hash = hashOf(CONTENT)
  writeFileSync(join(data, "blobs", "home", hash.slice(0, 2), hash), "something else")
  const { code, stdout } = await polylogue("doctor", "--data", data)
  expect(code).toBe(1)
  expect(stdout).toContain(`${hash}: its bytes are not those that its name promises`)
})
