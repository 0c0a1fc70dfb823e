import type { TextRange } from "@polylogue/conversation"
import { sourceHref } from "../sources/source-route.ts"

/** The address of a place in a source; of the source where there is no such place. */
export function passageHref(sourceId: string, place: TextRange | undefined): string {
  return place === undefined ? sourceHref(sourceId) : sourceHref(sourceId, { from: place.from, to: place.to })
}
