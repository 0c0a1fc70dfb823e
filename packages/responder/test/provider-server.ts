import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** The wire formats that providers speak, by the path under which each is asked. */
export type ProviderApi = "chat" | "responses" | "anthropic"

/** What was asked. */
export interface ProviderRequest {
  readonly api: ProviderApi | "models"
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The body, parsed; null without one. */
  readonly body: Record<string, unknown> | null
}

/** What is played back for one request. Without `status` it is a stream. */
export interface ProviderAnswer {
  /** One server event each, as the provider writes them. */
  readonly events?: readonly unknown[]
  /** Milliseconds before each event; default 0: all that the socket takes. */
  readonly paceMs?: number
  /** Lets events through one by one. */
  readonly gate?: Gate
  /** Answers so instead of streaming, with `headers` and `body`. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** After so many events the socket is destroyed. */
  readonly cutAfter?: number
  /** After so many events nothing comes any more; 0: not even the head of the response. */
  readonly silentAfter?: number
  /** After so many events an event that is no JSON. */
  readonly garbageAfter?: number
  /** After so many events the response ends as if it were complete. */
  readonly endAfter?: number
}

/** Lets a number of events through, for tests that go step by step. */
export class Gate {
  #allowed = 0
  #waiting: (() => void)[] = []

  /** Lets `count` more events through; `Infinity` for all that come. */
  allow(count: number): void {
    this.#allowed += count
    while (this.#allowed > 0) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#allowed--
      next()
    }
  }

  /** Resolves when one event may pass. */
  async pass(): Promise<void> {
    if (this.#allowed > 0) {
      this.#allowed--
      return
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

/** Plays streams of providers over HTTP, in their own wire formats, on a port of its own. */
export class ProviderServer {
  /** What came in, in its order. */
  readonly requests: ProviderRequest[] = []
  /** Streams that are being played. */
  open = 0
  /** Streams whose reader went away before their end. */
  closedEarly = 0
  /** What `GET /v1/models` lists; null: 404. */
  models: readonly string[] | null = []
  /** What `GET /v1/models` answers in place of a list. */
  refusal: Pick<ProviderAnswer, "status" | "headers" | "body" | "silentAfter"> | undefined
  readonly #server: Server
  readonly #queue: (ProviderAnswer | ((request: ProviderRequest) => ProviderAnswer))[] = []
  readonly #changed = new Set<() => void>()
  #usual: ProviderAnswer | ((request: ProviderRequest) => ProviderAnswer) = { status: 500, body: "nothing to play" }

  private constructor(server: Server) {
    this.#server = server
  }

  /** A server that listens. */
  static async start(): Promise<ProviderServer> {
    const http = createServer()
    const server = new ProviderServer(http)
    http.on("request", (request, response) => {
      const chunks: Buffer[] = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8")
        const path = request.url ?? ""
        const body = text === "" ? null : (JSON.parse(text) as Record<string, unknown>)
        void server.#serve({ api: apiOf(path), path, headers: request.headers, body }, response)
      })
    })
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
    return server
  }

  /** Its address as settings of models take it. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  /** What was asked last. */
  get last(): ProviderRequest | undefined {
    return this.requests.at(-1)
  }

  /** Plays this for each request that has nothing of its own. */
  play(answer: ProviderAnswer | ((request: ProviderRequest) => ProviderAnswer)): void {
    this.#usual = answer
  }

  /** Plays this for the next request, once; several are played in their order. */
  next(...answers: (ProviderAnswer | ((request: ProviderRequest) => ProviderAnswer))[]): void {
    this.#queue.push(...answers)
  }

  /** Resolves as soon as `condition` holds; looked at whenever a request comes, a stream begins, moves or ends. */
  async until(condition: (server: this) => boolean): Promise<void> {
    if (condition(this)) return
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!condition(this)) return
        this.#changed.delete(look)
        resolve()
      }
      this.#changed.add(look)
    })
  }

  /** Ends it, and every stream. */
  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #serve(request: ProviderRequest, response: ServerResponse): Promise<void> {
    this.requests.push(request)
    this.#tell()
    if (request.api === "models") return this.#list(response)
    const given = this.#queue.shift() ?? this.#usual
    const answer = typeof given === "function" ? given(request) : given
    if (answer.status !== undefined) {
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers })
      response.end(answer.body ?? "")
      return
    }
    this.open++
    this.#tell()
    let gone = false
    response.on("close", () => {
      this.open--
      gone = !response.writableFinished
      if (gone) this.closedEarly++
      this.#tell()
    })
    const isGone = (): boolean => gone
    await this.#play(request.api, answer, response, isGone)
  }

  async #play(api: ProviderApi, answer: ProviderAnswer, response: ServerResponse, isGone: () => boolean): Promise<void> {
    const { events = [], paceMs = 0, gate, cutAfter, silentAfter, garbageAfter, endAfter } = answer
    if (silentAfter === 0) return
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", ...answer.headers })
    response.flushHeaders()
    for (let index = 0; index <= events.length; index++) {
      if (index === cutAfter) {
        response.destroy()
        return
      }
      if (index === silentAfter) return
      if (index === garbageAfter) response.write('data: {"half": \n\n')
      if (index === endAfter) break
      if (index === events.length) break
      if (gate !== undefined) await gate.pass()
      if (paceMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, paceMs))
      if (isGone()) return
      await written(response, serverEvent(api, events[index]))
      this.#tell()
    }
    if (api === "chat" && endAfter === undefined) response.write("data: [DONE]\n\n")
    response.end()
  }

  #list(response: ServerResponse): void {
    const { status = this.models === null ? 404 : 200, headers, body, silentAfter } = this.refusal ?? {}
    if (silentAfter === 0) return
    response.writeHead(status, { "content-type": "application/json", ...headers })
    response.end(body ?? JSON.stringify({ object: "list", data: (this.models ?? []).map((id) => ({ id, object: "model" })) }))
  }

  #tell(): void {
    for (const look of this.#changed) look()
  }
}

function apiOf(path: string): ProviderRequest["api"] {
  if (path.includes("/models")) return "models"
  if (path.endsWith("/responses")) return "responses"
  return path.endsWith("/messages") ? "anthropic" : "chat"
}

function serverEvent(api: ProviderApi, event: unknown): string {
  const type = (event as { type?: unknown }).type
  const name = api === "chat" || typeof type !== "string" ? "" : `event: ${type}\n`
  return `${name}data: ${JSON.stringify(event)}\n\n`
}

/** Resolves when `text` is in the kernel, so that a cut or a silence comes after it, or the reader is gone. */
async function written(response: ServerResponse, text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    response.once("close", resolve)
    response.write(text, () => {
      response.off("close", resolve)
      resolve()
    })
  })
}
