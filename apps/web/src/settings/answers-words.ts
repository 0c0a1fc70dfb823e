import type { ModelCard } from "@polylogue/conversation"
import { counted } from "../frame/relative-time.ts"

/** Whether a model is connected, as far as it is known on this device. */
export function connectionWords(
  offers: readonly ModelCard[],
  { online, running }: { readonly online: boolean; readonly running: boolean },
): string {
  const models = offers.filter(({ kind }) => kind === "model").length
  if (!online && offers.length === 0) return "The relay is out of reach. Who answers is known once it is reached."
  if (!running && online)
    return "No responder is running. Whoever runs the relay starts one with it. What you ask meanwhile is kept, and answered then."
  const heard = online ? "" : " That is as it was last heard; the relay is out of reach."
  if (models === 0) return `No model is connected. You get passages of your sources, and nothing that is made up.${heard}`
  return `${counted(models, "model")} ${models === 1 ? "is" : "are"} connected.${heard}`
}
