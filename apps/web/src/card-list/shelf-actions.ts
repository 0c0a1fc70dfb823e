import { foldTag } from "@polylogue/conversation"
import type { OpenWorkspace } from "@polylogue/react"
import { quoted } from "../conversation-list/card-text.ts"
import type { ToastMessage } from "../frame/toast.tsx"
import type { ListedCard } from "./card-rows.ts"

/** What holds the cards of one kind: `promptCards(index)`, `sourceCards(index)`. */
export interface CardShelf {
  delete(id: string): void
  restore(id: string): void
  setPinned(id: string, pinned: boolean): void
  setArchived(id: string, archived: boolean): void
  addTag(id: string, tag: string): void
  removeTag(id: string, tag: string): void
}

/** What can be done with the cards of a list; several are changed in one transaction, with one toast and one way back. */
export interface ShelfActions<Card extends ListedCard> {
  readonly remove: (cards: readonly Card[]) => void
  readonly restore: (card: Card) => void
  readonly pin: (cards: readonly Card[], pinned: boolean) => void
  readonly archive: (cards: readonly Card[], archived: boolean) => void
  readonly tag: (cards: readonly Card[], tag: string, on: boolean) => void
}

/** What changes a list: its shelf, whether it may be changed (it says why not), and what tells of it. */
export interface ChangingShelf<Card extends ListedCard> {
  readonly index: OpenWorkspace["index"]
  readonly shelf: CardShelf
  readonly mayChange: () => boolean
  readonly toast: (message: ToastMessage) => void
  /** Names the operations: "prompt". */
  readonly what: string
  /** How cards are called in a sentence. */
  readonly named: (cards: readonly Card[]) => string
  /** What is to be known when these are deleted; "" for nothing. */
  readonly onDeleted?: (cards: readonly Card[]) => string
  /** Goes to what the card is of; undefined: to the list. */
  readonly goTo: (id: string | undefined, options?: { readonly replace: boolean }) => void
}

/** The actions on cards; `shownId` is what is on screen. Without a shelf they do nothing. */
export function shelfActions<Card extends ListedCard>(
  changing: ChangingShelf<Card> | undefined,
  shownId: string | undefined,
): ShelfActions<Card> {
  if (changing === undefined) return { remove: nothing, restore: nothing, pin: nothing, archive: nothing, tag: nothing }
  const { shelf, named, what, goTo } = changing
  return {
    remove: (cards) => {
      const shown = cards.find(({ id }) => id === shownId)
      const undo = (card: Card): void => {
        shelf.restore(card.id)
        if (card === shown) goTo(card.id)
      }
      const text = `${named(cards)} deleted.${changing.onDeleted?.(cards) ?? ""}`
      const done = change(changing, { operation: `delete-${what}`, cards, text, set: ({ id }) => shelf.delete(id), undo })
      if (done && shown !== undefined) goTo(undefined, { replace: true })
    },
    restore: (card) => {
      if (!changing.mayChange()) return
      shelf.restore(card.id)
      goTo(card.id)
    },
    pin: (all, pinned) => {
      const cards = all.filter((card) => card.pinned !== pinned)
      const to = (value: boolean) => (card: Card) => shelf.setPinned(card.id, value)
      const text = `${named(cards)} ${pinned ? "pinned" : "unpinned"}.`
      change(changing, { operation: `pin-${what}`, cards, text, set: to(pinned), undo: to(!pinned) })
    },
    archive: (all, archived) => {
      const cards = all.filter((card) => card.archived !== archived)
      const to = (value: boolean) => (card: Card) => shelf.setArchived(card.id, value)
      const text = `${named(cards)} ${archived ? "archived" : "taken out of the archive"}.`
      change(changing, { operation: `archive-${what}`, cards, text, set: to(archived), undo: to(!archived) })
    },
    tag: (all, tag, on) => {
      const cards = all.filter(({ tags }) => tags.some((own) => foldTag(own) === foldTag(tag)) !== on)
      const add = ({ id }: Card): void => shelf.addTag(id, tag)
      const take = ({ id }: Card): void => shelf.removeTag(id, tag)
      const text = on ? `${named(cards)} tagged ${quoted(tag)}.` : `Tag ${quoted(tag)} taken from ${named(cards)}.`
      change(changing, { operation: `tag-${what}`, cards, text, set: on ? add : take, undo: on ? take : add })
    },
  }
}

function nothing(): void {}

interface CardChange<Card extends ListedCard> {
  readonly operation: string
  readonly cards: readonly Card[]
  readonly text: string
  readonly set: (card: Card) => void
  readonly undo: (card: Card) => void
}

/** Makes a change, tells of it and offers the way back; says whether it was made. */
function change<Card extends ListedCard>(changing: ChangingShelf<Card>, { operation, cards, text, set, undo }: CardChange<Card>): boolean {
  if (cards.length === 0 || !changing.mayChange()) return false
  const { index, toast } = changing
  const all = (one: (card: Card) => void): void => index.together(operation, () => cards.forEach((card) => one(card)))
  all(set)
  toast({ text, action: { label: "Undo", run: () => all(undo) } })
  return true
}
