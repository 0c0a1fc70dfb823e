/** Reads under way, which keep what they may still read: files, and versions that were replaced since they began. */
export class ActiveReads {
  readonly #reads = new Set<Promise<unknown>>()

  /** Counts `read` as under way until it settles, and answers it. */
  track<T>(read: Promise<T>): Promise<T> {
    this.#reads.add(read)
    const end = (): void => void this.#reads.delete(read)
    read.then(end, end)
    return read
  }

  /** Resolves when every read that is under way now has settled, however; those that begin later are not waited for. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#reads)
  }
}
