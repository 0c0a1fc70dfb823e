import { foldTag, type PromptCard, promptCards } from "@polylogue/conversation"
import type { OpenWorkspace } from "@polylogue/react"
import { quoted } from "../conversation-list/card-text.ts"
import type { ToastMessage } from "../frame/toast.tsx"
import { navigateToPrompt } from "./prompt-route.ts"
import { namedPrompts } from "./prompt-words.ts"

type Cards = readonly PromptCard[]
type Index = OpenWorkspace["index"]

/** What can be done with the prompts of the list; several are changed in one transaction, with one toast and one way back. */
export interface PromptActions {
  readonly remove: (cards: Cards) => void
  readonly restore: (card: PromptCard) => void
  readonly pin: (cards: Cards, pinned: boolean) => void
  readonly archive: (cards: Cards, archived: boolean) => void
  readonly tag: (cards: Cards, tag: string, on: boolean) => void
}

/** What changes the list: its index, whether it may be changed (it says why not), and what tells of it. */
export interface ChangingPrompts {
  readonly index: Index
  readonly mayChange: () => boolean
  readonly toast: (message: ToastMessage) => void
  /** Whether others get a prompt under a label. */
  readonly isPublished: (promptId: string) => boolean
}

interface CardChange {
  readonly operation: string
  readonly cards: Cards
  readonly text: string
  readonly set: (index: Index, card: PromptCard) => void
  readonly undo: (index: Index, card: PromptCard) => void
}

/** Deleting is for the list of people; programs go on getting what was published for them until somebody decides that. */
const STAYS_PUBLISHED = " What is published stays published; opened among the deleted ones, a prompt says how to stop that."

/** The actions on cards of prompts; `shownId` is the prompt on screen. Without an index they do nothing. */
export function promptActions(changing: ChangingPrompts | undefined, shownId: string | undefined): PromptActions {
  return {
    remove: (cards) => {
      const shown = cards.find(({ id }) => id === shownId)
      const set = (index: Index, { id }: PromptCard): void => promptCards(index).delete(id)
      const undo = (index: Index, card: PromptCard): void => {
        promptCards(index).restore(card.id)
        if (card === shown) navigateToPrompt(card.id)
      }
      const stays = cards.some(({ id }) => changing?.isPublished(id) === true)
      const text = `${namedPrompts(cards)} deleted.${stays ? STAYS_PUBLISHED : ""}`
      const done = change(changing, { operation: "delete-prompt", cards, text, set, undo })
      if (done && shown !== undefined) navigateToPrompt(undefined, { replace: true })
    },
    restore: (card) => {
      if (changing?.mayChange() !== true) return
      promptCards(changing.index).restore(card.id)
      navigateToPrompt(card.id)
    },
    pin: (all, pinned) => {
      const cards = all.filter((card) => card.pinned !== pinned)
      const to = (value: boolean) => (index: Index, card: PromptCard) => promptCards(index).setPinned(card.id, value)
      const text = `${namedPrompts(cards)} ${pinned ? "pinned" : "unpinned"}.`
      change(changing, { operation: "pin-prompt", cards, text, set: to(pinned), undo: to(!pinned) })
    },
    archive: (all, archived) => {
      const cards = all.filter((card) => card.archived !== archived)
      const to = (value: boolean) => (index: Index, card: PromptCard) => promptCards(index).setArchived(card.id, value)
      const text = `${namedPrompts(cards)} ${archived ? "archived" : "taken out of the archive"}.`
      change(changing, { operation: "archive-prompt", cards, text, set: to(archived), undo: to(!archived) })
    },
    tag: (all, tag, on) => {
      const cards = all.filter(({ tags }) => tags.some((own) => foldTag(own) === foldTag(tag)) !== on)
      const add = (index: Index, { id }: PromptCard): void => promptCards(index).addTag(id, tag)
      const take = (index: Index, { id }: PromptCard): void => promptCards(index).removeTag(id, tag)
      const text = on ? `${namedPrompts(cards)} tagged ${quoted(tag)}.` : `Tag ${quoted(tag)} taken from ${namedPrompts(cards)}.`
      change(changing, { operation: "tag-prompt", cards, text, set: on ? add : take, undo: on ? take : add })
    },
  }
}

/** Makes a change, tells of it and offers the way back; says whether it was made. */
function change(changing: ChangingPrompts | undefined, { operation, cards, text, set, undo }: CardChange): boolean {
  if (changing === undefined || cards.length === 0 || !changing.mayChange()) return false
  const { index, toast } = changing
  const all = (one: CardChange["set"]): void => index.together(operation, () => cards.forEach((card) => one(index, card)))
  all(set)
  toast({ text, action: { label: "Undo", run: () => all(undo) } })
  return true
}
