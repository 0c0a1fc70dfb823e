import {
  BlindJudgements,
  blindDocumentId,
  closeRound,
  type JudgedTarget,
  type JudgementChange,
  noteFinishedRound,
  roundKindOf,
  type RoundKind,
  userHomeDocumentId,
} from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import { annotatorOf, isEnforced } from "./annotator.ts"
import type { OpenDocument } from "./document-pool.ts"
import { JudgingDesk, type JudgingState } from "./judging-desk.ts"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"
import { type OpenRound, useRound } from "./use-round.ts"

/** Judging in a round: where to write, and how it stands. */
export interface OpenJudging extends JudgingState {
  readonly state: "ready"
  readonly kind: RoundKind
  /** The round's own document. */
  readonly held: OpenRound
  /** The name by which this person judges. */
  readonly annotator: string
  /**
   * Whether a relay keeps others out of what is judged blind. If not (it asks nobody who they are), hiding is a courtesy of the programs: whoever wants to can read
   * along, and people should be told so.
   */
  readonly enforced: boolean
  /** Sets what `change` names of one's own judgement, in the place where this round has it. @throws as `Round.judge`. */
  readonly judge: (target: JudgedTarget, change: JudgementChange) => void
  /** Wants to be done, or takes that back while nothing was revealed. Of a blind round; in an open one nothing happens. */
  readonly setFinished: (finished: boolean) => void
  /** Closes a blind round for who is not done. For owners; when cut off it is `unavailable`. */
  readonly close: () => Promise<"closed" | "unavailable" | "forbidden">
}

/** Where judging stands on its way to the screen. */
export type Judging = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenJudging

const OPENING: Judging = Object.freeze({ state: "opening" })
const NOTHING = (): void => {}

/**
 * Judging in a round as the person on this device. In a blind one that happens in a document of their own; while a component uses this, their being done is told to
 * the authority, and what they judged is revealed when it is time. `undefined` opens nothing and stays `opening`.
 */
export function useJudging(roundId: string | undefined): Judging {
  const polylogue = usePolylogue()
  const round = useRound(roundId)
  const isBlind = roundId !== undefined && roundKindOf(roundId) === "blind"
  const annotator = annotatorOf(polylogue)
  const document = useDocument(isBlind ? blindDocumentId(polylogue.workspace, roundId, annotator) : undefined)
  const blind = useMemo(
    () =>
      document.state === "open" && roundId !== undefined
        ? { judgements: blindJudgementsOf(polylogue, document, roundId), open: document }
        : undefined,
    [polylogue, document, roundId],
  )
  const held = round.state === "open" && (!isBlind || blind !== undefined) ? round : undefined
  const desk = useMemo(() => (held === undefined ? undefined : new JudgingDesk(polylogue, held, blind)), [polylogue, held, blind])
  const subscribe = useCallback((listener: () => void) => desk?.subscribe(listener) ?? NOTHING, [desk])
  const state = useSyncExternalStore(subscribe, () => desk?.getState())
  return useMemo(() => {
    if (round.state === "failed") return round
    if (document.state === "failed") return document
    if (held === undefined || state === undefined) return OPENING
    return {
      state: "ready",
      ...state,
      kind: isBlind ? "blind" : "open",
      held,
      annotator,
      enforced: isEnforced(polylogue),
      ...operations(polylogue, held, blind?.judgements),
    }
  }, [polylogue, round, document, held, state, blind, isBlind, annotator])
}

function operations(
  polylogue: Polylogue,
  { round, open }: OpenRound,
  blind: BlindJudgements | undefined,
): Pick<OpenJudging, "judge" | "setFinished" | "close"> {
  return {
    judge: (target, change) => {
      if (blind === undefined) round.judge(target, change)
      else blind.judge(target, change, round.getSettings().guidelineVersion)
    },
    setFinished: (finished) => {
      if (blind === undefined || (!finished && round.reveals.seenOf(round.annotator).size > 0)) return
      blind.setFinished(finished)
      if (finished) void noteFinished(polylogue, round.roundId)
    },
    close: () => closeRound(polylogue.replica.registers, open.document.documentId),
  }
}

/** Notes for all devices of this person that there may be something to reveal. Should that fail, it is revealed when the round is on screen. */
async function noteFinished({ pool, user, author }: Polylogue, roundId: string): Promise<void> {
  const { opened, close } = pool.hold(userHomeDocumentId(user ?? author.id))
  const home = await opened
  if (home !== undefined) noteFinishedRound(home.ydoc, roundId)
  close()
}

function blindJudgementsOf(polylogue: Polylogue, open: OpenDocument, roundId: string): BlindJudgements {
  const { replica, writer, now, randomBytes, pool } = polylogue
  const annotator = annotatorOf(polylogue)
  const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
  return pool.view(
    open,
    BlindJudgements,
    ({ ydoc }) => new BlindJudgements(ydoc, { writer, annotator, roundId, now, relayNow, randomBytes }),
  )
}
