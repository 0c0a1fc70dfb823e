import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { afterEach, expect, test, vi } from "vitest"
import { type RunningServer, startServer } from "../src/server.ts"
import { NODE_LIMITS } from "../src/node-limits.ts"

const servers: RunningServer[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => server.close(0)))
})

async function started(limits: Partial<typeof NODE_LIMITS.program>): Promise<RunningServer> {
  const bounds = { sync: 1024, yjs: 1024 }
  const server = await startServer({ host: "127.0.0.1", port: 0, limits: { ...NODE_LIMITS.program, ...limits }, maxMessageBytes: bounds })
  servers.push(server)
  return server
}

/** Sends `text` and resolves with what came back before the end; on a connection that stays open, with what came first. */
async function exchange(server: RunningServer, text: string): Promise<string> {
  const socket = await dial(server)
  socket.write(text)
  const [answer] = (await Promise.race([once(socket, "data"), once(socket, "close")])) as [unknown]
  return String(answer)
}

async function dial(server: RunningServer): Promise<Socket> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  sockets.push(socket)
  socket.on("error", () => undefined)
  await once(socket, "connect")
  return socket
}

const request = (headerBytes: number): string => `GET /readyz HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(headerBytes)}\r\n\r\n`

test("[PL13] until there is a relay, everything is told that it is starting", async () => {
  const server = await started({})
  expect(await exchange(server, request(1))).toMatch(/^HTTP\/1\.1 503 .*\r\n[^]*starting\n/)
  const upgrade = "GET /sync HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
  expect(await exchange(server, upgrade)).toMatch(/^HTTP\/1\.1 503 [^]*starting\n$/)
})

test("[PL12] headers have a size: as many bytes are taken, more are not", async () => {
  const server = await started({ maxHeaderBytes: 1024 })
  expect(await exchange(server, request(900))).toMatch(/^HTTP\/1\.1 503 /)
  expect(await exchange(server, request(1024))).toMatch(/^HTTP\/1\.1 431 /)
})

test("[PL12] headers and bodies that do not come to their end are given up", async () => {
  const server = await started({ headersMs: 40, requestMs: 80 })
  expect(await exchange(server, "GET /readyz HTTP/1.1\r\nHost: loc")).toMatch(/^HTTP\/1\.1 408 /)
  const socket = await dial(server)
  socket.resume().write("PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
  await once(socket, "close")
})

test("[PL12] connections beyond the last one are closed", async () => {
  const server = await started({ maxSockets: 2 })
  const [first] = [await dial(server), await dial(server)]
  const third = await dial(server)
  await once(third, "close")
  first.destroy()
  await vi.waitFor(async () => expect(await exchange(server, request(1))).toMatch(/^HTTP\/1\.1 503 /))
})
