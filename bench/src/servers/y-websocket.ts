import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import process from "node:process"
import { setPersistence, setupWSConnection } from "@y/websocket-server/utils"
import { WebSocketServer } from "ws"
import { LeveldbPersistence } from "y-leveldb"
import * as Y from "yjs"

/* @y/websocket-server with y-leveldb behind its `setPersistence`, each update stored as it comes, as it does by itself with YPERSISTENCE set. */

const data = process.argv[2]
if (data === undefined) throw new TypeError("the data folder is missing")
const persistence = new LeveldbPersistence(data)

setPersistence({
  provider: persistence,
  bindState: (documentId, ydoc) => void bind(documentId, ydoc),
  writeState: async () => undefined,
})

async function bind(documentId: string, ydoc: Y.Doc): Promise<void> {
  const stored = await persistence.getYDoc(documentId)
  // Not awaited: what comes meanwhile would be missed.
  void persistence.storeUpdate(documentId, Y.encodeStateAsUpdate(ydoc))
  Y.applyUpdate(ydoc, Y.encodeStateAsUpdate(stored))
  ydoc.on("update", (update: Uint8Array) => void persistence.storeUpdate(documentId, update))
}

const server = createServer()
const webSockets = new WebSocketServer({ server })
webSockets.on("connection", (webSocket, request) => setupWSConnection(webSocket, request))
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once("SIGTERM", () => process.exit(0))
