import { createServer, request, type Server, type ServerResponse } from "node:http"
import { connect } from "node:net"
import type { RelayProcess } from "../relay-process.ts"

/** What stands before a relay and serves its app, which it can pretend to have updated: what a host does that puts a new version in place. */
export class FrontServer {
  readonly #server: Server
  readonly #relay: RelayProcess
  #version = 0

  private constructor(relay: RelayProcess) {
    this.#relay = relay
    const worker = fetchText(`${relay.url}/sw.js`)
    this.#server = createServer((incoming, outgoing) => {
      if (incoming.url === "/sw.js") {
        void this.#serveWorker(worker, outgoing)
        return
      }
      const passed = request({ port: relay.port, path: incoming.url, method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      passed.on("error", () => outgoing.destroy())
      incoming.pipe(passed)
    })
    this.#server.on("upgrade", (incoming, socket, head) => {
      const upstream = connect(relay.port, "127.0.0.1", () => {
        const headers = incoming.rawHeaders.flatMap((field, index, all) => (index % 2 === 0 ? [`${field}: ${all[index + 1]}`] : []))
        upstream.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`)
        upstream.write(head)
        upstream.pipe(socket).pipe(upstream)
      })
      for (const end of [upstream, socket]) end.on("error", () => (upstream.destroy(), socket.destroy()))
    })
  }

  /** Listens on a free port before `relay`, which runs. */
  static async start(relay: RelayProcess): Promise<FrontServer> {
    const front = new FrontServer(relay)
    await new Promise<void>((resolve) => front.#server.listen(0, "127.0.0.1", resolve))
    return front
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === "string") throw new Error(`no port before ${this.#relay.url}`)
    return `http://127.0.0.1:${address.port}`
  }

  /** From now on there is a newer version of the app. */
  update(): void {
    this.#version++
  }

  async #serveWorker(worker: Promise<string>, outgoing: ServerResponse): Promise<void> {
    const text = await worker
    outgoing.writeHead(200, { "content-type": "text/javascript", "cache-control": "no-cache" })
    outgoing.end(`${text}\n// version ${this.#version}\n`)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function fetchText(url: string): Promise<string> {
  return (await fetch(url)).text()
}
