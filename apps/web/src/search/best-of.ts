/** The items with the highest scores of however many: a heap whose top is the lowest of those kept. */
export class BestOf<Item> {
  readonly #limit: number
  readonly #heap: { readonly score: number; readonly value: Item; readonly order: number }[] = []
  #order = 0

  /** @param limit - how many are kept, at least 1. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether an item with this score would be kept now; of equals those that came first are. */
  takes(score: number): boolean {
    return this.#heap.length < this.#limit || score > this.#heap[0]!.score
  }

  /** Adds an item that `takes` said yes to. */
  add(score: number, value: Item): void {
    const item = { score, value, order: this.#order++ }
    if (this.#heap.length < this.#limit) {
      this.#heap.push(item)
      this.#rise(this.#heap.length - 1)
    } else {
      this.#heap[0] = item
      this.#sink()
    }
  }

  /** What is kept, highest first. */
  sorted(): readonly { readonly score: number; readonly value: Item }[] {
    return this.#heap.toSorted((left, right) => right.score - left.score || left.order - right.order)
  }

  #rise(from: number): void {
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      if (this.#heap[above]!.score <= this.#heap[at]!.score) return
      this.#swap(at, above)
      at = above
    }
  }

  #sink(): void {
    for (let at = 0; ;) {
      let lowest = at
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (below < this.#heap.length && this.#heap[below]!.score < this.#heap[lowest]!.score) lowest = below
      }
      if (lowest === at) return
      this.#swap(at, lowest)
      at = lowest
    }
  }

  #swap(left: number, right: number): void {
    const item = this.#heap[left]!
    this.#heap[left] = this.#heap[right]!
    this.#heap[right] = item
  }
}
