import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { isDocumentId, SUBPROTOCOL } from "@polylogue/protocol"
import type { Relay } from "@polylogue/relay"
import { type WebSocket, WebSocketServer } from "ws"
import { type Door, isTokenProtocol, offeredBy, tokenOfUpgrade } from "./door.ts"
import type { Journal } from "./journal.ts"
import { urlOf } from "./requests.ts"
import { socketOf } from "./web-socket.ts"

/*
 * A token is checked before there is a WebSocket, and a wrong one refused with 401. A page cannot see that status, so one that brings no token is let in
 * to /sync and learns from the relay what is wrong; until it has shown a token in `hello` it waits in the lobby, whose room is small.
 * Plain y-websocket has nowhere else to say it, so /yjs/ takes a token from the query too and lets nobody in without.
 */

/** What WebSockets are accepted into. */
export interface UpgradeOptions {
  readonly door: Door
  readonly relay: Relay
  readonly journal: Journal
}

/** Largest WebSocket message taken, in bytes: at `/sync`, and at `/yjs/…`, where one message is one whole update. */
export interface MessageBounds {
  readonly sync: number
  readonly yjs: number
}

/** Turns requests into WebSockets of the relay. */
export class Upgrades {
  readonly #sync: WebSocketServer
  readonly #yjs: WebSocketServer

  constructor(maxBytes: MessageBounds) {
    const shared = { noServer: true, perMessageDeflate: false }
    this.#sync = new WebSocketServer({ ...shared, maxPayload: maxBytes.sync, handleProtocols: () => SUBPROTOCOL })
    this.#yjs = new WebSocketServer({ ...shared, maxPayload: maxBytes.yjs, handleProtocols: chooseYjsProtocol })
  }

  /** Resolves once nobody is connected, or after `patienceMs`; then cuts off who is left. */
  async close(patienceMs: number): Promise<void> {
    const servers = [this.#sync, this.#yjs]
    const gone = Promise.all([...this.#all()].map((webSocket) => new Promise((resolve) => webSocket.once("close", resolve))))
    let timer: NodeJS.Timeout | undefined
    await Promise.race([gone, new Promise((resolve) => (timer = setTimeout(resolve, patienceMs)))])
    clearTimeout(timer)
    for (const webSocket of this.#all()) webSocket.terminate()
    for (const server of servers) server.close()
  }

  /** Takes a request that asks for a WebSocket, or refuses it with a status and a sentence. Never throws. */
  async take({ door, relay, journal }: UpgradeOptions, request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const refuse = (status: string, why: string): void => {
      journal("upgrade-refused", { status, why }, "warning")
      refuseUpgrade(stream, status, why)
    }
    stream.on("error", () => stream.destroy())
    const refusal = door.refusalOf(request)
    if (refusal !== undefined) return refuse("403 Forbidden", refusal)
    const url = urlOf(request)
    const yjs = url?.path.startsWith("/yjs/") === true
    if (url === undefined || !(yjs || url.path === "/sync"))
      return refuse("404 Not Found", "WebSockets connect to /sync or /yjs/<documentId>.")
    const documentId = url.path.slice("/yjs/".length)
    if (yjs && !isDocumentId(documentId)) return refuse("400 Bad Request", "That is no document id.")
    if (!yjs && !offeredBy(request).includes(SUBPROTOCOL))
      return refuse("400 Bad Request", `Offer the WebSocket subprotocol ${SUBPROTOCOL}.`)

    const token = tokenOfUpgrade(request) ?? (yjs ? (url.query.get("token") ?? undefined) : undefined)
    const visitor = await door.visitor(token)
    if (stream.destroyed) return
    if ("refused" in visitor) return refuse("401 Unauthorized", `No access: ${visitor.reason}.`)
    const known = !door.asksForTokens || token !== undefined
    // Where nobody is asked who they are the relay says so itself: what it bounds for each principal is not meant for all together.
    const principal = door.asksForTokens ? visitor : undefined
    if (yjs) {
      if (!known) return refuse("401 Unauthorized", "No access: a token is needed.")
      if (visitor.relay === true) return refuse("403 Forbidden", "A relay's token is for links alone.")
      const agent = request.headers["user-agent"] ?? "y-websocket"
      return this.#yjs.handleUpgrade(request, stream, head, (webSocket) =>
        relay.acceptYjs(socketOf(webSocket), documentId, { token: "", agent }, principal),
      )
    }
    if (known) return this.#sync.handleUpgrade(request, stream, head, (webSocket) => relay.accept(socketOf(webSocket), principal))
    const leave = door.enterLobby(request)
    if (leave === undefined) return refuse("503 Service Unavailable", "Too many connections wait to show who they are.")
    // When the handshake itself fails there is never a WebSocket that closes.
    stream.once("close", leave)
    this.#sync.handleUpgrade(request, stream, head, (webSocket) => relay.accept(socketOf(webSocket, { firstSent: leave })))
  }

  *#all(): Generator<WebSocket> {
    yield* this.#sync.clients
    yield* this.#yjs.clients
  }
}

/** A browser that offered subprotocols wants one back: plain y-websocket has none, so any will do, and a token only for want of another. */
function chooseYjsProtocol(offered: ReadonlySet<string>): string | false {
  const [first] = [...offered].toSorted((one, other) => Number(isTokenProtocol(one)) - Number(isTokenProtocol(other)))
  return first ?? false
}

/** Answers a request for a WebSocket with a status and one line of text, and ends it. */
export function refuseUpgrade(stream: Duplex, status: string, why: string): void {
  const authenticate = status.startsWith("401") ? 'WWW-Authenticate: Bearer realm="polylogue"\r\n' : ""
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${authenticate}Content-Type: text/plain; charset=utf-8\r\n\r\n${why}\n`)
}
