import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { codeNumber, encodeFrames, SUBPROTOCOL } from "@polylogue/protocol"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { WebSocket } from "ws"
import { withFreshKey } from "../src/key-ring.ts"
import { folder, polylogue, type Run, type Running, start } from "./program.ts"

const data = folder()
let running: Running
let url = ""

beforeAll(async () => {
  const limits = JSON.stringify({ maxUnauthenticated: 3, maxUnauthenticatedPerAddress: 2 })
  const names = ["--public-url", "https://chat.example", "--origin", "https://pages.example"]
  running = start(["relay", "--port", "0", "--data", data, "--auth", "token", "--host", "0.0.0.0", "--limits", limits, ...names])
  url = (await running.firstLine).replace("polylogue ready ", "").replace("0.0.0.0", "127.0.0.1")
})

afterAll(async () => {
  running.kill("SIGKILL")
  await running.ended
})

async function tokenFor(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await polylogue("token", "--data", data, ...args)
  expect(stderr).toContain("sign in at http")
  expect(code).toBe(0)
  return stdout.trim()
}

interface Attempt {
  readonly path?: string
  readonly protocols?: string[]
  readonly headers?: Record<string, string>
}

const open: WebSocket[] = []

/** A WebSocket that stands, or the status that refused it. */
function connect({ path = "/sync", protocols = [SUBPROTOCOL], headers = {} }: Attempt): Promise<WebSocket | number> {
  return new Promise((resolve) => {
    const webSocket = new WebSocket(url.replace("http", "ws") + path, protocols, { headers })
    webSocket.once("open", () => {
      open.push(webSocket)
      resolve(webSocket)
    })
    webSocket.once("unexpected-response", (_request, response) => {
      resolve(response.statusCode!)
      response.destroy()
    })
    webSocket.on("error", () => resolve(0))
  })
}

async function closeAll(): Promise<void> {
  const standing = open.splice(0).filter((webSocket) => webSocket.readyState !== WebSocket.CLOSED)
  await Promise.all(standing.map((webSocket) => closed(webSocket, () => webSocket.close())))
}

/** The code that a WebSocket is closed with after `act`. */
function closed(webSocket: WebSocket, act: () => void): Promise<number> {
  return new Promise((resolve) => {
    webSocket.once("close", resolve)
    act()
  })
}

function hello(token: string): Uint8Array {
  return encodeFrames({ type: "hello", version: 2, minVersion: 2, agent: "test", token })
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

test("[PL8] the first start makes a key that nobody else may read; tokens are made while the relay runs", async () => {
  expect(statSync(join(data, "auth-key")).mode & 0o777).toBe(0o600)
  const token = await tokenFor("--user", "ana", "--role", "editor")
  expect(await connect({ headers: bearer(token) })).toBeInstanceOf(WebSocket)
  await closeAll()
})

test("[PL11] a token is taken from header and subprotocol, and for /yjs/ from the query; a wrong one is refused before there is a WebSocket", async () => {
  const token = await tokenFor("--user", "ana", "--role", "editor")
  const offered = (one: string): string[] => [SUBPROTOCOL, `polylogue.token.${one}`]
  const socket = await connect({ protocols: offered(token) })
  expect(socket).toMatchObject({ protocol: SUBPROTOCOL })
  const yjs = "/yjs/home/conv/1"
  for (const attempt of [
    { path: yjs, protocols: [], headers: bearer(token) },
    { path: yjs, protocols: [`polylogue.token.${token}`] },
    { path: `${yjs}?token=${token}`, protocols: [] },
  ])
    expect([attempt, typeof (await connect(attempt))]).toEqual([attempt, "object"])
  await closeAll()
  const wrong = `${token.slice(0, -4)}AAAA`
  for (const attempt of [
    { headers: bearer(wrong) },
    { headers: { authorization: "Basic YTpi" } },
    { protocols: offered(wrong) },
    { path: yjs, protocols: [] },
    { path: `${yjs}?token=${wrong}`, protocols: [] },
    { path: `${yjs}?token=`, protocols: [] },
  ])
    expect([attempt, await connect(attempt)]).toEqual([attempt, 401])
  // A token in the address of /sync counts for nothing: addresses are logged by proxies.
  expect(await connect({ path: `/sync?token=${wrong}` })).toBeInstanceOf(WebSocket)
  await closeAll()
})

test("[PL11] without a token /sync is let in to hello, which tells a page what is wrong", async () => {
  const token = await tokenFor("--user", "ana", "--role", "editor")
  for (const [given, code] of [
    ["", codeNumber("unauthenticated")],
    ["nonsense", codeNumber("unauthenticated")],
    [token, undefined],
  ] as const) {
    const socket = (await connect({})) as WebSocket
    if (code !== undefined) expect(await closed(socket, () => socket.send(hello(given)))).toBe(code)
    else
      await new Promise((resolve) => {
        socket.once("message", resolve)
        socket.send(hello(given))
      })
  }
  await closeAll()
})

test("[PL11] few sockets wait without a token, of one address and over all; who shows one makes room", async () => {
  const token = await tokenFor("--user", "ana", "--role", "editor")
  const from = (address: string): Attempt => ({ headers: { "x-forwarded-for": address } })
  const first = (await connect(from("10.0.0.1"))) as WebSocket
  await connect(from("10.0.0.1"))
  expect(await connect(from("10.0.0.1"))).toBe(503)
  expect(await connect(from("10.0.0.2"))).toBeInstanceOf(WebSocket)
  expect(await connect(from("10.0.0.3"))).toBe(503)
  // Who brings a token waits nowhere.
  expect(await connect({ headers: bearer(token) })).toBeInstanceOf(WebSocket)
  await new Promise((resolve) => {
    first.once("message", resolve)
    first.send(hello(token))
  })
  expect(await connect(from("10.0.0.3"))).toBeInstanceOf(WebSocket)
  await closeAll()
  await vi.waitFor(async () => expect(await connect(from("10.0.0.1"))).toBeInstanceOf(WebSocket))
  await closeAll()
})

test("[PL8] what was revoked counts no more, while the relay runs", async () => {
  const token = await tokenFor("--user", "eve", "--role", "viewer")
  const other = await tokenFor("--user", "eve", "--role", "editor")
  const [, payload] = token.split(".")
  const { jti } = JSON.parse(Buffer.from(payload!, "base64url").toString("utf8")) as { jti: string }
  const plain = { path: "/yjs/home/conv/1", protocols: [], headers: bearer(token) }
  const sessions = [await connect({ headers: bearer(token) }), await connect(plain)] as WebSocket[]
  const others = (await connect({ headers: bearer(other) })) as WebSocket
  const ended = sessions.map((webSocket) => closed(webSocket, () => undefined))
  expect(await polylogue("token", "--data", data, "--revoke", jti)).toMatchObject({ code: 0, stdout: "" })
  expect(await Promise.all(ended)).toEqual([codeNumber("unauthenticated"), codeNumber("unauthenticated")])
  expect(others.readyState).toBe(WebSocket.OPEN)
  await vi.waitFor(async () => expect(await connect({ headers: bearer(token) })).toBe(401), { timeout: 5_000 })
  expect(await connect({ headers: bearer(other) })).toBeInstanceOf(WebSocket)
  expect(await polylogue("token", "--data", data, "--revoke-user", "eve")).toMatchObject({ code: 0 })
  await vi.waitFor(async () => expect(await connect({ headers: bearer(other) })).toBe(401), { timeout: 5_000 })
  const fresh = await tokenFor("--user", "eve", "--role", "viewer")
  expect(await connect({ headers: bearer(fresh) })).toBeInstanceOf(WebSocket)
  await closeAll()
})

test("[PL8] a key that is taken out of the file ends the sessions of its tokens", async () => {
  const keys = join(data, "auth-key")
  const before = readFileSync(keys, "utf8")
  const token = await tokenFor("--user", "ana", "--role", "viewer")
  const session = (await connect({ headers: bearer(token) })) as WebSocket
  const ended = closed(session, () => undefined)
  writeFileSync(keys, withFreshKey())
  expect(await ended).toBe(codeNumber("unauthenticated"))
  expect(await connect({ headers: bearer(token) })).toBe(401)
  writeFileSync(keys, before)
  await vi.waitFor(async () => expect(await connect({ headers: bearer(token) })).toBeInstanceOf(WebSocket), { timeout: 5_000 })
  await closeAll()
})

test("[PL8] a fresh key signs from now on, and older tokens go on counting", async () => {
  const old = await tokenFor("--user", "ana", "--role", "viewer")
  const fresh = await tokenFor("--user", "ana", "--role", "viewer", "--rotate")
  await vi.waitFor(async () => expect(await connect({ headers: bearer(fresh) })).toBeInstanceOf(WebSocket), { timeout: 5_000 })
  expect(await connect({ headers: bearer(old) })).toBeInstanceOf(WebSocket)
  await closeAll()
})

test.each([
  [["--role", "editor"], "Name the user"],
  [["--user", "ana"], "--role, or --operator"],
  [["--user", "ana", "--role", "viewer", "--operator"], "leave out --operator"],
  [["--user", "ana", "--document", "home/conv/1", "--operator"], "leave out --operator"],
  [["--user", "a/b", "--role", "editor"], "--user has 1 to 128"],
  [["--user", "ana", "--role", "king"], "--role is one of viewer"],
  [["--user", "ana", "--role", "editor", "--workspace", "u"], "u cannot be granted"],
  [["--user", "ana", "--role", "editor", "--document", "home/a b"], "--document is a document id"],
  [["--user", "ana", "--role", "editor", "--ttl", "9999d"], "--ttl is a time"],
  [["--user", "ana", "--role", "editor", "--data", "/nowhere"], "A relay started with --auth token makes it"],
  [["--user", "ana", "--revoke", "x"], "in two calls"],
])("[PL8] token %j is refused with one line", async (args, message) => {
  const { code, stdout, stderr } = await polylogue("token", "--data", data, ...args)
  expect([code, stdout, stderr.trim().split("\n")]).toEqual([2, "", [expect.stringContaining(message)]])
})

test("[PL8] a list of revocations that cannot be read is neither added to nor started with", async () => {
  const other = folder()
  writeFileSync(join(other, "revoked"), "tokn x\n")
  expect(await polylogue("token", "--data", other, "--revoke", "y")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("line 1") as string,
  })
  expect(existsSync(join(other, "auth-key"))).toBe(false)
})

test("[PL10] names and pages that were given are let in, others are not", async () => {
  const token = await tokenFor("--user", "ana", "--role", "viewer")
  const status = async (headers: Record<string, string>): Promise<number | "open"> => {
    const answer = await connect({ headers: { ...bearer(token), ...headers } })
    return typeof answer === "number" ? answer : "open"
  }
  expect(await status({ host: "chat.example", origin: "https://chat.example" })).toBe("open")
  expect(await status({ host: "127.0.0.1:4400", origin: "https://pages.example" })).toBe("open")
  expect(await status({ host: "rebound.example" })).toBe(403)
  expect(await status({ host: "chat.example", origin: "https://elsewhere.example" })).toBe(403)
  await closeAll()
})

test("[PL9] what a token does not allow is refused, with the code, to the programs too", async () => {
  const file = join(folder(), "chat.jsonl")
  writeFileSync(file, '{"messages": [{"role": "user", "content": "hello"}]}\n')
  const other = join(folder(), "other.jsonl")
  writeFileSync(other, '{"messages": [{"role": "user", "content": "of others"}]}\n')
  const relay = url.replace("http", "ws")
  const as = (token: string, ...args: string[]): Promise<Run> => polylogue(...args, "--relay", relay, "--token", token)
  const viewer = await tokenFor("--user", "vera", "--role", "viewer")
  const editor = await tokenFor("--user", "ana", "--role", "editor")
  const stranger = await tokenFor("--user", "eve", "--role", "owner", "--workspace", "homework")
  expect(await as(editor, "import", file)).toMatchObject({ code: 0 })
  expect(await as(viewer, "export", "--out", "-")).toMatchObject({ code: 0, stdout: expect.stringContaining("hello") as string })
  for (const [token, ...args] of [
    [viewer, "import", other],
    [stranger, "export", "--out", "-"],
    [stranger, "import", other],
  ] as const)
    expect(await as(token, ...args)).toMatchObject({ code: 1, stderr: expect.stringContaining("forbidden") as string })
  expect(await as("", "export", "--out", "-")).toMatchObject({ code: 1, stderr: expect.stringContaining("unauthenticated") as string })
})

test("[PL72] a relay's token opens /sync, and neither plain y-websocket nor anything over HTTP; it is made without a role, and revoked by the relay's name", async () => {
  const made = await polylogue("token", "--data", data, "--relay", "--name", "edge-1", "--ttl", "1h")
  expect(made).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^for relay\/edge-1: links, and reading everything over them; until .*\n$/) as string,
  })
  const headers = bearer(made.stdout.trim())
  expect(await connect({ headers })).toBeInstanceOf(WebSocket)
  await closeAll()
  expect(await connect({ path: "/yjs/home/conv/1", protocols: [], headers })).toBe(403)
  for (const path of ["/metrics", "/backup", "/api/prompts", `/blobs/home/${"0".repeat(64)}`])
    expect((await fetch(url + path, { headers })).status).toBe(403)
  expect((await fetch(`${url}/readyz`, { headers })).status).toBe(200)

  expect((await polylogue("token", "--data", data, "--revoke-user", "relay/edge-1")).code).toBe(0)
  await vi.waitFor(async () => expect(await connect({ headers })).toBe(401), { timeout: 10_000 })
})
