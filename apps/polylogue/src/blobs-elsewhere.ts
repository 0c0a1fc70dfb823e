import type { BlobHash } from "@polylogue/protocol"
import type { BlobFetched, RelayBlobs } from "@polylogue/relay"

/** Milliseconds that a request waits for a blob that another relay has; it goes on coming then, and is asked for again. */
const PATIENCE_MS = 30_000

/** The blobs of linked relays. Before there is a relay there are none. */
export class BlobsElsewhere {
  #relay: RelayBlobs | undefined
  #reached: () => boolean = () => true

  /** @param reached - whether all relays that could have a blob are linked at the moment. */
  link(relay: RelayBlobs, reached: () => boolean): void {
    this.#relay = relay
    this.#reached = reached
  }

  /** Brings a blob here. `none` only when all were asked; `later` also when it takes long. Never rejects. */
  async fetch(workspace: string, hash: BlobHash): Promise<BlobFetched> {
    if (this.#relay === undefined) return "none"
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<"later">((resolve) => (timer = setTimeout(() => resolve("later"), PATIENCE_MS)))
    const outcome = await Promise.race([this.#relay.fetch(workspace, hash), late])
    clearTimeout(timer)
    return outcome === "none" && !this.#reached() ? "later" : outcome
  }

  /** A device has brought a blob here. */
  stored(workspace: string, hash: BlobHash): void {
    this.#relay?.stored(workspace, hash)
  }
}
