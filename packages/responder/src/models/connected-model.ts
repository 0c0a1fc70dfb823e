import type { KeyPlace, ModelSettings } from "./model-settings.ts"

/** What reaching models takes from outside. */
export interface ModelEnvironment {
  readonly fetch: typeof globalThis.fetch
  /** What stands at that place. Asked at each request, so a key that was changed counts at once. Whatever it throws is told as a key that cannot be read, without its words. */
  readKey(place: KeyPlace): string | Promise<string>
}

/** A model that can be asked, with what people and budgets need to know of it. */
export interface ConnectedModel extends ModelSettings {
  readonly environment: ModelEnvironment
}

/** Models by their settings. Connects to nothing yet: see `checkModel`. */
export function connectModels(settings: readonly ModelSettings[], environment: ModelEnvironment): readonly ConnectedModel[] {
  return settings.map((model) => Object.freeze({ ...model, environment }))
}
