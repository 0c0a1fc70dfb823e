import { type ConversationCard, foldTag, type Folder, type FolderForest } from "@polylogue/conversation"
import { cardTitle, fold } from "./card-text.ts"

/** Which conversations the list shows: those one works with, what was put away, what was deleted. */
export type ListView = "all" | "archive" | "deleted"

/** Where a row stands among those beside it, for people who hear the list. */
interface RowPlace {
  /** Names the row among all of the list. */
  readonly key: string
  /** 1 at the root. */
  readonly level: number
  /** From 1. */
  readonly place: number
  readonly of: number
}

export interface ConversationRow extends RowPlace {
  readonly kind: "conversation"
  readonly card: ConversationCard
  /** Where it stands, where the list does not show that: its folders, or the archive. */
  readonly hint: string
}

export interface FolderRow extends RowPlace {
  readonly kind: "folder"
  readonly folder: Folder
  readonly expanded: boolean
  /** Conversations in it and in the folders in it. */
  readonly count: number
  readonly hint: string
}

/** The conversations that are pinned, above all others. */
export interface PinnedRow extends RowPlace {
  readonly kind: "pinned"
  readonly expanded: boolean
  readonly count: number
}

/** Words in place of conversations. */
export interface NoteRow extends RowPlace {
  readonly kind: "note"
  readonly text: string
}

/** A way to another view. */
export interface ViewRow extends RowPlace {
  readonly kind: "view"
  readonly view: ListView
  readonly count: number
}

export type ListRow = ConversationRow | FolderRow | PinnedRow | NoteRow | ViewRow

/** What the rows are made of. */
export interface ListContents {
  /** All cards that are not deleted, in their order. */
  readonly cards: readonly ConversationCard[]
  readonly deleted: readonly ConversationCard[]
  readonly forest: FolderForest
  readonly view: ListView
  readonly query: string
  /** Only conversations with this tag; "" for all. */
  readonly tag: string
  /** Keys of the folders and sections that are folded away. */
  readonly collapsed: ReadonlySet<string>
}

/** Key of the section of pinned conversations; ids of folders are no such text. */
export const PINNED = "*pinned"

/** The rows of the list, from the first to the last. What is sought shows flat: where it stands says the row. */
export function listRows(contents: ListContents): readonly ListRow[] {
  const { view, query, tag } = contents
  if (view === "deleted") return placed([...foundFolders(contents, contents.forest.deleted), ...foundCards(contents, contents.deleted)])
  if (view === "archive") {
    return placed(
      foundCards(
        contents,
        contents.cards.filter(({ archived }) => archived),
      ),
    )
  }
  if (query.trim() !== "" || tag !== "") {
    const { cards } = contents
    const folders = tag === "" ? foundFolders(contents, [...contents.forest.folders.values()]) : []
    // What was put away is still found, after what was not.
    const inTurn = [...cards.filter(({ archived }) => !archived), ...cards.filter(({ archived }) => archived)]
    return placed([...folders, ...foundCards(contents, inTurn)])
  }
  return treeRows(contents)
}

type Unplaced<Row> = Row extends RowPlace ? Omit<Row, "place" | "of"> : never

/** The pinned ones, the folders with what is in them, all others, and the ways to what was put away. */
function treeRows({ cards, deleted, forest, collapsed }: ListContents): readonly ListRow[] {
  const alive = cards.filter(({ archived }) => !archived)
  const pinned = alive.filter(({ pinned }) => pinned)
  const inFolder = new Map<string | null, ConversationCard[]>()
  for (const card of alive) {
    if (card.pinned) continue
    const place = forest.placeOf(card.folderId)
    const known = inFolder.get(place)
    if (known === undefined) inFolder.set(place, [card])
    else known.push(card)
  }
  const rows: Unplaced<ListRow>[] = []
  const conversations = (list: readonly ConversationCard[], level: number): void => {
    for (const card of list) rows.push({ kind: "conversation", key: card.id, level, card, hint: "" })
  }
  if (pinned.length > 0) {
    const expanded = !collapsed.has(PINNED)
    rows.push({ kind: "pinned", key: PINNED, level: 1, expanded, count: pinned.length })
    if (expanded) conversations(pinned, 2)
  }
  const counts = countIn(forest, inFolder)
  // A stack and no recursion: how deep folders lie in one another is for others to decide.
  const open: { folder: Folder | null; level: number }[] = forest
    .childrenOf(null)
    .map((folder) => ({ folder, level: 1 }))
    .toReversed()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { folder, level } = next
    if (folder === null) continue
    const expanded = !collapsed.has(folder.id)
    rows.push({ kind: "folder", key: folder.id, level, folder, expanded, count: counts.get(folder.id) ?? 0, hint: "" })
    if (!expanded) continue
    const inside = inFolder.get(folder.id) ?? []
    const below = forest.childrenOf(folder.id)
    conversations(inside, level + 1)
    if (inside.length === 0 && below.length === 0) {
      rows.push({ kind: "note", key: `${folder.id}/empty`, level: level + 1, text: EMPTY_FOLDER })
    }
    open.push(...below.map((child) => ({ folder: child, level: level + 1 })).toReversed())
  }
  conversations(inFolder.get(null) ?? [], 1)
  const away = cards.length - alive.length
  const gone = deleted.length + forest.deleted.length
  if (away > 0) rows.push({ kind: "view", key: "*archive", level: 1, view: "archive", count: away })
  if (gone > 0) rows.push({ kind: "view", key: "*deleted", level: 1, view: "deleted", count: gone })
  return placed(rows)
}

/** What an empty folder says. */
const EMPTY_FOLDER = "Nothing in this folder yet. Put a conversation here with Move to… in its menu."

/** How many conversations are in each folder, those in its folders included. */
function countIn(forest: FolderForest, inFolder: ReadonlyMap<string | null, readonly ConversationCard[]>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [place, cards] of inFolder) {
    for (let id = place; id !== null; id = forest.folders.get(id)?.parentId ?? null) counts.set(id, (counts.get(id) ?? 0) + cards.length)
  }
  return counts
}

function foundFolders({ forest, query }: ListContents, folders: readonly Folder[]): Unplaced<ListRow>[] {
  const words = wordsOf(query)
  return folders
    .filter(({ name }) => holdsAll(fold(name), words))
    .map((folder) => {
      const hint = pathNames(forest, folder.parentId)
      return { kind: "folder" as const, key: folder.id, level: 1, folder, expanded: false, count: 0, hint }
    })
}

/** The cards whose title, snippet, tags or folders hold every word sought, without regard to case and accents, and that have the tag. */
function foundCards({ forest, query, tag, view }: ListContents, cards: readonly ConversationCard[]): Unplaced<ListRow>[] {
  const words = wordsOf(query)
  const wanted = foldTag(tag)
  const paths = new Map<string | null, string>()
  const pathOf = (id: string | null): string => {
    const path = paths.get(id) ?? pathNames(forest, id)
    paths.set(id, path)
    return path
  }
  const found: Unplaced<ListRow>[] = []
  for (const card of cards) {
    if (wanted !== "" && !card.tags.some((own) => foldTag(own) === wanted)) continue
    const path = pathOf(forest.placeOf(card.folderId))
    if (words.length > 0 && !holdsAll(`${textOf(card)} ${fold(path)}`, words)) continue
    const hint = card.archived && view === "all" ? "Archive" : path
    found.push({ kind: "conversation", key: card.id, level: 1, card, hint })
  }
  return found
}

const texts = new WeakMap<ConversationCard, string>()

/** What is looked through of a card; made once, for one looks through all of them at each letter. */
function textOf(card: ConversationCard): string {
  const known = texts.get(card)
  if (known !== undefined) return known
  const text = fold(`${cardTitle(card)} ${card.title} ${card.snippet} ${card.tags.join(" ")}`)
  texts.set(card, text)
  return text
}

/** The names of the folders down to `id`, as one reads a path. */
export function pathNames(forest: FolderForest, id: string | null): string {
  return forest
    .pathTo(id)
    .map(({ name }) => name)
    .join(" / ")
}

function wordsOf(query: string): readonly string[] {
  return fold(query)
    .split(/\s+/u)
    .filter((word) => word !== "")
}

function holdsAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word))
}

/** Gives each row its place among those that stand beside it under one folder. The rows are new ones, so they are filled in and not copied. */
function placed(rows: readonly Unplaced<ListRow>[]): readonly ListRow[] {
  const full = rows as readonly (Unplaced<ListRow> & { place: number; of: number })[]
  const settle = (group: (typeof full)[number][] | undefined): void => group?.forEach((row) => (row.of = group.length))
  const open: (typeof full)[number][][] = []
  for (const row of full) {
    while (open.length > row.level) settle(open.pop())
    while (open.length < row.level) open.push([])
    row.place = open.at(-1)?.push(row) ?? 1
  }
  for (const group of open) settle(group)
  return full
}
