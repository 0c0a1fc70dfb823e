import { type ConversationCard, foldTag, workspaceFolders } from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import { retitle } from "../conversation/retitle.ts"
import { counted } from "../frame/relative-time.ts"
import { navigate } from "../frame/route.ts"
import { cardTitle, quoted } from "./card-text.ts"
import type { CardActions, Changing, TagActions } from "./list-actions.ts"

type Cards = readonly ConversationCard[]
type Index = Changing["index"]

/** A change to several cards, and what takes it back from each as it was. */
interface CardChange {
  readonly operation: string
  readonly cards: Cards
  readonly text: string
  readonly set: (index: Index, card: ConversationCard) => void
  readonly undo: (index: Index, card: ConversationCard) => void
}

/** The actions on cards; `shownId` is the conversation on screen. Without an index they do nothing. */
export function cardActions(changing: Changing | undefined, polylogue: Polylogue, shownId: string | undefined): CardActions {
  return {
    remove: (cards) => {
      const shown = cards.find(({ id }) => id === shownId)
      const undo = (index: Index, card: ConversationCard): void => {
        index.restore(card.id)
        if (card === shown) navigate(card.id)
      }
      const set = (index: Index, { id }: ConversationCard): void => index.delete(id)
      const done = change(changing, { operation: "delete", cards, text: `${named(cards)} deleted.`, set, undo })
      if (done && shown !== undefined) navigate(undefined, { replace: true })
    },
    restore: (card) => {
      if (changing?.mayChange() !== true) return
      changing.index.restore(card.id)
      navigate(card.id)
    },
    rename: (id, title) => {
      if (changing?.mayChange() !== true) return
      changing.index.rename(id, title)
      const failed = (): void => changing.toast({ text: "The title is in the list, but not in the conversation itself." })
      retitle(polylogue, id, title).catch(failed)
    },
    move: (all, folderId) => {
      const forest = changing && workspaceFolders(changing.index).getForest()
      const cards = all.filter((card) => forest?.placeOf(card.folderId) !== folderId)
      const name = folderId === null ? undefined : forest?.folders.get(folderId)?.name
      const text = name === undefined ? `${named(cards)} taken out of folders.` : `${named(cards)} moved to ${quoted(name)}.`
      const set = (index: Index, { id }: ConversationCard): void => index.setFolder(id, folderId)
      change(changing, { operation: "move", cards, text, set, undo: (index, card) => index.setFolder(card.id, card.folderId) })
    },
    pin: (all, pinned) => {
      const cards = all.filter((card) => card.pinned !== pinned)
      const to = (value: boolean) => (index: Index, card: ConversationCard) => index.setPinned(card.id, value)
      const text = `${named(cards)} ${pinned ? "pinned" : "unpinned"}.`
      change(changing, { operation: "pin", cards, text, set: to(pinned), undo: to(!pinned) })
    },
    archive: (all, archived) => {
      const cards = all.filter((card) => card.archived !== archived)
      const to = (value: boolean) => (index: Index, card: ConversationCard) => index.setArchived(card.id, value)
      const text = `${named(cards)} ${archived ? "archived" : "taken out of the archive"}.`
      change(changing, { operation: "archive", cards, text, set: to(archived), undo: to(!archived) })
    },
  }
}

/** The actions on tags, of some conversations or of all. */
export function tagActions(changing: Changing | undefined): TagActions {
  return {
    tag: (all, tag, on) => {
      const cards = all.filter(({ tags }) => hasTag(tags, tag) !== on)
      const add = (index: Index, { id }: ConversationCard): void => index.addTag(id, tag)
      const take = (index: Index, { id }: ConversationCard): void => index.removeTag(id, tag)
      const text = on ? `${named(cards)} tagged ${quoted(tag)}.` : `Tag ${quoted(tag)} taken from ${named(cards)}.`
      change(changing, { operation: "tag", cards, text, set: on ? add : take, undo: on ? take : add })
    },
    renameTag: (from, to) => {
      if (changing?.mayChange() !== true) return
      const { index, toast } = changing
      const both = new Set([...index.getCards(), ...index.getDeletedCards()].filter(({ tags }) => hasTag(tags, to)).map(({ id }) => id))
      const ids = index.renameTag(from, to)
      const undo = (): void => {
        if (foldTag(from) === foldTag(to)) return void index.renameTag(to, from)
        index.together("rename-tag", () => {
          for (const id of ids) {
            index.addTag(id, from)
            if (!both.has(id)) index.removeTag(id, to)
          }
        })
      }
      toast({ text: `Tag ${quoted(from)} is now ${quoted(to.trim())}.`, action: { label: "Undo", run: undo } })
    },
    deleteTag: (tag) => {
      if (changing?.mayChange() !== true) return
      const { index, toast } = changing
      const ids = index.deleteTag(tag)
      const undo = (): void => index.together("tag", () => ids.forEach((id) => index.addTag(id, tag)))
      toast({ text: `Tag ${quoted(tag)} taken from ${counted(ids.length, "conversation")}.`, action: { label: "Undo", run: undo } })
    },
  }
}

/** Makes a change, tells of it and offers the way back; says whether it was made. */
function change(changing: Changing | undefined, { operation, cards, text, set, undo }: CardChange): boolean {
  if (changing === undefined || cards.length === 0 || !changing.mayChange()) return false
  const { index, toast } = changing
  const all = (one: CardChange["set"]): void => index.together(operation, () => cards.forEach((card) => one(index, card)))
  all(set)
  toast({ text, action: { label: "Undo", run: () => all(undo) } })
  return true
}

/** How conversations are called in a sentence. */
export function named(cards: Cards): string {
  return cards.length === 1 ? quoted(cardTitle(cards[0])) : counted(cards.length, "conversation")
}

function hasTag(tags: readonly string[], tag: string): boolean {
  return tags.some((own) => foldTag(own) === foldTag(tag))
}
