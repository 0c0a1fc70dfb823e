import type { ConversationCard } from "@polylogue/conversation"
import { type OpenConversation, useTitle } from "@polylogue/react"
import { type ReactNode, Suspense, useState } from "react"
import { UNTITLED } from "../conversation-list/card-text.ts"
import { Icon } from "../frame/icon.tsx"
import { useErase } from "../erasing/erase-context.tsx"
import { later } from "../frame/later.ts"
import { lazyPart } from "../frame/lazy-part.tsx"
import type { MenuItem } from "../frame/menu.tsx"
import { hrefOf } from "../frame/route.ts"
import { usePhone } from "../frame/use-media.ts"

const tools = import("./header-tools.tsx")
const TitleField = lazyPart(() => import("../conversation-list/title-field.tsx").then((module) => ({ default: module.TitleField })))
const HeaderFacts = later(tools.then((module) => module.HeaderFacts))
const HeaderMenu = later(tools.then((module) => module.HeaderMenu))

interface ConversationHeaderProps {
  readonly held: OpenConversation | undefined
  readonly card: ConversationCard | undefined
  readonly status: ReactNode
  readonly onRename: (title: string) => void
  readonly onDelete: () => void
  readonly onExport: () => void
}

/** The head of the text: title, who else is here, how safe everything is, what one can do with the conversation. */
export function ConversationHeader(props: ConversationHeaderProps) {
  const { held, card, status, onRename, onDelete, onExport } = props
  const [renaming, setRenaming] = useState(false)
  const phone = usePhone()
  // Beside the list it stands below the name of the app; on a phone nothing stands above it.
  const Heading = phone ? "h1" : "h2"
  const erase = useErase()
  const conversationId = held?.conversationId ?? card?.id
  const title = card?.title ?? ""
  const eraseAll = (): void => {
    if (conversationId !== undefined) erase({ kind: "conversation", conversationId, title: title === "" ? UNTITLED : title })
  }
  const items: readonly MenuItem[] = [
    { label: "Rename", icon: "edit", run: () => setRenaming(true) },
    { label: "Export", icon: "export", run: onExport },
    { label: "Delete", icon: "trash", danger: true, run: onDelete },
    { label: "Erase for good", icon: "erase", danger: true, run: eraseAll },
  ]
  return (
    <header className="text-head">
      {phone && (
        <a className="icon-button" href={hrefOf(undefined)} aria-label="All conversations" title="All conversations">
          <Icon name="back" />
        </a>
      )}
      {renaming ? (
        <Suspense>
          <TitleField
            title={card?.title ?? ""}
            onDone={(title) => {
              setRenaming(false)
              if (title !== undefined) onRename(title)
            }}
          />
        </Suspense>
      ) : (
        <Heading className="text-title" dir="auto">
          <button type="button" className="text-title-button" title="Rename" onClick={() => setRenaming(true)}>
            {held === undefined ? (card?.title ?? "") : <Title held={held} card={card} />}
          </button>
        </Heading>
      )}
      <Suspense>{held !== undefined && <HeaderFacts held={held} />}</Suspense>
      {status}
      <Suspense fallback={<span className="icon-button" aria-hidden="true" />}>
        <HeaderMenu items={items} />
      </Suspense>
    </header>
  )
}

function Title({ held, card }: { readonly held: OpenConversation; readonly card: ConversationCard | undefined }) {
  const own = useTitle(held.conversation)
  const title = card === undefined || card.title === "" ? own : card.title
  return title === "" ? UNTITLED : title
}
