import { foldTag, MAX_TAG_LENGTH } from "@polylogue/conversation"
import { quoted } from "../conversation-list/card-text.ts"
import { Picker, type PickerOption } from "../conversation-list/picker.tsx"
import { counted } from "../frame/relative-time.ts"
import { matchScore } from "../palette/match.ts"
import type { ListedCard } from "./card-rows.ts"

interface CardTagPickerProps {
  /** As they stand now: with each tag given or taken they are others. */
  readonly cards: readonly Pick<ListedCard, "tags">[]
  /** What they are called in a sentence. */
  readonly named: string
  /** What has tags: "prompt". */
  readonly what: string
  readonly tags: readonly { readonly name: string; readonly count: number }[]
  readonly onTag: (tag: string, on: boolean) => void
  readonly onClose: () => void
}

/** The tags of cards: each is given or taken with a press, and a new one by its name. */
export function CardTagPicker({ cards, named, what, tags, onTag, onClose }: CardTagPickerProps) {
  const optionsFor = (query: string): readonly PickerOption[] => {
    const sought = query.trim()
    const known = tags
      .filter(({ name }) => sought === "" || matchScore(name, sought) > 0)
      .map(({ name, count }): PickerOption => {
        const having = cards.filter((card) => card.tags.some((tag) => foldTag(tag) === foldTag(name))).length
        const checked = having === cards.length ? true : having > 0 ? "mixed" : false
        const run = (): void => onTag(name, checked !== true)
        return { key: foldTag(name), text: name, hint: counted(count, what), icon: "tag", checked, run }
      })
    if (sought === "" || known.some(({ key }) => key === foldTag(sought))) return known
    return [...known, { key: "*new", text: `New tag ${quoted(sought)}`, icon: "plus", run: () => onTag(sought, true) }]
  }
  return (
    <Picker
      label={`Tags of ${named}`}
      placeholder="Find or name a tag"
      maxLength={MAX_TAG_LENGTH}
      optionsFor={optionsFor}
      several
      onClose={onClose}
    />
  )
}
