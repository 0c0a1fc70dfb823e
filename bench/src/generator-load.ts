import process from "node:process"

/** How busy this process, the load generator, is: near 1 it would be the limit itself. */
export class GeneratorLoad {
  readonly #cpu = process.cpuUsage()
  readonly #start = performance.now()

  /** Share of one core since it was made. */
  share(): number {
    const { user, system } = process.cpuUsage(this.#cpu)
    return (user + system) / 1000 / (performance.now() - this.#start)
  }
}
