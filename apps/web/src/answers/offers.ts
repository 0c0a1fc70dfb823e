import type { ModelCard, ResponderCard } from "@polylogue/conversation"

/** What is chosen where nobody is to answer. No offer has this id. */
export const NOBODY = ""

/** The id that passages of sources are offered by; no model has it. */
export const PASSAGES = "passages"

/** What responders offer, each once: models before passages, otherwise in their order. */
export function offersOf(cards: readonly ResponderCard[]): readonly ModelCard[] {
  const byId = new Map<string, ModelCard>()
  for (const model of cards.flatMap(({ models }) => models)) if (!byId.has(model.id)) byId.set(model.id, model)
  const all = [...byId.values()]
  return [...all.filter(({ kind }) => kind === "model"), ...all.filter(({ kind }) => kind === "passages")]
}

/** What is known when a message is about to be written. */
export interface AskSituation {
  readonly offers: readonly ModelCard[]
  /** What was chosen in this conversation: the id of an offer or {@link NOBODY}; undefined where nobody chose. */
  readonly chosen: string | undefined
  /** What one usually chooses, likewise. */
  readonly usual: string | undefined
  /** Whether the workspace has sources. */
  readonly hasSources: boolean
  /** Whether it is the first message of its conversation. */
  readonly isFirst: boolean
}

/**
 * Who is asked: what was chosen, as long as it is offered; else the default model. Where no model is offered, passages are what is asked for when there are
 * sources to take them from, or once at the beginning, to be told so: people who talk among themselves are not answered each time.
 */
export function whoIsAsked({ offers, chosen, usual, hasSources, isFirst }: AskSituation): ModelCard | undefined {
  for (const choice of [chosen, usual]) {
    if (choice === NOBODY) return undefined
    const offer = offers.find(({ id }) => id === choice)
    if (offer !== undefined) return offer
  }
  const models = offers.filter(({ kind }) => kind === "model")
  const model = models.find(({ isDefault }) => isDefault) ?? models[0]
  return model ?? (hasSources || isFirst ? offers[0] : undefined)
}

/** What people read of an offer. */
export function offerName({ kind, label }: ModelCard): string {
  return kind === "passages" ? "Passages of your sources" : label
}
