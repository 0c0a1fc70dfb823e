import type { OpenDocument } from "./wires/wire.ts"

/** Sends updates with at most so many unacknowledged. Tell it with {@link acked}. */
export class Sender {
  sent = 0
  ackedCount = 0
  #to = 0
  #done: () => void = () => undefined
  #document: OpenDocument | undefined
  readonly #updates: readonly Uint8Array[]
  readonly #window: number

  constructor(updates: readonly Uint8Array[], window: number) {
    this.#updates = updates
    this.#window = window
  }

  /** For `DocumentHandlers.acked`. */
  readonly acked = (count: number): void => {
    this.ackedCount += count
    if (this.ackedCount >= this.#to) this.#done()
    else this.#fill()
  }

  /** Sends on, up to the update number `to`; resolves when that is acknowledged. */
  async send(document: OpenDocument, to = this.#updates.length): Promise<void> {
    this.#document = document
    this.#to = to
    const done = new Promise<void>((resolve) => (this.#done = resolve))
    this.#fill()
    await done
  }

  #fill(): void {
    while (this.sent < this.#to && this.sent - this.ackedCount < this.#window) this.#document!.send(this.#updates[this.sent++]!)
  }
}
