import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { CommandError, reasonOf } from "./command-error.ts"
import { answerText } from "./endpoint.ts"
import { answerRequest, type RequestOptions } from "./requests.ts"
import { type MessageBounds, refuseUpgrade, type UpgradeOptions, Upgrades } from "./upgrades.ts"

/** Bounds of the HTTP server. All are finite. */
export interface ServerLimits {
  /** Connections at once; one more is closed. */
  readonly maxSockets: number
  /** Bytes of the headers of a request; more are answered with 431. */
  readonly maxHeaderBytes: number
  /** Milliseconds from connecting to the end of the headers; later is answered with 408. */
  readonly headersMs: number
  /** Milliseconds to the end of a request's body; later is answered with 408. */
  readonly requestMs: number
}

/** What the server listens with. */
export interface ServerOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly limits: ServerLimits
  readonly maxMessageBytes: MessageBounds
}

/** What it answers from once there is a relay. */
export type Served = RequestOptions & UpgradeOptions

/** A listening server. */
export interface RunningServer {
  /** Where it answers, such as `http://127.0.0.1:4400`. */
  readonly url: string
  /** Begins to answer; before that everything is told 503. */
  serve(served: Served): void
  /** Stops listening and ends what is connected, giving WebSockets `patienceMs` to hear why. The relay is its owner's to close. */
  close(patienceMs: number): Promise<void>
}

/**
 * Listens, so that the address is known to be ours before anything else is touched: `/sync` and `/yjs/<documentId>` for WebSockets, endpoints, and the web app.
 * @throws CommandError `failure` when the address cannot be listened on.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { limits } = options
  const upgrades = new Upgrades(options.maxMessageBytes)
  let served: Served | undefined
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
    },
    (request, response) => {
      if (served === undefined) answerText(response, 503, "starting")
      else answerRequest(served, request, response)
    },
  )
  server.maxConnections = limits.maxSockets
  server.on("upgrade", (request, stream, head) => {
    if (served === undefined) refuseUpgrade(stream, "503 Service Unavailable", "starting")
    else void upgrades.take(served, request, stream, head)
  })
  await listen(server, options)
  return {
    url: urlOf(server, options.host),
    serve(given) {
      served = given
    },
    async close(patienceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await upgrades.close(patienceMs)
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
