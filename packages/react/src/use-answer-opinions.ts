import { AnswerOpinions, type Correction, type Judgement, opinionsDocumentId } from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import { annotatorOf } from "./annotator.ts"
import type { OpenDocument } from "./document-pool.ts"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

/** What people think of a conversation's answers, open. */
export interface OpenOpinions {
  readonly state: "open"
  readonly opinions: AnswerOpinions
  readonly open: OpenDocument
}

/** Where that stands on its way to the screen. */
export type OpinionsState = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenOpinions

const OPENING: OpinionsState = Object.freeze({ state: "opening" })
const NOTHING = (): void => {}
const NO_OPINIONS: readonly Judgement[] = Object.freeze([])
const NO_CORRECTIONS: readonly Correction[] = Object.freeze([])

/** Opens what people think of a conversation's answers as long as a component shows it. `undefined` opens nothing and stays `opening`. */
export function useAnswerOpinions(conversationId: string | undefined): OpinionsState {
  const polylogue = usePolylogue()
  const document = useDocument(conversationId === undefined ? undefined : opinionsDocumentId(polylogue.workspace, conversationId))
  return useMemo(() => {
    if (conversationId === undefined) return OPENING
    return document.state === "open" ? openOpinions(polylogue, document) : document
  }, [polylogue, document, conversationId])
}

/** What people think of one answer; renders again only when that changes. */
export function useOpinionsOf(state: OpinionsState, messageId: string): readonly Judgement[] {
  const opinions = state.state === "open" ? state.opinions : undefined
  const subscribe = useCallback((listener: () => void) => opinions?.subscribeMessage(messageId, listener) ?? NOTHING, [opinions, messageId])
  return useSyncExternalStore(subscribe, () => opinions?.opinionsOf(messageId) ?? NO_OPINIONS)
}

/** What was suggested instead of one answer; renders again only when that changes. */
export function useCorrections(state: OpinionsState, messageId: string): readonly Correction[] {
  const opinions = state.state === "open" ? state.opinions : undefined
  const subscribe = useCallback((listener: () => void) => opinions?.subscribeMessage(messageId, listener) ?? NOTHING, [opinions, messageId])
  return useSyncExternalStore(subscribe, () => opinions?.correctionsOf(messageId) ?? NO_CORRECTIONS)
}

interface HeldOpinions {
  readonly held: OpenOpinions
  destroy(): void
}

function openOpinions(polylogue: Polylogue, open: OpenDocument): OpenOpinions {
  const { replica, writer, now, randomBytes, pool } = polylogue
  const make = (): HeldOpinions => {
    const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
    const opinions = new AnswerOpinions(open.ydoc, { writer, annotator: annotatorOf(polylogue), now, relayNow, randomBytes })
    return { held: { state: "open", opinions, open }, destroy: () => opinions.destroy() }
  }
  return pool.view(open, AnswerOpinions, make).held
}
