import { isSegment } from "@polylogue/conversation"
import { useMemo } from "react"
import { isOnLayer } from "../frame/layers.ts"
import { decodedPart, goTo, useHash } from "../frame/route.ts"

/** What of the judging is on screen, as it stands in the address. */
export interface JudgingRoute {
  /** `undefined`: the list alone. */
  readonly roundId: string | undefined
  /** Whether one judges or compares what was judged. */
  readonly view: "judge" | "agreement"
  /** The question that is shown; `undefined`: the first that is not done. */
  readonly itemId: string | undefined
}

/** Where within a round an address leads. */
export interface JudgingPlace {
  readonly view?: JudgingRoute["view"]
  readonly itemId?: string
}

const LIST: JudgingRoute = { roundId: undefined, view: "judge", itemId: undefined }

/** The address of a round, of one of its questions, or of its agreement; without a round that of the list. */
export function judgingHref(roundId?: string, { view, itemId }: JudgingPlace = {}): string {
  if (roundId === undefined) return "#/j"
  if (view === "agreement") return `#/j/${roundId}/agreement`
  return itemId === undefined ? `#/j/${roundId}` : `#/j/${roundId}/i/${encodeURIComponent(itemId)}`
}

/** Goes to a round, one of its questions, or its agreement; without a round to the list. With `replace` the step back leads to where one was before. */
export function navigateToRound(roundId?: string, at: JudgingPlace & { readonly replace?: boolean } = {}): void {
  const href = judgingHref(roundId, at)
  if (location.hash !== href) goTo(href, at.replace === true || isOnLayer())
}

/** What an address of the judging names; of one that is none, the list. */
function parseJudgingRoute(hash: string): JudgingRoute {
  const [, roundId, agreement, item] = /^#\/j\/([^/]+)(?:\/(agreement)|\/i\/([^/]+))?$/.exec(hash) ?? []
  if (!isSegment(roundId)) return LIST
  return { roundId, view: agreement === undefined ? "judge" : "agreement", itemId: item === undefined ? undefined : decodedPart(item) }
}

/** The present route; renders again when the address changes. */
export function useJudgingRoute(): JudgingRoute {
  const hash = useHash()
  return useMemo(() => parseJudgingRoute(hash), [hash])
}
