import type { PromptCard } from "@polylogue/conversation"
import { fold } from "../conversation-list/card-text.ts"
import { bestMatches, matchRanges } from "../palette/match.ts"
import type { PaletteSource } from "../palette/palette-source.ts"
import { navigateToPrompt } from "./prompt-route.ts"
import { promptName } from "./prompt-words.ts"

const MAX_PROMPTS = 20

/** Prompts by name, for the palette; none while nothing is asked for. */
export function promptSource(cards: readonly PromptCard[]): PaletteSource {
  const folded = new Map(cards.map((card) => [card, fold(promptName(card.name))]))
  return {
    title: "Prompts",
    find: (query) => {
      const found = query.trim() === "" ? [] : bestMatches(cards, query, (card) => folded.get(card) ?? "", MAX_PROMPTS)
      return {
        score: found[0]?.score ?? 0,
        items: found.map(({ item: card }) => {
          const text = promptName(card.name)
          return { key: card.id, text, marks: matchRanges(text, query), run: () => navigateToPrompt(card.id) }
        }),
      }
    },
  }
}
