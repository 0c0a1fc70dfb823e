/**
 * Work that loads whole documents into memory, one after the other, whoever asks for it: as many at once as there are sessions could be more than
 * there is memory.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Does `work` when all that was asked for before is done. @throws what `work` throws. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }
}
