import { MAIN_DRAFT, MAX_DRAFT_NAME_LENGTH, type PromptDraft, savedDraft } from "@polylogue/conversation"
import { type OpenPrompt, usePromptDrafts } from "@polylogue/react"
import { useState } from "react"
import { quoted } from "../conversation-list/card-text.ts"
import { TitleField } from "../conversation-list/title-field.tsx"
import { Icon } from "../frame/icon.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { useToast } from "../frame/toast.tsx"
import { useCommands } from "../palette/commands.ts"
import { draftName } from "./draft-words.ts"
import { navigateToPrompt } from "./prompt-route.ts"

interface DraftSwitcherProps {
  readonly held: OpenPrompt
  readonly draftId: string
  readonly mayWrite: boolean
  /** Merges another draft into the one on screen. */
  readonly onMerge: () => void
}

/** Which draft is on screen, with the others one press away; begins, renames, closes and opens drafts. */
export function DraftSwitcher({ held, draftId, mayWrite, onMerge }: DraftSwitcherProps) {
  const { prompt, promptId } = held
  const drafts = usePromptDrafts(held)
  // The draft whose name is written: going to another one leaves it.
  const [renaming, setRenaming] = useState<string>()
  const toast = useToast()
  const shown = drafts.find(({ id }) => id === draftId)
  const begin = (): void => {
    const name = freshName(drafts)
    const id = branchOff(prompt, draftId, name)
    if (id === undefined) return toast({ text: "It is too large, or there are too many drafts. Nothing was changed." })
    navigateToPrompt(promptId, { draftId: id })
    setRenaming(id)
  }
  const close = (draft: PromptDraft): void => {
    prompt.closeDraft(draft.id)
    navigateToPrompt(promptId)
    const reopen = (): void => {
      prompt.reopenDraft(draft.id)
      navigateToPrompt(promptId, { draftId: draft.id })
    }
    toast({ text: `${quoted(draftName(draft))} closed. Its text is kept.`, action: { label: "Undo", run: reopen } })
  }
  const own: readonly MenuItem[] =
    shown === undefined || shown.closed || draftId === MAIN_DRAFT
      ? []
      : [
          { key: "*rename", label: "Rename this draft", icon: "edit", run: () => setRenaming(shown.id) },
          { key: "*close", label: "Close this draft", icon: "archive", run: () => close(shown) },
        ]
  const merging: readonly MenuItem[] =
    shown === undefined || shown.closed || drafts.length < 2
      ? []
      : [{ key: "*merge", label: "Merge a draft into this one", icon: "import", run: onMerge }]
  const changes: readonly MenuItem[] = mayWrite
    ? [{ key: "*new", label: "New draft from this one", icon: "branch", run: begin }, ...merging, ...own]
    : []
  useCommands(changes.map(({ label, icon = "branch", run }) => ({ id: `prompt ${label}`, group: "This prompt", name: label, icon, run })))
  if (shown !== undefined && renaming === shown.id) {
    return (
      <TitleField
        title={draftName(shown)}
        label="Name of the draft"
        maxLength={MAX_DRAFT_NAME_LENGTH}
        onDone={(name) => {
          setRenaming(undefined)
          if (name !== undefined && name.trim() !== "") prompt.renameDraft(shown.id, name.trim())
        }}
      />
    )
  }
  const go = (draft: PromptDraft): MenuItem => ({
    key: draft.id,
    label: draft.closed ? `${draftName(draft)} (closed)` : draftName(draft),
    checked: draft.id === draftId,
    run: () => navigateToPrompt(promptId, { draftId: draft.id }),
  })
  const inTurn = [...drafts.filter(({ closed }) => !closed), ...drafts.filter(({ closed }) => closed)]
  const name = shown === undefined ? "Draft" : draftName(shown)
  return (
    <Menu
      label={`Draft: ${name}`}
      face={
        <>
          <bdi className="draft-name">{name}</bdi>
          <Icon name="expand" size={12} />
        </>
      }
      items={[...inTurn.map(go), ...changes]}
    />
  )
}

/** Begins a draft from another. Where they part is saved as a version: against that they can be merged again word by word. */
function branchOff(prompt: OpenPrompt["prompt"], from: string, name: string): string | undefined {
  try {
    if (prompt.getContent(from).slots.some(({ text }) => text !== "")) savedDraft(prompt, from, `Where ${quoted(name)} began`)
    return prompt.createDraft({ from, name })
  } catch {
    return undefined
  }
}

/** "Draft 2", or the next number that no draft is called by. */
function freshName(drafts: readonly PromptDraft[]): string {
  const names = new Set(drafts.map(draftName))
  let number = 2
  while (names.has(`Draft ${number}`)) number++
  return `Draft ${number}`
}
