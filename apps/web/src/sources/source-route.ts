import { isSegment, type TextRange } from "@polylogue/conversation"
import { useMemo } from "react"
import { isOnLayer } from "../frame/layers.ts"
import { goTo, useHash } from "../frame/route.ts"

/** What of the sources is on screen, as it stands in the address. */
export interface SourceRoute {
  /** `undefined`: the list alone. */
  readonly sourceId: string | undefined
  /** The place in its text that is to be shown: a note by its id, or characters. */
  readonly at: SourcePlace | undefined
}

/** A place in a source: a note by its id, or characters in UTF-16 units of the text as it is. */
export type SourcePlace = { readonly noteId: string } | TextRange

/** The address of a source, or of a place in it; without one that of the list. */
export function sourceHref(sourceId?: string, at?: SourcePlace): string {
  if (sourceId === undefined) return "#/s"
  if (at === undefined) return `#/s/${sourceId}`
  return `#/s/${sourceId}/a/${"noteId" in at ? at.noteId : `${at.from}-${at.to}`}`
}

/** Goes to a source, or a place in it; without one to the list. */
export function navigateToSource(sourceId?: string, options: { readonly at?: SourcePlace; readonly replace?: boolean } = {}): void {
  const href = sourceHref(sourceId, options.at)
  if (location.hash !== href) goTo(href, options.replace === true || isOnLayer())
}

/** What an address of the sources names; of one that is none, the list. */
export function parseSourceRoute(hash: string): SourceRoute {
  const [, sourceId, place] = /^#\/s\/([^/]+)(?:\/a\/([^/]+))?$/.exec(hash) ?? []
  if (!isSegment(sourceId)) return { sourceId: undefined, at: undefined }
  return { sourceId, at: place === undefined ? undefined : placeIn(place) }
}

/** The present route; renders again when the address changes. */
export function useSourceRoute(): SourceRoute {
  const hash = useHash()
  return useMemo(() => parseSourceRoute(hash), [hash])
}

/** The place that the address named is shown: the address is that of the source again, so that going back leads to where one was. */
export function placeShown(sourceId: string): void {
  if (parseSourceRoute(location.hash).at !== undefined) goTo(sourceHref(sourceId), true)
}

function placeIn(place: string): SourcePlace | undefined {
  const [, from, to] = /^(\d{1,9})-(\d{1,9})$/.exec(place) ?? []
  if (from !== undefined && to !== undefined) return Number(from) < Number(to) ? { from: Number(from), to: Number(to) } : undefined
  return isSegment(place) ? { noteId: place } : undefined
}
