import {
  type Judgement,
  Round,
  type RoundCard,
  roundCards,
  roundDocumentId,
  type RoundItem,
  type RoundSettings,
} from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import { annotatorOf } from "./annotator.ts"
import type { OpenDocument } from "./document-pool.ts"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"
import { useShelfCard, useShelfList } from "./use-shelf.ts"
import type { WorkspaceState } from "./use-workspace.ts"

/** A judging round on screen: its operations and view, and the document under it. */
export interface OpenRound {
  readonly state: "open"
  readonly roundId: string
  readonly round: Round
  readonly open: OpenDocument
}

/** Where a round stands on its way to the screen. */
export type RoundState = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenRound

const OPENING: RoundState = Object.freeze({ state: "opening" })

/** Opens a judging round as long as a component shows it. A new object after a reset of its document. `undefined` opens nothing and stays `opening`. */
export function useRound(roundId: string | undefined): RoundState {
  const polylogue = usePolylogue()
  const document = useDocument(roundId === undefined ? undefined : roundDocumentId(polylogue.workspace, roundId))
  return useMemo(() => {
    if (roundId === undefined) return OPENING
    return document.state === "open" ? openRound(polylogue, document, roundId) : document
  }, [polylogue, document, roundId])
}

/** The cards of the workspace's rounds, pinned ones first, then the latest; deleted ones with `deleted`. The same array until a card changes. */
export function useRoundList(workspace: WorkspaceState, which: "alive" | "deleted" = "alive"): readonly RoundCard[] {
  return useShelfList(workspace, roundCards, which)
}

/** The card of one round; renders again only when this card changes. */
export function useRoundCard(workspace: WorkspaceState, id: string | undefined): RoundCard | undefined {
  return useShelfCard(workspace, roundCards, id)
}

/** The settings of an open round; renders again only when one changes. */
export function useRoundSettings({ round }: OpenRound): RoundSettings {
  return useRoundValue(round, () => round.getSettings())
}

/** What is to be judged in an open round; renders again only when that changes. */
export function useRoundItems({ round }: OpenRound): readonly RoundItem[] {
  return useRoundValue(round, () => round.getItems())
}

/** What everybody judged, as far as it can be seen here: in a blind round what was revealed. */
export function useRoundJudgements({ round }: OpenRound): readonly Judgement[] {
  return useRoundValue(round, () => round.getJudgements())
}

function useRoundValue<Value>(round: Round, read: () => Value): Value {
  const subscribe = useCallback((listener: () => void) => round.subscribe(listener), [round])
  return useSyncExternalStore(subscribe, read)
}

interface HeldRound {
  readonly held: OpenRound
  destroy(): void
}

function openRound(polylogue: Polylogue, open: OpenDocument, roundId: string): OpenRound {
  const { replica, writer, now, pool } = polylogue
  const annotator = annotatorOf(polylogue)
  const make = (): HeldRound => {
    const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
    const round = new Round(open.ydoc, { writer, annotator, roundId, now, relayNow })
    return { held: { state: "open", roundId, round, open }, destroy: () => round.destroy() }
  }
  return pool.view(open, Round, make).held
}
