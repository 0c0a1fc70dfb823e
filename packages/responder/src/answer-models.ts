import type { Answerer, OfferedModel } from "./answer.ts"

/** Who answers an ask. */
export interface ChosenModel {
  readonly answerer: Answerer
  readonly model: OfferedModel
}

/** All that the answerers offer; of several with one id the first. */
export function offeredModels(answerers: readonly Answerer[]): readonly ChosenModel[] {
  const offered = new Map<string, ChosenModel>()
  for (const answerer of answerers) {
    for (const model of answerer.offers()) if (!offered.has(model.id)) offered.set(model.id, { answerer, model })
  }
  return [...offered.values()]
}

/** Who answers an ask for model `id`; of one that names none the first that is a default, else the first. */
export function chooseModel(answerers: readonly Answerer[], id: string | null): ChosenModel | undefined {
  const offered = offeredModels(answerers)
  if (id !== null) return offered.find(({ model }) => model.id === id)
  return offered.find(({ model }) => model.isDefault === true) ?? offered[0]
}
