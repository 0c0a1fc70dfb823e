import type { BranchChoices, ConversationView } from "@polylogue/conversation"
import { messageTexts } from "./indexed-message.ts"
import { pieceOf } from "./query.ts"
import { cutIntoTokens, type Mark, marksOf } from "./text-match.ts"

/** What is looked for within one conversation. */
export interface FindRequest {
  readonly conversationId: string
  readonly text: string
  /** Which branches are on screen. */
  readonly choices: readonly string[]
}

/** A message in which it stands, and how often. */
export interface FoundPlace {
  readonly messageId: string
  readonly count: number
}

/** Where a piece of text stands in a conversation. */
export interface FoundPlaces {
  /** In the order in which one reads: first the line on screen, then what stands on other branches. */
  readonly places: readonly FoundPlace[]
  /** How many of `places` are on the line. */
  readonly onLine: number
}

/** Where `text` stands in the messages of the conversation that are not deleted. */
export function findPlaces(
  view: Pick<ConversationView, "getLine" | "getTree" | "getMessage">,
  text: string,
  choices: BranchChoices,
): FoundPlaces {
  const line = view.getLine(choices).map(({ id }) => id)
  const shown = new Set(line)
  const others = [...view.getTree().nodes.keys()].filter((id) => !shown.has(id))
  const placesOf = (ids: readonly string[]): FoundPlace[] =>
    ids.flatMap((messageId) => {
      const message = view.getMessage(messageId)
      if (message === undefined || message.deletedAt !== null) return []
      let count = 0
      for (const part of messageTexts(message)) count += piecesIn(part.text, text).length
      return count === 0 ? [] : [{ messageId, count }]
    })
  const onLine = placesOf(line)
  return { places: [...onLine, ...placesOf(others)], onLine: onLine.length }
}

/** Where `piece` stands in `text`: as words, whatever signs are between them; as it is written when there is no word in it. */
export function piecesIn(text: string, piece: string): Mark[] {
  const wanted = piece.trim()
  if (wanted === "") return []
  const words = pieceOf(wanted)
  if (words !== undefined) return marksOf(cutIntoTokens(text), words)
  const marks: Mark[] = []
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) {
    marks.push({ start: at, end: at + wanted.length })
  }
  return marks
}
