import type { ImportStep } from "./import-progress.ts"

/** Joins steps that follow each other quickly, so that whoever shows them is told now and then. The last word is the newest; no report is lost. */
export class StepGatherer {
  readonly #everyMs: number
  readonly #tell: (step: ImportStep) => void
  #gathered: ImportStep | undefined
  #toldAt = -Infinity

  constructor(everyMs: number, tell: (step: ImportStep) => void) {
    this.#everyMs = everyMs
    this.#tell = tell
  }

  add(step: ImportStep): void {
    this.#gathered = this.#gathered === undefined ? step : { ...step, reports: [...this.#gathered.reports, ...step.reports] }
    if (performance.now() - this.#toldAt >= this.#everyMs) this.flush()
  }

  flush(): void {
    const step = this.#gathered
    if (step === undefined) return
    this.#gathered = undefined
    this.#toldAt = performance.now()
    this.#tell(step)
  }
}
