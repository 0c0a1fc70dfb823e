import type { Clock } from "@polylogue/protocol"
import {
  checkModels,
  type ConnectedModel,
  connectModels,
  type ModelEnvironment,
  type ModelSettings,
  namedModels,
  type ProviderSettings,
} from "@polylogue/responder/models"
import { readKey } from "./model-key.ts"

/** Milliseconds after which an address where something was wrong is looked at again. */
const LOOK_AGAIN_MS = 60_000

/** Models as settings name them: where none is named, all that an address lists. */
export type NamedOrListed = ModelSettings | ProviderSettings

/** The models that a responder answers with. What does not answer at the start is looked at again and again, so that a provider may be started later. */
export class ModelDesk {
  readonly #settings: readonly NamedOrListed[]
  readonly #clock: Clock
  readonly #told: (problem: string) => void
  readonly #environment: ModelEnvironment
  readonly #closing = new AbortController()
  #models: readonly ConnectedModel[]
  #problems: readonly string[] = []
  #cancel: (() => void) | undefined

  /** @param told - told of each problem once, until it has gone and comes again. */
  constructor(settings: readonly NamedOrListed[], { clock, told }: { readonly clock: Clock; readonly told: (problem: string) => void }) {
    this.#settings = settings
    this.#clock = clock
    this.#told = told
    this.#environment = { fetch: (input, init) => fetch(input, init), readKey }
    this.#models = connectModels(
      settings.filter((model) => "model" in model),
      this.#environment,
    )
  }

  /** The models that can be asked, as far as is known. */
  get models(): readonly ConnectedModel[] {
    return this.#models
  }

  /** What is wrong with the first of those with which something is, for people. */
  get problem(): string | null {
    return this.#problems[0] ?? null
  }

  /** Looks which models there are, and whether they answer; resolves after the first look. Never rejects. */
  async open(): Promise<void> {
    if (this.#settings.length > 0) await this.#look()
  }

  /** Looks no more. Idempotent. */
  close(): void {
    this.#closing.abort()
    this.#cancel?.()
  }

  async #look(): Promise<void> {
    const { signal } = this.#closing
    const options = { clock: this.#clock, signal }
    try {
      const { settings, problems } = await namedModels(this.#settings, this.#environment, options)
      const models = connectModels(settings, this.#environment)
      const checked = await checkModels(models, options)
      if (signal.aborted) return
      this.#models = models
      this.#found([...problems, ...checked.flatMap((problem) => (problem === undefined ? [] : [problem.message]))])
    } catch (error) {
      if (!signal.aborted)
        this.#found([error instanceof Error ? `Models cannot be looked for (${error.name}).` : "Models cannot be looked for."])
    }
  }

  #found(problems: readonly string[]): void {
    const fresh = [...new Set(problems)]
    for (const problem of fresh) if (!this.#problems.includes(problem)) this.#told(problem)
    this.#problems = fresh
    if (fresh.length > 0) this.#cancel = this.#clock.setTimer(() => void this.#look(), LOOK_AGAIN_MS)
  }
}
