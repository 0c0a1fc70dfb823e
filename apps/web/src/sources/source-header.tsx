import type { SourceCard } from "@polylogue/conversation"
import { type OpenSource, useSourceMeta } from "@polylogue/react"
import type { ReactNode } from "react"
import { CardHeader, type HeaderItem, type HeaderWords } from "../card-list/card-header.tsx"
import { sourceHref } from "./source-route.ts"
import { sourceTitle } from "./source-words.ts"

interface SourceHeaderProps {
  readonly held: OpenSource | undefined
  readonly card: SourceCard | undefined
  readonly status: ReactNode
  /** What can be done with the source, beside renaming it. */
  readonly items: readonly HeaderItem[]
  /** What stands before the menu: how many notes there are. */
  readonly children: ReactNode
  /** Absent where it may not be renamed. */
  readonly onRename: ((title: string) => void) | undefined
}

const WORDS: HeaderWords = { thing: "source", things: "sources", field: "Title", list: sourceHref() }

/** The head of a source: its title, who else is here, how safe everything is, and what one can do with it. */
export function SourceHeader({ held, card, status, items, children, onRename }: SourceHeaderProps) {
  const title = card?.name ?? held?.source.getMeta().title ?? ""
  return (
    <CardHeader words={WORDS} open={held?.open} tools={children} {...{ title, status, items, onRename }}>
      {held === undefined ? sourceTitle(card?.name) : <Title held={held} card={card} />}
    </CardHeader>
  )
}

/** The title on the list, else that in the source itself: who was let into one source alone has no list. */
function Title({ held, card }: { readonly held: OpenSource; readonly card: SourceCard | undefined }) {
  const own = useSourceMeta(held.source).title
  if (held.source.getState() === "erased") return "Erased for good"
  return sourceTitle(card === undefined || card.name === "" ? own : card.name)
}
