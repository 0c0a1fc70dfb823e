import {
  type ConversationCard,
  type Folder,
  type FolderForest,
  foldTag,
  MAX_FOLDER_NAME_LENGTH,
  MAX_TAG_LENGTH,
  type Tag,
} from "@polylogue/conversation"
import { matchScore } from "../palette/match.ts"
import { counted } from "../frame/relative-time.ts"
import { named } from "./card-actions.ts"
import { quoted } from "./card-text.ts"
import type { ListActions } from "./list-actions.ts"
import { pathNames } from "./list-rows.ts"
import { Picker, type PickerOption } from "./picker.tsx"

interface FolderPickerProps {
  readonly what: { readonly cards: readonly ConversationCard[] } | { readonly folder: Folder }
  readonly forest: FolderForest
  readonly actions: ListActions
  readonly onClose: () => void
}

/** "Move to…": a folder for conversations or for a folder, found by its name, or a new one. */
export function FolderPicker({ what, forest, actions, onClose }: FolderPickerProps) {
  const moving = "folder" in what ? what.folder : undefined
  const move = (folderId: string | null): void => {
    if ("cards" in what) actions.move(what.cards, folderId)
    else actions.moveFolder(what.folder, folderId)
  }
  const optionsFor = (query: string): readonly PickerOption[] => {
    const sought = query.trim()
    const folders = inOrder(forest)
      .filter(({ id }) => moving === undefined || !forest.pathTo(id).some((above) => above.id === moving.id))
      .map((folder) => ({ folder, path: pathNames(forest, folder.parentId) }))
      .filter(({ folder, path }) => sought === "" || matchScore(`${folder.name} ${path}`, sought) > 0)
      .map(({ folder, path }) => ({ key: folder.id, text: folder.name, hint: path, icon: "folder" as const, run: () => move(folder.id) }))
    const out: PickerOption = { key: "*none", text: "No folder", icon: "close", run: () => move(null) }
    const fresh: PickerOption = {
      key: "*new",
      text: `New folder ${quoted(sought)}`,
      icon: "plus",
      run: () => {
        const id = actions.createFolder(sought)
        if (id !== undefined) move(id)
      },
    }
    const exact = folders.some(({ text }) => text.toLowerCase() === sought.toLowerCase())
    return [...(sought === "" ? [out] : []), ...folders, ...(sought === "" || exact ? [] : [fresh])]
  }
  const name = "cards" in what ? named(what.cards) : `the folder ${quoted(what.folder.name)}`
  return (
    <Picker
      label={`Move ${name} to`}
      placeholder="Find or name a folder"
      maxLength={MAX_FOLDER_NAME_LENGTH}
      optionsFor={optionsFor}
      onClose={onClose}
    />
  )
}

interface TagPickerProps {
  /** As they stand now: with each tag given or taken they are others. */
  readonly cards: readonly ConversationCard[]
  readonly tags: readonly Tag[]
  readonly actions: ListActions
  readonly onClose: () => void
}

/** The tags of conversations: each is given or taken with a press, and a new one by its name. */
export function TagPicker({ cards, tags, actions, onClose }: TagPickerProps) {
  const optionsFor = (query: string): readonly PickerOption[] => {
    const sought = query.trim()
    const known = tags
      .filter(({ name }) => sought === "" || matchScore(name, sought) > 0)
      .map(({ name, count }) => {
        const having = cards.filter((card) => card.tags.some((tag) => foldTag(tag) === foldTag(name))).length
        const checked = having === cards.length ? true : having > 0 ? ("mixed" as const) : false
        const run = (): void => actions.tag(cards, name, checked !== true)
        return { key: foldTag(name), text: name, hint: counted(count, "conversation"), icon: "tag" as const, checked, run }
      })
    const fresh: PickerOption = {
      key: "*new",
      text: `New tag ${quoted(sought)}`,
      icon: "plus",
      run: () => actions.tag(cards, sought, true),
    }
    const exact = known.some(({ key }) => key === foldTag(sought))
    return sought === "" || exact ? known : [...known, fresh]
  }
  return (
    <Picker
      label={`Tags of ${named(cards)}`}
      placeholder="Find or name a tag"
      maxLength={MAX_TAG_LENGTH}
      optionsFor={optionsFor}
      several
      onClose={onClose}
    />
  )
}

/** All folders, each before those in it. */
function inOrder(forest: FolderForest): readonly Folder[] {
  const ordered: Folder[] = []
  const open = forest.childrenOf(null).toReversed()
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    ordered.push(folder)
    open.push(...forest.childrenOf(folder.id).toReversed())
  }
  return ordered
}
