import { once } from "node:events"
import { createServer, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { paced } from "./workloads/readers.ts"

/** What a provider says, and how fast. */
export interface StreamingProviderOptions {
  readonly tokens: readonly string[]
  readonly perSecond: number
  /** Called right before a token is written to the socket. */
  readonly sends: (token: number) => void
}

/** A provider of models on a port of its own, which streams the same answer to whatever it is asked, as chat completions do; it lists no models. */
export class StreamingProvider {
  readonly #server: Server
  #asked = 0

  private constructor(options: StreamingProviderOptions) {
    this.#server = createServer((request, response) => {
      request.resume()
      if (request.method === "POST") {
        this.#asked++
        void stream(options, response)
      } else response.writeHead(404).end()
    })
  }

  static async start(options: StreamingProviderOptions): Promise<StreamingProvider> {
    const provider = new StreamingProvider(options)
    provider.#server.listen(0, "127.0.0.1")
    await once(provider.#server, "listening")
    return provider
  }

  /** Its address, as settings of models take it. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  /** Answers that it was asked for. */
  get asked(): number {
    return this.#asked
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

async function stream({ tokens, perSecond, sends }: StreamingProviderOptions, response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.socket?.setNoDelay(true)
  const say = (chunk: object): boolean => response.write(`data: ${JSON.stringify({ ...HEAD, ...chunk })}\n\n`)
  const delta = (delta: object, finish_reason: string | null = null): object => ({ choices: [{ index: 0, delta, finish_reason }] })
  say(delta({ role: "assistant", content: "" }))
  await paced(0, tokens.length, perSecond, (token) => {
    sends(token)
    say(delta({ content: tokens[token] }))
  })
  say(delta({}, "stop"))
  say({ choices: [], usage: { prompt_tokens: 12, completion_tokens: tokens.length, total_tokens: 12 + tokens.length } })
  response.end("data: [DONE]\n\n")
}

const HEAD = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model: "bench-1" }
