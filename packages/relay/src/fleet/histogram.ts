/** Measured values, counted by size. */
export interface HistogramCounts {
  /** Upper bounds of the buckets, ascending, each included. */
  readonly bounds: readonly number[]
  /** How many values fell into each bucket; one more than there are bounds: the last is for what lies beyond. */
  readonly counts: readonly number[]
  readonly count: number
  readonly sum: number
}

/** Counts values into buckets: what is kept does not grow with how many there were. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #count = 0
  #sum = 0

  /** @param bounds - ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  /** Takes a value in; `times` when there were several alike. */
  observe(value: number, times = 1): void {
    const index = this.#bounds.findIndex((bound) => value <= bound)
    this.#counts[index < 0 ? this.#bounds.length : index]! += times
    this.#count += times
    this.#sum += value * times
  }

  /** What was counted up to now. */
  counts(): HistogramCounts {
    return { bounds: this.#bounds, counts: [...this.#counts], count: this.#count, sum: this.#sum }
  }
}
