import { StorageError } from "../errors.ts"

/** Reads under way, which keep what they may still read: files, and versions that were replaced since they began. */
export class ActiveReads {
  readonly #reads = new Set<Promise<unknown>>()
  #closed = (): void => undefined
  readonly #closing = new Promise<void>((resolve) => {
    this.#closed = resolve
  })
  #isClosed = false

  /** Counts `read` as under way until it settles, and answers it. */
  track<T>(read: Promise<T>): Promise<T> {
    this.#reads.add(read)
    const end = (): void => void this.#reads.delete(read)
    read.then(end, end)
    return read
  }

  /**
   * Resolves when every read that is under way now has settled, however; those that begin later are not waited for.
   * @throws StorageError `closed` after {@link close}: a dump that nobody goes on reading would never settle.
   */
  async settled(): Promise<void> {
    await Promise.race([Promise.allSettled(this.#reads), this.#closing])
    if (this.#isClosed) throw new StorageError("closed", "closed while waiting for readers")
  }

  /** Nobody needs to be waited for any more. */
  close(): void {
    this.#isClosed = true
    this.#closed()
  }
}
