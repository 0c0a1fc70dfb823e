import { foldTag, MAX_TAG_LENGTH, type PromptCard } from "@polylogue/conversation"
import { quoted } from "../conversation-list/card-text.ts"
import { Picker, type PickerOption } from "../conversation-list/picker.tsx"
import { counted } from "../frame/relative-time.ts"
import { matchScore } from "../palette/match.ts"
import { namedPrompts } from "./prompt-words.ts"

interface PromptTagPickerProps {
  /** As they stand now: with each tag given or taken they are others. */
  readonly cards: readonly PromptCard[]
  readonly tags: readonly { readonly name: string; readonly count: number }[]
  readonly onTag: (cards: readonly PromptCard[], tag: string, on: boolean) => void
  readonly onClose: () => void
}

/** The tags of prompts: each is given or taken with a press, and a new one by its name. */
export function PromptTagPicker({ cards, tags, onTag, onClose }: PromptTagPickerProps) {
  const optionsFor = (query: string): readonly PickerOption[] => {
    const sought = query.trim()
    const known = tags
      .filter(({ name }) => sought === "" || matchScore(name, sought) > 0)
      .map(({ name, count }): PickerOption => {
        const having = cards.filter((card) => card.tags.some((tag) => foldTag(tag) === foldTag(name))).length
        const checked = having === cards.length ? true : having > 0 ? "mixed" : false
        const run = (): void => onTag(cards, name, checked !== true)
        return { key: foldTag(name), text: name, hint: counted(count, "prompt"), icon: "tag", checked, run }
      })
    if (sought === "" || known.some(({ key }) => key === foldTag(sought))) return known
    return [...known, { key: "*new", text: `New tag ${quoted(sought)}`, icon: "plus", run: () => onTag(cards, sought, true) }]
  }
  return (
    <Picker
      label={`Tags of ${namedPrompts(cards)}`}
      placeholder="Find or name a tag"
      maxLength={MAX_TAG_LENGTH}
      optionsFor={optionsFor}
      several
      onClose={onClose}
    />
  )
}
