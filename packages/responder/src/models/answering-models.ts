import type { Clock } from "@polylogue/protocol"
import type { AnsweringModel } from "../answering-model.ts"
import type { ConnectedModel } from "./connected-model.ts"
import type { RequestLimits } from "./guarded-fetch.ts"
import { streamStep } from "./step.ts"

/** Models as `modelAnswerer` takes them: each request goes to the provider once. The first of them answers who asks for none. */
export function answeringModels(
  models: readonly ConnectedModel[],
  { clock, ...limits }: RequestLimits & { readonly clock: Pick<Clock, "now" | "setTimer"> },
): readonly AnsweringModel[] {
  return models.map((model, index) => {
    const { id, label, contextTokens, maxOutputTokens } = model
    return {
      id,
      label,
      isDefault: index === 0,
      ...(contextTokens === undefined ? {} : { contextTokens }),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      stream: (request) => streamStep({ ...request, model, clock, ...limits }),
    }
  })
}
