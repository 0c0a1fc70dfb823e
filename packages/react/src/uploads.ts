import type { Replica, ShelvedBlob } from "@polylogue/replica"

const NONE: readonly ShelvedBlob[] = []

/** The blobs of a replica that no relay has, read once for all components that show them. */
export class Uploads {
  /** The same array until it changes; so is each blob in it. */
  current: readonly ShelvedBlob[] = NONE
  readonly #replica: Replica
  readonly #listeners = new Set<() => void>()
  #stop: (() => void) | undefined
  #connection = ""
  #reading = false
  #again = false

  constructor(replica: Replica) {
    this.#replica = replica
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (this.#stop === undefined) this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  #start(): void {
    const refresh = (): void => void this.#refresh()
    // Another tab of this device may have sent some: when the connection changes is when that is looked up.
    const onStatus = (): void => {
      const { connection } = this.#replica.status
      if (connection === this.#connection) return
      this.#connection = connection
      refresh()
    }
    const stops = [this.#replica.blobs.subscribe(refresh), this.#replica.subscribe(onStatus)]
    this.#stop = () => stops.forEach((stop) => stop())
    refresh()
  }

  async #refresh(): Promise<void> {
    this.#again = true
    if (this.#reading) return
    this.#reading = true
    while (this.#again) {
      this.#again = false
      try {
        this.#take(await this.#replica.blobs.uploads())
      } catch {
        // The store does not answer: that is in the replica's status, and what was known stays on screen.
      }
    }
    this.#reading = false
  }

  #take(found: readonly ShelvedBlob[]): void {
    const next = found.map((blob) => this.current.find((known) => isSame(known, blob)) ?? blob)
    if (next.length === this.current.length && next.every((blob, index) => blob === this.current[index])) return
    this.current = next.length === 0 ? NONE : next
    for (const listener of this.#listeners) listener()
  }
}

function isSame(left: ShelvedBlob, right: ShelvedBlob): boolean {
  return left.workspace === right.workspace && left.hash === right.hash && left.state === right.state && left.refusal === right.refusal
}
