import type { PromptCard } from "@polylogue/conversation"
import { useReplicaStatus, useWaitingIntents } from "@polylogue/react"
import type { CardListKind } from "../card-list/card-list-kind.ts"
import { SafetyMark } from "../sync/safety-mark.tsx"
import { PromptProduction } from "./prompt-production.tsx"
import { promptHref } from "./prompt-route.ts"
import { promptName } from "./prompt-words.ts"
import { usePromptWaits } from "./use-prompt-waits.ts"
import "./prompt-item.css"

/** The list of prompts. */
export const PROMPT_LIST: CardListKind<PromptCard> = {
  part: "prompts",
  group: "Prompts",
  title: "Prompts",
  what: "prompt",
  empty: "No prompts yet. Begin one with the plus above.",
  nameOf: ({ name }) => promptName(name),
  ownName: ({ name }) => name,
  nameLabel: "Name",
  href: promptHref,
  End: PromptEnd,
  Line: PromptLine,
}

/** A ring while some of it is on this device only. */
function PromptEnd({ card }: { readonly card: PromptCard }) {
  const waits = usePromptWaits(card.id)
  const { keeps } = useReplicaStatus()
  return waits && <SafetyMark safety="local" keeps={keeps} />
}

/** What is published, or waits to be. */
function PromptLine({ card }: { readonly card: PromptCard }) {
  const waits = useWaitingIntents().some(({ promptId }) => promptId === card.id)
  return (
    <>
      <PromptProduction promptId={card.id} />
      {waits && <span className="prompt-waits">to be published</span>}
    </>
  )
}
