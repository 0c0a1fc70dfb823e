import { once } from "node:events"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { expect, test } from "vitest"
import { WebSocket } from "ws"
import { folder, polylogue, type Running, start } from "./program.ts"

async function withRelay<T>(data: string, use: (url: string, running: Running) => Promise<T>): Promise<T> {
  const running = start(["relay", "--port", "0", "--data", data])
  try {
    const line = await running.firstLine
    expect(line).toMatch(/^polylogue ready http:\/\/127\.0\.0\.1:\d+$/)
    return await use(line.slice("polylogue ready ".length), running)
  } finally {
    running.kill("SIGKILL")
    await running.ended
  }
}

const CONVERSATION = `${JSON.stringify({
  title: "Two voices",
  messages: [
    { role: "user", content: "Grüße, 你好" },
    { role: "assistant", content: "🙂 back" },
  ],
})}\n`

test("[PL4] says when it is ready, answers, and ends with 0 at SIGTERM", async () => {
  await withRelay(folder(), async (url, running) => {
    for (const path of ["/readyz", "/healthz"]) expect((await fetch(url + path)).status).toBe(200)
    running.kill("SIGTERM")
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect(stdout.split("\n")).toHaveLength(2)
  })
})

test.each([
  [[], ""],
  [["fly"], 'There is no command "fly"'],
  [["serve", "--port", "x"], "--port is a number"],
  [["serve", "extra"], '"extra"'],
  [["relay", "--host", "0.0.0.0"], "can be reached from other machines"],
  [["import"], "Name the files"],
  [["import", "/nowhere.json"], "cannot be read"],
  [["import", "--format", "pdf", "x"], "--format"],
  [["export"], "--out"],
  [["export", "--format", "pdf", "--out", "x"], "--format"],
  [["export", "--relay", "gopher://x", "--out", "x"], "--relay"],
  [["doctor", "--data", "/nowhere"], "There is no store"],
  [["doctor", "extra"], '"extra"'],
  [["export", "--data", "/nowhere", "--out", "x"], "There is no store"],
  [["import", "/nowhere.json"], "there is no such file"],
])("[PL2] %j exits with 2 and one line of why", async (args, message) => {
  const { code, stderr } = await polylogue(...args)
  expect(code).toBe(2)
  if (message !== "") expect(stderr.trim().split("\n")).toEqual([expect.stringContaining(message)])
})

test("[PL2] a port in use and a folder in use exit with 1 and say what to do", async () => {
  const taken = createServer().listen(0, "127.0.0.1")
  await once(taken, "listening")
  const port = String((taken.address() as AddressInfo).port)
  const first = await polylogue("relay", "--port", port, "--data", folder())
  taken.close()
  expect(first).toMatchObject({ code: 1, stderr: expect.stringContaining("is in use; choose another with --port") as string })

  const data = folder()
  await withRelay(data, async () => {
    expect(await polylogue("relay", "--port", "0", "--data", data)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("in use by another process") as string,
    })
    expect(await polylogue("doctor", "--data", data)).toMatchObject({ code: 1, stderr: expect.stringContaining("in use") as string })
  })
})

test("[PL2] a relay that is not there, and a workspace without conversations, end an export without a file", async () => {
  const taken = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1")
  await once(taken, "listening")
  const out = join(folder(), "out.json")
  const relay = `ws://127.0.0.1:${(taken.address() as AddressInfo).port}`
  expect(await polylogue("export", "--relay", relay, "--out", out)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`No relay answers at ${relay}`) as string,
  })
  taken.close()
  const data = folder()
  const file = join(folder(), "chats.jsonl")
  writeFileSync(file, CONVERSATION)
  await polylogue("import", file, "--data", data)
  expect(await polylogue("export", "--data", data, "--workspace", "other", "--out", out)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no conversations") as string,
  })
  expect(existsSync(out)).toBe(false)
})

test("[PL2] help and version exit with 0", async () => {
  expect(await polylogue("--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("doctor") as string })
  expect(await polylogue("serve", "--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("POLYLOGUE_PORT") as string })
  expect(await polylogue("--version")).toMatchObject({ code: 0, stdout: "0.1.0\n" })
})

/** A request whose headers a browser would not let a page set. */
function status(url: string, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    request({ hostname, port, path, headers, method }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .once("error", reject)
      .end()
  })
}

/** How an attempt to connect ends: `open`, or the refusal. */
function connect(url: string, protocol: string | undefined, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve) => {
    const webSocket = protocol === undefined ? new WebSocket(url, { headers }) : new WebSocket(url, protocol, { headers })
    webSocket.once("open", () => {
      resolve("open")
      webSocket.terminate()
    })
    webSocket.once("error", (error) => resolve(error.message))
  })
}

test("[PL5, PL3] what does not belong is refused and nothing falls over", async () => {
  await withRelay(folder(), async (url) => {
    expect(await status(url, "/nothing")).toBe(404)
    expect(await status(url, "/%ff")).toBe(400)
    expect(await status(url, "/../../etc/passwd")).toBe(404)
    expect(await status(url, "/readyz", {}, "DELETE")).toBe(405)
    expect(await status(url, "/sync")).toBe(426)
    expect(await status(url, "/nothing", { host: "rebound.example" })).toBe(403)
    const ws = url.replace("http", "ws")
    expect(await connect(`${ws}/sync`, "polylogue.v1")).toBe("open")
    expect(await connect(`${ws}/sync`, "polylogue.v1", { origin: url })).toBe("open")
    expect(await connect(`${ws}/sync`, "polylogue.v1", { origin: "https://elsewhere.example" })).toContain("403")
    expect(await connect(`${ws}/sync`, undefined)).toContain("400")
    expect(await connect(`${ws}/sync`, "polylogue.v9")).toContain("400")
    expect(await connect(`${ws}/yjs/home/conv/1`, undefined)).toBe("open")
    expect(await connect(`${ws}/yjs/`, undefined)).toContain("400")
    expect(await connect(`${ws}/yjs/a%20b`, undefined)).toContain("400")
    expect(await connect(`${ws}/other`, undefined)).toContain("404")
    expect(await status(url, "/readyz")).toBe(200)
  })
})

test("[PL6] imports, says that nothing is new the second time, and exports what was imported", async () => {
  const data = folder()
  const file = join(folder(), "chats.jsonl")
  writeFileSync(file, CONVERSATION)
  const first = await polylogue("import", file, "--data", data)
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^imported .*2 messages\n1 imported\n$/s) as string })
  const second = await polylogue("import", file, "--data", data)
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining("1 unchanged") as string })

  const out = join(folder(), "all.json")
  expect(await polylogue("export", "--out", out, "--data", data)).toMatchObject({ code: 0 })
  const exported = readFileSync(out, "utf8")
  expect(exported).toContain("Grüße, 你好")
  const again = folder()
  expect(await polylogue("import", out, "--data", again)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 imported") as string,
  })
  expect(await polylogue("export", "--out", out, "--data", again)).toMatchObject({ code: 0 })
  expect(readFileSync(out, "utf8")).toBe(exported)
  expect(await polylogue("export", "--out", "-", "--format", "markdown", "--data", data)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("🙂 back") as string,
  })
})

test("[PL6] works through a running relay as well", async () => {
  const data = folder()
  const file = join(data, "chats.jsonl")
  writeFileSync(file, CONVERSATION)
  await withRelay(data, async (url) => {
    const relay = url.replace("http", "ws")
    expect(await polylogue("import", file, "--relay", relay)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("1 imported") as string,
    })
    expect(await polylogue("export", "--out", "-", "--relay", relay)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Grüße, 你好") as string,
    })
  })
})

test("[PL6] broken files are reported item by item, the rest is imported", async () => {
  const good = join(folder(), "good.jsonl")
  const bad = join(folder(), "bad.json")
  writeFileSync(good, `${CONVERSATION}{"messages": 7}\n`)
  writeFileSync(bad, "{ this is no JSON")
  const { code, stdout } = await polylogue("import", bad, good, "--data", folder())
  expect(code).toBe(2)
  expect(stdout).toMatch(/failed {2}.*bad\.json/)
  expect(stdout).toMatch(/imported {2}.*line 1 "Two voices"/)
})

test("[PL7] doctor finds all well, and finds damage without changing anything", async () => {
  const data = folder()
  const file = join(folder(), "chats.jsonl")
  writeFileSync(file, CONVERSATION)
  await polylogue("import", file, "--data", data)
  expect(await polylogue("doctor", "--data", data)).toMatchObject({ code: 0, stdout: expect.stringContaining("all well") as string })
  // A folder without CURRENT is what a copy that was interrupted looks like; opening it as a new store would hide what is in it.
  const store = join(data, "store")
  const files = readdirSync(store).filter((name) => name !== "CURRENT")
  rmSync(join(store, "CURRENT"))
  for (const command of [["doctor"], ["relay", "--port", "0"], ["import", file]]) {
    expect(await polylogue(...command, "--data", data)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("lacks its CURRENT file") as string,
    })
  }
  expect(readdirSync(store)).toEqual(files)
})
