import { FaultProxy } from "../links/fault-proxy.ts"
import { RelayProcess } from "../relay-process.ts"

/** Two relays with a link between them that can be cut. Each serves the app. */
export class RelayPair {
  readonly near: RelayProcess
  readonly far: RelayProcess
  readonly #proxy: FaultProxy

  private constructor(near: RelayProcess, far: RelayProcess, proxy: FaultProxy) {
    this.near = near
    this.far = far
    this.#proxy = proxy
  }

  /** Over empty folders; the far one dials the near one. */
  static async start(): Promise<RelayPair> {
    const proxy = await FaultProxy.open("pair")
    // Who is gone without a word is known to be within the time of a test.
    const limits = ["--limits", JSON.stringify({ heartbeatMs: 1_000 })]
    const near = await RelayProcess.start({ flags: limits })
    proxy.target = near.port
    const far = await RelayProcess.start({ flags: [...limits, "--peer", `ws://127.0.0.1:${proxy.port}/sync`] })
    return new RelayPair(near, far, proxy)
  }

  /** Holds what goes over the link, in both directions, as a pulled cable does. */
  cut(): void {
    this.#proxy.set({ cut: true })
  }

  heal(): void {
    this.#proxy.heal()
  }

  async dispose(): Promise<void> {
    await Promise.all([this.near.dispose(), this.far.dispose()])
    await this.#proxy.close()
  }
}
