import type { PromptCard } from "@polylogue/conversation"
import { type OpenPrompt, usePromptMeta } from "@polylogue/react"
import { type ReactNode, useState } from "react"
import { TitleField } from "../conversation-list/title-field.tsx"
import { Icon } from "../frame/icon.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { usePhone } from "../frame/use-media.ts"
import { Present } from "../identity/present.tsx"
import { useCommands } from "../palette/commands.ts"
import { promptHref } from "./prompt-route.ts"
import { promptName } from "./prompt-words.ts"

interface PromptHeaderProps {
  readonly held: OpenPrompt | undefined
  readonly card: PromptCard | undefined
  readonly status: ReactNode
  /** What can be done with the prompt, beside renaming it. */
  readonly items: readonly MenuItem[]
  /** The button that shows what is said of it. */
  readonly comments: ReactNode
  /** The button that publishes. */
  readonly publish: ReactNode
  /** Absent where it may not be renamed. */
  readonly onRename: ((name: string) => void) | undefined
}

/** The head of a prompt: its name, who else is here, how safe everything is, publishing, and what else one can do with it. */
export function PromptHeader({ held, card, status, items, comments, publish, onRename }: PromptHeaderProps) {
  const [renaming, setRenaming] = useState(false)
  const phone = usePhone()
  // Beside the list it stands below the name of the app; on a phone nothing stands above it.
  const Heading = phone ? "h1" : "h2"
  const all: readonly MenuItem[] = [
    ...(onRename === undefined ? [] : [{ label: "Rename", icon: "edit", run: () => setRenaming(true) } satisfies MenuItem]),
    ...items,
  ]
  useCommands(all.map(({ label, icon = "more", run }) => ({ id: `prompt ${label}`, group: "This prompt", name: label, icon, run })))
  return (
    <header className="text-head">
      {phone && (
        <a className="icon-button" href={promptHref()} aria-label="All prompts" title="All prompts">
          <Icon name="back" />
        </a>
      )}
      {renaming && onRename !== undefined ? (
        <TitleField
          title={card?.name ?? held?.prompt.getMeta().name ?? ""}
          label="Name"
          onDone={(name) => {
            setRenaming(false)
            if (name !== undefined) onRename(name)
          }}
        />
      ) : (
        <Heading className="text-title" dir="auto">
          <button
            type="button"
            className="text-title-button"
            title={onRename === undefined ? undefined : "Rename"}
            disabled={onRename === undefined}
            onClick={() => setRenaming(true)}
          >
            {held === undefined ? promptName(card?.name) : <Name held={held} card={card} />}
          </button>
        </Heading>
      )}
      {held !== undefined && <Present open={held.open} />}
      {status}
      {comments}
      {publish}
      <Menu label="Prompt actions" items={all} />
    </header>
  )
}

/** The name on the list, else that in the prompt itself: who was let into one prompt alone has no list. */
function Name({ held, card }: { readonly held: OpenPrompt; readonly card: PromptCard | undefined }) {
  const own = usePromptMeta(held).name
  return promptName(card === undefined || card.name === "" ? own : card.name)
}
