import { systemClock } from "@polylogue/replica/node"
import type { Clock } from "@polylogue/protocol"
import {
  type ConnectedModel,
  connectModels,
  type ModelSettings,
  type StepEvent,
  type StepOptions,
  streamStep,
} from "@polylogue/responder/models"
import type { ProviderApi, ProviderServer } from "./provider-server.ts"

/** A key that is searched for in everything that leaves the models. */
export const KEY = "sk-test-3141592653589793"

/** A model of `server`, spoken to as `api`. */
export function modelAt(server: Pick<ProviderServer, "url">, api: ProviderApi, settings: Partial<ModelSettings> = {}): ConnectedModel {
  const known: ModelSettings = { id: "m", label: "Model M", api, url: server.url, model: "spoken-1", key: { env: "KEY" }, ...settings }
  return connectModels([known], { fetch: globalThis.fetch, readKey: () => KEY })[0]!
}

/** What one request gave, up to its end or its failure. */
export interface Heard {
  readonly events: readonly StepEvent[]
  readonly error: unknown
}

/** Asks, and hears it to its end. */
export async function hear(model: ConnectedModel, options: Partial<StepOptions> & { readonly clock?: Clock } = {}): Promise<Heard> {
  const events: StepEvent[] = []
  try {
    for await (const event of ask(model, options)) events.push(event)
  } catch (error) {
    return { events, error }
  }
  return { events, error: undefined }
}

/** Asks what everybody asks in tests. */
export function ask(model: ConnectedModel, options: Partial<StepOptions> = {}): AsyncGenerator<StepEvent, void, undefined> {
  const messages = [{ role: "user", text: "What is the sky?" }] as const
  return streamStep({ model, messages, signal: new AbortController().signal, clock: systemClock, ...options })
}

/** All texts of one type, joined. */
export function joined(events: readonly StepEvent[], type: "text" | "reasoning"): string {
  return events.map((event) => (event.type === type ? event.text : "")).join("")
}
