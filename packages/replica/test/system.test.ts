import { expect, test } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import type { SocketHandlers } from "@polylogue/protocol"
import { dialWith, randomBytes, systemClock, type WebSocketConstructor, type WebSocketLike } from "../src/node/index.ts"

/** What a socket told its owner, awaited one by one. */
function record(): { handlers: SocketHandlers; next(): Promise<string> } {
  const events: string[] = []
  let arrived: (() => void) | undefined
  const note = (event: string) => {
    events.push(event)
    arrived?.()
  }
  return {
    handlers: {
      opened: () => note("opened"),
      message: (message) => note(`message ${message.join(",")}`),
      drained: () => note("drained"),
      closed: (code, reason) => note(`closed ${code} ${reason}`.trim()),
    },
    async next() {
      while (events.length === 0) await new Promise<void>((resolve) => (arrived = resolve))
      return events.shift()!
    },
  }
}

async function serve(): Promise<{ server: WebSocketServer; url: string }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  await new Promise((resolve) => server.once("listening", resolve))
  const { port } = server.address() as { port: number }
  return { server, url: `ws://127.0.0.1:${port}/sync` }
}

test("[RP12] a dialled WebSocket opens, carries binary messages both ways, and says how it ended", async () => {
  const { server, url } = await serve()
  server.on("connection", (peer, request) => {
    expect(request.headers["sec-websocket-protocol"]).toBe("polylogue.v1")
    peer.on("message", (data: Buffer) => peer.send(Buffer.from([...data, 9])))
  })
  const socket = dialWith(WebSocket)(url, ["polylogue.v1"])
  const heard = record()
  socket.send(new Uint8Array([7]))
  socket.listen(heard.handlers)
  expect(await heard.next()).toBe("opened")
  socket.send(new Uint8Array([1, 2]))
  let event = await heard.next()
  if (event === "drained") event = await heard.next()
  expect(event).toBe("message 1,2,9")
  socket.close(1013, "x".repeat(500))
  expect(await heard.next()).toMatch(/^closed 1000/)
  socket.send(new Uint8Array([3]))
  socket.close(1000, "")
  server.close()
})

test("[RP12] a text message ends the socket, a refused connection and an address that cannot be dialled are reported as closed", async () => {
  const { server, url } = await serve()
  server.on("connection", (peer) => peer.send("text"))
  const talking = record()
  dialWith(WebSocket)(url, ["polylogue.v1"]).listen(talking.handlers)
  expect(await talking.next()).toBe("opened")
  expect(await talking.next()).toBe("closed 4400 a message is not binary")
  server.close()
  await new Promise((resolve) => server.once("close", resolve))
  const refused = record()
  dialWith(WebSocket)(url, ["polylogue.v1"]).listen(refused.handlers)
  expect(await refused.next()).toBe("closed 1006")
  const impossible = record()
  const dead = dialWith(WebSocket)("ws://:::", ["polylogue.v1"])
  dead.listen(impossible.handlers)
  dead.send(new Uint8Array())
  dead.close(1000, "")
  expect(await impossible.next()).toMatch(/^closed 1006/)
})

test("[RP12] `drained` is told when the network has taken everything", async () => {
  const amounts = [10, 5, 0]
  const fake: WebSocketLike = {
    binaryType: "blob",
    get bufferedAmount() {
      return amounts.length > 1 ? amounts.shift()! : 0
    },
    send: () => undefined,
    close: () => undefined,
    addEventListener: (type: string, listener: () => void) => {
      if (type === "open") listener()
    },
  }
  const heard = record()
  const dialled: unknown = function dialled() {
    return fake
  }
  const socket = dialWith(dialled as WebSocketConstructor)("ws://x", ["p"])
  socket.listen(heard.handlers)
  expect(await heard.next()).toBe("opened")
  socket.send(new Uint8Array([1]))
  expect(await heard.next()).toBe("drained")
})

test("[RP12] the system's clock measures and calls, and its randomness does not repeat", async () => {
  const before = systemClock.monotonic()
  await new Promise<void>((resolve) => systemClock.setTimer(resolve, 1))
  expect(systemClock.monotonic()).toBeGreaterThan(before)
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000)
  let called = false
  systemClock.setTimer(() => (called = true), 0)()
  const endless = systemClock.setTimer(() => (called = true), Number.MAX_SAFE_INTEGER)
  await new Promise<void>((resolve) => systemClock.setTimer(resolve, 5))
  endless()
  expect(called).toBe(false)
  expect(randomBytes(8)).not.toEqual(randomBytes(8))
})
