import type { ComponentType } from "react"
import type { AppPart } from "../frame/route.ts"
import type { Command } from "../palette/commands.ts"
import type { ListedCard } from "./card-rows.ts"

/** What makes a list of cards one of prompts, or of sources: declared once for each. */
export interface CardListKind<Card extends ListedCard> {
  readonly part: AppPart
  /** Where the palette has what can be done with the list. */
  readonly group: Command["group"]
  /** What the list is called: "Prompts". */
  readonly title: string
  /** One of them in a sentence: "prompt". */
  readonly what: string
  /** What stands where there are none: "No prompts yet. …". */
  readonly empty: string
  /** What a card is called on screen. */
  readonly nameOf: (card: Card) => string
  /** The name that somebody gave it, to write another; "" for none. */
  readonly ownName: (card: Card) => string
  /** What a name is called: "Name", "Title". */
  readonly nameLabel: string
  readonly href: (id: string) => string
  /** Stands at the end of the first line beside the pin and the date. */
  readonly End?: ComponentType<{ readonly card: Card }>
  /** Stands on the second line before the words. */
  readonly Line?: ComponentType<{ readonly card: Card }>
}
