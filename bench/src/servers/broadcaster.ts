import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import process from "node:process"
import * as encoding from "lib0/encoding"
import { type WebSocket, WebSocketServer } from "ws"

/*
 * The limit: a broadcaster that stores nothing and looks at nothing. What comes for a path in one tick leaves to all sockets of that path,
 * the sender included, as one message each, which is encoded once.
 */

interface Path {
  readonly sockets: Set<WebSocket>
  readonly waiting: Uint8Array[]
}

const paths = new Map<string, Path>()
const server = createServer()
const webSockets = new WebSocketServer({ server, perMessageDeflate: false })

webSockets.on("connection", (webSocket, request) => {
  const name = request.url ?? "/"
  const path = paths.get(name) ?? { sockets: new Set(), waiting: [] }
  paths.set(name, path)
  path.sockets.add(webSocket)
  webSocket.on("message", (data) => {
    if (path.waiting.push(data as Buffer) === 1) setImmediate(() => broadcast(path))
  })
  webSocket.on("error", () => undefined)
  webSocket.on("close", () => {
    path.sockets.delete(webSocket)
    if (path.sockets.size === 0) paths.delete(name)
  })
})

function broadcast({ sockets, waiting }: Path): void {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, waiting.length)
  for (const message of waiting) encoding.writeVarUint8Array(encoder, message)
  waiting.length = 0
  const batch = encoding.toUint8Array(encoder)
  for (const webSocket of sockets) webSocket.send(batch, { binary: true })
}

server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once("SIGTERM", () => process.exit(0))
