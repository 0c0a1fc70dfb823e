/** How far the fleet had converged at an instant. */
export interface ShareSample {
  /** By this relay's clock, in milliseconds. */
  readonly at: number
  readonly share: number
  /** Documents of which some relay lacked something, summed over relays. */
  readonly behind: number
}

/** The last samples, so many at most: the oldest goes. Between two samples nothing has changed. */
export class ShareHistory {
  readonly #most: number
  #samples: ShareSample[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Takes a sample in; one that says what the last one said moves nothing. */
  add(sample: ShareSample): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && last.share === sample.share && last.behind === sample.behind) return
    this.#samples = [...this.#samples.slice(1 - this.#most), sample]
  }

  /** Oldest first. */
  get samples(): readonly ShareSample[] {
    return this.#samples
  }
}
