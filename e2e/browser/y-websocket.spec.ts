import { AnsweringConversation } from "@polylogue/conversation"
import { WebSocket } from "ws"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import { expect, test } from "./test.ts"

test("[I2] a stock y-websocket provider edits the same document as a browser", async ({ join, relay }) => {
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.send("from the browser")
  await ana.safe("from the browser", "stored")

  const ydoc = new Y.Doc()
  const provider = new WebsocketProvider(`ws://127.0.0.1:${relay.port}/yjs`, `home/conv/${conversation}`, ydoc, {
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
  })
  const view = new AnsweringConversation(ydoc, {
    writer: "stock",
    author: { id: "stock", kind: "agent", name: "Stock" },
    now: () => Date.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  })
  try {
    await expect.poll(() => view.getLine().map(({ id }) => view.getMessage(id)?.text)).toEqual(["from the browser"])
    const reply = view.startReply({ parentId: view.getLine().at(-1)?.id ?? null, author: { id: "stock", kind: "agent", name: "Stock" } })
    for (const token of ["streamed ", "token ", "by ", "token"]) reply.append(token)
    await expect(ana.message("streamed token by token")).toHaveCount(1)
    reply.done()
    await ana.send("and an answer to it")
    await expect
      .poll(() => view.getLine().map(({ id }) => view.getMessage(id)?.text))
      .toEqual(["from the browser", "streamed token by token", "and an answer to it"])
    await ana.safe("and an answer to it", "stored")
  } finally {
    provider.destroy()
    view.destroy()
    ydoc.destroy()
  }
})
