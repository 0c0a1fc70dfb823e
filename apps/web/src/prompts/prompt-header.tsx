import type { PromptCard } from "@polylogue/conversation"
import { type OpenPrompt, usePromptMeta } from "@polylogue/react"
import type { ReactNode } from "react"
import { CardHeader, type HeaderWords } from "../card-list/card-header.tsx"
import type { MenuItem } from "../frame/menu.tsx"
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

const WORDS: HeaderWords = { thing: "prompt", things: "prompts", field: "Name", list: promptHref() }

/** The head of a prompt: its name, who else is here, how safe everything is, publishing, and what else one can do with it. */
export function PromptHeader({ held, card, status, items, comments, publish, onRename }: PromptHeaderProps) {
  const tools = (
    <>
      {comments}
      {publish}
    </>
  )
  return (
    <CardHeader
      words={WORDS}
      open={held?.open}
      title={card?.name ?? held?.prompt.getMeta().name ?? ""}
      {...{ status, items, tools, onRename }}
    >
      {held === undefined ? promptName(card?.name) : <Name held={held} card={card} />}
    </CardHeader>
  )
}

/** The name on the list, else that in the prompt itself: who was let into one prompt alone has no list. */
function Name({ held, card }: { readonly held: OpenPrompt; readonly card: PromptCard | undefined }) {
  const own = usePromptMeta(held).name
  return promptName(card === undefined || card.name === "" ? own : card.name)
}
