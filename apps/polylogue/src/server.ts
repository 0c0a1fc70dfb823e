import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { isDocumentId, SUBPROTOCOL } from "@polylogue/protocol"
import type { Relay } from "@polylogue/relay"
import { WebSocketServer } from "ws"
import { refusalOf } from "./access.ts"
import { CommandError, reasonOf } from "./command-error.ts"
import { answerText, type Endpoint, type Visitor } from "./endpoint.ts"
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
  /** What is answered over HTTP besides the web app, in order. */
  readonly endpoints: readonly Endpoint[]
  readonly webApp: WebApp | undefined
  readonly journal: Journal
}

/** Whoever reaches a relay without authentication is on this machine, and may do everything. */
const ANYBODY: Visitor = Object.freeze({
  name: "anonymous",
  operator: true,
  may: () => "erase" as const,
  mayBlobs: () => "erase" as const,
})

/** A listening server. */
export interface RunningServer {
  /** Where it answers, such as `http://127.0.0.1:4400`. */
  readonly url: string
  /** Stops listening and ends what is connected. The relay is its owner's to close. */
  close(): Promise<void>
}

/**
 * Listens: `/sync` and `/yjs/<documentId>` for WebSockets, the endpoints given, and the web app.
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

function answer({ endpoints, webApp, journal }: ServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const refusal = refusalOf({ host: request.headers.host })
  if (refusal !== undefined) return answerText(response, 403, refusal)
  const url = urlOfRequest(request)
  if (url === undefined) return answerText(response, 400, "That is no path.")
  const { path, query } = url
  if (path === "/sync" || path.startsWith("/yjs/")) return answerText(response, 426, "This path speaks WebSocket.")
  const method = request.method ?? ""
  const endpoint = endpoints.find((candidate) => candidate.matches(path))
  const methods = endpoint?.methods ?? ["GET", "HEAD"]
  if (!methods.includes(method))
    return answerText(response, 405, `${methods.join(" and ")} are answered here.`, { Allow: methods.join(", ") })
  if (endpoint !== undefined) {
    const failed = (error: unknown): void => {
      journal("request-failed", { path, error: reasonOf(error) })
      if (response.headersSent) response.destroy()
      else answerText(response, 500, "The relay failed.")
    }
    try {
      Promise.resolve(endpoint.answer({ request, response, path, query, visitor: ANYBODY })).catch(failed)
    } catch (error) {
      failed(error)
    }
    return
  }
  const otherwise = (): void => answerText(response, 404, "There is nothing here.")
  return webApp === undefined ? otherwise() : webApp(request, response, otherwise)
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
  const path = urlOfRequest(request)?.path
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

/** Path, percent-decoded, and query of a request; `undefined` for what is no path. */
function urlOfRequest(request: IncomingMessage): { path: string; query: URLSearchParams } | undefined {
  const text = `http://relay${request.url ?? ""}`
  if (!request.url?.startsWith("/") || !URL.canParse(text)) return undefined
  const url = new URL(text)
  try {
    return { path: decodeURIComponent(url.pathname), query: url.searchParams }
  } catch {
    // A malformed escape, such as %ff.
    return undefined
  }
}
