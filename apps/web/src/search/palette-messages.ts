import type { ConversationCard } from "@polylogue/conversation"
import { cardTitle } from "../conversation-list/card-text.ts"
import { navigateToMessage } from "../frame/route.ts"
import type { PaletteFindings, PaletteItem, PaletteSource } from "../palette/palette-source.ts"
import { markOnArrival } from "./message-marks.ts"
import { parseQuery } from "./query.ts"
import type { SearchClient } from "./search-client.ts"
import type { SearchGroup } from "./search-results.ts"

/** Conversations shown in the palette, of each the best message: whoever wants more searches in messages. */
const MAX_GROUPS = 5
/** Shorter queries are about titles and actions. */
const MIN_LENGTH = 2

const NOTHING: PaletteFindings = Object.freeze({ items: [], score: 0 })

/** Messages by their words, below the titles; the last line opens the whole search. */
export function messageSource(
  client: SearchClient,
  cards: readonly ConversationCard[],
  deleted: readonly ConversationCard[],
  searchAll: (text: string) => void,
): PaletteSource {
  const titles = new Map(cards.map((card) => [card.id, cardTitle(card)]))
  const hidden = deleted.map(({ id }) => id)
  return {
    title: "Messages",
    find: (typed, signal) =>
      typed.trim().length < MIN_LENGTH ? NOTHING : findMessages(client, typed, { titles, hidden, searchAll }, signal),
  }
}

interface Surroundings {
  readonly titles: ReadonlyMap<string, string>
  readonly hidden: readonly string[]
  readonly searchAll: (text: string) => void
}

function findMessages(client: SearchClient, typed: string, around: Surroundings, signal: AbortSignal): Promise<PaletteFindings> {
  const query = parseQuery(typed)
  const all: PaletteItem = {
    key: "all",
    text: `Search in messages for “${typed.trim()}”`,
    marks: [],
    icon: "search",
    keys: "Mod+Shift+f",
    run: () => around.searchAll(typed),
  }
  return new Promise((resolve) => {
    const items: PaletteItem[] = []
    const done = (): void => resolve({ items: [...items, all], score: 0 })
    if (query.clauses.length === 0) return done()
    const group = ({ conversationId, hits, title }: SearchGroup): void => {
      const [hit] = hits
      if (hit === undefined) return
      items.push({
        key: hit.messageId,
        text: hit.snippet.text,
        marks: hit.snippet.marks.map(({ start, end }) => [start, end] as const),
        icon: "link",
        hint: around.titles.get(conversationId) ?? cardTitle({ title }),
        run: () => {
          markOnArrival(hit.messageId, query.clauses)
          navigateToMessage(conversationId, hit.messageId)
        },
      })
    }
    const request = { query, hidden: around.hidden, groups: MAX_GROUPS, hitsPerGroup: 1 }
    const end = client.search(request, { group, end: done, failed: done })
    signal.addEventListener("abort", end)
  })
}
