import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, test } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import { socketOf } from "../src/web-socket.ts"

test("[I5] a socket that is not read holds back its other end, and gets everything in order when it is", async () => {
  const http = createServer()
  const server = new WebSocketServer({ server: http, perMessageDeflate: false })
  http.listen(0, "127.0.0.1")
  await once(http, "listening")
  const device = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`, { perMessageDeflate: false })
  const [accepted] = (await once(server, "connection")) as [WebSocket]
  if (device.readyState !== WebSocket.OPEN) await once(device, "open")
  const socket = socketOf(accepted)
  const heard: number[] = []
  let enough: () => void = () => undefined
  socket.listen({
    message(message) {
      heard.push(message[0]!)
      // As the relay does when much waits of a session.
      if (heard.length === 1) socket.setReading?.(false)
      if (heard.length === 200) enough()
    },
    closed: () => undefined,
  })
  // More than the system's buffers on both sides take.
  for (let index = 0; index < 200; index++) device.send(new Uint8Array(100_000).fill(index))
  for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(heard.length).toBeLessThan(100)
  expect(device.bufferedAmount).toBeGreaterThan(1_000_000)
  const all = new Promise<void>((resolve) => (enough = resolve))
  socket.setReading?.(true)
  await all
  expect(heard).toEqual(Array.from({ length: 200 }, (_, index) => index))
  // Paused, it still closes as soon as it is read again.
  socket.setReading?.(false)
  socket.close(1000, "")
  socket.setReading?.(true)
  await once(device, "close")
  server.close()
  http.close()
})
