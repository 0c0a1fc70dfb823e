import { once } from "node:events"
import { WebSocket } from "ws"

interface Answer {
  readonly id?: number
  readonly result?: { readonly result?: { readonly value?: unknown } }
}

/** The inspector of another process: how much it holds can be asked without a line of code in it. */
export class Inspector {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #calls = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on("message", (data: Buffer) => {
      const answer = JSON.parse(data.toString("utf8")) as Answer
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer)
    })
    socket.on("error", () => undefined)
  }

  static async connect(address: string): Promise<Inspector> {
    const socket = new WebSocket(address)
    await once(socket, "open")
    return new Inspector(socket)
  }

  /** Bytes held after garbage was collected: heap, and buffers beside it. */
  async heldBytes(): Promise<number> {
    // Twice, for what finalizers let go of.
    for (let round = 0; round < 2; round++) await this.#call("HeapProfiler.collectGarbage", {})
    const expression = "(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())"
    return (await this.#call("Runtime.evaluate", { expression, returnByValue: true })).result?.result?.value as number
  }

  close(): void {
    this.#socket.terminate()
  }

  #call(method: string, params: object): Promise<Answer> {
    const id = ++this.#calls
    return new Promise((resolve) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id)
        resolve(answer)
      })
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }
}
