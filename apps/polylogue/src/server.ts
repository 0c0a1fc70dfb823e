import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { isDocumentId, SUBPROTOCOL } from "@polylogue/protocol"
import type { Relay } from "@polylogue/relay"
import { WebSocketServer } from "ws"
import { refusalOf } from "./access.ts"
import { CommandError, reasonOf } from "./command-error.ts"
import type { Journal } from "./journal.ts"
import { socketOf } from "./web-socket.ts"
import type { WebApp } from "./web-app.ts"

/** What the server listens with and answers from. */
export interface ServerOptions {
  readonly relay: Relay
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Largest WebSocket message taken at `/sync`, and at `/yjs/…`, where one message is one whole update. */
  readonly maxMessageBytes: number
  readonly maxYjsMessageBytes: number
  readonly webApp: WebApp | undefined
  readonly journal: Journal
}

/** A listening server. */
export interface RunningServer {
  /** Where it answers, such as `http://127.0.0.1:4400`. */
  readonly url: string
  /** Stops listening and ends what is connected. The relay is its owner's to close. */
  close(): Promise<void>
}

/**
 * Listens: `/sync` and `/yjs/<documentId>` for WebSockets, `/healthz` (the process lives), `/readyz` (the relay takes appends), and the web app.
 * @throws CommandError `failure` when the address cannot be listened on.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => answer(options, request, response))
  const sync = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  const yjs = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: options.maxYjsMessageBytes })
  server.on("upgrade", (request, stream, head) => upgrade(options, { sync, yjs }, request, stream, head))
  await listen(server, options)
  return {
    url: urlOf(server, options.host),
    async close() {
      for (const webSockets of [sync, yjs]) {
        for (const webSocket of webSockets.clients) webSocket.terminate()
        webSockets.close()
      }
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen(port, host.replace(/^\[(.*)\]$/, "$1"), () => {
        server.off("error", reject)
        resolve()
      })
    })
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === "EADDRINUSE"
    const why = inUse
      ? `Port ${port} of ${host} is in use; choose another with --port, or 0 for any.`
      : `Cannot listen on ${host}:${port}: ${reasonOf(error)}.`
    throw new CommandError("failure", why, { cause: error })
  }
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`
}

function answer({ relay, webApp }: ServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const say = (status: number, text: string): void => {
    response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" }).end(`${text}\n`)
  }
  const refusal = refusalOf({ host: request.headers.host })
  if (refusal !== undefined) return say(403, refusal)
  const path = pathOf(request)
  if (path === undefined) return say(400, "That is no path.")
  if (request.method !== "GET" && request.method !== "HEAD") return say(405, "Only GET and HEAD are answered.")
  if (path === "/healthz") return say(200, "alive")
  if (path === "/readyz") return relay.ready ? say(200, "ready") : say(503, "not ready: the store cannot be reached")
  if (path === "/sync" || path.startsWith("/yjs/")) return say(426, "This path speaks WebSocket.")
  if (webApp === undefined) return say(404, "There is nothing here.")
  return webApp(request, response, () => say(404, "There is nothing here."))
}

function upgrade(
  { relay, journal }: ServerOptions,
  { sync, yjs }: { sync: WebSocketServer; yjs: WebSocketServer },
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
): void {
  stream.on("error", () => stream.destroy())
  const refuse = (status: string, why: string): void => {
    journal("upgrade-refused", { status, why })
    stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${why}\n`)
  }
  const refusal = refusalOf(request.headers)
  if (refusal !== undefined) return refuse("403 Forbidden", refusal)
  const path = pathOf(request)
  if (path === "/sync") {
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((protocol) => protocol.trim())
    if (!offered.includes(SUBPROTOCOL)) return refuse("400 Bad Request", `Offer the WebSocket subprotocol ${SUBPROTOCOL}.`)
    return sync.handleUpgrade(request, stream, head, (webSocket) => relay.accept(socketOf(webSocket)))
  }
  if (path?.startsWith("/yjs/")) {
    const documentId = path.slice("/yjs/".length)
    if (!isDocumentId(documentId)) return refuse("400 Bad Request", "That is no document id.")
    return yjs.handleUpgrade(request, stream, head, (webSocket) => relay.acceptYjs(socketOf(webSocket), documentId))
  }
  return refuse("404 Not Found", "WebSockets connect to /sync or /yjs/<documentId>.")
}

function pathOf(request: IncomingMessage): string | undefined {
  const url = `http://relay${request.url ?? ""}`
  if (!request.url?.startsWith("/") || !URL.canParse(url)) return undefined
  try {
    return decodeURIComponent(new URL(url).pathname)
  } catch {
    // A malformed escape, such as %ff.
    return undefined
  }
}
