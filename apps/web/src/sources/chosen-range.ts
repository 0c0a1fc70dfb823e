import type { TextRange } from "@polylogue/conversation"
import type { TextPlaces } from "./text-places.ts"

let shown: TextPlaces | undefined

/** The text on screen is this one; undefined: none is. There is one at a time. */
export function setShownText(places: TextPlaces | undefined): void {
  shown = places
}

/** The characters that are chosen in the text of the source on screen; undefined where none are. */
export function chosenRange(): TextRange | undefined {
  return shown?.chosen(document.getSelection())
}
