import { FaultProxy } from "../links/fault-proxy.ts"
import { RelayProcess } from "../relay-process.ts"

/** Two relays with a link between them that can be cut. Each serves the app; pages of the near one know the far one, too. */
export class RelayPair {
  readonly near: RelayProcess
  readonly far: RelayProcess
  readonly #link: FaultProxy
  /** Where browsers find the far relay, known before it has a port. */
  readonly #farDoor: FaultProxy

  private constructor(near: RelayProcess, far: RelayProcess, proxies: { readonly link: FaultProxy; readonly farDoor: FaultProxy }) {
    this.near = near
    this.far = far
    this.#link = proxies.link
    this.#farDoor = proxies.farDoor
  }

  /** Over empty folders; the far one dials the near one. */
  static async start(): Promise<RelayPair> {
    const [link, farDoor] = [await FaultProxy.open("link"), await FaultProxy.open("door")]
    // Who is gone without a word is known to be within the time of a test.
    const limits = ["--limits", JSON.stringify({ heartbeatMs: 1_000 })]
    const near = await RelayProcess.start({ flags: [...limits, "--relay-url", `ws://127.0.0.1:${farDoor.port}`] })
    link.target = near.port
    const far = await RelayProcess.start({ flags: [...limits, "--origin", near.url, "--peer", `ws://127.0.0.1:${link.port}`] })
    farDoor.target = far.port
    return new RelayPair(near, far, { link, farDoor })
  }

  /** Holds what goes over the link, in both directions, as a pulled cable does. */
  cut(): void {
    this.#link.set({ cut: true })
  }

  heal(): void {
    this.#link.heal()
  }

  async dispose(): Promise<void> {
    await Promise.all([this.near.dispose(), this.far.dispose()])
    await Promise.all([this.#link.close(), this.#farDoor.close()])
  }
}
