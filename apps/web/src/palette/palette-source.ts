import type { ConversationCard } from "@polylogue/conversation"
import { cardTitle, fold } from "../conversation-list/card-text.ts"
import type { IconName } from "../frame/icon.tsx"
import { navigate } from "../frame/route.ts"
import type { Command } from "./commands.ts"
import { bestMatches, matchRanges, type Range } from "./match.ts"

/** One line of the palette. */
export interface PaletteItem {
  /** Names it within its source. */
  readonly key: string
  readonly text: string
  /** The parts of `text` that answer the query. */
  readonly marks: readonly Range[]
  readonly icon?: IconName
  /** A few quiet words behind the text. */
  readonly hint?: string
  /** A shortcut that does the same. */
  readonly keys?: string
  readonly run: () => void
}

/** What a source found. */
export interface PaletteFindings {
  readonly items: readonly PaletteItem[]
  /** How well the best item answers, for the order of the sources; 0 keeps a source behind those that answer. */
  readonly score: number
}

/** A kind of thing that the palette finds. Sources are asked at each change of the query. */
export interface PaletteSource {
  /** The heading above what it finds. */
  readonly title: string
  /**
   * What answers `query`, best first; for an empty one what somebody is likely to want. What takes time is given by a promise: it is shown below all
   * that is there already, so that nothing moves under the finger, and is not waited for once `signal` is aborted.
   */
  readonly find: (query: string, signal: AbortSignal) => PaletteFindings | Promise<PaletteFindings>
}

const NOTHING: PaletteFindings = Object.freeze({ items: [], score: 0 })
const MAX_COMMANDS = 50
const MAX_CONVERSATIONS = 20
const MAX_RECENT = 6

/** The commands of the page, by name and by the words beside it. */
export function commandSource(commands: readonly Command[]): PaletteSource {
  const folded = new Map(commands.map((command) => [command, fold(`${command.name} ${command.words ?? ""}`)]))
  return {
    title: "Actions",
    find: (query) => {
      const found = bestMatches(commands, query, (command) => folded.get(command) ?? "", MAX_COMMANDS)
      return {
        score: found[0]?.score ?? 0,
        items: found.map(({ item: { id, name, icon, keys, group, run } }) => ({
          key: id,
          text: name,
          marks: matchRanges(name, query),
          icon,
          ...(group.startsWith("This ") && group !== "This device" ? { hint: group } : {}),
          ...(keys === undefined ? {} : { keys }),
          run,
        })),
      }
    },
  }
}

/** Conversations by title; the ones used last while nothing is asked for. `except` is the one on screen. */
export function conversationSource(cards: readonly ConversationCard[], except: string | undefined): PaletteSource {
  const folded = new Map<ConversationCard, string>()
  const foldedTitle = (card: ConversationCard): string => {
    const known = folded.get(card)
    if (known !== undefined) return known
    const title = fold(cardTitle(card))
    folded.set(card, title)
    return title
  }
  return {
    title: "Conversations",
    find: (query) => {
      const asked = query.trim() !== ""
      const from = asked ? cards : recent(cards, except)
      const found = bestMatches(from, query, foldedTitle, asked ? MAX_CONVERSATIONS : MAX_RECENT)
      if (found.length === 0) return NOTHING
      return {
        score: found[0]?.score ?? 0,
        items: found.map(({ item: card }) => {
          const title = cardTitle(card)
          return { key: card.id, text: title, marks: matchRanges(title, query), run: () => navigate(card.id) }
        }),
      }
    },
  }
}

function recent(cards: readonly ConversationCard[], except: string | undefined): readonly ConversationCard[] {
  return cards.filter(({ id }) => id !== except).toSorted((left, right) => right.lastActivity - left.lastActivity)
}
